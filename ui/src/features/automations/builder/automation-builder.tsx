import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Braces, History, TextCursorInput } from "lucide-react";
import { useCallback, useMemo, useState } from "react";
import { Banner } from "@/design/banner";
import { Button } from "@/design/button";
import { Card } from "@/design/card";
import { Time } from "@/design/time";
import { toastError } from "@/design/toast";
import { isList, isMap, type Json, type JsonMap, plainOf } from "@/lib/exact-json";
import { useKeys } from "@/lib/keys";
import { useKept } from "@/lib/use-kept";
import { stepTo } from "@/schema-form/edit";
import { WholeJson } from "@/schema-form/whole-json";
import { type Draft, typed, wholeError, wholeText } from "../draft";
import { discardStored, storeDraft } from "../keeping";
import { useNames } from "../names/use-names";
import { createAutomation, recentEventsQuery, replaceAutomation } from "../queries";
import { sentenceOf } from "../words";
import { AboutFields } from "./about-fields";
import { ActionListEditor } from "./action-list";
import { BuilderContext, type BuilderTools } from "./context";
import { EventPicker } from "./event-picker";
import { BuilderPanel } from "./panel";
import { PastTest } from "./past-test";
import { TriggerEditor } from "./trigger-editor";
import { useCheck } from "./use-check";

export interface AutomationBuilderProps {
  start: Draft;
  /** When the draft was left here, in milliseconds. */
  restored: number | undefined;
  /** Under which the draft is kept. */
  keptAs: string;
  /** The automation that is edited; none: a new one is made. */
  id?: string | undefined;
  /** When it was changed last, as far as the draft knows. */
  seen?: string | undefined;
  /** The event that it was begun with. */
  eventId?: string | undefined;
  onDiscard: () => void;
  onSaved: (id: string) => void;
}

const TRIGGER = stepTo([], "trigger");

/** An automation as a form and as JSON, checked while it is typed, tried on events that were. */
export function AutomationBuilder(props: AutomationBuilderProps) {
  const { start, restored, keptAs, id, seen, onDiscard, onSaved } = props;
  const client = useQueryClient();
  const [draft, update] = useState(start);
  const [asJson, setAsJson] = useState(start.text !== undefined);
  const [thorough, setThorough] = useState(false);
  const [picked, setPicked] = useState(props.eventId);
  const store = useCallback(
    (written: Draft) => storeDraft(keptAs, written, Date.now(), seen),
    [keptAs, seen],
  );
  const keep = useKept(draft, start, store, () => discardStored(keptAs));
  const checked = useCheck(draft);
  const names = useMemo(() => expected(draft.value.get("trigger")), [draft.value]);
  const { data: recent } = useQuery(recentEventsQuery(names));
  const eventId = picked ?? recent?.[0]?.id;
  const nameOf = useNames(useMemo(() => plainOf(draft.value), [draft.value]));
  const accepted = checked.reason === undefined ? draft.value : undefined;
  const saving = useMutation({
    mutationFn: async () => {
      if (id === undefined) return (await createAutomation(draft.value)).id;
      await replaceAutomation(id, draft.value, seen);
      return id;
    },
    onSuccess: async (saved) => {
      keep.end();
      await client.invalidateQueries({ queryKey: ["automations"] });
      onSaved(saved);
    },
    onError: (error) => toastError(error, "The automation was not saved."),
  });
  const save = () => {
    setThorough(true);
    if (checked.reason === undefined && !saving.isPending) saving.mutate();
  };
  useKeys("Automation", [{ keys: "mod+Enter", label: "Save", run: save }]);
  const { problems, told } = checked;
  const tools: BuilderTools = useMemo(
    () => ({ draft, update, problems, thorough, eventId, told, accepted }),
    [draft, problems, thorough, eventId, told, accepted],
  );
  const isUnread = wholeError(draft) !== undefined;
  return (
    <BuilderContext value={tools}>
      <div className="grid min-w-0 items-start gap-5 xl:grid-cols-[minmax(0,1fr)_25rem]">
        <div className="flex min-w-0 flex-col gap-5">
          {restored ? (
            <Restored
              at={restored}
              onDiscard={() => {
                keep.end();
                onDiscard();
              }}
            />
          ) : null}
          <div className="flex justify-end">
            <Button
              size="small"
              kind="ghost"
              icon={asJson ? TextCursorInput : Braces}
              disabledReason={isUnread ? "The JSON can't be read yet." : undefined}
              onClick={() => setAsJson(!asJson)}
            >
              {asJson ? "Edit as form" : "Edit as JSON"}
            </Button>
          </div>
          {asJson ? (
            <WholeJson
              label="The automation as JSON"
              text={wholeText(draft)}
              onType={(next) => update((before) => typed(before, next))}
              lines={24}
              hint="What is left out has its default."
            />
          ) : (
            <BuilderForm value={draft.value} />
          )}
        </div>
        <div className="flex min-w-0 flex-col gap-5 xl:sticky xl:top-18 xl:max-h-[calc(100dvh-6rem)] xl:overflow-y-auto">
          <BuilderPanel
            sentence={sentence(draft.value, nameOf)}
            checked={checked}
            isSaving={saving.isPending}
            onSave={save}
          />
          <Card>
            <EventPicker names={names} value={eventId} onChange={setPicked} />
          </Card>
          <PastTest automation={accepted} reason={checked.reason} nameOf={nameOf} />
        </div>
      </div>
    </BuilderContext>
  );
}

