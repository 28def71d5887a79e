"""What pages of the reference ask for."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from msgspec.structs import fields

from penstock.contract.task_runs import TaskRun, TaskRunCriteria
from penstock.contract.ui import (
    BUCKETS,
    CountByState,
    DashboardQuery,
    FlowIds,
    FlowRunIds,
    FlowRunPointsQuery,
    SimpleFlowRun,
    SimpleNextFlowRun,
    UITaskRun,
)
from penstock.db.port import Row, Transaction
from penstock.db.statements import filters
from penstock.db.statements import ui as statements
from penstock.db.tables import flow_runs, task_runs
from penstock.domain.errors import InvalidInput
from penstock.domain.states import StateType
from penstock.server import named
from penstock.server.caller import Caller
from penstock.server.ops.registry import operation
from penstock.server.run_counts import task_runs_by_state
from penstock.server.views.task_runs import task_run_answer

_MICROSECOND = timedelta(microseconds=1)
_MINUTE = timedelta(minutes=1)
_SECOND = 1_000_000
"""In the microseconds in which the database counts."""


@operation("count_deployments_by_flow", access="read")
async def count_deployments_by_flow(tx: Transaction, caller: Caller, *, body: FlowIds) -> dict[UUID, int]:
    """How many deployments each of some flows has."""
    found = await tx.fetch_all(statements.deployments_by_flow(), {"row_ids": body.flow_ids})
    return _counts(body.flow_ids, found)


@operation("count_task_runs_by_flow_run", access="read")
async def count_task_runs_by_flow_run(
    tx: Transaction, caller: Caller, *, body: FlowRunIds
) -> dict[UUID, int]:
    """How many task runs each of some flow runs has, without those that stand for child flow runs."""
    found = await tx.fetch_all(statements.tasks_by_flow_run(), {"row_ids": body.flow_run_ids})
    return _counts(body.flow_run_ids, found)


def _counts(ids: Sequence[UUID], rows: Sequence[Row]) -> dict[UUID, int]:
    return dict.fromkeys(ids, 0) | {row["id"]: row["count"] for row in rows}


@operation("next_runs_by_flow", access="read")
async def next_runs_by_flow(
    tx: Transaction, caller: Caller, *, body: FlowIds
) -> dict[UUID, SimpleNextFlowRun | None]:
    """The run of each of some flows that comes next, if one is scheduled."""
    found = await tx.fetch_all(statements.next_runs(), {"row_ids": body.flow_ids})
    return dict.fromkeys(body.flow_ids) | {row["flow_id"]: _next_run(row) for row in found}


def _next_run(row: Row) -> SimpleNextFlowRun:
    return SimpleNextFlowRun(
        id=row["id"],
        flow_id=row["flow_id"],
        name=row["name"],
        state_name=row["state_name"],
        state_type=StateType(row["state_type"]),
        next_scheduled_start_time=row["next_scheduled_start_time"],
    )


@operation("read_flow_run_points", access="read")
async def read_flow_run_points(
    tx: Transaction, caller: Caller, *, body: FlowRunPointsQuery
) -> list[SimpleFlowRun]:
    """The flow runs that meet the criteria, as points of a picture."""
    conditions = filters.criteria(flow_runs, body)
    asked = statements.points(conditions, body.sort, body.limit, body.offset, tx.now)
    return [_point(row) for row in await tx.fetch_all(asked)]


def _point(row: Row) -> SimpleFlowRun:
    return SimpleFlowRun(
        id=row["id"],
        state_type=StateType(row["state_type"]),
        timestamp=row["timestamp"],
        duration=row["run_time"] / _SECOND,
        lateness=row["late"] / _SECOND,
    )


@operation("read_dashboard_task_run_counts", access="read")
async def read_dashboard_task_run_counts(
    tx: Transaction, caller: Caller, *, body: DashboardQuery
) -> list[dict[str, int]]:
    """How many task runs completed and failed, by equal slices of the time in which they began.

    Raises:
        InvalidInput: It is not said since when.
    """
    start, end = _whole_minutes(body, tx.now)
    slices = [{"completed": 0, "failed": 0} for _ in range(BUCKETS)]
    width = (end - start) // BUCKETS
    if width < _MICROSECOND:
        return slices
    moments = [*(start + number * width for number in range(BUCKETS)), end]
    for row in await tx.fetch_all(statements.ended_tasks(filters.criteria(task_runs, body), moments)):
        slices[row["slice"]] = {"completed": row["completed"], "failed": row["failed"]}
    return slices


def _whole_minutes(body: DashboardQuery, now: datetime) -> tuple[datetime, datetime]:
    """The time that a dashboard shows: the minute that it begins in to the one that it ends in."""
    between = body.task_runs.start_time
    if between is None or between.after_ is None:
        message = "task_runs.start_time.after_ is required."
        raise InvalidInput(message, field="task_runs.start_time.after_")
    start, end = (
        moment.replace(second=0, microsecond=0) for moment in (between.after_, between.before_ or now)
    )
    return start, min(end, datetime.max.replace(tzinfo=end.tzinfo) - _MINUTE) + _MINUTE


@operation("count_task_runs_by_state", access="read")
async def count_task_runs_by_state(tx: Transaction, caller: Caller, *, body: TaskRunCriteria) -> CountByState:
    """How many of the task runs that meet the criteria are in a state of each type."""
    return CountByState(**await task_runs_by_state(tx, body))


@operation("read_ui_task_run", access="read")
async def read_ui_task_run(tx: Transaction, caller: Caller, *, id: UUID) -> UITaskRun:
    """One task run with the name of its flow run."""
    row = named.found(await tx.fetch_one(statements.task_run_by_id(), {"id": id}), "task run", id)
    task = task_run_answer(row, tx.now)
    known = {field.name: getattr(task, field.name) for field in fields(TaskRun)}
    return UITaskRun(**known, flow_run_name=row["flow_run_name"])
