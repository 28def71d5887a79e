import { ChevronDown, Undo2 } from "lucide-react";
import { useState } from "react";
import { Button } from "@/design/button";
import { cx } from "@/design/cx";
import { ErrorState } from "@/design/error-state";
import { TextLink } from "@/design/link";
import { Spinner } from "@/design/spinner";
import { ImpactList } from "@/job-variables/impact-list";
import { plural } from "@/lib/format";
import type { Impact } from "../queries";

export interface SaveBarProps {
  parts: readonly string[];
  impacts: readonly Impact[] | undefined;
  /** The impact is of what stands here, and not on its way. */
  isCurrent: boolean;
  deployments: number | undefined;
  waiting: number;
  /** Why it can't be saved. */
  blocked: string | undefined;
  saving: boolean;
  error: unknown;
  isKept: boolean;
  canUndo: boolean;
  onUndo: () => void;
  onSave: () => void;
  onDiscard: () => void;
}

const SHOWN_PARTS = 4;

/** What the edits would do to the pool's deployments, before they are saved. Stays in view at the bottom. */
export function SaveBar(props: SaveBarProps) {
  const { parts, impacts, isCurrent, deployments, waiting, blocked, saving, error, isKept } = props;
  const [isOpen, setOpen] = useState(true);
  const more = parts.length - SHOWN_PARTS;
  return (
    <section
      aria-label="Unsaved edits"
      className="float-in sticky bottom-2 z-20 flex flex-col gap-2 rounded-lg border border-accent/50 bg-raised px-4 py-3 shadow-float"
    >
      {error ? <ErrorState compact error={error} title="It was not saved." /> : null}
      <div className="flex flex-wrap items-center gap-x-2 gap-y-2">
        <p className="min-w-0 flex-1 basis-64" role="status">
          <span className="font-semibold">{plural(parts.length, "edit")}, not saved:</span>{" "}
          <span className="font-mono text-sm">{parts.slice(0, SHOWN_PARTS).join(", ")}</span>
          {more > 0 ? <span className="text-muted"> and {more} more</span> : null}
          {isKept ? null : (
            <span className="block text-sm text-warning">
              Not kept over a reload: it holds what looks like a secret.
            </span>
          )}
        </p>
        <Button
          kind="ghost"
          size="small"
          icon={ChevronDown}
          aria-expanded={isOpen}
          onClick={() => setOpen(!isOpen)}
          className={cx("[&_svg]:transition-transform", !isOpen && "[&_svg]:-rotate-90")}
        >
          Impact
        </Button>
        <Button kind="ghost" icon={Undo2} onClick={props.onUndo} disabled={saving || !props.canUndo}>
          Undo
        </Button>
        <Button kind="ghost" onClick={props.onDiscard} disabled={saving}>
          Discard
        </Button>
        <Button kind="primary" busy={saving} disabledReason={blocked} onClick={props.onSave}>
          Save
        </Button>
      </div>
      {blocked ? <p className="text-sm text-danger">{blocked}</p> : null}
      {isOpen && !blocked ? (
        <div
          aria-busy={!isCurrent || undefined}
          className={cx("max-h-[32dvh] overflow-y-auto", !isCurrent && impacts && "opacity-70")}
        >
          {impacts ? (
            <>
              <ImpactList
                impacts={impacts}
                total={deployments}
                expanded={impacts.length <= 3}
                nameOf={(impact) => (
                  <TextLink quiet to="/deployments/$id" params={{ id: impact.id }}>
                    {impact.name}
                  </TextLink>
                )}
              />
              {waiting ? (
                <p className="mt-1.5 text-sm text-muted">
                  {plural(waiting, "run")} that no worker has claimed yet {waiting === 1 ? "gets" : "get"} the
                  new values.
                </p>
              ) : null}
            </>
          ) : (
            <p className="flex items-center gap-2 text-sm text-muted">
              <Spinner /> What it would change is being found out…
            </p>
          )}
        </div>
      ) : null}
    </section>
  );
}
