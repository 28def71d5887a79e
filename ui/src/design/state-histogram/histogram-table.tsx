import { count as inFull } from "@/lib/format";
import { usePreferences } from "@/lib/preferences";
import { absolute } from "@/lib/time";
import { Button } from "../button";
import { stateLabel } from "../states";
import { stacked, totals } from "./model";
import type { StateHistogramProps } from "./state-histogram";

/** The same numbers as a table, the newest first; for those to whom bars say nothing. */
export function HistogramTable({
  label,
  noun = "run",
  start,
  sliceSeconds,
  slices,
  series,
  onWindow,
}: StateHistogramProps) {
  const { zone } = usePreferences();
  const all = stacked(series);
  const sums = totals(all, slices);
  const shown = all.filter(({ type }) => type !== "");
  const things = `${noun.charAt(0).toUpperCase()}${noun.slice(1)}s`;
  const rows = sums
    .map((sum, index) => ({ sum, index }))
    .filter(({ sum }) => sum > 0)
    .reverse();
  return (
    <div className="max-h-72 overflow-auto rounded-md border border-line">
      <table aria-label={label} className="w-full border-separate border-spacing-0 text-sm tabular-nums">
        <thead>
          <tr className="[&>th]:sticky [&>th]:top-0 [&>th]:border-b [&>th]:border-line [&>th]:bg-surface [&>th]:px-3 [&>th]:py-1.5 [&>th]:font-medium">
            <th scope="col" className="text-left">
              From
            </th>
            {shown.map(({ type }) => (
              <th key={type} scope="col" className="text-right">
                {stateLabel(type)}
              </th>
            ))}
            <th scope="col" className="text-right">
              All
            </th>
            <th scope="col">
              <span className="sr-only">Show</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ sum, index }) => {
            const from = start + index * sliceSeconds * 1000;
            const said = absolute(from, zone, { precision: "minute" });
            return (
              <tr key={from} className="[&>*]:border-b [&>*]:border-line [&>*]:px-3 [&>*]:py-1">
                <th scope="row" className="text-left font-normal whitespace-nowrap">
                  {said}
                </th>
                {shown.map(({ type, counts }) => (
                  <td key={type} className="text-right">
                    {counts[index] ? inFull(counts[index]) : <span className="text-muted">·</span>}
                  </td>
                ))}
                <td className="text-right font-medium">{inFull(sum)}</td>
                <td className="text-right">
                  <Button
                    size="small"
                    kind="ghost"
                    aria-label={`${things} from ${said}`}
                    onClick={() => onWindow(from, from + sliceSeconds * 1000)}
                  >
                    {things}
                  </Button>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
