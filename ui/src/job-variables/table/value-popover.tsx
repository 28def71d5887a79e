import { Eye, EyeOff } from "lucide-react";
import { Popover } from "radix-ui";
import { type RefObject, useState } from "react";
import { Button } from "@/design/button";
import { CopyButton } from "@/design/copy-button";
import { cx } from "@/design/cx";
import { floatClass } from "@/design/surfaces";
import { count } from "@/lib/format";
import { typeName } from "../json";
import { Provenance } from "../layer-mark";
import { fullText } from "../shown-value";
import { ValueText } from "../value-text";

export interface ValuePopoverProps {
  title: string;
  value: unknown;
  /** Of a cell or of what is effective: there may be no value. */
  state: "none" | "value" | "removes" | "removed";
  layer: string | undefined;
  sensitive: boolean;
  description?: string | null | undefined;
  anchor: RefObject<HTMLElement | null>;
  onClose: () => void;
}

const NO_VALUE = {
  none: "not set",
  removes: "unset: the key is taken away",
  removed: "removed: the key is taken away",
};

/** A value in full, with its type; to read and to copy. */
export function ValuePopover(props: ValuePopoverProps) {
  const { title, value, state, layer, sensitive, description, anchor, onClose } = props;
  const [revealed, setRevealed] = useState(false);
  const masked = sensitive && !revealed;
  const text = fullText(value);
  const kind = state === "value" ? typeName(value) : NO_VALUE[state];
  const size = kind === "text" && text.length > 20 ? `, ${count(text.length)} characters` : "";
  return (
    <Popover.Root open onOpenChange={(open) => open || onClose()}>
      <Popover.Anchor virtualRef={anchor as RefObject<HTMLElement>} />
      <Popover.Portal>
        <Popover.Content
          align="start"
          sideOffset={2}
          collisionPadding={8}
          aria-label={`Value of ${title}`}
          onOpenAutoFocus={(event) => {
            event.preventDefault();
            (event.currentTarget as HTMLElement).focus();
          }}
          onFocusOutside={(event) => event.preventDefault()}
          onCloseAutoFocus={(event) => event.preventDefault()}
          className={cx(
            floatClass,
            "flex max-h-80 w-max max-w-[min(36rem,calc(100vw-1rem))] min-w-64 flex-col",
          )}
        >
          <header className="flex items-center gap-2 border-b border-line py-1.5 pr-1.5 pl-3">
            <span className="min-w-0 grow">
              <span className="block truncate font-mono text-sm font-medium">{title}</span>
              <span className="text-xs text-muted">
                {kind}
                {size}
              </span>
            </span>
            {sensitive && state === "value" ? (
              <Button
                kind="ghost"
                size="small"
                icon={revealed ? EyeOff : Eye}
                onClick={() => setRevealed(!revealed)}
              >
                {revealed ? "Mask" : "Reveal"}
              </Button>
            ) : null}
            {state === "value" ? <CopyButton text={text} label="Copy value" /> : null}
          </header>
          <div className="overflow-y-auto px-3 py-2 empty:hidden">
            {state !== "value" ? null : kind === "list" || kind === "map" ? (
              masked ? (
                <ValueText value={value} masked />
              ) : (
                <pre className="font-mono text-sm break-all whitespace-pre-wrap">{text}</pre>
              )
            ) : (
              <ValueText value={value} masked={masked} truncate={false} />
            )}
            {description ? <p className="mt-2 max-w-prose text-sm text-muted">{description}</p> : null}
          </div>
          {layer ? (
            <footer className="border-t border-line px-3 py-1.5">
              <Provenance layer={layer} />
            </footer>
          ) : null}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
