import type { Column } from "@/design/data-table/types";
import { TextLink } from "@/design/link";
import { RunStrip } from "@/design/run-strip";
import { Time } from "@/design/time";
import { fullName, standing } from "../names";
import type { DeploymentRow } from "../queries";
import { inWords } from "../schedules/words";
import { ActionsCell, Nothing, OverridesCell, ScheduleCell, StatusCell, TagsCell } from "./cells";

const placeOf = (row: DeploymentRow) =>
  row.work_pool_name ? `${row.work_pool_name} / ${row.work_queue_name ?? ""}` : undefined;

export const DEPLOYMENT_COLUMNS: Column<DeploymentRow>[] = [
  {
    id: "name",
    header: "Deployment",
    minWidth: 150,
    required: true,
    sortable: true,
    value: fullName,
    // One link over both lines: each alone would be too small to hit.
    cell: (row) => (
      <TextLink
        quiet
        to="/deployments/$id"
        params={{ id: row.id }}
        className="block min-w-0 leading-tight hover:no-underline!"
      >
        <span className="block truncate">{row.name}</span>
        <span className="block truncate text-xs font-normal text-muted">{row.flow_name}</span>
      </TextLink>
    ),
  },
  {
    id: "flow",
    header: "Flow",
    minWidth: 140,
    hidden: true,
    value: (row) => row.flow_name,
    cell: (row) => (
      <TextLink quiet to="/flows/$id" params={{ id: row.flow_id }} className="font-normal!">
        {row.flow_name}
      </TextLink>
    ),
  },
  {
    id: "status",
    header: "Status",
    width: 144,
    value: (row) => standing(row).text,
    cell: (row) => <StatusCell row={row} />,
  },
  {
    id: "schedule",
    header: "Schedule",
    minWidth: 160,
    value: (row) => row.schedules.map(({ schedule }) => inWords(schedule)).join("; "),
    cell: (row) => <ScheduleCell row={row} />,
  },
  {
    id: "recent",
    header: "Last runs",
    width: 260,
    hint: "The last ten that began or were to begin, the newest at the right",
    value: (row) => row.recent_runs.map(({ state_name }) => state_name).join(", "),
    cell: (row) => <RunStrip runs={row.recent_runs} label={`Last runs of ${fullName(row)}`} />,
  },
  {
    id: "pool",
    header: "Pool / queue",
    width: 112,
    value: placeOf,
    cell: (row) =>
      row.work_pool_name ? (
        <>
          <TextLink
            quiet
            to="/work-pools/$name"
            params={{ name: row.work_pool_name }}
            className="font-normal!"
          >
            {row.work_pool_name}
          </TextLink>
          {row.work_queue_name && row.work_queue_name !== "default" ? (
            <span className="text-muted"> / {row.work_queue_name}</span>
          ) : null}
        </>
      ) : (
        <Nothing />
      ),
  },
  {
    id: "overrides",
    header: "Overrides",
    width: 92,
    hint: "Job variables that the deployment sets",
    value: (row) => row.overrides.join(", "),
    cell: (row) => <OverridesCell names={row.overrides} />,
  },
  {
    id: "tags",
    header: "Tags",
    width: 118,
    value: (row) => row.tags.join(", "),
    cell: (row) => <TagsCell tags={row.tags} />,
  },
  {
    id: "active",
    header: "Running",
    width: 92,
    align: "right",
    hidden: true,
    hint: "Runs under way, of as many as its limit lets",
    value: (row) => row.active,
    cell: (row) => (
      <span className="tabular-nums">
        {row.active}
        {row.concurrency_limit === null ? "" : ` of ${row.concurrency_limit}`}
      </span>
    ),
  },
  {
    id: "version",
    header: "Version",
    width: 110,
    hidden: true,
    value: (row) => row.version,
    cell: (row) => row.version ?? <Nothing />,
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
  {
    id: "updated",
    header: "Updated",
    width: 104,
    hidden: true,
    sortable: true,
    firstDirection: "desc",
    value: (row) => row.updated,
    cell: (row) => <Time value={row.updated} />,
  },
  {
    id: "actions",
    header: "Actions",
    width: 84,
    align: "right",
    required: true,
    cell: (row) => <ActionsCell row={row} />,
  },
];
