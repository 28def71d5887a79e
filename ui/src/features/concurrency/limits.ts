import type { ConcurrencyLimit } from "./queries";

export const KINDS = { work_pool: "Work pool", work_queue: "Work queue", deployment: "Deployment" } as const;

/** How a limit stands, in words and for colours. A limit of 0 lets nothing run. */
export function standing({ active, limit, waiting }: ConcurrencyLimit): {
  tone: "neutral" | "warning" | "danger" | "success";
  text: string;
} {
  if (limit === 0) return { tone: "danger", text: "lets nothing run" };
  if (active >= limit && waiting > 0) return { tone: "danger", text: "full, runs wait" };
  if (active >= limit) return { tone: "warning", text: "full" };
  return active > 0 ? { tone: "success", text: "in use" } : { tone: "neutral", text: "free" };
}

/** Limits whose name, or whose pool's or flow's, has the text. */
export function limitsThat(limits: readonly ConcurrencyLimit[], text: string): ConcurrencyLimit[] {
  const wanted = text.trim().toLowerCase();
  return limits.filter(({ subject }) =>
    `${subject.within ?? ""}/${subject.name}`.toLowerCase().includes(wanted),
  );
}
