import { describe, expect, it } from "vitest";
import { fullName, runCommand, runsOf, standing } from "../names";
import { choiceOf, isFiltered, sortOf, writeChoice, writeSort } from "./address";

describe("the address of the list", () => {
  it("says nothing for all deployments", () => {
    expect(choiceOf({})).toEqual({ text: "", tags: [], pools: [], paused: undefined, sort: "NAME_ASC" });
    expect(isFiltered(choiceOf({}))).toBe(false);
  });

  it("gives back what it was written from", () => {
    const search = { q: "etl", tag: ["a", "b"], pool: ["local"], status: "paused" };
    const choice = choiceOf(search);
    expect(choice).toMatchObject({ text: "etl", tags: ["a", "b"], pools: ["local"], paused: true });
    expect(writeChoice(choice)).toEqual(search);
    expect(isFiltered(choice)).toBe(true);
  });

  it("takes one tag, and leaves out what it does not understand", () =>
    expect(choiceOf({ tag: "a", status: "lost", sort: "-size" })).toMatchObject({
      tags: ["a"],
      paused: undefined,
      sort: "NAME_ASC",
    }));

  it.each([
    ["-name", { column: "name", direction: "desc" }],
    ["-updated", { column: "updated", direction: "desc" }],
  ] as const)("knows the order %s", (sort, read) => {
    expect(sortOf({ sort })).toEqual(read);
    expect(writeSort(read)).toBe(sort);
  });

  it("orders times with the newest first only", () =>
    expect(writeSort({ column: "updated", direction: "asc" })).toBe("-updated"));
});

describe("names", () => {
  it("are quoted where a shell or the filter needs it", () => {
    expect(fullName({ flow_name: "etl", name: "nightly" })).toBe("etl/nightly");
    expect(runCommand("etl/nightly")).toBe("penstock deployment run etl/nightly");
    expect(runCommand("my etl/it's")).toBe("penstock deployment run 'my etl/it'\\''s'");
    expect(runsOf("my etl/x")).toBe('deployment:"my etl/x"');
  });

  it.each([
    [{ paused: true, status: "READY" }, "Paused"],
    [{ paused: false, status: "READY" }, "Ready"],
    [{ paused: false, status: "NOT_READY" }, "Not ready"],
  ] as const)("%j is %s", (row, text) => expect(standing({ ...row, work_pool_name: "p" }).text).toBe(text));
});
