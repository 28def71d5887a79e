import { ChevronDown, ChevronUp, X } from "lucide-react";
import { IconButton } from "@/design/button";
import { Field } from "@/design/field";
import { Select } from "@/design/select";
import { EMPTY_MAP, isMap, type Json, type JsonMap } from "@/lib/exact-json";
import { type Path, valueAt } from "@/schema-form/edit";
import { edited, type Target, targetOf } from "../draft";
import { ChoiceField } from "../names/choice-field";
import { below, spelled } from "../problems";
import { ACTION_TYPES, descriptionOf, formSchema } from "../schemas";
import { ACTION_LABELS } from "../words";
import { BlockField } from "./block-field";
import { useBuilder } from "./context";
import { PartForm } from "./part-form";
import { RenderedFields } from "./rendered-fields";
import { RunParts } from "./run-parts";
import { usePreview } from "./use-preview";
import { WebhookParts } from "./webhook-parts";

const OPTIONS = Object.entries(ACTION_LABELS)
  .filter(([type]) => ACTION_TYPES.includes(type))
  .map(([value, label]) => ({ value, label }));

interface ActionEditorProps {
  path: Path;
  title: string;
  onRemove: () => void;
  onUp: (() => void) | undefined;
  onDown: (() => void) | undefined;
}

/** One action: what is done, to what, and with which values. */
export function ActionEditor({ path, title, onRemove, onUp, onDown }: ActionEditorProps) {
  const { draft, update, problems } = useBuilder();
  const found = valueAt(draft.value, path);
  const action = isMap(found) ? found : EMPTY_MAP;
  const type = String(action.get("type") ?? "");
  const target = targetOf(type);
  const { preview, error, isOld } = usePreview(path);
  const choose = (next: string) => update((before) => edited(before, path, new Map([["type", next]])));
  return (
    <li className="flex min-w-0 flex-col gap-3 rounded-lg border border-line p-4">
      <div className="flex items-end gap-1">
        <div className="min-w-0 grow">
          <Field label={title} hint={descriptionOf(type)}>
            <Select value={type} options={OPTIONS} onChange={choose} />
          </Field>
        </div>
        <span className="mb-6 flex">
          {onUp ? (
            <IconButton icon={ChevronUp} size="small" label={`${title}: earlier`} onClick={onUp} />
          ) : null}
          {onDown ? (
            <IconButton icon={ChevronDown} size="small" label={`${title}: later`} onClick={onDown} />
          ) : null}
          <IconButton icon={X} size="small" label={`Remove ${title.toLowerCase()}`} onClick={onRemove} />
        </span>
      </div>
      {target ? <TargetField path={path} action={action} target={target} /> : null}
      {type === "send-notification" ? (
        <BlockField path={path} action={action} kind="notification block" />
      ) : null}
      {type === "run-deployment" ? (
        <RunParts title={title} path={path} action={action} preview={preview} isOld={isOld} />
      ) : type === "call-webhook" ? (
        <WebhookParts path={path} action={action} />
      ) : (
        <PartForm path={path} schema={formSchema(type, hiddenOf(type))} hidden={hiddenOf(type)} />
      )}
      <RenderedFields
        action={action}
        preview={preview}
        problems={below(problems, spelled(path))}
        error={error}
        isOld={isOld}
      />
    </li>
  );
}

const hidden = new Map<string, readonly string[]>();

/** The fields of an action that have a place of their own. The same list each time, so that forms are kept. */
function hiddenOf(type: string): readonly string[] {
  const field = type === "send-notification" ? "block_document_id" : targetOf(type)?.field;
  const known = hidden.get(type) ?? ["type", ...(field ? ["source", field] : [])];
  hidden.set(type, known);
  return known;
}

interface TargetFieldProps {
  path: Path;
  action: JsonMap;
  target: Target;
}

/** What an action is done to: one that is named, or the one that the event is about. */
function TargetField({ path, action, target: { field, noun } }: TargetFieldProps) {
  const { update, problems, thorough } = useBuilder();
  const isInferred = action.get("source") === "inferred";
  const id = action.get(field);
  const set = (changes: readonly [string, Json | undefined][]) =>
    update((before) => changes.reduce((draft, [key, value]) => edited(draft, [...path, key], value), before));
  const wrong = below(problems, `${spelled(path)}.${field}`)[0]?.message;
  const label = noun.charAt(0).toUpperCase() + noun.slice(1);
  return (
    <div className="grid gap-3 sm:grid-cols-[13rem_minmax(0,1fr)]">
      <Field label="Which">
        <Select
          value={isInferred ? "inferred" : "selected"}
          options={[
            { value: "selected", label: "This one" },
            { value: "inferred", label: "That of the event" },
          ]}
          onChange={(source) =>
            set([
              ["source", source === "inferred" ? "inferred" : undefined],
              [field, source === "inferred" ? undefined : id],
            ])
          }
        />
      </Field>
      {isInferred ? null : (
        <ChoiceField
          label={label}
          kind={noun}
          value={typeof id === "string" ? [id] : []}
          onChange={([next]) => set([[field, next]])}
          error={thorough || id ? wrong : undefined}
        />
      )}
    </div>
  );
}
