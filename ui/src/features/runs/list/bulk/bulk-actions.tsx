import { GitCompareArrows } from "lucide-react";
import { useState } from "react";
import { Button } from "@/design/button";
import { ConfirmDialog } from "@/design/confirm-dialog";
import type { Selection } from "@/design/data-table/types";
import { LinkButton } from "@/design/link";
import { plural } from "@/lib/format";
import { useKeys } from "@/lib/keys";
import type { RunRow } from "../queries";
import { readStretch } from "../queries";
import { ACTIONS, type Action, type ActionId } from "./actions";
import { BulkProgress } from "./bulk-progress";
import { listed, paged, type Source, type Target } from "./loop";
import { useBulk } from "./use-bulk";

interface BulkActionsProps {
  selection: Selection;
  rows: readonly RunRow[];
  /** How many the filter finds, where that is known. */
  total: number | undefined;
  /** The text of the filter, for all that it finds. */
  text: string;
  onFinished: () => void;
}

const targetOf = ({ id, name, expected_start_time: expected }: RunRow): Target => ({ id, name, expected });

/** What can be done with the runs that are selected. */
export function useBulkActions({ selection, rows, total, text, onFinished }: BulkActionsProps) {
  const [asked, setAsked] = useState<ActionId>();
  const { job, begin, close } = useBulk(onFinished);
  const size = selection.all ? total : selection.ids.size;
  const isSelecting = selection.all || selection.ids.size > 0;
  const said = size === undefined ? "all runs that match" : plural(size, "run");
  const action = asked && ACTIONS[asked];
  const ask = (id: ActionId) => isSelecting && !job && setAsked(id);
  useKeys(
    "Selected runs",
    [
      { keys: "c", label: "Cancel them", run: () => ask("cancel") },
      { keys: "r", label: "Retry them", run: () => ask("retry") },
      { keys: "Delete", label: "Delete them", run: () => ask("delete") },
    ],
    isSelecting,
  );
  const source = (): Source => {
    if (!selection.all) {
      const known = new Map(rows.map((row) => [row.id, targetOf(row)]));
      return listed([...selection.ids].map((id) => known.get(id) ?? { id }));
    }
    return paged(async (cursor, signal) => {
      const page = await readStretch(text, cursor, signal);
      return { targets: page.rows.map(targetOf), next: page.next };
    });
  };
  const run = (chosen: Action) => begin(chosen, source(), size);
  const [a, b] = selection.all ? [] : [...selection.ids];
  const buttons = (
    <>
      {a && b && size === 2 ? (
        <LinkButton size="small" icon={GitCompareArrows} to="/runs/compare" search={{ a, b }}>
          Compare
        </LinkButton>
      ) : null}
      {(["cancel", "retry", "delete"] as const).map((id) => (
        <Button key={id} size="small" icon={ACTIONS[id].icon} onClick={() => ask(id)}>
          {ACTIONS[id].label}
        </Button>
      ))}
    </>
  );
  const dialogs = (
    <>
      <ConfirmDialog
        open={action !== undefined}
        onOpenChange={(open) => open || setAsked(undefined)}
        title={`${action?.title(said) ?? ""}?`}
        confirm={action?.title(said) ?? ""}
        typed={asked === "delete" ? `delete ${size ?? "all"}` : undefined}
        danger={asked === "delete"}
        onConfirm={() => action && run(action)}
      >
        <p>{action?.explanation}</p>
        {selection.all ? (
          <p className="text-muted">
            All runs that the filter finds now are meant, also those that are not loaded.
          </p>
        ) : null}
      </ConfirmDialog>
      {job ? <BulkProgress job={job} onClose={close} /> : null}
    </>
  );
  return { buttons, dialogs };
}
