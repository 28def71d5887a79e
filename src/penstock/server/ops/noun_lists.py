"""Lists of flows, deployments, work pools and workers for people: a handful of statements for each."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from msgspec import Struct

from penstock.contract.filters import NamedSort
from penstock.contract.noun_lists import (
    RECENT,
    DeploymentList,
    DeploymentListQuery,
    FlowList,
    FlowListQuery,
    WorkerListQuery,
    WorkerRow,
    WorkPoolRow,
)
from penstock.db.place_tables import deployments, flows
from penstock.db.port import Row, Transaction
from penstock.db.statements import filters, overview, rows
from penstock.db.statements import noun_lists as statements
from penstock.domain.cursors import from_cursor, to_cursor
from penstock.domain.moments import Moment
from penstock.domain.states import StateType
from penstock.server import schedules, waiting_places
from penstock.server.caller import Caller
from penstock.server.ops.registry import operation
from penstock.server.views import noun_rows
from penstock.server.views.noun_rows import Runs
from penstock.server.views.run_rows import run_brief

_WEEK = timedelta(days=7)
_MEASURED = 100
"""The duration of a flow is told from so many of its last runs."""
_MOST_WORKERS = 1000
_RUNS_OF_WORKER = 10


class _ByName(Struct):
    value: str
    id: UUID


class _ByTime(Struct):
    value: Moment
    id: UUID


_PLACES: dict[NamedSort, type[_ByName | _ByTime]] = {
    NamedSort.NAME_ASC: _ByName,
    NamedSort.NAME_DESC: _ByName,
    NamedSort.CREATED_DESC: _ByTime,
    NamedSort.UPDATED_DESC: _ByTime,
}


def _after(table: Any, sort: NamedSort, cursor: str | None) -> Iterator[Any]:
    """The condition for what comes after the last row that was shown."""
    if cursor is not None:
        place = from_cursor(cursor, sort, _PLACES[sort])
        yield from statements.beyond(table, sort, place.value, place.id)


def _cut(found: list[Row], sort: NamedSort, limit: int) -> str | None:
    """Where the list goes on, if it does: one row more than is shown was asked for."""
    if len(found) <= limit:
        return None
    del found[limit:]
    last = found[-1]
    return to_cursor(sort, _PLACES[sort](value=last[statements.sort_key(sort)], id=last["id"]))


async def _runs(tx: Transaction, of: statements.Owner, ids: Sequence[UUID]) -> dict[UUID, Runs]:
    """The last runs of each, and the next one."""
    asked = {"row_ids": list(ids), "now": tx.now}
    around = await tx.fetch_all(statements.runs_around(of, RECENT), asked)
    wanted = {id for row in around for name, id in row.items() if name != "id" and id is not None}
    found = await tx.fetch_all(statements.briefs(), {"row_ids": sorted(wanted)}) if wanted else []
    by_id = {row["id"]: row for row in found}
    return {row["id"]: _runs_of(row, by_id) for row in around}


def _runs_of(around: Row, by_id: Mapping[UUID, Row]) -> Runs:
    last = [around[f"last_{place}"] for place in range(RECENT)]
    return Runs([by_id[id] for id in last if id is not None], by_id.get(around["next"]))


@operation("list_deployments", access="read")
async def list_deployments(tx: Transaction, caller: Caller, *, body: DeploymentListQuery) -> DeploymentList:
    """A stretch of the deployments that meet the criteria, with their schedules and runs.

    Raises:
        InvalidInput: The cursor is none, or one of another order.
    """
    conditions = filters.criteria(deployments, body)
    if body.search:
        conditions.append(statements.deployments_with(body.search))
    count = int(await tx.fetch_value(rows.count(deployments, conditions)))
    conditions += _after(deployments, body.sort, body.cursor)
    found = await tx.fetch_all(statements.deployments_page(conditions, body.sort, body.limit + 1))
    next = _cut(found, body.sort, body.limit)
    ids = [row["id"] for row in found]
    by_deployment = await schedules.of_deployments(tx, ids) if ids else {}
    runs = await _runs(tx, "deployment_id", ids) if ids else {}
    shown = [
        noun_rows.deployment_row(
            row,
            [schedules.schedule_answer(each) for each in by_deployment[row["id"]]],
            runs[row["id"]],
            caller.limits,
            tx.now,
        )
        for row in found
    ]
    return DeploymentList(rows=shown, next=next, count=count)


@operation("list_flows", access="read")
async def list_flows(tx: Transaction, caller: Caller, *, body: FlowListQuery) -> FlowList:
    """A stretch of the flows that meet the criteria, with how their runs went.

    Raises:
        InvalidInput: The cursor is none, or one of another order.
    """
    conditions = filters.criteria(flows, body)
    if body.search:
        conditions.append(statements.flows_with(body.search))
    count = int(await tx.fetch_value(rows.count(flows, conditions)))
    conditions += _after(flows, body.sort, body.cursor)
    found = await tx.fetch_all(statements.flows_page(conditions, body.sort, body.limit + 1))
    next = _cut(found, body.sort, body.limit)
    ids = [row["id"] for row in found]
    if not ids:
        return FlowList(rows=[], next=next, count=count)
    runs, states, durations = await _runs(tx, "flow_id", ids), *await _last_week(tx, ids)
    shown = [
        noun_rows.flow_row(row, states[row["id"]], durations[row["id"]], runs[row["id"]], tx.now)
        for row in found
    ]
    return FlowList(rows=shown, next=next, count=count)


async def _last_week(
    tx: Transaction, ids: Sequence[UUID]
) -> tuple[dict[UUID, dict[StateType, int]], dict[UUID, list[float]]]:
    """How the runs of some flows went in the last seven days, and how many seconds the last of them took."""
    states: dict[UUID, dict[StateType, int]] = {id: {} for id in ids}
    durations: dict[UUID, list[float]] = {id: [] for id in ids}
    asked = {"since": tx.now - _WEEK, "now": tx.now}
    found = await tx.fetch_all(statements.runs_since(), {**asked, "row_ids": list(ids)})
    completed = {row["flow_id"]: row["runs"] for row in found}
    for row in await tx.fetch_all(statements.unusual_states_since(), asked):
        if (id := row["flow_id"]) in completed:
            completed[id] -= row["runs"]
            if row["state_type"] is not None:
                states[id][StateType(row["state_type"])] = row["runs"]
    for id, runs in completed.items():
        if runs:
            states[id][StateType.COMPLETED] = runs
    some = [id for id in ids if completed.get(id)]
    measured = statements.durations(some, tx.now - _WEEK, _MEASURED) if some else None
    for row in await tx.fetch_all(measured) if measured is not None else []:
        durations[row["flow_id"]].append(row["total_run_time"].total_seconds())
    return states, durations


@operation("list_work_pools", access="read")
async def list_work_pools(tx: Transaction, caller: Caller) -> list[WorkPoolRow]:
    """All work pools by name, with how busy they are."""
    queues: dict[UUID, list[Row]] = {}
    for queue in await waiting_places.queues(tx, caller.limits):
        queues.setdefault(queue["pool_id"], []).append(queue)
    moments = {"now": tx.now, "late_before": tx.now - caller.limits.late_after}
    due = {row["work_queue_id"]: row for row in await tx.fetch_all(overview.due_by_queue(), moments)}
    counted = await tx.fetch_all(statements.deployments_by_pool())
    deployed = {row["work_pool_id"]: row["deployments"] for row in counted}
    return [
        noun_rows.work_pool_row(
            pool, queues[pool["id"]], due, deployed.get(pool["id"], 0), caller.limits, tx.now
        )
        for pool in await tx.fetch_all(statements.all_pools())
    ]


@operation("list_workers", access="read")
async def list_workers(tx: Transaction, caller: Caller, *, body: WorkerListQuery) -> list[WorkerRow]:
    """The workers of one pool or of all, those that were heard of last first, with what they run."""
    found = await tx.fetch_all(statements.all_workers(body.work_pool_name, _MOST_WORKERS))
    pool_ids = sorted({row["work_pool_id"] for row in found})
    runs: dict[tuple[UUID, str], list[Row]] = {}
    if pool_ids:
        for run in await tx.fetch_all(statements.runs_of_workers(pool_ids, _RUNS_OF_WORKER)):
            runs.setdefault((run["work_pool_id"], run["worker"]), []).append(run)
    answers = []
    for row in found:
        mine = runs.get((row["work_pool_id"], row["name"]), [])
        briefs = [run_brief(run, tx.now) for run in mine]
        count = mine[0]["count"] if mine else 0
        answers.append(noun_rows.worker_row(row, briefs, count, caller.limits, tx.now))
    return answers
