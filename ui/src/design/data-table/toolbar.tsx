import { Columns3, Download } from "lucide-react";
import type { ReactNode } from "react";
import { IconButton } from "../button";
import { Menu } from "../menu";
import { download, toCsv } from "./export";
import type { Column } from "./types";

interface ToolbarProps<T> {
  id: string;
  columns: readonly Column<T>[];
  shown: readonly Column<T>[];
  rows: readonly T[];
  hidden: ReadonlySet<string>;
  onHide: (column: string, hide: boolean) => void;
  children: ReactNode;
}

export function Toolbar<T>({ id, columns, shown, rows, hidden, onHide, children }: ToolbarProps<T>) {
  const choices = columns
    .filter((column) => !column.required)
    .map((column) => ({
      id: column.id,
      label: column.header,
      checked: !hidden.has(column.id),
      onSelect: () => onHide(column.id, !hidden.has(column.id)),
    }));
  const exports = [
    {
      id: "csv",
      label: "CSV of what is loaded",
      onSelect: () => download(`${id}.csv`, "text/csv", toCsv(shown, rows)),
    },
    {
      id: "json",
      label: "JSON of what is loaded",
      onSelect: () => download(`${id}.json`, "application/json", JSON.stringify(rows, null, 2)),
    },
  ];
  return (
    <div className="flex flex-wrap items-center gap-2">
      <div className="min-w-0 grow">{children}</div>
      <div className="flex items-center gap-1">
        <Menu
          label="Columns"
          groups={[choices]}
          trigger={<IconButton icon={Columns3} label="Choose columns" />}
        />
        <Menu
          label="Export"
          groups={[exports]}
          trigger={<IconButton icon={Download} label="Export" disabled={rows.length === 0} />}
        />
      </div>
    </div>
  );
}
