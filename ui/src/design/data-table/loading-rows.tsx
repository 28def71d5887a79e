import { Skeleton } from "../skeleton";

/** Rows that are coming. */
export function LoadingRows({ columns, rows = 8 }: { columns: number; rows?: number }) {
  return (
    <tbody>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
        <tr key={row}>
          {Array.from({ length: columns }, (_, column) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
            <td key={column} className="h-row border-b border-line px-3">
              <Skeleton className={["h-3.5 w-3/4", "h-3.5 w-1/2", "h-3.5 w-2/3"][(row + column) % 3]} />
            </td>
          ))}
        </tr>
      ))}
    </tbody>
  );
}
