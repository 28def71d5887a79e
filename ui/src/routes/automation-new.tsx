import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { ErrorState } from "@/design/error-state";
import { TextLink } from "@/design/link";
import { PageHeader } from "@/design/page-header";
import { SkeletonPage } from "@/design/skeleton";
import { StartedBuilder } from "@/features/automations/builder/started-builder";
import { draftFrom, draftFromEvent, EMPTY_DRAFT } from "@/features/automations/draft";
import { automationQuery, eventQuery } from "@/features/automations/queries";
import { type Search, textOf } from "@/lib/search";

export default function NewAutomationPage() {
  const search = useSearch({ strict: false }) as Search;
  const [eventId, from] = [textOf(search, "event"), textOf(search, "from")];
  const navigate = useNavigate();
  const event = useQuery(eventQuery(eventId || undefined));
  const copied = useQuery({ ...automationQuery(from), enabled: from !== "" });
  const failed = [event, copied].find(({ isError, data }) => isError && data === undefined);
  const isWaiting = (eventId && !event.data) || (from && !copied.data);
  if (isWaiting && !failed) return <SkeletonPage />;
  const fresh = event.data
    ? draftFromEvent(event.data)
    : copied.data
      ? draftFrom(copied.data, `${copied.data.name} (copy)`)
      : EMPTY_DRAFT;
  return (
    <div className="flex flex-col gap-4">
      <PageHeader
        title="New automation"
        breadcrumb={[
          <TextLink key="all" quiet to="/automations">
            Automations
          </TextLink>,
        ]}
      />
      {failed ? (
        <ErrorState
          error={failed.error}
          title="What to begin with can't be loaded."
          onRetry={failed.refetch}
        />
      ) : (
        <StartedBuilder
          key={`${eventId} ${from}`}
          keptAs={`new${eventId && `.${eventId}`}${from && `.${from}`}`}
          fresh={fresh}
          eventId={eventId || undefined}
          onSaved={(id) => void navigate({ to: "/automations/$id", params: { id } })}
        />
      )}
    </div>
  );
}
