import { useQuery } from "@tanstack/react-query";
import { Zap } from "lucide-react";
import { Chip } from "@/design/chip";
import { EmptyState } from "@/design/empty-state";
import { ErrorState } from "@/design/error-state";
import { LinkButton, TextLink } from "@/design/link";
import { SkeletonLines } from "@/design/skeleton";
import { useNames } from "./names/use-names";
import { relatedQuery } from "./queries";
import { sentenceOf } from "./words";

/** The automations that touch a resource; for a tab of its page. */
export function RelatedAutomations({ resource, noun }: { resource: string; noun: string }) {
  const { data, error, refetch } = useQuery(relatedQuery(resource));
  const nameOf = useNames(data);
  if (error && !data)
    return <ErrorState error={error} title="Its automations could not be loaded." onRetry={refetch} />;
  if (!data) return <SkeletonLines lines={4} label="Loading automations" />;
  if (!data.length) {
    return (
      <EmptyState
        icon={Zap}
        title={`No automation touches this ${noun}`}
        action={<LinkButton to="/automations/new">New automation</LinkButton>}
      />
    );
  }
  return (
    <ul className="divide-y divide-line rounded-lg border border-line bg-surface">
      {data.map((automation) => (
        <li key={automation.id} className="flex min-w-0 flex-wrap items-baseline gap-x-3 gap-y-1 px-4 py-2.5">
          <TextLink quiet to="/automations/$id" params={{ id: automation.id }}>
            {automation.name}
          </TextLink>
          {automation.enabled ? null : <Chip>switched off</Chip>}
          <span className="min-w-0 basis-full break-words text-muted">{sentenceOf(automation, nameOf)}</span>
        </li>
      ))}
    </ul>
  );
}
