import { useMutation, useQuery } from "@tanstack/react-query";
import { Bookmark, BookmarkPlus, Star, Trash2 } from "lucide-react";
import { useState } from "react";
import { Button, IconButton } from "@/design/button";
import { Checkbox } from "@/design/checkbox";
import { cx } from "@/design/cx";
import { ErrorState } from "@/design/error-state";
import { Field } from "@/design/field";
import { Popover } from "@/design/popover";
import { TextField } from "@/design/text-field";
import { toast, toastError } from "@/design/toast";
import { deleteView, type SavedView, savedViewsQuery, saveView } from "./queries";

/** What a view keeps: the filter's text and the order. */
export type ViewQuery = Record<string, string>;

interface ViewsMenuProps {
  /** What is shown now. */
  current: ViewQuery;
  onApply: (view: SavedView) => void;
}

const sameQuery = (a: Record<string, unknown>, b: Record<string, unknown>) =>
  (a.q ?? "") === (b.q ?? "") && (a.sort ?? "") === (b.sort ?? "");

/** Filters under names, kept on the server. */
export function ViewsMenu({ current, onApply }: ViewsMenuProps) {
  const [open, setOpen] = useState(false);
  const { data: views = [], error, refetch } = useQuery(savedViewsQuery);
  const shown = views.find((view) => sameQuery(view.query, current));
  return (
    <Popover
      label="Saved views"
      align="end"
      open={open}
      onOpenChange={setOpen}
      className="w-80"
      trigger={
        <Button icon={Bookmark}>
          <span className="max-w-40 truncate">{shown ? shown.name : "Views"}</span>
        </Button>
      }
    >
      <div className="flex flex-col gap-3">
        {error ? <ErrorState error={error} onRetry={refetch} compact /> : null}
        {views.length > 0 ? (
          <ul aria-label="Saved views" className="-mx-1.5 flex max-h-72 flex-col overflow-y-auto">
            {views.map((view) => (
              <ViewRow
                key={view.id}
                view={view}
                isShown={view === shown}
                onApply={() => {
                  setOpen(false);
                  onApply(view);
                }}
              />
            ))}
          </ul>
        ) : error ? null : (
          <p className="text-sm text-muted">
            No views yet. A view keeps the filter and the order under a name, for everybody on this server.
          </p>
        )}
        <SaveForm current={current} name={shown?.name ?? ""} isDefault={shown?.is_default ?? false} />
      </div>
    </Popover>
  );
}

function ViewRow({ view, isShown, onApply }: { view: SavedView; isShown: boolean; onApply: () => void }) {
  const query = view.query as ViewQuery;
  const save = useMutation({
    mutationFn: () => saveView(view.name, query, !view.is_default),
    onError: (error) => toastError(error, "The view was not changed."),
  });
  const remove = useMutation({
    mutationFn: () => deleteView(view.id),
    onError: (error) => toastError(error, "The view was not deleted."),
    onSuccess: () =>
      toast({
        title: `The view “${view.name}” is deleted`,
        undo: () => saveView(view.name, query, view.is_default),
      }),
  });
  return (
    <li
      className={cx(
        "group flex items-center gap-0.5 rounded-md px-1.5 hover:bg-hover",
        isShown && "bg-accent-soft",
      )}
    >
      <button
        type="button"
        onClick={onApply}
        aria-current={isShown || undefined}
        className="min-w-0 grow rounded-sm py-1 text-left"
      >
        <span className={cx("block truncate", isShown && "font-medium text-accent")}>{view.name}</span>
        <span className="block truncate font-mono text-xs text-muted">
          {String(query.q ?? "") || "no filter"}
        </span>
      </button>
      <IconButton
        icon={Star}
        size="small"
        pressed={view.is_default}
        label={view.is_default ? `Don't open with ${view.name}` : `Open with ${view.name}`}
        disabled={save.isPending}
        onClick={() => save.mutate()}
        className={view.is_default ? "[&_svg]:fill-current" : ""}
      />
      <IconButton
        icon={Trash2}
        size="small"
        label={`Delete view ${view.name}`}
        disabled={remove.isPending}
        onClick={() => remove.mutate()}
      />
    </li>
  );
}

function SaveForm({
  current,
  name: known,
  isDefault: was,
}: {
  current: ViewQuery;
  name: string;
  isDefault: boolean;
}) {
  const [name, setName] = useState(known);
  const [isDefault, setDefault] = useState(was);
  const save = useMutation({
    mutationFn: () => saveView(name.trim(), current, isDefault),
    onSuccess: (view) => toast({ title: `The view “${view.name}” is saved` }),
  });
  const isUsable = name.trim() !== "" && name.trim().length <= 100;
  return (
    <form
      className="flex flex-col gap-2.5 border-t border-line pt-3"
      onSubmit={(event) => {
        event.preventDefault();
        event.stopPropagation();
        if (isUsable) save.mutate();
      }}
    >
      <Field label="Save what is shown as" hint="A name that is taken is replaced.">
        <TextField value={name} onChange={setName} autoComplete="off" maxLength={100} />
      </Field>
      <div className="flex items-center justify-between gap-2">
        <Checkbox label="Open this page with it" checked={isDefault} onChange={setDefault} />
        <Button
          type="submit"
          kind="primary"
          size="small"
          icon={BookmarkPlus}
          disabled={!isUsable}
          busy={save.isPending}
        >
          Save
        </Button>
      </div>
      {save.error ? <ErrorState error={save.error} compact /> : null}
    </form>
  );
}
