import { expect, test } from "vitest";
import { clampViewport, elapsedText, fitTo, panBy, tickStep, zoomAround } from "./viewport";

test("what is under the pointer stays there when one zooms", () => {
  const view = fitTo(0, 10_000, 800);
  const near = zoomAround(view, 300, 4);
  expect(near.start + 300 * near.msPerPx).toBeCloseTo(view.start + 300 * view.msPerPx);
});

test("nobody gets lost beyond the run", () => {
  const view = fitTo(0, 10_000, 800);
  const far = clampViewport(panBy(zoomAround(view, 0, 10), 1e9, 1e9), [0, 10_000], 800, 500);
  expect(far.start + far.msPerPx * 800).toBeLessThanOrEqual(10_000 * 1.01);
  expect(far.scrollY).toBe(500);
  const wide = clampViewport(zoomAround(view, 400, 0.001), [0, 10_000], 800, 0);
  expect(wide.msPerPx).toBeCloseTo(view.msPerPx);
});

test("ticks are round, and apart", () => {
  expect(tickStep(10)).toBe(1000);
  expect(tickStep(170)).toBe(30_000);
  expect(tickStep(2_000_000)).toBe(3 * 86_400_000);
});

test("times on the axis are as exact as the ticks", () => {
  expect(elapsedText(0, 1)).toBe("0");
  expect(elapsedText(40, 20)).toBe("40ms");
  expect(elapsedText(2500, 500)).toBe("2.5s");
  expect(elapsedText(90_000, 30_000)).toBe("1m 30s");
  expect(elapsedText(7_200_000, 3_600_000)).toBe("2h");
  expect(elapsedText(-2000, 1000)).toBe("−2s");
});
