import { CircleAlert } from "lucide-react";
import { useMemo, useState } from "react";
import { Button } from "@/design/button";
import { cx } from "@/design/cx";
import { Dialog } from "@/design/dialog";
import { Field } from "@/design/field";
import { Select } from "@/design/select";
import { TextArea } from "@/design/text-field";
import { plural } from "@/lib/format";
import type { Edit } from "../edits";
import type { Declaration, JsonObject } from "../json";
import { type PastePlan, planPaste, readPaste, textReader } from "../paste";
import { joinPath } from "../paths";
import { soundsSecret } from "../references";
import { ValueText } from "../value-text";

export interface PasteDialogProps {
  layerTitle: string;
  own: JsonObject;
  declarations: readonly Declaration[];
  /** What is on the clipboard, where that is known. */
  text?: string | undefined;
  onApply: (edits: Edit[]) => void;
  onClose: () => void;
}

const EFFECTS: Record<PastePlan["effect"], [string, string]> = {
  set: ["new", "text-success"],
  change: ["changes", "text-info"],
  same: ["as it is", "text-muted"],
  unset: ["unset", "text-warning"],
  superseded: ["given again", "text-muted"],
};
const AUTO = "auto";

/** Takes `.env` text, JSON or `key=value` lines, and shows what each would do before it is done. */
export function PasteDialog({
  layerTitle,
  own,
  declarations,
  text: given = "",
  onApply,
  onClose,
}: PasteDialogProps) {
  const [text, setText] = useState(given);
  const [target, setTarget] = useState(AUTO);
  const byName = useMemo(() => new Map(declarations.map((each) => [each.name, each])), [declarations]);
  const result = useMemo(
    () =>
      readPaste(text, {
        into: target === AUTO ? undefined : target === "." ? null : target,
        isDeclared: (name) => byName.has(name),
        isMerged: (name) => name === "env" || byName.get(name)?.merge === "keys",
        readText: textReader((name) => byName.get(name)?.schema as JsonObject | undefined),
      }),
    [text, target, byName],
  );
  const plan = useMemo(() => planPaste(own, result.entries), [own, result]);
  const effective = plan.filter(({ effect }) => effect !== "same" && effect !== "superseded");
  const groups = [
    ...new Set(["env", ...declarations.filter((each) => each.merge === "keys").map((each) => each.name)]),
  ];
  const apply = () => {
    onApply(effective.map(({ path, value }) => ({ path, value })));
    onClose();
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => open || onClose()}
      width="medium"
      title="Paste job variables"
      description={`.env text, JSON or key=value lines. They are set for: ${layerTitle}.`}
      footer={
        <>
          <span role="status" className="mr-auto self-center text-sm text-muted">
            {result.format === "empty" ? "" : summary(plan, result.errors.length)}
          </span>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" disabled={!effective.length} onClick={apply}>
            {effective.length ? `Set ${plural(effective.length, "value")}` : "Set"}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <Field label="Text" hideLabel>
          <TextArea
            mono
            rows={6}
            spellCheck={false}
            placeholder={
              "REGION=eu-west-1\nexport LOG_LEVEL='DEBUG'  # comments are left out\nDB_PASSWORD={{ penstock.secrets.db }}"
            }
            value={text}
            onChange={setText}
          />
        </Field>
        <div className="max-w-72">
          <Field label="Names are">
            <Select
              value={target}
              onChange={setTarget}
              options={[
                {
                  value: AUTO,
                  label: `Found out by the names${text.trim() ? `: ${result.into ?? "job variables"}` : ""}`,
                },
                ...groups.map((group) => ({
                  value: group,
                  label: group === "env" ? "Environment variables (env)" : `Keys of ${group}`,
                })),
                { value: ".", label: "Job variables" },
              ]}
            />
          </Field>
        </div>
        {result.errors.length ? <Faults errors={result.errors} /> : null}
        {plan.length ? <Preview plan={plan} /> : null}
      </div>
    </Dialog>
  );
}

function summary(plan: readonly PastePlan[], errors: number): string {
  const count = (effect: PastePlan["effect"]) => plan.filter((each) => each.effect === effect).length;
  return [
    `${count("set")} new`,
    `${count("change")} changed`,
    count("unset") ? `${count("unset")} unset` : "",
    count("same") ? `${count("same")} as they are` : "",
    errors ? plural(errors, "line that cannot be read", "lines that cannot be read") : "",
  ]
    .filter(Boolean)
    .join(", ");
}

function Faults({ errors }: { errors: readonly { line: number; message: string }[] }) {
  return (
    <ul role="alert" className="flex flex-col gap-1 rounded-md bg-danger-soft px-3 py-2 text-sm">
      {errors.slice(0, 20).map(({ line, message }) => (
        <li key={`${line}${message}`} className="flex items-start gap-1.5">
          <CircleAlert aria-hidden className="mt-0.75 size-3.5 shrink-0 text-danger" />
          <span className="min-w-0 break-words">
            {line ? `Line ${line} ` : ""}
            {message}
          </span>
        </li>
      ))}
      {errors.length > 20 ? <li>and {errors.length - 20} more.</li> : null}
    </ul>
  );
}

const SHOWN = 200;

function Preview({ plan }: { plan: readonly PastePlan[] }) {
  return (
    <div className="overflow-x-auto rounded-md border border-line">
      <table className="w-full table-fixed text-left text-sm">
        <thead className="bg-sunken text-xs text-muted">
          <tr>
            <th className="w-5/12 px-2.5 py-1.5 font-medium">Name</th>
            <th className="px-2.5 py-1.5 font-medium">Value</th>
            <th className="w-24 px-2.5 py-1.5 font-medium">Effect</th>
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {plan.slice(0, SHOWN).map((entry) => {
            const [label, ink] = EFFECTS[entry.effect];
            const isMasked = soundsSecret(entry.path.at(-1) ?? "");
            return (
              <tr key={`${entry.line}${joinPath(entry.path)}${entry.superseded}`}>
                <td className="truncate px-2.5 py-1 font-mono" title={joinPath(entry.path)}>
                  {joinPath(entry.path)}
                </td>
                <td className={cx("truncate px-2.5 py-1", entry.superseded && "line-through")}>
                  {entry.effect === "change" ? (
                    <span className="mr-1.5 text-muted line-through">
                      <ValueText value={entry.before} masked={isMasked} className="max-w-24!" />
                    </span>
                  ) : null}
                  <ValueText value={entry.value} masked={isMasked} />
                </td>
                <td className={cx("px-2.5 py-1", ink)}>{label}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {plan.length > SHOWN ? (
        <p className="px-2.5 py-1.5 text-sm text-muted">and {plan.length - SHOWN} more.</p>
      ) : null}
    </div>
  );
}
