import type { ConcurrencyLimit, SlotHolder } from "./queries";

export type Kind = ConcurrencyLimit["kind"];

export const KINDS: Record<Kind, string> = {
  global: "Limit with a name",
  tag: "Tag",
  work_pool: "Work pool",
  work_queue: "Work queue",
  deployment: "Deployment",
};

/** Limits that are things of their own: they are made, changed and deleted here, and their slots can be released. */
export const isOwn = ({ kind }: Pick<ConcurrencyLimit, "kind">) => kind === "global" || kind === "tag";

/** How a limit stands, in words and for colours. A limit of 0 lets nothing run. */
export function standing({ active, limit, waiting, is_on }: ConcurrencyLimit): {
  tone: "neutral" | "warning" | "danger" | "success";
  text: string;
} {
  if (!is_on) return { tone: "neutral", text: "switched off" };
  if (limit === 0) return { tone: "danger", text: "lets nothing run" };
  if (active >= limit && waiting > 0) return { tone: "danger", text: "full, runs wait" };
  if (active >= limit) return { tone: "warning", text: "full" };
  return active > 0 ? { tone: "success", text: "in use" } : { tone: "neutral", text: "free" };
}

/** Limits of these kinds, of any where none is given, whose name, or whose pool's or flow's, has the text. */
export function limitsThat(
  limits: readonly ConcurrencyLimit[],
  text: string,
  kinds: readonly string[] = [],
): ConcurrencyLimit[] {
  const wanted = text.trim().toLowerCase();
  return limits.filter(({ kind, subject }) => {
    const name = kind === "tag" ? `tag:${subject.name}` : `${subject.within ?? ""}/${subject.name}`;
    return (kinds.length === 0 || kinds.includes(kind)) && name.toLowerCase().includes(wanted);
  });
}

/** How full a bucket is by now that was so full when it was asked; moments in milliseconds. */
export function levelAt({ level, decay }: { level: number; decay: number }, asked: number, now: number) {
  return Math.max(0, level - (decay * Math.max(0, now - asked)) / 1000);
}

const tenth = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const exact = new Intl.NumberFormat("en", { maximumFractionDigits: 6 });

/** "2.5 of 5 taken, 0.5 flow away each second" */
export function bucketText(level: number, limit: number, decay: number): string {
  // Never 0 while there is something left.
  const shown = level > 0 ? Math.max(0.1, Math.round(level * 10) / 10) : 0;
  const flows = decay === 1 ? "1 flows" : `${exact.format(decay)} flow`;
  return `${tenth.format(shown)} of ${tenth.format(limit)} taken, ${flows} away each second`;
}

/** A place held for a client that knows no leases is given back by the run's states alone: see `domain/leases.py`. */
const FOREVER_MS = 365 * 86_400_000;

/** What ends it, where that is no lease which runs out; `now` in milliseconds. */
export function endOf(
  { expires, run, task_run, deployment, holder }: SlotHolder,
  now: number,
): string | undefined {
  if (expires && Date.parse(expires) - now <= FOREVER_MS) return undefined;
  return expires || run || task_run || deployment || holder ? "its state ends it" : "until given back";
}

/** What taking slots from somebody means, before it is done. The server tells what came of it. */
export function meaningOfRelease({ expires, run, task_run, deployment, holder }: SlotHolder): string {
  if (expires)
    return (
      "The work is not stopped. Unless its lease holds slots of other limits too, it hears of the loss with the next " +
      "renewal: it logs a warning and goes on, or ends its block where it asked for that."
    );
  if (run || task_run || deployment || holder)
    return "The work is neither stopped nor told: it goes on as if nothing had happened.";
  return (
    "Whoever took them without a lease is not told, and may still work. What it gives back later frees slots that others " +
    "took without a lease."
  );
}
