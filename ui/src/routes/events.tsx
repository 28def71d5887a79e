import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { LinkButton } from "@/design/link";
import { PageHeader } from "@/design/page-header";
import { EventFeed } from "@/features/events/event-feed";
import { type EventQuery, parse, print } from "@/features/events/query";
import { type Search, textOf } from "@/lib/search";

export default function EventsPage() {
  const text = textOf(useSearch({ strict: false }) as Search, "q");
  const navigate = useNavigate();
  const query = useMemo(() => parse(text), [text]);
  const show = (next: EventQuery) =>
    void navigate({
      to: ".",
      search: (before) => ({ ...before, q: print(next) || undefined }),
      replace: true,
    });
  return (
    <div className="flex flex-col gap-4">
      <PageHeader
        title="Events"
        meta="What happened to runs, deployments, pools and everything else, as it happens."
        actions={<LinkButton to="/automations/new">New automation</LinkButton>}
      />
      <EventFeed query={query} onChange={show} />
    </div>
  );
}
