import { Combobox } from "@/design/combobox";
import { Field } from "@/design/field";
import { NumberField } from "@/design/text-field";
import type { JsonMap } from "@/lib/exact-json";
import {
  type EventsFront,
  eventsFrontOf,
  eventsTrigger,
  type FrontKind,
  type SilenceFront,
  type StateFront,
  silenceFrontOf,
  stateFrontOf,
  stateTrigger,
} from "../fronts";
import { ChoiceField } from "../names/choice-field";
import { EventNamesField } from "./event-names-field";
import { ResourcesField } from "./resources-field";
import { SpanField } from "./span-field";

const STATES = [
  ...["Completed", "Failed", "Crashed", "Cancelled", "Running", "Late", "Scheduled", "Pending"],
  ...["Paused", "Suspended", "Cancelling", "AwaitingRetry", "Retrying", "TimedOut"],
].map((name) => ({
  value: name,
  label: name.replace(/([a-z])([A-Z])/g, "$1 $2").replace(/ [A-Z]/g, (each) => each.toLowerCase()),
}));

const LABELS = [
  { value: "prefect.resource.id", label: "prefect.resource.id", detail: "each resource by itself" },
  {
    value: "related:flow:prefect.resource.id",
    label: "related:flow:prefect.resource.id",
    detail: "each flow by itself",
  },
  {
    value: "related:deployment:prefect.resource.id",
    label: "related:deployment:prefect.resource.id",
    detail: "each deployment by itself",
  },
];

interface FrontProps {
  trigger: JsonMap;
  onChange: (trigger: JsonMap) => void;
}

/** The few questions of a usual trigger; nothing where they can't show all of it. */
export function Front({ kind, trigger, onChange }: FrontProps & { kind: FrontKind }) {
  const id = trigger.get("id");
  if (kind === "state") {
    const front = stateFrontOf(trigger);
    return front ? (
      <StateQuestions front={front} onChange={(next) => onChange(stateTrigger(next, id))} />
    ) : null;
  }
  if (kind === "events") {
    const front = eventsFrontOf(trigger);
    return front ? (
      <EventQuestions front={front} onChange={(next) => onChange(eventsTrigger(next, "Reactive", id))} />
    ) : null;
  }
  const front = kind === "silence" ? silenceFrontOf(trigger) : undefined;
  return front ? (
    <SilenceQuestions front={front} onChange={(next) => onChange(eventsTrigger(next, "Proactive", id))} />
  ) : null;
}

interface QuestionProps<T> {
  front: T;
  onChange: (front: T) => void;
}

function StateQuestions({ front, onChange }: QuestionProps<StateFront>) {
  return (
    <div className="grid items-start gap-3 sm:grid-cols-2">
      <Field label="State">
        <Combobox
          multiple
          allowCustom
          label="State"
          placeholder="Any state"
          options={STATES}
          value={front.states}
          onChange={(states) => onChange({ ...front, states })}
        />
      </Field>
      <ChoiceField
        multiple
        label="Of deployments"
        kind="deployment"
        placeholder="Any deployment"
        value={front.deployments}
        onChange={(deployments) => onChange({ ...front, deployments })}
      />
      <ChoiceField
        multiple
        label="Of flows"
        kind="flow"
        placeholder="Any flow"
        value={front.flows}
        onChange={(flows) => onChange({ ...front, flows })}
      />
      <Field label="With one of the tags">
        <Combobox
          multiple
          allowCustom
          label="With one of the tags"
          placeholder="With or without tags"
          options={front.tags.map((tag) => ({ value: tag, label: tag }))}
          value={front.tags}
          onChange={(tags) => onChange({ ...front, tags })}
        />
      </Field>
      <Counted front={front} onChange={onChange} />
    </div>
  );
}

function EventQuestions({ front, onChange }: QuestionProps<EventsFront>) {
  return (
    <div className="grid items-start gap-3 sm:grid-cols-2">
      <EventNamesField
        label="Event"
        placeholder="Any event"
        hint="A name may end in *."
        value={front.names}
        onChange={(names) => onChange({ ...front, names })}
      />
      <ResourcesField value={front.resources} onChange={(resources) => onChange({ ...front, resources })} />
      <Counted front={front} onChange={onChange} />
    </div>
  );
}

function SilenceQuestions({ front, onChange }: QuestionProps<SilenceFront>) {
  return (
    <div className="grid items-start gap-3 sm:grid-cols-2">
      <EventNamesField
        label="After"
        placeholder="At any time"
        hint="From when on it is waited for."
        value={front.after}
        onChange={(after) => onChange({ ...front, after })}
      />
      <EventNamesField
        label="None of these comes"
        placeholder="No event at all"
        value={front.names}
        onChange={(names) => onChange({ ...front, names })}
      />
      <SpanField
        label="Within"
        value={front.within}
        onChange={(within) => onChange({ ...front, within })}
        error={Number(String(front.within ?? 0)) < 10 ? "At least 10 seconds." : undefined}
      />
      <ResourcesField value={front.resources} onChange={(resources) => onChange({ ...front, resources })} />
      <ForEachField front={front} onChange={onChange} />
    </div>
  );
}

type Countable = Pick<EventsFront, "threshold" | "within" | "forEach">;

function Counted<T extends Countable>({ front, onChange }: QuestionProps<T>) {
  const threshold = front.threshold === undefined ? 1 : Number(String(front.threshold));
  return (
    <>
      <Field label="How often" hint="So many of them make it fire.">
        <NumberField
          integer
          value={threshold}
          onChange={(next) =>
            onChange({ ...front, threshold: next === null || next === 1 ? undefined : next })
          }
          unit="times"
        />
      </Field>
      {threshold > 1 ? (
        <SpanField
          label="Within"
          value={front.within}
          onChange={(within) => onChange({ ...front, within })}
        />
      ) : null}
      {threshold > 1 ? <ForEachField front={front} onChange={onChange} /> : null}
    </>
  );
}

function ForEachField<T extends Countable>({ front, onChange }: QuestionProps<T>) {
  return (
    <Field label="Counted apart by" hint="Labels by whose values events are counted apart.">
      <Combobox
        multiple
        allowCustom
        label="Counted apart by"
        placeholder="All together"
        options={LABELS}
        value={front.forEach}
        onChange={(forEach) => onChange({ ...front, forEach })}
      />
    </Field>
  );
}
