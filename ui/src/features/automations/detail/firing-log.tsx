import { useInfiniteQuery } from "@tanstack/react-query";
import { Zap } from "lucide-react";
import { Button } from "@/design/button";
import { Chip } from "@/design/chip";
import { EmptyState } from "@/design/empty-state";
import { ErrorState } from "@/design/error-state";
import { LinkButton, TextLink } from "@/design/link";
import { SkeletonLines } from "@/design/skeleton";
import { Time } from "@/design/time";
import { EventWords } from "@/event-view/event-line";
import { type Firing, firingsQuery } from "../queries";
import type { NameOf } from "../words";
import { ActionOutcome } from "./action-outcome";

/** Each time that it fired: why, what it did, and what came of that. */
export function FiringLog({ id, nameOf }: { id: string; nameOf: NameOf }) {
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    firingsQuery(id),
  );
  const firings = data?.pages.flat();
  if (error && !data)
    return <ErrorState error={error} title="Its firings could not be loaded." onRetry={refetch} />;
  if (!firings) return <SkeletonLines lines={8} label="Loading its firings" />;
  if (!firings.length) {
    return (
      <EmptyState
        icon={Zap}
        title="It has not fired yet"
        action={
          <LinkButton to="." search={{ tab: "state" }}>
            Why not?
          </LinkButton>
        }
      >
        Each firing is kept here with its event, its actions as they were filled in, and what came of them.
      </EmptyState>
    );
  }
  return (
    <div className="flex min-w-0 flex-col gap-3">
      <ol aria-label="Firings, newest first" data-testid="firings" className="flex min-w-0 flex-col gap-3">
        {firings.map((firing, at) => (
          <FiringItem key={firing.id} firing={firing} number={at + 1} nameOf={nameOf} />
        ))}
      </ol>
      {hasNextPage ? (
        <Button className="self-center" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          Older firings
        </Button>
      ) : null}
    </div>
  );
}

interface FiringItemProps {
  firing: Firing;
  /** Its place in the list, the newest first. */
  number: number;
  nameOf: NameOf;
}

function FiringItem({ firing, number, nameOf }: FiringItemProps) {
  const { state, fired, event, event_id, labels, depth, actions } = firing;
  const counted = Object.entries(labels);
  return (
    <li className="min-w-0 rounded-lg border border-line bg-surface shadow-card">
      <div className="flex flex-wrap items-baseline gap-x-3 gap-y-1 px-4 py-2.5">
        <Time value={fired} className="font-medium" />
        {state === "Resolved" ? <Chip tone="success">over again</Chip> : null}
        {event ? (
          <EventWords event={event} />
        ) : (
          <span className="text-muted">
            {event_id ? "its event is not kept any more" : "nothing came in time"}
          </span>
        )}
        {event_id ? (
          <TextLink to="/events/$id" params={{ id: event_id }}>
            Event
          </TextLink>
        ) : null}
        {counted.map(([label, value]) => (
          <Chip key={label} mono>
            {label.replace(/^prefect\.resource\./, "")} {value}
          </Chip>
        ))}
        {depth > 0 ? <Chip tone="warning">{depth} deep</Chip> : null}
      </div>
      <ol aria-label="Actions" className="divide-y divide-line border-t border-line">
        {actions.map((action, at) => (
          <ActionOutcome
            key={action.id}
            action={action}
            of={`action ${at + 1} of firing ${number}`}
            nameOf={nameOf}
          />
        ))}
        {actions.length === 0 ? <li className="px-4 py-2 text-muted">There was nothing to do.</li> : null}
      </ol>
    </li>
  );
}
