import { elementScroll, useVirtualizer, type Virtualizer } from "@tanstack/react-virtual";
import { usePreferences } from "@/lib/preferences";
import { Row } from "./row";
import { rowHeight } from "./row-height";
import type { Column, Selection } from "./types";
import { useRowKeys } from "./use-row-keys";

/** Above it only the rows in view are in the document, unless a table says otherwise. */
const VIRTUAL_FROM = 100;
const OVERSCAN = 6;
/** What is in view is known once the box is there; so much is drawn with it, that nothing is drawn twice. */
const FIRST_VIEW = { width: 0, height: 720 };

interface BodyProps<T> {
  rows: readonly T[];
  ids: readonly string[];
  columns: readonly Column<T>[];
  selection: Selection | undefined;
  onSelect: (id: string, range: boolean) => void;
  rowClass: ((row: T) => string | undefined) | undefined;
  scroller: HTMLElement | null;
  keys: boolean;
  virtualFrom: number | undefined;
}

export function Body<T>({
  rows,
  ids,
  columns,
  selection,
  onSelect,
  rowClass,
  scroller,
  keys,
  virtualFrom = VIRTUAL_FROM,
}: BodyProps<T>) {
  const { density } = usePreferences();
  const isVirtual = rows.length > virtualFrom;
  // To measure a row, the browser has to lay out all that was drawn: only where a row may be higher than others.
  const isUneven = columns.some((column) => column.wrap);
  const virtual = useVirtualizer({
    count: isVirtual ? rows.length : 0,
    getScrollElement: () => scroller,
    estimateSize: () => rowHeight(density),
    initialRect: FIRST_VIEW,
    observeElementRect: observeBox,
    scrollToFn: scrollIfElsewhere,
    getItemKey: (index) => ids[index] ?? index,
    overscan: OVERSCAN,
    scrollPaddingStart: 36,
  });
  useRowKeys({
    enabled: keys,
    count: rows.length,
    scroller,
    scrollTo: (index) => isVirtual && virtual.scrollToIndex(index),
    toggle: selection ? (index) => onSelect(ids[index] ?? "", false) : undefined,
  });
  const items = virtual.getVirtualItems();
  const shown = isVirtual ? items.map((item) => item.index) : rows.map((_, index) => index);
  const before = isVirtual ? (items[0]?.start ?? 0) : 0;
  const after = isVirtual ? virtual.getTotalSize() - (items.at(-1)?.end ?? 0) : 0;
  return (
    <tbody>
      <Gap height={before} columns={columns.length} />
      {shown.map((index) => {
        const row = rows[index];
        const id = ids[index];
        if (row === undefined || id === undefined) return null;
        return (
          <Row
            key={id}
            row={row}
            id={id}
            index={index}
            columns={columns}
            selected={selection ? selection.all || selection.ids.has(id) : undefined}
            onSelect={onSelect}
            className={rowClass?.(row)}
            measure={isVirtual && isUneven ? virtual.measureElement : undefined}
          />
        );
      })}
      <Gap height={after} columns={columns.length} />
    </tbody>
  );
}

/** How large the box is, told when it has been laid out; to ask for it would make the browser do that at once. */
function observeBox(
  { scrollElement }: Virtualizer<HTMLElement, Element>,
  tell: (size: { width: number; height: number }) => void,
) {
  if (!scrollElement) return;
  const observer = new ResizeObserver(([entry]) => {
    const size = entry?.borderBoxSize[0];
    if (size) tell({ width: size.inlineSize, height: size.blockSize });
  });
  observer.observe(scrollElement);
  return () => observer.disconnect();
}

/** A box that is new is at its start, and need not be brought there: that too would have it laid out at once. */
const scrollIfElsewhere: typeof elementScroll = (offset, options, instance) => {
  if (offset + (options.adjustments ?? 0) !== instance.scrollOffset) elementScroll(offset, options, instance);
};

function Gap({ height, columns }: { height: number; columns: number }) {
  if (height <= 0) return null;
  return (
    <tr aria-hidden>
      <td colSpan={columns + 1} style={{ height, padding: 0 }} />
    </tr>
  );
}
