import { CircleAlert, CircleCheck, CirclePause } from "lucide-react";
import { cx } from "@/design/cx";
import { Tooltip } from "@/design/tooltip";
import type { Standing } from "./names";

const ICONS = { success: CircleCheck, warning: CircleAlert, neutral: CirclePause };
const INKS = { success: "text-success", warning: "text-warning", neutral: "text-muted" };

/** Whether its runs would be taken: icon and words; what it means is told on hover and focus. */
export function StandingBadge({ text, tone, detail }: Standing) {
  const Icon = ICONS[tone];
  return (
    <Tooltip text={detail}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what it means is told in its tooltip */}
      <span tabIndex={0} className="inline-flex items-center gap-1.5 rounded-sm text-sm whitespace-nowrap">
        <Icon aria-hidden className={cx("size-4 shrink-0", INKS[tone])} />
        {text}
      </span>
    </Tooltip>
  );
}
