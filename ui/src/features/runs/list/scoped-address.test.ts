import { expect, it } from "vitest";
import { scopedTextOf, writeScopedText } from "./scoped-address";

it("looks thirty days back unless the address says otherwise", () => {
  expect(scopedTextOf({})).toBe("since:30d");
  expect(writeScopedText("since:30d")).toBe("");
});

it.each(["", "state:failed", "since:all state:failed", "next:7d"])("gives %j back", (text) => {
  const written = writeScopedText(text);
  expect(written).not.toBe("");
  // The filter's own default is said, since another goes without saying here.
  expect(scopedTextOf({ q: written }).replace(/^since:7d ?/, "")).toBe(text);
});
