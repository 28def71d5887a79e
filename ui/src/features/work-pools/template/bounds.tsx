import { Field } from "@/design/field";
import { TextField } from "@/design/text-field";
import { isList, isMap, isNumber, type Json, type JsonMap, numberOf, numberText } from "@/lib/exact-json";
import { at, PROPERTIES, putAt, VARIABLES } from "./parts";
import type { Variable } from "./variables";

export interface BoundsProps {
  variable: Variable;
  edit: (next: (template: JsonMap) => JsonMap, key?: string) => void;
}

/** What numbers and texts have to keep within. */
export function Bounds({ variable, edit }: BoundsProps) {
  const { name, type, schema } = variable;
  const inner = innerOf(schema);
  const set = (key: string, value: Json | undefined) =>
    edit((template) => withInner(template, name, key, value), `${name} ${key}`);
  const text = (key: string): string => {
    const value = inner?.get(key);
    return typeof value === "string" ? value : isNumber(value) ? numberText(value) : "";
  };
  if (type.kind === "number" || type.kind === "integer") {
    return (
      <div className="grid gap-4 sm:grid-cols-2">
        {(["minimum", "maximum"] as const).map((key) => (
          <Field key={key} label={key === "minimum" ? "At least" : "At most"}>
            <TextField
              key={name}
              inputMode="decimal"
              value={text(key)}
              onChange={(next) => {
                const value = next.trim() ? numberOf(next.trim()) : undefined;
                if (value !== undefined || !next.trim()) set(key, value);
              }}
            />
          </Field>
        ))}
      </div>
    );
  }
  if (type.kind !== "text") return null;
  return (
    <Field label="Pattern" hint="A regular expression that the text has to match.">
      <TextField
        mono
        value={text("pattern")}
        onChange={(next) => set("pattern", next || undefined)}
        spellCheck={false}
      />
    </Field>
  );
}

const formsOf = (schema: Json): readonly Json[] => {
  const forms = isMap(schema) ? schema.get("anyOf") : undefined;
  return isList(forms) ? forms : [];
};

const isReal = (form: Json): boolean => isMap(form) && form.get("type") !== "null";

/** The form that is not null. */
function innerOf(schema: Json): JsonMap | undefined {
  const inner = formsOf(schema).find(isReal) ?? schema;
  return isMap(inner) ? inner : undefined;
}

function withInner(template: JsonMap, name: string, key: string, value: Json | undefined): JsonMap {
  const path = [VARIABLES, PROPERTIES, name];
  const schema = at(template, path);
  const forms = schema === undefined ? [] : formsOf(schema);
  if (!forms.length) return putAt(template, [...path, key], value);
  const next = forms.map((form) => (isReal(form) && isMap(form) ? putAt(form, [key], value) : form));
  return putAt(template, [...path, "anyOf"], next);
}
