import type { Column } from "@/design/data-table/types";
import { TextLink } from "@/design/link";
import { Time } from "@/design/time";
import { EventIcon, EventWords, labelOf, RelatedChips } from "@/event-view/event-line";
import { idOf, nameOf } from "@/event-view/labels";
import type { ReceivedEvent } from "./queries";

export const EVENT_COLUMNS: Column<ReceivedEvent>[] = [
  {
    id: "occurred",
    header: "When",
    width: 130,
    required: true,
    value: ({ occurred }) => occurred,
    cell: (event) => (
      <TextLink quiet data-row-link to="/events/$id" params={{ id: event.id }} className="font-normal!">
        <Time value={event.occurred} />
        <span className="sr-only">: {labelOf(event)}</span>
      </TextLink>
    ),
  },
  {
    id: "event",
    header: "What happened",
    minWidth: 320,
    required: true,
    value: ({ event }) => event,
    cell: (event) => (
      <span className="flex min-w-0 items-center gap-2">
        <EventIcon event={event} />
        <EventWords event={event} />
      </span>
    ),
  },
  {
    id: "related",
    header: "With",
    minWidth: 320,
    value: ({ related }) => related.map(nameOf).join(", "),
    cell: ({ related }) => <RelatedChips related={related} />,
  },
  {
    id: "name",
    header: "Event",
    minWidth: 220,
    hidden: true,
    value: ({ event }) => event,
    cell: ({ event }) => <span className="truncate font-mono text-sm">{event}</span>,
  },
  {
    id: "resource",
    header: "Resource id",
    minWidth: 280,
    hidden: true,
    value: ({ resource }) => idOf(resource),
    cell: ({ resource }) => <span className="truncate font-mono text-sm">{idOf(resource)}</span>,
  },
];
