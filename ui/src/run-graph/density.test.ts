import { expect, test } from "vitest";
import { BIN_PX, Density } from "./density";
import { buildModel, type Group, LOOKS, waitedToRetry } from "./model";
import { timelineOf } from "./sample";

const at = (density: Density, look: (typeof LOOKS)[number], bin: number) =>
  density.counts[LOOKS.indexOf(look) * density.bins + bin];

test("counts who was in work at once, and takes out who waited for a retry", () => {
  const model = buildModel(
    timelineOf([
      { started: 0, ended: 1000 },
      { started: 0, ended: 1000, attempts: 2, waits: [300, 600] },
      { started: 500, ended: 550, state: ["FAILED", "Failed"] },
    ]),
  );
  const density = new Density();
  density.measure(model, model.groups[0] as Group, 0, 10 / BIN_PX, (1000 / 10) * BIN_PX, 1000);
  expect(density.peak).toBe(3);
  expect(at(density, "COMPLETED", 10)).toBe(2);
  expect(at(density, "COMPLETED", 40)).toBe(1);
  expect(at(density, "AWAITING_RETRY", 40)).toBe(1);
  expect(at(density, "AWAITING_RETRY", 70)).toBe(0);
  expect(at(density, "FAILED", 52)).toBe(1);
  expect(waitedToRetry(model, 1, 1000)).toBe(300);
});
