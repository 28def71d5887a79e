import { Checkbox } from "@/design/checkbox";
import { cx } from "@/design/cx";
import { StateIcon } from "@/design/state-badge";
import { STATE_GROUPS, type StateChoice, stateChoiceLabel, stateOf } from "./query/states";

interface StateChoicesProps {
  chosen: readonly string[];
  onChange: (values: string[]) => void;
}

/** States by how far a run is; the head of a group chooses all of it. */
export function StateChoices({ chosen, onChange }: StateChoicesProps) {
  const all = STATE_GROUPS.flatMap(({ choices }) => choices);
  const own = chosen.filter((value) => !all.some((choice) => choice.value === value));
  const others: StateChoice[] = own.map(
    (value) => stateOf(value) ?? { value, label: stateChoiceLabel(value), type: "PENDING" },
  );
  const groups = others.length > 0 ? [...STATE_GROUPS, { label: "Others", choices: others }] : STATE_GROUPS;
  const set = (values: readonly string[], on: boolean) =>
    onChange(on ? [...new Set([...chosen, ...values])] : chosen.filter((value) => !values.includes(value)));
  return (
    <div className="grid max-h-[min(34rem,60dvh)] grid-cols-1 gap-x-2 gap-y-2 overflow-y-auto p-2">
      {groups.map(({ label, choices }) => {
        const values = choices.map(({ value }) => value);
        const count = values.filter((value) => chosen.includes(value)).length;
        return (
          <fieldset key={label} className="min-w-0">
            <legend className="sr-only">{label}</legend>
            <Checkbox
              label={<span className="text-sm font-medium text-muted">{label}</span>}
              checked={count === values.length ? true : count > 0 ? "indeterminate" : false}
              onChange={() => set(values, count < values.length)}
            />
            <div className="mt-1 ml-6 flex flex-col gap-1">
              {choices.map(({ value, label: text, type, name }) => (
                <Checkbox
                  key={value}
                  label={
                    <span className="flex items-center gap-1.5">
                      <span aria-hidden className="flex">
                        <StateIcon type={type} name={name} className="size-3.5" />
                      </span>
                      {text}
                    </span>
                  }
                  checked={chosen.includes(value)}
                  onChange={(on) => set([value], on === true)}
                />
              ))}
            </div>
          </fieldset>
        );
      })}
    </div>
  );
}

interface NegationSwitchProps {
  negated: boolean;
  disabled: boolean;
  onChange: (negated: boolean) => void;
}

/** Whether runs with what is chosen are shown, or all others. */
export function NegationSwitch({ negated, disabled, onChange }: NegationSwitchProps) {
  const mode = (value: boolean, text: string) => (
    <button
      type="button"
      disabled={disabled}
      aria-pressed={negated === value}
      onClick={() => onChange(value)}
      className={cx(
        "h-7 grow rounded-md text-sm disabled:opacity-55",
        negated === value ? "bg-accent-soft font-medium text-accent" : "enabled:hover:bg-hover",
      )}
    >
      {text}
    </button>
  );
  return (
    <div className="flex gap-1 border-t border-line p-1.5">
      {mode(false, "is any of")}
      {mode(true, "is none of")}
    </div>
  );
}
