import { useQuery } from "@tanstack/react-query";
import { Card } from "@/design/card";
import { DefinitionList } from "@/design/definition-list";
import { ErrorState } from "@/design/error-state";
import { TextLink } from "@/design/link";
import { SkeletonLines } from "@/design/skeleton";
import { Time } from "@/design/time";
import type { Schema } from "@/lib/api";
import { count, plural } from "@/lib/format";
import { explainQuery } from "../queries";

type TriggerState = Schema["TriggerState"];

/** What an automation has seen, what it waits for, and why it hasn't fired. */
export function AutomationState({ id }: { id: string }) {
  const { data, error, refetch } = useQuery(explainQuery(id));
  if (error && !data)
    return <ErrorState error={error} title="Its state could not be loaded." onRetry={refetch} />;
  if (!data) return <SkeletonLines lines={8} label="Loading its state" />;
  return (
    <div className="flex min-w-0 flex-col gap-4">
      <Card title="How it stands">
        {data.reasons.length ? (
          <ul className="mb-4 flex list-disc flex-col gap-1 pl-5">
            {data.reasons.map((reason) => (
              <li key={reason} className="break-words">
                {reason}
              </li>
            ))}
          </ul>
        ) : null}
        <DefinitionList
          columns={4}
          items={[
            { label: "Last fired", value: <Time value={data.last_fired} empty="never" /> },
            { label: "Firings in 24 hours", value: count(data.firings_24h) },
            { label: "Actions under way", value: count(data.pending_actions) },
            { label: "Events not looked at yet", value: count(data.waiting_events) },
            { label: "Watches since", value: <Time value={data.since} /> },
          ]}
        />
      </Card>
      {data.triggers.map((trigger) => (
        <TriggerCard key={trigger.id} trigger={trigger} />
      ))}
    </div>
  );
}

function TriggerCard({ trigger }: { trigger: TriggerState }) {
  const { words, path, reasons, buckets, bucket_count, near_misses, named_24h, matched_24h } = trigger;
  return (
    <Card title={path ? `Trigger ${path}` : "Trigger"}>
      <div className="flex min-w-0 flex-col gap-3">
        <p className="break-words">{words}</p>
        {named_24h === null ? null : (
          <p className="text-muted">
            In the last 24 hours {plural(named_24h, "event")} had a name that it expects
            {matched_24h === null ? "" : `; ${count(matched_24h)} of those counted`}.
          </p>
        )}
        {reasons.map((reason) => (
          <p key={reason} className="break-words">
            {reason}
          </p>
        ))}
        {buckets.length ? <Buckets buckets={buckets} total={bucket_count} /> : null}
        {near_misses.length ? <NearMisses misses={near_misses} /> : null}
      </div>
    </Card>
  );
}

function Buckets({ buckets, total }: { buckets: TriggerState["buckets"]; total: number }) {
  return (
    <div className="min-w-0 overflow-x-auto rounded-md border border-line">
      <table aria-label="What it has counted" className="w-full text-sm">
        <thead>
          <tr className="border-b border-line text-left [&>th]:px-3 [&>th]:py-1.5 [&>th]:font-medium">
            <th scope="col">For</th>
            <th scope="col">Seen</th>
            <th scope="col">How it stands</th>
            <th scope="col">Until</th>
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {buckets.map((bucket) => (
            <tr key={bucket.key.join("\n")} className="[&>*]:px-3 [&>*]:py-1.5 [&>*]:align-top">
              <th scope="row" className="max-w-72 text-left font-mono font-normal break-all">
                {bucket.key.join(", ") || "all"}
              </th>
              <td className="whitespace-nowrap tabular-nums">
                {count(bucket.count)} of {count(bucket.threshold)}
              </td>
              <td>{bucket.words}</td>
              <td className="whitespace-nowrap">
                <Time value={bucket.due} empty="any time" />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {total > buckets.length ? (
        <p className="border-t border-line px-3 py-1.5 text-sm text-muted">
          The last {count(buckets.length)} of {count(total)}.
        </p>
      ) : null}
    </div>
  );
}

function NearMisses({ misses }: { misses: TriggerState["near_misses"] }) {
  return (
    <div className="flex flex-col gap-1">
      <p className="font-medium">Events that nearly counted</p>
      <ul className="flex flex-col gap-1.5">
        {misses.map((miss) => (
          <li key={miss.event_id} className="min-w-0 break-words">
            <TextLink to="/events/$id" params={{ id: miss.event_id }} className="font-mono text-sm">
              {miss.event}
            </TextLink>{" "}
            <span className="font-mono text-sm text-muted">{miss.resource_id}</span>{" "}
            <Time value={miss.occurred} className="text-muted" />
            <ul className="list-disc pl-5 text-sm">
              {miss.misses.map(({ words }) => (
                <li key={words}>{words}</li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
    </div>
  );
}
