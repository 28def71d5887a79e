import { useVirtualizer } from "@tanstack/react-virtual";
import { usePreferences } from "@/lib/preferences";
import { Row } from "./row";
import type { Column, Selection } from "./types";
import { useRowKeys } from "./use-row-keys";

/** Above it only the rows in view are in the document, unless a table says otherwise. */
const VIRTUAL_FROM = 100;
const OVERSCAN = 6;

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
  const virtual = useVirtualizer({
    count: isVirtual ? rows.length : 0,
    getScrollElement: () => scroller,
    estimateSize: () => (density === "compact" ? 32 : 40),
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
            measure={isVirtual ? virtual.measureElement : undefined}
          />
        );
      })}
      <Gap height={after} columns={columns.length} />
    </tbody>
  );
}

function Gap({ height, columns }: { height: number; columns: number }) {
  if (height <= 0) return null;
  return (
    <tr aria-hidden>
      <td colSpan={columns + 1} style={{ height, padding: 0 }} />
    </tr>
  );
}
