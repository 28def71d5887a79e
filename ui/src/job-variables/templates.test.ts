import { expect, test } from "vitest";
import type { Declaration } from "./json";
import { kindsOf, orTemplate } from "./value-kinds";

const declared = (schema: object) => ({ name: "x", schema }) as unknown as Declaration;

test.each([
  ["a number", { type: "integer" }, ["number", "text"]],
  ["true or false", { type: "boolean" }, ["boolean", "text"]],
  ["one of several", { enum: ["a", "b"] }, ["choice", "text"]],
  ["text", { type: "string" }, ["text"]],
])("where templates may stand, %s may be written as text", (_, schema, kinds) => {
  expect(orTemplate(kindsOf(declared(schema), undefined), true).kinds).toEqual(kinds);
});

test("elsewhere it may not", () => {
  const kinds = kindsOf(declared({ type: "integer" }), undefined);
  expect(orTemplate(kinds, undefined)).toBe(kinds);
});
