import { useId } from "react";
import { Combobox } from "@/design/combobox";
import { cx } from "@/design/cx";
import { useFieldWiring } from "@/design/field";
import { Select } from "@/design/select";
import { printJson, sameJson } from "@/lib/exact-json";
import type { ControlProps } from "../field-props";
import { useForm } from "../form-context";
import { brief, inheritedText } from "../words";

const FEW = 12;

export function ChoiceControl({ node, path, value, inherited, origin }: ControlProps) {
  const { edit } = useForm();
  const options = node.options.map((option) => ({ value: printJson(option), label: brief(option), option }));
  const shared = {
    value: value === undefined ? undefined : printJson(value),
    placeholder: inheritedText(node, inherited, origin) || "Choose…",
    onChange: (text: string) => edit(path, options.find((each) => each.value === text)?.option),
    options: options.map(({ value: key, label }) => ({ value: key, label })),
  };
  return options.length > FEW ? <Combobox {...shared} label={String(path.at(-1))} /> : <Select {...shared} />;
}

export function BooleanControl({ path, value, inherited, origin }: ControlProps) {
  const { edit } = useForm();
  const name = useId();
  const { id, ...wiring } = useFieldWiring() as { id?: string };
  return (
    <div
      role="radiogroup"
      {...wiring}
      aria-label={String(path.at(-1))}
      className="inline-flex w-fit rounded-md border border-line-strong bg-surface p-0.5 shadow-card"
    >
      {[true, false].map((option) => (
        <label
          key={String(option)}
          className={cx(
            "flex cursor-pointer items-center rounded-sm px-3 py-0.5 has-focus-visible:outline-2 has-focus-visible:outline-focus",
            value === option && "bg-accent text-on-accent",
            value === undefined && sameJson(inherited, option) ? "bg-sunken" : "",
            value !== option && "hover:bg-hover",
          )}
        >
          <input
            type="radio"
            name={name}
            {...(option === true && id ? { id } : {})}
            checked={value === option}
            onChange={() => edit(path, option)}
            className="sr-only"
          />
          {String(option)}
          {value === undefined && sameJson(inherited, option) ? (
            <span className="ml-1.5 text-sm text-muted">({origin})</span>
          ) : null}
        </label>
      ))}
    </div>
  );
}

/** None has nothing to type. */
export function NothingControl({ node, path, value, inherited, origin }: ControlProps) {
  const { edit } = useForm();
  const { id } = useFieldWiring() as { id?: string };
  if (value === undefined) {
    return (
      <button
        type="button"
        id={id}
        onClick={() => edit(path, null)}
        className="h-control w-fit rounded-md border border-dashed border-line-strong px-3 text-muted hover:bg-hover"
      >
        {inheritedText(node, inherited, origin) || "Set to None"}
      </button>
    );
  }
  return (
    <output id={id} className="flex h-control items-center px-0.5 font-mono text-sm text-muted">
      None
    </output>
  );
}
