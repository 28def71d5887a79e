import { Chip } from "@/design/chip";
import { cx } from "@/design/cx";
import type { Column } from "@/design/data-table/types";
import { TextLink } from "@/design/link";
import { RunStrip } from "@/design/run-strip";
import { StateShare } from "@/design/state-share";
import { Duration, Time } from "@/design/time";
import { percent } from "@/lib/format";
import { outcomesOf } from "@/lib/statistics";
import type { FlowRow } from "./queries";

/** From this share of failures on, it is said louder. */
const MUCH = 0.2;

function Nothing() {
  return <span className="text-muted">–</span>;
}

function FailureShare({ row }: { row: FlowRow }) {
  const { failed, judged } = outcomesOf(row.runs);
  if (judged === 0) return <Nothing />;
  return (
    <span
      className={cx(
        "tabular-nums",
        failed === 0 ? "text-muted" : failed / judged >= MUCH && "font-medium text-danger",
      )}
    >
      {percent(failed, judged)}
    </span>
  );
}

export const FLOW_COLUMNS: Column<FlowRow>[] = [
  {
    id: "name",
    header: "Flow",
    minWidth: 170,
    required: true,
    sortable: true,
    value: (row) => row.name,
    cell: (row) => (
      <TextLink quiet to="/flows/$id" params={{ id: row.id }}>
        {row.name}
      </TextLink>
    ),
  },
  {
    id: "deployments",
    header: "Deployments",
    width: 124,
    align: "right",
    value: (row) => row.deployments,
    cell: (row) =>
      row.deployments ? (
        <TextLink
          quiet
          to="/flows/$id"
          params={{ id: row.id }}
          search={{ tab: "deployments" }}
          className="font-normal! tabular-nums"
        >
          {row.deployments}
        </TextLink>
      ) : (
        <Nothing />
      ),
  },
  {
    id: "runs",
    header: "Runs, 7 days",
    minWidth: 170,
    hint: "By state",
    value: (row) => Object.values(row.runs).reduce((sum, each) => sum + each, 0),
    cell: (row) => <StateShare counts={row.runs} />,
  },
  {
    id: "failures",
    header: "Failed",
    width: 88,
    align: "right",
    hint: "Of those of seven days that completed, failed or crashed",
    value: (row) => {
      const { failed, judged } = outcomesOf(row.runs);
      return judged ? failed / judged : null;
    },
    cell: (row) => <FailureShare row={row} />,
  },
  {
    id: "median",
    header: "Median",
    width: 108,
    align: "right",
    hint: "How long those that completed took",
    value: (row) => row.median_seconds,
    cell: (row) => <Duration seconds={row.median_seconds} />,
  },
  {
    id: "recent",
    header: "Last runs",
    width: 264,
    hint: "The last ten that began or were to begin, the newest at the right",
    value: (row) => row.recent_runs.map(({ state_name }) => state_name).join(", "),
    cell: (row) => <RunStrip runs={row.recent_runs} label={`Last runs of ${row.name}`} />,
  },
  {
    id: "next",
    header: "Next run",
    width: 104,
    value: (row) => row.next_run?.expected_start_time,
    cell: ({ next_run: next }) =>
      next ? (
        <TextLink quiet to="/runs/$id" params={{ id: next.id }} className="font-normal!">
          <Time value={next.expected_start_time} />
        </TextLink>
      ) : (
        <Nothing />
      ),
  },
  {
    id: "tags",
    header: "Tags",
    width: 140,
    value: (row) => row.tags.join(", "),
    cell: (row) =>
      row.tags.length ? (
        <span className="inline-flex max-w-full gap-1 align-middle" title={row.tags.join(", ")}>
          {row.tags.map((tag) => (
            <Chip key={tag}>{tag}</Chip>
          ))}
        </span>
      ) : (
        <Nothing />
      ),
  },
  {
    id: "created",
    header: "Created",
    width: 104,
    hidden: true,
    sortable: true,
    firstDirection: "desc",
    value: (row) => row.created,
    cell: (row) => <Time value={row.created} />,
  },
];
