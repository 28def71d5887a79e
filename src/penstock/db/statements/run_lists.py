"""Lists of flow runs for people: rows with the names around a run, and pages that begin after a row.

A page is found in two steps: which runs, from the flow runs alone, so that an index can give them in their
order and the rest is not looked at; then what is shown of them.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select, bindparam

from penstock.contract.filters import FlowRunSort
from penstock.db.place_tables import deployments, flows, work_pools, work_queues
from penstock.db.statements import filters
from penstock.db.statements.flow_runs import IS_SCHEDULED
from penstock.db.statements.pages import Order, directed
from penstock.db.tables import flow_run_states, flow_runs

run, state = flow_runs.c, flow_run_states.c
Condition = ColumnElement[bool]

MESSAGE_CHARACTERS = 300

ROW = (
    run.id,
    run.name,
    run.state_type,
    run.state_name,
    run.state_timestamp,
    sa.func.substr(state.message, 1, MESSAGE_CHARACTERS).label("state_message"),
    run.flow_id,
    flows.c.name.label("flow_name"),
    run.deployment_id,
    deployments.c.name.label("deployment_name"),
    work_pools.c.name.label("work_pool_name"),
    work_queues.c.name.label("work_queue_name"),
    run.parent_task_run_id,
    run.run_count,
    run.expected_start_time,
    run.next_scheduled_start_time,
    run.start_time,
    run.end_time,
    run.total_run_time,
    run.tags,
    run.auto_scheduled,
    run.created_by,
    run.job_variables,
)
"""The columns of a run as lists show it."""

_AROUND = (
    flow_runs.join(flows, flows.c.id == run.flow_id)
    .outerjoin(flow_run_states, sa.and_(state.flow_run_id == run.id, state.sequence == run.state_sequence))
    .outerjoin(deployments, deployments.c.id == run.deployment_id)
    .outerjoin(work_queues, work_queues.c.id == run.work_queue_id)
    .outerjoin(work_pools, work_pools.c.id == work_queues.c.work_pool_id)
)


_STARTED = sa.func.coalesce(run.start_time, run.expected_start_time)
ORDERS: dict[FlowRunSort, Order] = {
    FlowRunSort.ID_DESC: Order(run.id, True, False),
    FlowRunSort.START_TIME_ASC: Order(_STARTED, False),
    FlowRunSort.START_TIME_DESC: Order(_STARTED, True),
    FlowRunSort.EXPECTED_START_TIME_ASC: Order(run.expected_start_time, False),
    FlowRunSort.EXPECTED_START_TIME_DESC: Order(run.expected_start_time, True),
    FlowRunSort.NAME_ASC: Order(run.name, False, False),
    FlowRunSort.NAME_DESC: Order(run.name, True, False),
    FlowRunSort.NEXT_SCHEDULED_START_TIME_ASC: Order(run.next_scheduled_start_time, False),
    FlowRunSort.END_TIME_DESC: Order(run.end_time, True),
}


def with_value(
    conditions: Sequence[Condition],
    branches: Sequence[Condition],
    order: Order,
    after: tuple[Any, UUID] | None,
    limit: int,
) -> Select[Any]:
    """The first runs after a value and an id, of those that have the value.

    Args:
        branches: At least one of them must hold, and no two do. The first runs of each are found by
            themselves, as an index has them in order for one value, but not for several.
    """
    found = sa.select(run.id, order.key.label("place")).where(*conditions)
    if order.may_be_null:
        found = found.where(order.key.is_not(None))
    if after is not None:
        found = found.where(*_beyond(order, *after))
    found = found.order_by(*order.of_values(order.key, run.id)).limit(limit)
    if len(branches) == 1:
        found = found.where(*branches)
    elif branches:
        parts = [sa.select(found.where(branch).subquery()) for branch in branches]
        every = sa.union_all(*parts).subquery()
        found = sa.select(every).order_by(*order.of_values(every.c.place, every.c.id)).limit(limit)
    return _shown(found, order.is_descending)


def without_value(
    conditions: Sequence[Condition], order: Order, after: UUID | None, limit: int
) -> Select[Any]:
    """The first runs after an id, of those that do not have the value."""
    found = sa.select(run.id, sa.literal(0).label("place")).where(*conditions, order.key.is_(None))
    if after is not None:
        found = found.where(run.id < after if order.is_descending else run.id > after)
    return _shown(found.order_by(directed(run.id, order.is_descending)).limit(limit), order.is_descending)


def _beyond(order: Order, value: Any, id: UUID) -> Iterator[Condition]:
    key, there = order.key, sa.literal(value, order.key.type)
    if order.is_by_id:
        yield key < there
    elif order.is_descending:
        yield key <= there
        yield sa.or_(key < there, run.id < id)
    else:
        yield key >= there
        yield sa.or_(key > there, run.id > id)


def _shown(found: Select[Any], is_descending: bool) -> Select[Any]:
    those = found.subquery("found")
    return (
        sa.select(*ROW, those.c.place)
        .select_from(_AROUND.join(those, those.c.id == run.id))
        .order_by(directed(those.c.place, is_descending), directed(run.id, is_descending))
    )


def any_of(branches: Sequence[Condition]) -> list[Condition]:
    """That one of the branches holds, if there are any."""
    return [sa.or_(*branches)] if branches else []


def count(conditions: Sequence[Condition], at_most: int) -> Select[Any]:
    """How many runs meet the conditions, counted up to `at_most`."""
    counted = sa.select(run.id).where(*conditions).limit(at_most).subquery()
    return sa.select(sa.func.count()).select_from(counted)


@cache
def next_runs() -> Select[Any]:
    """The runs that are due next after `now`, at most `at_most`."""
    return (
        sa.select(*ROW)
        .select_from(_AROUND)
        .where(IS_SCHEDULED, run.expected_start_time > bindparam("now"))
        .order_by(run.expected_start_time, run.id)
        .limit(bindparam("at_most", type_=sa.Integer))
    )


@cache
def last_runs() -> Select[Any]:
    """The runs that ended last, at most `at_most`."""
    return (
        sa.select(*ROW)
        .select_from(_AROUND)
        .where(run.end_time.is_not(None))
        .order_by(run.end_time.desc())
        .limit(bindparam("at_most", type_=sa.Integer))
    )


@cache
def children() -> Select[Any]:
    """The runs that the tasks of the flow run `id` called, oldest first, and `count`: how many there are."""
    return (
        sa.select(*ROW, sa.func.count().over().label("count"))
        .select_from(_AROUND)
        .where(run.parent_task_run_id.in_(filters.task_runs_of(bindparam("id"))))
        .order_by(run.id)
        .limit(bindparam("at_most", type_=sa.Integer))
    )
