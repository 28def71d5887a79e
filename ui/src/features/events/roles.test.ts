import { expect, test } from "vitest";
import { rolesOf, roleWords } from "./roles";

const of = (id: string, role?: string) => ({
  "prefect.resource.id": id,
  ...(role ? { "prefect.resource.role": role } : {}),
});

test("resources are told by role, and who made it happen last", () => {
  const related = [
    of("prefect.user.ada", "creator"),
    of("prefect.flow.1", "flow"),
    of("prefect.tag.a", "tag"),
    of("prefect.tag.b", "tag"),
  ];
  expect(rolesOf(related).map(({ name, resources }) => [name, resources.length])).toEqual([
    ["flow", 1],
    ["tag", 2],
    ["creator", 1],
  ]);
});

test("one that is named twice in a role is there once, and in another role again", () => {
  const related = [of("shop.1", "buyer"), of("shop.1", "buyer"), of("shop.1", "payer")];
  expect(rolesOf(related).map(({ resources }) => resources.length)).toEqual([1, 1]);
});

test("what has no role is told by its kind", () => {
  expect(rolesOf([of("prefect.work-pool.1"), of("shop.1")]).map(({ name }) => name)).toEqual([
    "work-pool",
    "related",
  ]);
  expect(roleWords("work-pool")).toBe("work pool");
});
