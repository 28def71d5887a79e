import { StateBadge } from "@/design/state-badge";
import { count, duration, plural } from "@/lib/format";
import { countsText, stateOf, tookOf } from "./describe";
import type { Selection } from "./drawing";
import { type Model, queuedFor, waitedToRetry } from "./model";

interface HoverCardProps {
  model: Model;
  what: Selection;
  now: number;
  box: { x: number; y: number; width: number; height: number };
  room: { width: number; height: number };
}

const WIDTH = 264;

/** What is under the pointer, beside it. */
export function HoverCard({ model, what, now, box, room }: HoverCardProps) {
  const below = box.y + box.height + 150 < room.height;
  const left = Math.min(
    Math.max(8, box.x + Math.min(24, box.width / 2)),
    Math.max(8, room.width - WIDTH - 8),
  );
  return (
    <div
      aria-hidden
      style={{
        left,
        width: Math.min(WIDTH, room.width - 16),
        ...(below ? { top: box.y + box.height + 6 } : { bottom: room.height - box.y + 6 }),
      }}
      className="fade-in pointer-events-none absolute z-10 rounded-lg border border-line bg-raised px-3 py-2 text-sm shadow-float"
    >
      {what.kind === "task" ? (
        <TaskFacts model={model} index={what.index} now={now} />
      ) : (
        <GroupFacts model={model} group={what.group} />
      )}
    </div>
  );
}

function TaskFacts({ model, index, now }: { model: Model; index: number; now: number }) {
  const { type, name } = stateOf(model, index);
  const took = tookOf(model, index, now);
  const queued = queuedFor(model, index, now) / 1000;
  const retried = waitedToRetry(model, index, now) / 1000;
  const attempts = model.timeline.attempts[index] ?? 0;
  const parents = model.timeline.parents[index]?.length ?? 0;
  const child = model.timeline.children[index];
  return (
    <>
      <p className="truncate font-semibold">{model.timeline.labels[index]}</p>
      <p className="mt-1 mb-1.5">
        <StateBadge type={type} name={name} />
      </p>
      <dl className="grid grid-cols-[auto_1fr] gap-x-3 gap-y-0.5 tabular-nums">
        <Fact label="Duration" value={took === undefined ? "not started" : duration(took)} />
        {queued >= 0.05 ? <Fact label="Waited" value={duration(queued)} /> : null}
        {retried >= 0.05 ? <Fact label="Waited to retry" value={duration(retried)} /> : null}
        {attempts > 1 ? <Fact label="Attempts" value={count(attempts)} /> : null}
        {parents > 0 ? <Fact label="Needs" value={plural(parents, "task run")} /> : null}
        {child ? <Fact label="Runs" value="a subflow" /> : null}
      </dl>
    </>
  );
}

function GroupFacts({ model, group }: { model: Model; group: number }) {
  const found = model.groups[group];
  if (!found) return null;
  return (
    <>
      <p className="truncate font-semibold">{found.name}</p>
      <p className="text-muted">{plural(found.members.length, "task run")}</p>
      <p className="mt-1">{countsText(found.counts)}</p>
      <p className="mt-1 text-muted">Click to show each of them.</p>
    </>
  );
}

function Fact({ label, value }: { label: string; value: string }) {
  return (
    <>
      <dt className="text-muted">{label}</dt>
      <dd>{value}</dd>
    </>
  );
}
