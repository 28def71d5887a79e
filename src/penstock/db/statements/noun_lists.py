"""Lists of flows, deployments, pools and workers, and what is asked of all things on a page at once.

The runs of all things on a page are found by steps on an index, and only they are read.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, CompoundSelect, Select, Table, bindparam

from penstock.contract.filters import NamedSort
from penstock.db.dialect import Timestamp, contains_text
from penstock.db.place_tables import deployments, flows, work_pools, work_queues, workers
from penstock.db.statements.capacity import BRIEF
from penstock.db.statements.leases import TAKEN_OF_DEPLOYMENT
from penstock.db.statements.orders import named_order
from penstock.db.tables import flow_runs, leases
from penstock.domain.states import StateType

deployment, flow, pool, queue, run = deployments.c, flows.c, work_pools.c, work_queues.c, flow_runs.c
Condition = ColumnElement[bool]
Owner = Literal["deployment_id", "flow_id"]
"""Whose runs: the column that names it."""

other = flow_runs.alias("other").c
_NEWEST = (other.expected_start_time.desc(), other.id.desc())
_OWNERS: dict[Owner, Table] = {"deployment_id": deployments, "flow_id": flows}
_NOT_IN_TAGS = frozenset('"[],\\')
_SORTED_BY = {
    NamedSort.CREATED_DESC: "created",
    NamedSort.UPDATED_DESC: "updated",
    NamedSort.NAME_ASC: "name",
    NamedSort.NAME_DESC: "name",
}


def sort_key(sort: NamedSort) -> str:
    """The column that an order of things with names goes by."""
    return _SORTED_BY[sort]


def beyond(table: Table, sort: NamedSort, value: Any, id: UUID) -> Iterator[Condition]:
    """What comes after the row with this value and id, in an order."""
    column = table.c[sort_key(sort)]
    there = sa.literal(value, column.type)
    comes_later = column > there if sort is NamedSort.NAME_ASC else column < there
    yield sa.or_(comes_later, sa.and_(column == there, table.c.id > id))


def _in_tags(tags: ColumnElement[Any], text: str) -> Iterator[Condition]:
    # Tags are looked at as the JSON that they are, so that they are not taken apart for each row.
    if not _NOT_IN_TAGS.intersection(text):
        yield contains_text(sa.cast(tags, sa.Text), text)


def deployments_with(text: str) -> Condition:
    """Deployments with a text in their name, their flow's name or a tag."""
    of_flow = sa.select(flow.id).where(contains_text(flow.name, text))
    in_name = contains_text(deployment.name, text)
    return sa.or_(in_name, deployment.flow_id.in_(of_flow), *_in_tags(deployment.tags, text))


def flows_with(text: str) -> Condition:
    """Flows with a text in their name or a tag."""
    return sa.or_(contains_text(flow.name, text), *_in_tags(flow.tags, text))


def deployments_page(conditions: Sequence[Condition], sort: NamedSort, limit: int) -> Select[Any]:
    """The first deployments that meet the conditions, as lists show them."""
    return (
        sa.select(
            deployment.id,
            deployment.name,
            deployment.flow_id,
            flow.name.label("flow_name"),
            deployment.created,
            deployment.updated,
            deployment.paused,
            deployment.description,
            deployment.version,
            deployment.tags,
            deployment.concurrency_limit,
            deployment.job_variables,
            deployment.last_polled,
            queue.name.label("work_queue_name"),
            queue.last_polled.label("queue_last_polled"),
            pool.name.label("work_pool_name"),
            TAKEN_OF_DEPLOYMENT.label("active_slots"),
        )
        .select_from(
            deployments.join(flows, flow.id == deployment.flow_id)
            .outerjoin(work_queues, queue.id == deployment.work_queue_id)
            .outerjoin(work_pools, pool.id == queue.work_pool_id)
        )
        .where(*conditions)
        .order_by(*named_order(deployments, sort))
        .limit(limit)
    )


def flows_page(conditions: Sequence[Condition], sort: NamedSort, limit: int) -> Select[Any]:
    """The first flows that meet the conditions, as lists show them."""
    counted = sa.select(sa.func.count()).where(deployment.flow_id == flow.id).correlate(flows)
    return (
        sa.select(
            flow.id,
            flow.name,
            flow.created,
            flow.updated,
            flow.tags,
            counted.scalar_subquery().label("deployments"),
        )
        .where(*conditions)
        .order_by(*named_order(flows, sort))
        .limit(limit)
    )


@cache
def runs_around(of: Owner, recent: int) -> Select[Any]:
    """The ids of runs of each of `row_ids`: the last to begin until `now`, newest first, and `next`.

    Each is one step on an index, whatever else there is; a join would not be, on every database.
    """
    owner = _OWNERS[of].c
    begun = other.expected_start_time <= _now()
    waits = (other.state_type == sa.literal_column("'SCHEDULED'"), other.expected_start_time > _now())
    return sa.select(
        owner.id,
        *(_nth(of, begun, by=_NEWEST, skip=place).label(f"last_{place}") for place in range(recent)),
        _nth(of, *waits, by=(other.expected_start_time,), skip=0).label("next"),
    ).where(owner.id.in_(bindparam("row_ids", expanding=True)))


