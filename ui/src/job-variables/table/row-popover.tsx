import { Popover } from "radix-ui";
import type { ReactNode, RefObject } from "react";
import { cx } from "@/design/cx";
import { floatClass } from "@/design/surfaces";
import type { Row } from "../model";
import type { OpenOnCell } from "./use-cell-edit";
import { ValuePopover } from "./value-popover";

export interface RowPopoverProps {
  open: Exclude<OpenOnCell, { kind: "edit" }>;
  row: Row;
  history: ((row: Row) => ReactNode) | undefined;
  anchor: RefObject<HTMLElement | null>;
  onClose: () => void;
}

export function RowPopover({ open, row, history, anchor, onClose }: RowPopoverProps) {
  if (open.kind === "history") {
    return (
      <Popover.Root open onOpenChange={(next) => next || onClose()}>
        <Popover.Anchor virtualRef={anchor as RefObject<HTMLElement>} />
        <Popover.Portal>
          <Popover.Content
            align="end"
            sideOffset={2}
            collisionPadding={8}
            aria-label={`History of ${row.id}`}
            onFocusOutside={(event) => event.preventDefault()}
            onCloseAutoFocus={(event) => event.preventDefault()}
            className={cx(floatClass, "max-h-96 w-120 max-w-[calc(100vw-1rem)] overflow-y-auto p-3")}
          >
            {history?.(row)}
          </Popover.Content>
        </Popover.Portal>
      </Popover.Root>
    );
  }
  const cell = row.cells[open.column - 1];
  const shown = cell && cell.state !== "none" ? cell : undefined;
  return (
    <ValuePopover
      title={row.id}
      value={shown ? shown.value : row.effective.value}
      state={shown ? shown.state : row.effective.state}
      layer={shown ? shown.column.layer : row.effective.layer}
      sensitive={row.sensitive}
      description={row.declaration?.description}
      anchor={anchor}
      onClose={onClose}
    />
  );
}
