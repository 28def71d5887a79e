import { useQuery } from "@tanstack/react-query";
import { Card } from "@/design/card";
import { CopyButton } from "@/design/copy-button";
import { DefinitionList, KeyValueList } from "@/design/definition-list";
import { EmptyState } from "@/design/empty-state";
import { ErrorState } from "@/design/error-state";
import { JsonView } from "@/design/json-view";
import { TextLink } from "@/design/link";
import { SkeletonLines } from "@/design/skeleton";
import { UrlTabs } from "@/design/tabs";
import { Time } from "@/design/time";
import { EventLine } from "@/event-view/event-line";
import { idOf, type Labels, roleOf } from "@/event-view/labels";
import { ResourceKind, ResourceLink } from "@/event-view/resource-link";
import { filterWord } from "@/lib/quoting";
import { EventGraph } from "./event-graph";
import { eventsAroundQuery, type ReceivedEvent } from "./queries";

const SPREAD_MS = 3_600_000;

/** All that an event says, and what happened around it. */
export function EventDetails({ event }: { event: ReceivedEvent }) {
  return (
    <div className="flex min-w-0 flex-col gap-4">
      <Card>
        <EventFacts event={event} />
      </Card>
      <UrlTabs
        label="Event"
        items={[
          { id: "details", label: "Details", content: <Contents event={event} /> },
          { id: "around", label: "Around it", content: <Around event={event} /> },
          { id: "json", label: "JSON", content: <JsonView value={event} label="the event" depth={4} /> },
        ]}
      />
    </div>
  );
}

function EventFacts({ event }: { event: ReceivedEvent }) {
  const { follows } = event;
  return (
    <DefinitionList
      columns={3}
      items={[
        { label: "Event", value: <Mono text={event.event} what="the name" />, wide: true },
        {
          label: "Resource",
          value: (
            <span className="flex flex-wrap items-baseline gap-x-1.5">
              <ResourceKind resource={event.resource} />
              <ResourceLink resource={event.resource} />
            </span>
          ),
        },
        {
          label: "Occurred",
          value: <Time value={event.occurred} format="absolute" precision="millisecond" />,
        },
        {
          label: "Received",
          value: <Time value={event.received} format="absolute" precision="millisecond" />,
        },
        {
          label: "Follows",
          value: follows ? (
            <TextLink to="/events/$id" params={{ id: follows }}>
              the event before
            </TextLink>
          ) : (
            <span className="text-muted">no other event</span>
          ),
        },
        { label: "Id", value: <Mono text={event.id} what="the id" />, wide: true },
      ]}
    />
  );
}

function Mono({ text, what }: { text: string; what: string }) {
  return (
    <span className="flex min-w-0 items-center gap-1">
      <span className="min-w-0 font-mono text-sm break-all">{text}</span>
      <CopyButton text={text} label={`Copy ${what}`} />
    </span>
  );
}

const labelItems = (labels: Labels) => Object.entries(labels).map(([key, value]) => ({ key, value }));

function Contents({ event }: { event: ReceivedEvent }) {
  const hasPayload = Object.keys(event.payload).length > 0;
  return (
    <div className="grid min-w-0 items-start gap-4 xl:grid-cols-2">
      <Card title="Resources" className="xl:col-span-2">
        <EventGraph event={event} />
      </Card>
      <Card title="Payload">
        {hasPayload ? (
          <JsonView value={event.payload} label="the payload" depth={4} />
        ) : (
          <p className="text-muted">It carries nothing more.</p>
        )}
      </Card>
      <div className="flex min-w-0 flex-col gap-4">
        <Card title="What it happened to">
          <KeyValueList items={labelItems(event.resource)} empty="It has no labels." />
        </Card>
        <Card title="What had part in it">
          {event.related.length ? (
            <ul className="flex flex-col gap-4">
              {event.related.map((resource, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: the same resource may have part in several roles
                <li key={at} className="flex min-w-0 flex-col gap-1">
                  <p className="flex flex-wrap items-baseline gap-x-1.5">
                    <span className="font-medium">{roleOf(resource) || "related"}</span>
                    <ResourceLink resource={resource} />
                  </p>
                  <KeyValueList items={labelItems(resource)} empty="It has no labels." />
                </li>
              ))}
            </ul>
          ) : (
            <p className="text-muted">Nothing else.</p>
          )}
        </Card>
      </div>
    </div>
  );
}

/** What else happened to the same resource, an hour before and after. */
function Around({ event }: { event: ReceivedEvent }) {
  const id = idOf(event.resource);
  const { data, error, refetch } = useQuery(eventsAroundQuery(id, event.occurred, SPREAD_MS));
  if (error && !data) {
    return <ErrorState error={error} title="The events around it could not be loaded." onRetry={refetch} />;
  }
  if (!data) return <SkeletonLines lines={6} label="Loading the events around it" />;
  const others = data.events.filter((other) => other.id !== event.id);
  return (
    <div className="flex min-w-0 flex-col gap-2">
      <p className="flex flex-wrap gap-x-2 text-muted">
        An hour before and after, to the same resource or with it, the newest first.
        <TextLink to="/events" search={{ q: `resource:${filterWord(id)} since:ever` }}>
          All of its events
        </TextLink>
      </p>
      {others.length ? (
        <ol aria-label="Events around it" className="divide-y divide-line rounded-lg border border-line">
          {data.events.map((each) => (
            <li key={each.id} aria-current={each.id === event.id} className="aria-[current=true]:bg-selected">
              <EventLine event={each} />
            </li>
          ))}
        </ol>
      ) : (
        <EmptyState compact title="Nothing else happened to it around then" />
      )}
    </div>
  );
}
