import { Field } from "@/design/field";
import { Select, type SelectOption } from "@/design/select";
import { NumberField } from "@/design/text-field";
import type { MissedDraft, Policy } from "./missed";

const POLICIES: readonly SelectOption<Policy>[] = [
  { value: "server", label: "As the server's settings say" },
  { value: "all", label: "Run all of them", detail: "Oldest first." },
  { value: "latest", label: "Run the newest", detail: "Those before it are skipped." },
  { value: "none", label: "Skip them" },
];

interface MissedFieldsProps {
  draft: MissedDraft;
  change: (part: Partial<MissedDraft>) => void;
}

/** What becomes of runs that nobody took in time. */
export function MissedFields({ draft, change }: MissedFieldsProps) {
  return (
    <div className="grid gap-3 sm:grid-cols-2">
      <Field label="Runs that were missed" hint="A run is missed when it has not started in time.">
        <Select value={draft.catchUp} onChange={(catchUp) => change({ catchUp })} options={POLICIES} />
      </Field>
      <Field label="Skip a run that is later than, in seconds" hint="Empty: as the server's settings say.">
        <NumberField min={0} value={draft.latest} onChange={(latest) => change({ latest })} />
      </Field>
    </div>
  );
}
