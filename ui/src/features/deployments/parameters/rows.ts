import { isMap, type Json } from "@/lib/exact-json";
import { Shapes } from "@/schema-form/node";
import { formNames, labelOf, ruleText } from "@/schema-form/words";

export interface ParameterRow {
  name: string;
  /** In words: "integer, 1 to 10". */
  type: string;
  required: boolean;
  description: string | undefined;
  /** What the flow's function says; nothing where it says nothing. */
  inherited: Json | undefined;
  /** What the deployment says. */
  own: Json | undefined;
  /** The schema has it. */
  isKnown: boolean;
  isSecret: boolean;
}

/** The parameters in the order of the function, and what is set beyond them. */
export function parameterRows(schema: Json, own: Json): ParameterRow[] {
  const shapes = new Shapes(schema);
  const values = isMap(own) ? own : new Map<string, Json>();
  const known = shapes
    .properties(shapes.node(shapes.root))
    .map(({ key, required, schema: part }): ParameterRow => {
      const node = shapes.node(part);
      const { label } = labelOf(key, node);
      const isUnion = node.kind === "union";
      return {
        name: key,
        type: isUnion ? formNames(shapes, node.branches).join(" or ") : ruleText(shapes, node, ""),
        required,
        description:
          [label === key ? "" : label, node.description ?? ""].filter(Boolean).join(": ") || undefined,
        inherited: node.default,
        own: values.get(key),
        isKnown: true,
        isSecret: node.kind === "secret",
      };
    });
  const names = new Set(known.map(({ name }) => name));
  const others = [...values].filter(([key]) => !names.has(key));
  return [
    ...known,
    ...others.map(([name, value]) => ({
      name,
      type: "",
      required: false,
      description: undefined,
      inherited: undefined,
      own: value,
      isKnown: false,
      isSecret: false,
    })),
  ];
}