function BuilderForm({ value }: { value: JsonMap }) {
  const hasMore = value.has("actions_on_trigger") || value.has("actions_on_resolve");
  return (
    <>
      <Card title="About">
        <AboutFields />
      </Card>
      <Card title="When">
        <TriggerEditor path={TRIGGER} />
      </Card>
      <Card title="Do">
        <ActionListEditor list="actions" />
      </Card>
      <details open={hasMore} className="min-w-0">
        <summary className="w-fit cursor-pointer rounded-sm font-medium hover:text-accent">
          More: first of all, and when it is over
        </summary>
        <div className="mt-3 flex min-w-0 flex-col gap-5">
          <Card title="First of all, when it fires">
            <ActionListEditor list="actions_on_trigger" noun="First action" />
          </Card>
          <Card title="When what it fired about is over">
            <ActionListEditor list="actions_on_resolve" noun="Last action" />
          </Card>
        </div>
      </details>
    </>
  );
}

function Restored({ at, onDiscard }: { at: number; onDiscard: () => void }) {
  return (
    <Banner
      icon={History}
      actions={
        <Button size="small" kind="ghost" onClick={onDiscard}>
          Discard it
        </Button>
      }
    >
      Your draft is restored, from <Time value={new Date(at).toISOString()} />. Secrets that were typed are
      not kept.
    </Banner>
  );
}

function sentence(value: JsonMap, nameOf: Parameters<typeof sentenceOf>[1]): string {
  const { trigger, actions } = plainOf(value) as { trigger?: unknown; actions?: unknown };
  const isRecord = (part: unknown): part is Record<string, unknown> =>
    typeof part === "object" && part !== null;
  return sentenceOf(
    {
      trigger: isRecord(trigger) ? trigger : {},
      actions: Array.isArray(actions) ? actions.filter(isRecord) : [],
    },
    nameOf,
  );
}

/** Names of events that a trigger, or one inside it, waits for. */
function expected(trigger: Json | undefined): string[] {
  if (!isMap(trigger)) return [];
  const inner = trigger.get("triggers");
  if (isList(inner)) return [...new Set(inner.flatMap(expected))];
  const names = trigger.get("expect");
  const found = isList(names) ? names.filter((name) => typeof name === "string") : [];
  return found.includes("*") ? [] : found;
}
