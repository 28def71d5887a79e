import type { Json, JsonMap } from "@/lib/exact-json";
import type { Path } from "@/schema-form/edit";
import { PartForm } from "./part-form";

const FREE: JsonMap = new Map<string, Json>([
  ["type", "object"],
  ["properties", new Map()],
  ["additionalProperties", true],
]);

/** Values of a run whose deployment nobody knows before it fires; or that is not chosen yet. */
export function FreeForm({ path, isChosen }: { path: Path; isChosen: boolean }) {
  if (!isChosen) return <p className="text-muted">Choose the deployment first.</p>;
  return <PartForm path={path} schema={FREE} optional switchable />;
}
