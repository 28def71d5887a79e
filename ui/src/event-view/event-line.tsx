import { Radio } from "lucide-react";
import type { ReactNode } from "react";
import { cx } from "@/design/cx";
import { TextLink } from "@/design/link";
import { StateIcon } from "@/design/state-badge";
import { Time } from "@/design/time";
import { type EventLike, idOf, kindLabel, type Labels, nameOf, partsOf, roleOf } from "./labels";
import { ResourceKind, ResourceLink } from "./resource-link";
import { verbOf } from "./words";

/** The state that an event tells of, where it does. */
export function EventIcon({ event }: { event: EventLike }) {
  const type = event.resource["prefect.state-type"];
  if (type) return <StateIcon type={type} name={event.resource["prefect.state-name"]} className="size-4" />;
  return <Radio aria-hidden className="size-4 text-muted" />;
}

/** What happened to what, in a sentence. */
export function EventWords({ event }: { event: EventLike }) {
  const verb = verbOf(event.event);
  return (
    <span className="flex min-w-0 flex-wrap items-baseline gap-x-1.5">
      {verb === undefined ? (
        <>
          <span className="font-mono text-sm font-medium break-all">{event.event}</span>
          <span className="text-muted">of</span>
          <ResourceKind resource={event.resource} />
          <ResourceLink resource={event.resource} />
        </>
      ) : (
        <>
          <ResourceKind resource={event.resource} />
          <ResourceLink resource={event.resource} quiet />
          <span>{verb}</span>
        </>
      )}
    </span>
  );
}

const SHOWN = 3;

/** Other resources of an event, each with its role; first those that people know by name. */
export function RelatedChips({ related }: { related: readonly Labels[] }) {
  const shown = [...related].sort((a, b) => weight(a) - weight(b)).slice(0, SHOWN);
  if (!related.length) return null;
  return (
    <span className="flex min-w-0 flex-wrap gap-1">
      {shown.map((resource, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the same resource may have part in several roles
        <span key={at} className={CHIP}>
          <span className="shrink-0 text-muted">{roleWords(resource)}</span>
          <span className="max-w-48 truncate [&_*]:truncate">
            <ResourceLink resource={resource} quiet />
          </span>
        </span>
      ))}
      {related.length > shown.length ? (
        <span className={cx(CHIP, "text-muted")}>+{related.length - shown.length}</span>
      ) : null}
    </span>
  );
}

const CHIP = "inline-flex max-w-full items-baseline gap-1 rounded bg-sunken px-1.5 text-sm";

const weight = (resource: Labels): number =>
  partsOf(idOf(resource))?.kind === "event" || roleOf(resource) === "creator" ? 1 : 0;

function roleWords(resource: Labels): string {
  return (roleOf(resource) || partsOf(idOf(resource))?.kind || "related").replaceAll("-", " ");
}

/** An event in one line that leads to it. */
export function EventLine({ event, trailing }: { event: EventLike; trailing?: ReactNode }) {
  return (
    <div className="grid min-w-0 grid-cols-[auto_minmax(0,1fr)_auto] items-start gap-x-2.5 gap-y-1 px-3 py-1.5 hover:bg-hover">
      <span className="mt-0.5">
        <EventIcon event={event} />
      </span>
      <div className="flex min-w-0 flex-wrap items-baseline gap-x-3 gap-y-1">
        <EventWords event={event} />
        <RelatedChips related={event.related ?? []} />
      </div>
      <span className="flex items-baseline gap-2 whitespace-nowrap">
        <TextLink quiet to="/events/$id" params={{ id: event.id }} className="font-normal! text-muted!">
          <Time value={event.occurred} />
          <span className="sr-only">: {labelOf(event)}</span>
        </TextLink>
        {trailing}
      </span>
    </div>
  );
}

/** The sentence as plain text. */
export function labelOf(event: EventLike): string {
  const verb = verbOf(event.event);
  const kind = partsOf(idOf(event.resource))?.kind;
  const named = `${kind ? `${kindLabel(kind)} ` : ""}${nameOf(event.resource)}`;
  return verb === undefined ? `${event.event} of ${named}` : `${named} ${verb}`;
}
