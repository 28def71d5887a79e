import {
  Ban,
  CalendarClock,
  CircleAlert,
  CircleCheck,
  CircleDashed,
  CirclePause,
  CirclePlay,
  CircleSlash,
  CircleX,
  Hourglass,
  type LucideIcon,
  RotateCcw,
  Zap,
} from "lucide-react";

/** How a state looks. `tone` is also the name of its colours: --state-<tone> and --state-<tone>-soft. */
export interface StateLook {
  tone: StateTone;
  icon: LucideIcon;
}

const LOOKS = {
  scheduled: CalendarClock,
  late: CircleAlert,
  pending: CircleDashed,
  running: CirclePlay,
  completed: CircleCheck,
  failed: CircleX,
  crashed: Zap,
  cancelling: CircleSlash,
  cancelled: Ban,
  paused: CirclePause,
  retry: RotateCcw,
} satisfies Record<string, LucideIcon>;

export type StateTone = keyof typeof LOOKS;

/** Names that look different from other states of their type. */
const TONE_BY_NAME: Record<string, StateTone> = { Late: "late", AwaitingRetry: "retry", Retrying: "running" };
const ICON_BY_NAME: Record<string, LucideIcon> = { AwaitingConcurrencySlot: Hourglass, TimedOut: Hourglass };

export function stateTone(type: string | null | undefined, name?: string | null): StateTone {
  const named = name ? TONE_BY_NAME[name] : undefined;
  if (named) return named;
  const lower = (type ?? "pending").toLowerCase();
  return lower in LOOKS ? (lower as StateTone) : "pending";
}

export function stateLook(type: string | null | undefined, name?: string | null): StateLook {
  const tone = stateTone(type, name);
  return { tone, icon: (name ? ICON_BY_NAME[name] : undefined) ?? LOOKS[tone] };
}

/** "AwaitingConcurrencySlot" → "Awaiting concurrency slot"; names that users gave stay as they are. */
export function stateLabel(type: string | null | undefined, name?: string | null): string {
  const text = name || (type ? type.charAt(0) + type.slice(1).toLowerCase() : "No state");
  if (!/^([A-Z][a-z]+)+$/.test(text)) return text;
  return text.charAt(0) + text.slice(1).replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** A colour for `style`, SVG and charts: `var(--state-failed)`. For a canvas: resolveColor of it. */
export function stateColor(type: string | null | undefined, name?: string | null): string {
  return `var(--state-${stateTone(type, name)})`;
}

/** The types in the order in which filters and legends list them. */
export const STATE_TYPES = [
  "SCHEDULED",
  "PENDING",
  "RUNNING",
  "PAUSED",
  "CANCELLING",
  "COMPLETED",
  "FAILED",
  "CRASHED",
  "CANCELLED",
] as const;