def _now() -> Any:
    return bindparam("now", type_=Timestamp())


def _nth(of: Owner, *conditions: Condition, by: Sequence[ColumnElement[Any]], skip: int) -> Any:
    found = sa.select(other.id).where(other[of] == _OWNERS[of].c.id, *conditions).order_by(*by)
    return found.limit(1).offset(skip).correlate(_OWNERS[of]).scalar_subquery()


@cache
def briefs() -> Select[Any]:
    """The runs `row_ids` in one glance."""
    return sa.select(*BRIEF).where(run.id.in_(bindparam("row_ids", expanding=True)))


def _of_the_time() -> tuple[Condition, Condition]:
    return run.expected_start_time >= bindparam("since"), run.expected_start_time <= _now()


@cache
def runs_since() -> Select[Any]:
    """How many runs each of the flows `row_ids` has that are to begin from `since` until `now`."""
    # Not by the index of types, along which there are runs of all flows.
    of_flows = run.flow_id.in_(bindparam("row_ids", expanding=True))
    counted = sa.select(run.flow_id, sa.func.count().label("runs")).where(of_flows, *_of_the_time())
    return counted.group_by(run.flow_id)


@cache
def unusual_states_since() -> CompoundSelect[Any]:
    """How many runs of each flow, to begin from `since` until `now`, are in which state.

    Without those that are completed: they are by far the most, and what is left of all runs.
    """
    unusual = [kind for kind in StateType if kind != StateType.COMPLETED]
    in_state = (
        sa.select(run.flow_id, run.state_type, sa.func.count().label("runs"))
        .where(run.state_type.in_(unusual), *_of_the_time())
        .group_by(run.flow_id, run.state_type)
    )
    in_none = (
        sa.select(run.flow_id, sa.null(), sa.func.count())
        .where(run.state_type.is_(None), *_of_the_time())
        .group_by(run.flow_id)
    )
    return sa.union_all(in_state, in_none)


def durations(flow_ids: Sequence[UUID], since: datetime, each: int) -> Select[Any]:
    """How long the last runs of flows since a moment took that completed, so many of each."""
    # Not by the index of types, along which there are runs of all flows.
    is_completed = sa.func.nullif(run.state_type, sa.null()) == "COMPLETED"
    of_flows = [
        sa.select(run.flow_id, run.total_run_time)
        .where(run.flow_id == id, run.expected_start_time >= since, is_completed)
        .order_by(run.expected_start_time.desc())
        .limit(each)
        .subquery()
        for id in flow_ids
    ]
    return sa.select(sa.union_all(*(sa.select(found) for found in of_flows)).subquery())


@cache
def deployments_by_pool() -> Select[Any]:
    """How many deployments' runs go to each pool."""
    return (
        sa.select(queue.work_pool_id, sa.func.count().label("deployments"))
        .select_from(deployments.join(work_queues, queue.id == deployment.work_queue_id))
        .group_by(queue.work_pool_id)
    )


@cache
def all_pools() -> Select[Any]:
    """All pools, by name."""
    return (
        sa.select(pool.id, pool.name, pool.type, pool.description, pool.is_paused, pool.concurrency_limit)
        .add_columns(pool.base_job_template)
        .order_by(pool.name)
    )


def all_workers(pool_name: str | None, limit: int) -> Select[Any]:
    """The workers of a pool or of all, those that were heard of last first."""
    worker = workers.c
    return (
        sa.select(*workers.c, pool.name.label("work_pool_name"), pool.type.label("work_pool_type"))
        .select_from(workers.join(work_pools, pool.id == worker.work_pool_id))
        .where(*(() if pool_name is None else (pool.name == pool_name,)))
        .order_by(worker.last_heartbeat_time.desc().nulls_last(), worker.id)
        .limit(limit)
    )


def runs_of_workers(pool_ids: Sequence[UUID], each: int) -> Select[Any]:
    """What workers of pools have claimed or run, what they have for longest first; `count` of each worker."""
    lease = leases.c
    whose = (queue.work_pool_id, lease.worker)
    numbered = (
        sa.select(
            *BRIEF,
            queue.work_pool_id,
            lease.worker,
            sa.func.row_number()
            .over(partition_by=whose, order_by=(lease.acquired, lease.id))
            .label("number"),
            sa.func.count().over(partition_by=whose).label("count"),
        )
        .select_from(
            leases.join(work_queues, queue.id == lease.work_queue_id).join(
                flow_runs, run.id == lease.flow_run_id
            )
        )
        .where(lease.worker.is_not(None), queue.work_pool_id.in_(pool_ids))
        .subquery()
    )
    return sa.select(numbered).where(numbered.c.number <= each).order_by(numbered.c.number)
