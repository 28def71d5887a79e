import { CirclePause, LoaderCircle, type LucideIcon, Pause, Play, Radio, WifiOff } from "lucide-react";
import { IconButton } from "@/design/button";
import { cx } from "@/design/cx";
import { Tooltip } from "@/design/tooltip";
import { count } from "@/lib/format";
import { type LiveState, live } from "@/lib/live";
import { useStore } from "@/lib/store";

interface Look {
  icon: LucideIcon;
  text: string;
  /** Beside the text, and not read out whenever it changes. */
  more?: string;
  tone: string;
  hint: string;
}

function lookOf({ status, paused, missed }: LiveState): Look {
  if (status === "offline") {
    return { icon: WifiOff, text: "Offline", tone: "text-danger", hint: "The server cannot be reached." };
  }
  if (status === "reconnecting") {
    return {
      icon: LoaderCircle,
      text: "Reconnecting",
      tone: "text-warning",
      hint: "The connection was lost.",
    };
  }
  if (paused) {
    return {
      icon: CirclePause,
      text: "Paused",
      more: missed === 0 ? "" : `, ${count(missed)} missed`,
      tone: "text-warning",
      hint: "What is shown stands still until you resume.",
    };
  }
  if (status === "live") {
    return { icon: Radio, text: "Live", tone: "text-success", hint: "Changes are shown as they happen." };
  }
  return { icon: LoaderCircle, text: "Connecting", tone: "text-muted", hint: "Live changes will follow." };
}

/** Whether what is shown moves, and the button that stops it. */
export function LiveIndicator() {
  const state = useStore(live.state);
  const { icon: Icon, text, more, tone, hint } = lookOf(state);
  return (
    <div className="flex items-center">
      <Tooltip text={hint}>
        <span
          // biome-ignore lint/a11y/noNoninteractiveTabindex: its tooltip has to be reachable by keyboard
          tabIndex={0}
          className={cx("inline-flex items-center gap-1.5 rounded-md px-1.5 text-sm font-medium", tone)}
        >
          <Icon aria-hidden className={cx("size-4 shrink-0", Icon === LoaderCircle && "spin-slow")} />
          <span role="status" className="whitespace-nowrap max-sm:sr-only">
            {text}
          </span>
          {more ? <span className="-ml-1.5 whitespace-nowrap max-sm:sr-only">{more}</span> : null}
        </span>
      </Tooltip>
      <IconButton
        icon={state.paused ? Play : Pause}
        label={state.paused ? "Resume live changes" : "Pause live changes"}
        pressed={state.paused}
        onClick={state.paused ? live.resume : live.pause}
      />
    </div>
  );
}
