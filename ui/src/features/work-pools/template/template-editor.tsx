import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { ErrorState } from "@/design/error-state";
import { SkeletonLines } from "@/design/skeleton";
import { toast } from "@/design/toast";
import { ApiError } from "@/lib/api";
import { plural } from "@/lib/format";
import { useKeys } from "@/lib/keys";
import { type ExactPool, type PoolRow, poolQuery, readPool, saveTemplate } from "../queries";
import { editedParts, unreadable } from "./draft";
import { EditorBody } from "./editor-body";
import { Notices } from "./notices";
import { sameTemplate } from "./problems";
import { SaveBar } from "./save-bar";
import { useLint } from "./use-lint";
import { useTemplateDraft } from "./use-template-draft";
import { placeName } from "./whole-json";

/** The tab Template: variables and their defaults, where they go, and what an edit would change before it is saved. */
export function TemplateEditor({ row }: { row: PoolRow }) {
  const { data, error, refetch } = useQuery(poolQuery(row.name));
  if (error && !data)
    return <ErrorState title="The template could not be loaded." error={error} onRetry={refetch} />;
  if (!data || data.pool.name !== row.name) return <SkeletonLines lines={10} label="Loading the template" />;
  return <Loaded row={row} data={data} />;
}

function Loaded({ row, data }: { row: PoolRow; data: ExactPool }) {
  const state = useTemplateDraft(row.name, data.template);
  const { draft, dirty } = state;
  const lint = useLint(data.pool, state);
  const broken = unreadable(draft);
  const parts = useMemo(() => editedParts(draft), [draft]);
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: async () => {
      const now = await readPool(row.name);
      if (!sameTemplate(now.template, draft.base)) {
        await client.invalidateQueries({ queryKey: poolQuery(row.name).queryKey });
        throw new ApiError("Somebody saved another template meanwhile.", {
          status: 409,
          code: "conflict",
          hint: "Nothing was saved. Look at the notice above.",
        });
      }
      await saveTemplate(row.name, draft.document);
      await client.invalidateQueries({ queryKey: ["work_pools"] });
      await client.invalidateQueries({ queryKey: ["deployments"], refetchType: "none" });
    },
    onSuccess: () =>
      toast({
        title: `Saved the template of ${row.name}`,
        detail: changedText(
          lint.impacts?.filter(({ launches_differently }) => launches_differently).length ?? 0,
        ),
      }),
  });
  const blocked = broken.length
    ? `${broken.map(placeName).join(" and ")} can’t be read: correct it, or discard the text.`
    : lint.problems.some(({ severity }) => severity === "error")
      ? `The server would refuse it: ${plural(lint.problems.length, "problem")}, told at ${lint.problems.length === 1 ? "its place" : "their places"}.`
      : state.isConflicting
        ? "Somebody saved another template meanwhile: see the notice above."
        : undefined;
  const submit = () => {
    if (dirty && !blocked && !save.isPending) save.mutate();
  };
  useKeys("Template", [{ keys: "mod+s", label: "Save the template", run: submit }]);
  return (
    <div className="flex min-w-0 flex-col gap-4">
      <Notices state={state} />
      <EditorBody row={row} state={state} problems={lint.problems} broken={broken} />
      {dirty ? (
        <SaveBar
          parts={parts.length ? parts : broken.map(placeName)}
          impacts={lint.impacts}
          isCurrent={lint.isCurrent}
          deployments={row.deployments}
          waiting={row.waiting}
          blocked={blocked}
          saving={save.isPending}
          error={save.error ?? lint.failure}
          isKept={state.isKept}
          canUndo={state.canUndo}
          onUndo={state.undo}
          onSave={submit}
          onDiscard={() => {
            state.discard();
            save.reset();
          }}
        />
      ) : null}
    </div>
  );
}

const changedText = (changed: number): string =>
  changed
    ? `${plural(changed, "deployment")} launch${changed === 1 ? "es" : ""} differently from now on.`
    : "No deployment launches differently.";
