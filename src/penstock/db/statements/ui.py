"""What pages of the reference ask for: counts by a noun, and runs as points of a picture."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from itertools import pairwise
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, CompoundSelect, FromClause, Select, bindparam

from penstock.contract.filters import FlowRunSort
from penstock.db.place_tables import deployments
from penstock.db.statements import task_runs as task_statements
from penstock.db.statements.flow_runs import IS_SCHEDULED, ORDERS
from penstock.db.statements.history import lateness, run_time
from penstock.db.tables import flow_runs, task_runs
from penstock.domain.states import StateType

run, task = flow_runs.c, task_runs.c
_FAILURES = (StateType.FAILED, StateType.CRASHED)


@cache
def deployments_by_flow() -> Select[Any]:
    """How many deployments each of the flows `row_ids` has, of those that have one."""
    flow_id = deployments.c.flow_id
    return (
        sa.select(flow_id.label("id"), sa.func.count().label("count"))
        .where(flow_id.in_(bindparam("row_ids", expanding=True)))
        .group_by(flow_id)
    )


@cache
def next_runs() -> Select[Any]:
    """Of each of the flows `row_ids` the scheduled run that comes next."""
    due = run.next_scheduled_start_time
    place = sa.func.row_number().over(partition_by=run.flow_id, order_by=(due, run.id)).label("place")
    found = (
        sa.select(run.id, run.flow_id, run.name, run.state_type, run.state_name, due, place)
        .where(IS_SCHEDULED, due.is_not(None), run.flow_id.in_(bindparam("row_ids", expanding=True)))
        .subquery()
    )
    return sa.select(found).where(found.c.place == 1)


@cache
def tasks_by_flow_run() -> Select[Any]:
    """How many task runs each of the flow runs `row_ids` has, but for those that stand for child runs."""
    stands_for_one = sa.exists().where(run.parent_task_run_id == task.id)
    return (
        sa.select(task.flow_run_id.label("id"), sa.func.count().label("count"))
        .where(task.flow_run_id.in_(bindparam("row_ids", expanding=True)), sa.not_(stands_for_one))
        .group_by(task.flow_run_id)
    )


def points(
    conditions: Sequence[ColumnElement[bool]], sort: FlowRunSort, limit: int, offset: int, now: datetime
) -> Select[Any]:
    """Some flow runs: their state, when they began, how long they ran and how late they were."""
    began = sa.func.coalesce(run.start_time, run.expected_start_time)
    return (
        sa.select(
            run.id,
            run.state_type,
            began.label("timestamp"),
            run_time(flow_runs, now).label("run_time"),
            lateness(flow_runs, now).label("late"),
        )
        .where(*conditions, run.state_type.is_not(None), began.is_not(None))
        .order_by(*ORDERS[sort].of_places(ORDERS[sort].key, run.id))
        .limit(limit)
        .offset(offset)
    )


def ended_tasks(
    conditions: Sequence[ColumnElement[bool]], moments: Sequence[datetime]
) -> CompoundSelect[Any]:
    """How many task runs completed, and how many failed, that began from each moment on until the next.

    The slices are counted from 0, and each by itself: grouped, all of them would have to be sorted. What
    bounds a slice stands first: of two bounds that are lower, SQLite begins with that.
    """
    began = sa.func.coalesce(task.start_time, task.expected_start_time)
    completed = sa.func.count(sa.case((task.state_type == StateType.COMPLETED, 1)))
    failed = sa.func.count(sa.case((task.state_type.in_(_FAILURES), 1)))
    return sa.union_all(
        *(
            sa.select(
                sa.literal(number, sa.Integer).label("slice"),
                completed.label("completed"),
                failed.label("failed"),
            ).where(began >= start, began < end, *conditions)
            for number, (start, end) in enumerate(pairwise(moments))
        )
    )


def _unsought(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """A column as no index knows it: rows are to be found by something else that is asked of them."""
    return sa.func.nullif(column, sa.null())


def tasks_by_state(
    among: FromClause, conditions: Sequence[ColumnElement[bool]], *, by_start: bool
) -> Select[Any]:
    """How many task runs are in states of which type; some may be in none.

    Args:
        among: Task runs, and what they are found by.
        by_start: Whether they are to be found by when they began.
    """
    kind = _unsought(task.state_type) if by_start else task.state_type
    counted = sa.select(kind.label("state_type"), sa.func.count().label("count"))
    return counted.select_from(among).where(*conditions).group_by(kind)


@cache
def task_run_by_id() -> Select[Any]:
    """The task run `id` as answers show it, with the name of its flow run."""
    return (
        task_statements.by_id()
        .outerjoin(flow_runs, run.id == task.flow_run_id)
        .add_columns(run.name.label("flow_run_name"))
    )
