import { Box, Container, Cpu, type LucideIcon, Shapes } from "lucide-react";
import { Card } from "@/design/card";
import { Checkbox } from "@/design/checkbox";
import { cx } from "@/design/cx";
import { Field } from "@/design/field";
import { JsonEditor } from "@/design/json-editor";
import { NumberField, TextArea, TextField } from "@/design/text-field";
import type { PoolType } from "../queries";
import { type Faults, OTHER, type PoolDraft } from "./draft";

export interface BasicsProps {
  draft: PoolDraft;
  types: readonly PoolType[];
  faults: Faults;
  duplicateOf: string | undefined;
  onChange: (part: Partial<PoolDraft>) => void;
}

/** What a new pool is called, who serves it, how much may run in it. */
export function Basics({ draft, types, faults, duplicateOf, onChange }: BasicsProps) {
  return (
    <Card>
      <div className="flex flex-col gap-5">
        <Field
          label="Name"
          required
          error={faults.name}
          hint="Workers and deployments know the pool by it; it can’t be changed."
        >
          <TextField
            autoFocus
            value={draft.name}
            onChange={(name) => onChange({ name })}
            autoComplete="off"
            placeholder="local"
            className="max-w-md"
          />
        </Field>
        {duplicateOf ? (
          <p className="text-muted">
            With the template and the type ({draft.type}) of <span className="text-text">{duplicateOf}</span>.
          </p>
        ) : (
          <TypeChoice draft={draft} types={types} faults={faults} onChange={onChange} />
        )}
        <Field label="Description" hint="What it is for, and who looks after it.">
          <TextArea
            rows={2}
            value={draft.description}
            onChange={(description) => onChange({ description })}
          />
        </Field>
        <div className="flex flex-wrap items-start gap-x-8 gap-y-4">
          <Field
            label="Concurrency limit"
            hint="Runs at once at most. Empty: as many as workers take."
            error={faults.limit}
          >
            <NumberField
              integer
              value={draft.limit}
              onChange={(limit) => onChange({ limit })}
              placeholder="none"
              className="max-w-40"
            />
          </Field>
          <div className="pt-7">
            <Checkbox
              checked={draft.isPaused}
              onChange={(isPaused) => onChange({ isPaused: isPaused === true })}
              label="Paused at first"
              hint="Workers take no runs until it is resumed."
            />
          </div>
        </div>
      </div>
    </Card>
  );
}

const ICONS: Record<string, LucideIcon> = { process: Cpu, docker: Container, kubernetes: Box };

function TypeChoice({ draft, types, faults, onChange }: Omit<BasicsProps, "duplicateOf">) {
  const options = [
    ...types.map(({ type, name, description }) => ({ value: type, name, description })),
    {
      value: OTHER,
      name: "Another type",
      description:
        "Served by a worker of your own; it brings the template with its first start, or you paste it.",
    },
  ];
  return (
    <fieldset className="flex min-w-0 flex-col gap-2">
      <legend className="mb-1 font-medium">Type</legend>
      <div className="grid gap-2 sm:grid-cols-2">
        {options.map(({ value, name, description }) => {
          const Icon = ICONS[value] ?? Shapes;
          return (
            <label
              key={value}
              className={cx(
                "flex cursor-pointer items-start gap-3 rounded-lg border px-3 py-2.5 has-focus-visible:outline-2",
                draft.type === value
                  ? "border-accent bg-accent-soft"
                  : "border-line bg-surface hover:border-line-strong",
              )}
            >
              <input
                type="radio"
                name="type"
                value={value}
                checked={draft.type === value}
                onChange={() => onChange({ type: value })}
                className="mt-1 accent-(--accent)"
              />
              <span className="min-w-0">
                <span className="flex items-center gap-1.5 font-medium">
                  <Icon aria-hidden className="size-4 text-muted" />
                  {name}
                </span>
                <span className="block text-sm text-muted">{description}</span>
              </span>
            </label>
          );
        })}
      </div>
      {draft.type === OTHER ? (
        <div className="mt-2 flex flex-col gap-4">
          <Field label="Name of the type" required error={faults.type}>
            <TextField
              mono
              value={draft.otherType}
              onChange={(otherType) => onChange({ otherType })}
              autoComplete="off"
              placeholder="docker"
              className="max-w-md"
            />
          </Field>
          <Field
            label="Base job template"
            error={
              faults.template ? <span className="whitespace-pre-line">{faults.template}</span> : undefined
            }
            hint="JSON with variables and job_configuration; empty: the first worker brings it."
          >
            <JsonEditor
              label="Base job template"
              value={draft.otherTemplate}
              onChange={(otherTemplate) => onChange({ otherTemplate })}
              lines={8}
            />
          </Field>
        </div>
      ) : null}
    </fieldset>
  );
}
