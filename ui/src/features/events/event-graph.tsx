import { CornerDownRight, ListFilter } from "lucide-react";
import { type ReactNode, useState } from "react";
import { Button } from "@/design/button";
import { cx } from "@/design/cx";
import { LinkButton, TextLink } from "@/design/link";
import { Tooltip } from "@/design/tooltip";
import { EventIcon } from "@/event-view/event-line";
import { idOf, kindLabel, type Labels, nameOf, partsOf } from "@/event-view/labels";
import { ResourceKind, ResourceLink } from "@/event-view/resource-link";
import { verbOf } from "@/event-view/words";
import { plural } from "@/lib/format";
import type { ReceivedEvent } from "./queries";
import { EVERYTHING, print } from "./query";
import { type Role, rolesOf, roleWords } from "./roles";

/** Of one role, before somebody asks for the rest. */
const SHOWN = 6;

// Each item draws its part of the trunk and its twig: lists inside lists, which screen readers read as such.
const BRANCHES = "flex min-w-0 flex-col pl-3 md:pl-0";
const BRANCH = cx(
  "relative flex min-w-0 flex-col py-1 pl-6 md:flex-row md:items-center md:py-1.5",
  "before:absolute before:top-0 before:left-0 before:h-full before:border-l before:border-line-strong last:before:h-5",
  "md:first:before:top-1/2 md:first:before:h-1/2 md:last:before:h-1/2 md:only:before:hidden",
  "after:absolute after:top-5 after:left-0 after:w-6 after:border-t after:border-line-strong md:after:top-1/2",
);
const TWIG = "hidden w-6 shrink-0 self-center border-t border-line-strong md:block";

/** What an event is about and what had part in it, by role: a tree of links, from left to right where there is room. */
export function EventGraph({ event }: { event: ReceivedEvent }) {
  const roles = rolesOf(event.related);
  return (
    <div
      data-testid="event-graph"
      className="flex min-w-0 flex-col overflow-x-auto py-1 md:flex-row md:items-center"
    >
      {event.follows ? (
        <>
          <Box>
            <CornerDownRight aria-hidden className="size-4 shrink-0 text-muted" />
            <span className="text-muted">follows</span>
            <TextLink to="/events/$id" params={{ id: event.follows }}>
              the event before
            </TextLink>
          </Box>
          <span aria-hidden className={TWIG} />
          <span aria-hidden className="ml-3 h-3 border-l border-line-strong md:hidden" />
        </>
      ) : null}
      <Box isCentre>
        <EventIcon event={event} />
        <span className="flex min-w-0 flex-wrap items-baseline gap-x-1.5">
          <ResourceKind resource={event.resource} />
          <ResourceLink resource={event.resource} />
          <span>{verbOf(event.event) ?? <span className="font-mono text-sm">{event.event}</span>}</span>
        </span>
        <FilterLink resource={event.resource} />
      </Box>
      {roles.length ? (
        <>
          <span aria-hidden className={TWIG} />
          <ul aria-label="What had part in it, by role" className={BRANCHES}>
            {roles.map((role) => (
              <li key={role.name} className={BRANCH}>
                <span className="w-fit shrink-0 rounded-full bg-sunken px-2.5 py-0.5 text-sm font-medium">
                  {roleWords(role.name)}
                </span>
                <span aria-hidden className={TWIG} />
                <Resources role={role} />
              </li>
            ))}
          </ul>
        </>
      ) : null}
    </div>
  );
}

function Resources({ role: { name, resources } }: { role: Role }) {
  const [all, setAll] = useState(false);
  const shown = all ? resources : resources.slice(0, SHOWN);
  const more = resources.length - shown.length;
  return (
    <ul aria-label={`${roleWords(name)}: ${plural(resources.length, "resource")}`} className={BRANCHES}>
      {shown.map((resource) => (
        <li key={idOf(resource)} className={BRANCH}>
          <Box>
            {partsOf(idOf(resource))?.kind === name ? null : <ResourceKind resource={resource} />}
            <span className="min-w-0 break-words">
              <ResourceLink resource={resource} />
            </span>
            <FilterLink resource={resource} />
          </Box>
        </li>
      ))}
      {more > 0 ? (
        <li className={BRANCH}>
          <Button size="small" kind="ghost" className="w-fit" onClick={() => setAll(true)}>
            {more} more
          </Button>
        </li>
      ) : null}
    </ul>
  );
}

function Box({ isCentre = false, children }: { isCentre?: boolean; children: ReactNode }) {
  return (
    <div
      className={cx(
        "flex w-fit max-w-full min-w-0 items-center gap-1.5 rounded-md border py-1 pr-1.5 pl-2.5",
        isCentre ? "border-accent bg-accent-soft md:max-w-96" : "border-line bg-surface",
      )}
    >
      {children}
    </div>
  );
}

/** All events that the resource has part in. */
function FilterLink({ resource }: { resource: Labels }) {
  const id = idOf(resource);
  const kind = partsOf(id)?.kind;
  const label = `Events of ${kind ? `${kindLabel(kind).toLowerCase()} ` : ""}${nameOf(resource)}`;
  const q = print({ ...EVERYTHING, resources: [id], window: { kind: "all" } });
  return (
    <Tooltip text={label}>
      <LinkButton
        kind="ghost"
        size="small"
        icon={ListFilter}
        to="/events"
        search={{ q }}
        aria-label={label}
        className="shrink-0 px-1!"
      />
    </Tooltip>
  );
}
