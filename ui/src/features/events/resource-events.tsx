import { useState } from "react";
import { EventFeed } from "./event-feed";
import { EVERYTHING, type EventQuery } from "./query";

/** The events that a resource has part in; for a tab of its page. */
export function ResourceEvents({ resource }: { resource: string }) {
  const [query, setQuery] = useState<EventQuery>({
    ...EVERYTHING,
    resources: [resource],
    window: { kind: "past", span: "30d" },
  });
  return <EventFeed query={query} onChange={setQuery} isScoped />;
}
