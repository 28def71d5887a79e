import { CircleAlert, CirclePause, Hourglass, type LucideIcon, UserX } from "lucide-react";
import { Banner } from "@/design/banner";
import { CopyButton } from "@/design/copy-button";
import { Time } from "@/design/time";
import type { Schema } from "@/lib/api";
import { shellWord } from "@/lib/quoting";
import { type LinkTo, SubjectList } from "./subjects";

type Why = Schema["Why"];

/** Codes that somebody has to do something about; the others pass by themselves. */
const CALLS_FOR_ACTION: ReadonlySet<Why["code"]> = new Set([
  "pool_paused",
  "queue_paused",
  "no_worker",
  "queue_not_polled",
  "limit_reached",
  "paused",
  "unheard",
]);
const ICONS: Partial<Record<Why["code"], LucideIcon>> = {
  no_worker: UserX,
  queue_not_polled: UserX,
  limit_reached: Hourglass,
  behind_others: Hourglass,
  paused: CirclePause,
  unheard: CircleAlert,
};

const KINDS: Partial<Record<Schema["SubjectKind"], string>> = {
  work_pool: "work pool",
  work_queue: "work queue",
  deployment: "deployment",
};

/** The command that ends the wait, where there is one. */
function commandFor({ code, subjects }: Why): string | null {
  const pool = subjects?.find(({ kind }) => kind === "work_pool");
  return code === "no_worker" && pool ? `penstock worker start --pool ${shellWord(pool.name)}` : null;
}

/** Why the run is not running, and where to do something about it. */
export function WhyLine({ why, linkTo }: { why: Why; linkTo: LinkTo }) {
  const { code, text, since, until, subjects, holders } = why;
  const holding = holders ?? [];
  const named = subjects ?? [];
  const command = commandFor(why);
  return (
    <Banner tone={CALLS_FOR_ACTION.has(code) ? "warning" : "info"} icon={ICONS[code]} title={text}>
      <p className="flex flex-wrap gap-x-4 gap-y-0.5 text-sm">
        {since ? (
          <span>
            <span className="text-muted">For</span> <Time value={since} format="elapsed" />
          </span>
        ) : null}
        {until ? (
          <span>
            <span className="text-muted">Expected to change</span> <Time value={until} />
          </span>
        ) : null}
        {named.length > 0 ? (
          <span>
            <span className="text-muted">See the {KINDS[named[0]?.kind ?? "work_pool"]}</span>{" "}
            <SubjectList subjects={named} linkTo={linkTo} />
          </span>
        ) : null}
        {holding.length > 0 ? (
          <span>
            <span className="text-muted">Held by</span> <SubjectList subjects={holding} linkTo={linkTo} />
          </span>
        ) : null}
        {command ? (
          <span className="inline-flex items-center gap-1">
            <span className="text-muted">Start one:</span> <code className="font-mono">{command}</code>
            <CopyButton text={command} label="Copy command" className="-my-1" />
          </span>
        ) : null}
      </p>
    </Banner>
  );
}
