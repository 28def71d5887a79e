import { History, Link2, RotateCcw } from "lucide-react";
import { Banner } from "@/design/banner";
import { Button } from "@/design/button";
import { Time } from "@/design/time";
import type { Notice } from "./custom-run";

/** Says what the page has begun with, and how to begin with nothing. */
export function Beginnings({ notice, onDiscard }: { notice: Notice; onDiscard: () => void }) {
  if (!notice) return null;
  const discard = (
    <Button size="small" kind="ghost" onClick={onDiscard}>
      {notice.kind === "restored" ? "Discard it" : "Begin with nothing"}
    </Button>
  );
  if (notice.kind === "restored") {
    return (
      <Banner icon={History} actions={discard}>
        Your draft is restored
        {notice.at ? (
          <>
            , from <Time value={new Date(notice.at).toISOString()} />
          </>
        ) : null}
        . Secrets that were typed are not kept.
      </Banner>
    );
  }
  return notice.kind === "from-run" ? (
    <Banner icon={RotateCcw} actions={discard}>
      Filled in with what that run had otherwise than the deployment has it now.
    </Banner>
  ) : (
    <Banner icon={Link2} actions={discard}>
      Filled in from a link.
    </Banner>
  );
}
