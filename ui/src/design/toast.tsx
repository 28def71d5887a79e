import { CircleCheck, CircleX, Info, Undo2, X } from "lucide-react";
import { useEffect, useState } from "react";
import { createStore, useStore } from "@/lib/store";
import { Button, IconButton } from "./button";
import { CopyButton } from "./copy-button";
import { cx } from "./cx";
import { errorFacts } from "./error-state";

export interface ToastMessage {
  title: string;
  detail?: string | undefined;
  tone?: "success" | "danger" | "info" | undefined;
  /** Takes back what was done; shown as a button. */
  undo?: (() => unknown) | undefined;
  /** Another button: { label, run }. */
  action?: { label: string; run: () => unknown } | undefined;
  /** For support; can be copied. */
  requestId?: string | undefined;
}
interface Shown extends ToastMessage {
  id: number;
}

const SHOWN_MS = 6000;
const WITH_UNDO_MS = 10_000;
const MOST = 4;

const shown = createStore<readonly Shown[]>([]);
let last = 0;

/** Says in a corner that something was done. Errors stay until they are dismissed. Returns how to dismiss it. */
export function toast(message: ToastMessage): () => void {
  last += 1;
  const id = last;
  shown.set((before) => [...before.slice(1 - MOST), { ...message, id }]);
  return () => dismiss(id);
}

/** Tells of an error, with its hint and request id. `title` says what was tried. */
export function toastError(error: unknown, title?: string): void {
  const { message, hint, requestId } = errorFacts(error);
  const detail = [title ? message : "", hint ?? ""].filter(Boolean).join(" ");
  toast({ title: title ?? message, detail: detail || undefined, tone: "danger", requestId });
}

function dismiss(id: number): void {
  shown.set((before) => before.filter((each) => each.id !== id));
}

/** Where toasts appear; once, in the shell. */
export function Toaster() {
  const messages = useStore(shown);
  return (
    <section
      aria-label="Notifications"
      aria-live="polite"
      className="pointer-events-none fixed inset-x-2 bottom-2 z-50 flex flex-col items-end gap-2 sm:right-4 sm:bottom-4 sm:left-auto"
    >
      {messages.map((message) => (
        <Toast key={message.id} {...message} />
      ))}
    </section>
  );
}

const ICONS = { success: CircleCheck, danger: CircleX, info: Info };
const INKS = { success: "text-success", danger: "text-danger", info: "text-info" };

function Toast({ id, title, detail, tone = "success", undo, action, requestId }: Shown) {
  const [held, setHeld] = useState(false);
  const Icon = ICONS[tone];
  const stays = tone === "danger" || held;
  useEffect(() => {
    if (stays) return;
    const timer = setTimeout(() => dismiss(id), undo || action ? WITH_UNDO_MS : SHOWN_MS);
    return () => clearTimeout(timer);
  }, [id, stays, undo, action]);
  const act = async (run: () => unknown) => {
    dismiss(id);
    try {
      await run();
    } catch (error) {
      toastError(error);
    }
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only waits while somebody reads
    <div
      role={tone === "danger" ? "alert" : undefined}
      onMouseEnter={() => setHeld(true)}
      onMouseLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
      className="float-in pointer-events-auto flex w-full items-start gap-2.5 rounded-lg border border-line bg-raised px-3 py-2.5 shadow-float sm:w-96"
    >
      <Icon aria-hidden className={cx("mt-0.5 size-4.5 shrink-0", INKS[tone])} />
      <div className="min-w-0 grow break-words">
        <p className="font-medium">{title}</p>
        {detail ? <p className="text-sm text-muted">{detail}</p> : null}
        {requestId ? (
          <p className="flex items-center gap-1 text-sm text-muted">
            Request <code className="truncate font-mono">{requestId}</code>
            <CopyButton text={requestId} label="Copy request id" />
          </p>
        ) : null}
      </div>
      {undo ? (
        <Button size="small" icon={Undo2} onClick={() => act(undo)}>
          Undo
        </Button>
      ) : null}
      {action ? (
        <Button size="small" onClick={() => act(action.run)}>
          {action.label}
        </Button>
      ) : null}
      <IconButton icon={X} label="Dismiss" size="small" onClick={() => dismiss(id)} />
    </div>
  );
}
