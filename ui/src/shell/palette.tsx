import { Search } from "lucide-react";
import { Dialog } from "radix-ui";
import { type KeyboardEvent, useId, useState } from "react";
import { cx } from "@/design/cx";
import { errorFacts } from "@/design/error-state";
import { Keys } from "@/design/kbd";
import { Spinner } from "@/design/spinner";
import { toastError } from "@/design/toast";
import { useDialogFocus } from "@/design/use-dialog-focus";
import { keySteps } from "@/lib/keys";
import { useStore } from "@/lib/store";
import { useDebounced } from "@/lib/use-debounced";
import { closeOverlay, overlay } from "./overlays";
import { type Entry, usePaletteEntries } from "./palette-entries";

const PAUSE_MS = 180;

/** ⌘K: go anywhere, find anything, do what the shell can do. */
export default function Palette() {
  const [text, setText] = useState(useStore(overlay).text);
  const [at, setAt] = useState(0);
  const { groups, searching, error } = usePaletteEntries(text, useDebounced(text, PAUSE_MS));
  const id = useId();
  const focus = useDialogFocus();
  const entries = groups.flatMap((group) => group.entries);
  const active = Math.min(at, entries.length - 1);
  const choose = async (entry: Entry | undefined) => {
    if (!entry) return;
    closeOverlay();
    try {
      await entry.run();
    } catch (reason) {
      toastError(reason);
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) setAt((active + step + entries.length) % Math.max(1, entries.length));
    else if (event.key === "Enter") void choose(entries[active]);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog.Root open onOpenChange={(open) => open || closeOverlay()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fade-in fixed inset-0 z-40 bg-scrim" />
        <Dialog.Content
          aria-describedby={undefined}
          {...focus}
          className="float-in fixed inset-x-2 top-[max(0.5rem,10dvh)] z-40 mx-auto flex max-h-[75dvh] max-w-xl flex-col overflow-hidden rounded-lg border border-line bg-surface shadow-float focus:outline-none"
        >
          <Dialog.Title className="sr-only">Search or go to</Dialog.Title>
          <div className="flex h-12 shrink-0 items-center gap-2.5 border-b border-line px-4">
            {searching ? (
              <Spinner className="text-muted" />
            ) : (
              <Search aria-hidden className="size-4 shrink-0 text-muted" />
            )}
            <input
              role="combobox"
              aria-expanded
              aria-controls={`${id}-list`}
              aria-activedescendant={entries[active] ? `${id}-${active}` : undefined}
              aria-label="Search or go to"
              placeholder="A name, an id, a page, a command"
              autoComplete="off"
              spellCheck={false}
              value={text}
              onChange={(event) => {
                setText(event.target.value);
                setAt(0);
              }}
              onKeyDown={onKeyDown}
              className="h-full min-w-0 grow bg-transparent text-lg outline-none!"
            />
          </div>
          <div
            id={`${id}-list`}
            role="listbox"
            aria-label="Results"
            className="min-h-0 overflow-y-auto p-1.5"
          >
            {groups.map(({ name, entries: group }) => (
              <div key={name} role="group" aria-label={name} className="pb-1">
                <p aria-hidden className="px-2.5 py-1 text-xs font-semibold text-muted">
                  {name}
                </p>
                {group.map((entry) => (
                  <Row
                    key={entry.id}
                    id={`${id}-${entries.indexOf(entry)}`}
                    entry={entry}
                    active={entries[active] === entry}
                    onPoint={() => setAt(entries.indexOf(entry))}
                    onChoose={() => void choose(entry)}
                  />
                ))}
              </div>
            ))}
          </div>
          <p role="status" className={cx("px-4 pb-3 text-muted", entries.length > 0 && !error && "sr-only")}>
            {error
              ? `The search failed. ${errorFacts(error).message}`
              : entries.length === 0
                ? searching
                  ? "Searching…"
                  : "Nothing has this name or id."
                : `${entries.length} results`}
          </p>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

interface RowProps {
  id: string;
  entry: Entry;
  active: boolean;
  onPoint: () => void;
  onChoose: () => void;
}

function Row({ id, entry: { label, detail, icon: Icon, color, keys }, active, onPoint, onChoose }: RowProps) {
  const intoView = (element: HTMLDivElement | null) => {
    if (active) element?.scrollIntoView?.({ block: "nearest" });
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the combobox above has the focus and the keys
    // biome-ignore lint/a11y/useFocusableInteractive: it is named by aria-activedescendant
    <div
      ref={intoView}
      id={id}
      role="option"
      aria-selected={active}
      onMouseMove={onPoint}
      onClick={onChoose}
      className={cx(
        "flex min-h-9 cursor-pointer items-center gap-2.5 rounded-md px-2.5",
        active && "bg-hover",
      )}
    >
      <Icon aria-hidden className="size-4 shrink-0 text-muted" style={color ? { color } : {}} />
      <span className="min-w-0 grow truncate">
        {label}
        {detail ? <span className="ml-2 text-sm text-muted">{detail}</span> : null}
      </span>
      {keys ? <Keys steps={keySteps(keys)} /> : null}
    </div>
  );
}
