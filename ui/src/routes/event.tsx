import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { Zap } from "lucide-react";
import { LinkButton, TextLink } from "@/design/link";
import { PageHeader } from "@/design/page-header";
import { SkeletonPage } from "@/design/skeleton";
import { Time } from "@/design/time";
import { labelOf } from "@/event-view/event-line";
import { EventDetails } from "@/features/events/event-details";
import { eventQuery } from "@/features/events/queries";
import { NotLoaded } from "@/shell/missing";

export default function EventPage() {
  const { id } = useParams({ from: "/events/$id" });
  const { data, error, refetch } = useQuery(eventQuery(id));
  if (error && !data) {
    return (
      <NotLoaded
        noun="event"
        id={id}
        all={{ to: "/events", label: "Events" }}
        error={error}
        onRetry={refetch}
      />
    );
  }
  if (!data) return <SkeletonPage />;
  return (
    <div className="flex flex-col gap-4">
      <PageHeader
        title={labelOf(data)}
        breadcrumb={[
          <TextLink key="all" quiet to="/events">
            Events
          </TextLink>,
        ]}
        meta={<Time value={data.occurred} />}
        actions={
          <LinkButton kind="primary" icon={Zap} to="/automations/new" search={{ event: data.id }}>
            Create automation
          </LinkButton>
        }
      />
      <EventDetails event={data} />
    </div>
  );
}
