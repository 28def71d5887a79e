import { ListTree, Plus, X } from "lucide-react";
import { useRef, useState } from "react";
import { Button, IconButton } from "@/design/button";
import { Field } from "@/design/field";
import { Select } from "@/design/select";
import { EMPTY_MAP, isList, isMap, type JsonMap } from "@/lib/exact-json";
import { type Path, stepTo, valueAt } from "@/schema-form/edit";
import { edited } from "../draft";
import { blankTrigger, FRONT_LABELS, type FrontKind, frontsFor } from "../fronts";
import { toPlainMap } from "../plain";
import { formSchema } from "../schemas";
import { triggerClause } from "../words";
import { useBuilder } from "./context";
import { Front } from "./fronts";
import { PartForm } from "./part-form";

const HIDDEN = ["type", "id"];
const HIDDEN_OF_METRIC = ["type", "id", "posture"];
const HIDDEN_OF_SEVERAL = ["type", "id", "triggers"];
const KINDS = Object.entries(FRONT_LABELS).map(([value, label]) => ({ value, label }));
const OTHER = { value: "other", label: "An event, with all fields" };

interface TriggerEditorProps {
  path: Path;
  /** Of one that is inside another one. */
  label?: string | undefined;
}

/** A trigger: a few questions where it is a usual one, and all of its fields. */
export function TriggerEditor({ path, label }: TriggerEditorProps) {
  const { draft, update } = useBuilder();
  const found = valueAt(draft.value, path);
  const trigger = isMap(found) ? found : EMPTY_MAP;
  const possible = frontsFor(trigger);
  const [picked, setPicked] = useState<FrontKind>();
  const [all, setAll] = useState(false);
  const held = useRef(new Map<string, JsonMap>());
  const kind = picked && possible.includes(picked) ? picked : possible[0];
  const set = (next: JsonMap) => update((before) => edited(before, path, next));
  const choose = (next: string) => {
    if (next === OTHER.value) return setAll(true);
    if (kind) held.current.set(kind, trigger);
    const wanted = next as FrontKind;
    setPicked(wanted);
    setAll(false);
    if (wanted === kind) return;
    const begun = held.current.get(wanted) ?? blankTrigger(wanted);
    const id = trigger.get("id");
    set(id === undefined ? begun : new Map([...begun, ["id", id]]));
  };
  const isSeveral = kind === "compound" || kind === "sequence";
  const isMetric = kind === "metric";
  const showsAll = all || kind === undefined || isMetric;
  return (
    <div className="flex min-w-0 flex-col gap-3">
      <Field label={label ?? "When"} hideLabel={label === undefined}>
        <Select
          value={kind ?? OTHER.value}
          options={kind === undefined ? [...KINDS, OTHER] : KINDS}
          onChange={choose}
        />
      </Field>
      {isSeveral ? (
        <Several path={path} kind={kind} />
      ) : showsAll ? (
        <PartForm
          path={path}
          schema={formSchema(isMetric ? "metric" : "event", isMetric ? HIDDEN_OF_METRIC : HIDDEN)}
          hidden={isMetric ? HIDDEN_OF_METRIC : HIDDEN}
        />
      ) : (
        <Front kind={kind} trigger={trigger} onChange={set} />
      )}
      {isSeveral || isMetric || kind === undefined ? null : (
        <Button
          size="small"
          kind="ghost"
          icon={ListTree}
          className="w-fit"
          aria-pressed={all}
          onClick={() => setAll(!all)}
        >
          {all ? "Fewer fields" : "All fields"}
        </Button>
      )}
      {label === undefined ? null : (
        <p className="text-sm text-muted">When {triggerClause(toPlainMap(trigger))}.</p>
      )}
    </div>
  );
}

function Several({ path, kind }: { path: Path; kind: "compound" | "sequence" }) {
  const { draft, update } = useBuilder();
  const list = stepTo(path, "triggers");
  const found = valueAt(draft.value, list);
  const triggers = isList(found) ? found : [];
  return (
    <div className="flex min-w-0 flex-col gap-3">
      <ol aria-label="Triggers" className="flex min-w-0 flex-col gap-3">
        {triggers.map((_, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: their places are all that tells them apart
          <li key={at} className="flex min-w-0 items-start gap-2 rounded-md border border-line p-3">
            <div className="min-w-0 grow">
              <TriggerEditor
                path={stepTo(list, at)}
                label={kind === "sequence" ? `Step ${at + 1}` : `Trigger ${at + 1}`}
              />
            </div>
            <IconButton
              icon={X}
              size="small"
              label={`Remove trigger ${at + 1}`}
              onClick={() => update((before) => edited(before, stepTo(list, at), undefined))}
            />
          </li>
        ))}
      </ol>
      <Button
        size="small"
        icon={Plus}
        className="w-fit"
        onClick={() => update((before) => edited(before, [...list, triggers.length], blankTrigger("events")))}
      >
        Add a trigger
      </Button>
      <PartForm path={path} schema={formSchema(kind, HIDDEN_OF_SEVERAL)} hidden={HIDDEN_OF_SEVERAL} />
    </div>
  );
}
