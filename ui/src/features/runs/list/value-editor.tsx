import { useState } from "react";
import { Button } from "@/design/button";
import { Field } from "@/design/field";
import { Select } from "@/design/select";
import { TextField } from "@/design/text-field";
import { filterWord } from "@/lib/quoting";
import type { ValueTerm } from "./query/filter";
import { splitOutside, unquoted } from "./query/words";

const pathText = (path: readonly string[]) => path.map((part) => filterWord(part, /[.=,]/)).join(".");

/** "env.REGION = eu", in words. */
export function valueSummary({ path, value, negated }: ValueTerm): string {
  if (value !== undefined) return `${pathText(path)} = ${value === "" ? "“”" : value}`;
  return negated ? `without ${pathText(path)}` : `with ${pathText(path)}`;
}

type Mode = "is" | "any" | "none";
const MODES = [
  { value: "is", label: "is" },
  { value: "any", label: "is there, whatever it is" },
  { value: "none", label: "is not there" },
];

/** A path, and the value at it. */
export function ValueEditor({ term, onDone }: { term: ValueTerm; onDone: (term: ValueTerm) => void }) {
  const [path, setPath] = useState(pathText(term.path));
  const [mode, setMode] = useState<Mode>(term.value !== undefined ? "is" : term.negated ? "none" : "any");
  const [value, setValue] = useState(term.value ?? "");
  const parts = splitOutside(path.trim(), ".").map((part) => unquoted(part) ?? "");
  const isUsable = parts.length <= 10 && parts.every((part) => part !== "");
  return (
    <form
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        event.stopPropagation();
        if (isUsable)
          onDone({
            ...term,
            path: parts,
            value: mode === "is" && value !== "" ? value : undefined,
            negated: mode === "none",
          });
      }}
    >
      <Field
        label={term.key === "jv" ? "Job variable" : "Parameter"}
        hint={
          term.key === "jv" ? "As the run itself sets it: env.REGION" : "Inner values by dots: model.depth"
        }
      >
        <TextField mono value={path} onChange={setPath} autoComplete="off" autoFocus spellCheck={false} />
      </Field>
      <div className="flex gap-2">
        <Select
          label="How it is compared"
          value={mode}
          onChange={(next) => setMode(next as Mode)}
          options={MODES}
        />
        {mode === "is" ? (
          <Field label="Value" hideLabel>
            <TextField
              mono
              value={value}
              onChange={setValue}
              placeholder="Anything"
              autoComplete="off"
              spellCheck={false}
            />
          </Field>
        ) : null}
      </div>
      <Button type="submit" kind="primary" disabled={!isUsable}>
        Apply
      </Button>
    </form>
  );
}
