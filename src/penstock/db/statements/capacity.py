"""Where runs wait, and what room there is: pools, queues and deployments with their limits and workers."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select, bindparam

from penstock.db.limit_tables import concurrency_limits, concurrency_slots
from penstock.db.place_tables import deployments, flows, work_pools, work_queues, workers
from penstock.db.statements import workers as worker_statements
from penstock.db.statements.flow_runs import IS_SCHEDULED
from penstock.db.statements.leases import TAKEN_IN_POOL, TAKEN_IN_QUEUE, TAKEN_OF_DEPLOYMENT
from penstock.db.tables import flow_runs, leases

run, pool, queue, deployment = flow_runs.c, work_pools.c, work_queues.c, deployments.c
worker, lease = workers.c, leases.c


def queues(now: datetime, interval: timedelta, misses: int) -> Select[Any]:
    """All queues with their pools, by pool and priority; a pool without queues is one row without a queue."""
    is_online = worker_statements.is_online(now, interval, misses)
    of_pool = worker.work_pool_id == pool.id
    online = sa.select(sa.func.count()).where(of_pool, is_online).correlate(work_pools).scalar_subquery()
    known = sa.select(sa.func.count()).where(of_pool).correlate(work_pools).scalar_subquery()
    heard = worker.last_heartbeat_time
    last = (
        sa.select(worker.name).where(of_pool, heard.is_not(None)).order_by(heard.desc()).limit(1)
    ).correlate(work_pools)
    last_heard = sa.select(sa.func.max(heard)).where(of_pool).correlate(work_pools).scalar_subquery()
    return (
        sa.select(
            pool.id.label("pool_id"),
            pool.name.label("pool_name"),
            pool.type.label("pool_type"),
            pool.is_paused.label("pool_is_paused"),
            pool.concurrency_limit.label("pool_limit"),
            TAKEN_IN_POOL.correlate(work_pools).label("pool_taken"),
            online.label("workers_online"),
            known.label("workers_known"),
            last.scalar_subquery().label("last_worker"),
            sa.type_coerce(last_heard, heard.type).label("last_heard"),
            queue.id,
            queue.name,
            queue.is_paused,
            queue.concurrency_limit.label("limit"),
            TAKEN_IN_QUEUE.label("taken"),
            queue.priority,
            queue.last_polled,
        )
        .select_from(work_pools.outerjoin(work_queues, queue.work_pool_id == pool.id))
        .order_by(pool.name, queue.priority, queue.name)
    )


def queue_by_id(id: UUID, now: datetime, interval: timedelta, misses: int) -> Select[Any]:
    """One queue with its pool."""
    return queues(now, interval, misses).where(queue.id == id)


def _shared(column: Any) -> Any:
    """A column of the limit with a name that a deployment has in place of its own, while that is on."""
    is_had = concurrency_limits.c.id == deployment.global_concurrency_limit_id
    return (
        sa.select(column).where(is_had, concurrency_limits.c.active).correlate(deployments).scalar_subquery()
    )


_SHARED_TAKEN = (
    sa.select(sa.func.coalesce(sa.func.sum(concurrency_slots.c.slots), 0))
    .where(concurrency_slots.c.limit_id == deployment.global_concurrency_limit_id)
    .correlate(deployments)
    .scalar_subquery()
)
UNDER_LIMIT = (
    sa.func.coalesce(deployment.concurrency_limit, _shared(concurrency_limits.c.limit)).label(
        "deployment_limit"
    ),
    _shared(concurrency_limits.c.name).label("shared_limit"),
    sa.case(
        (deployment.global_concurrency_limit_id.is_(None), TAKEN_OF_DEPLOYMENT.correlate(deployments)),
        else_=_SHARED_TAKEN,
    ).label("deployment_taken"),
)
"""The limit of a deployment, its name where it is none of its own, and what is taken of it."""
_DEPLOYMENT = (
    deployment.id,
    deployment.name,
    flows.c.name.label("flow_name"),
    deployment.concurrency_options,
    deployment.last_polled,
    *UNDER_LIMIT,
)
_WITH_FLOW = deployments.join(flows, flows.c.id == deployment.flow_id)


@cache
def deployments_by_id() -> Select[Any]:
    """The deployments `row_ids`, as places where runs wait."""
    wanted = deployment.id.in_(bindparam("row_ids", expanding=True))
    return sa.select(*_DEPLOYMENT).select_from(_WITH_FLOW).where(wanted)


@cache
def limited_deployments() -> Select[Any]:
    """The deployments that have a limit, at most `at_most`, those with most places taken first."""
    return (
        sa.select(*_DEPLOYMENT)
        .select_from(_WITH_FLOW)
        .where(deployment.concurrency_limit.is_not(None))
        .order_by(sa.desc("deployment_taken"), deployment.id)
        .limit(bindparam("at_most", type_=sa.Integer))
    )


def due(until: datetime) -> ColumnElement[bool]:
    """Runs that nobody has taken although they were due until then."""
    return sa.and_(IS_SCHEDULED, run.next_scheduled_start_time <= until)


LIMITED = {
    "work_pool": queue.work_pool_id,
    "work_queue": lease.work_queue_id,
    "deployment": lease.deployment_id,
}
"""What can have a limit, and the column that says whose place a lease takes."""
_HOLDERS = (
    leases.join(flow_runs, run.id == lease.flow_run_id)
    .join(flows, flows.c.id == run.flow_id)
    .outerjoin(work_queues, queue.id == lease.work_queue_id)
)
BRIEF = (
    run.id,
    run.name,
    run.state_type,
    run.state_name,
    run.state_timestamp,
    run.run_count,
    run.expected_start_time,
    run.next_scheduled_start_time,
    run.start_time,
    run.end_time,
    run.total_run_time,
)
"""What is shown of a run in one glance."""


def holders(kind: str, ids: Sequence[UUID], each: int) -> Select[Any]:
    """The runs that occupy the limits `ids` of a kind, oldest first, so many of each."""
    whose = LIMITED[kind]
    number = sa.func.row_number().over(
        partition_by=whose, order_by=(lease.acquired, run.expected_start_time, lease.id)
    )
    numbered = (
        sa.select(
            *BRIEF,
            flows.c.name.label("flow_name"),
            whose.label("owner_id"),
            lease.holder,
            lease.acquired,
            lease.expires,
            number.label("number"),
        )
        .select_from(_HOLDERS)
        .where(whose.in_(ids))
        .subquery()
    )
    return sa.select(numbered).where(numbered.c.number <= each).order_by(numbered.c.number)


_WAITING = flow_runs.outerjoin(work_queues, queue.id == run.work_queue_id)
_WAITING_FOR_SHARED = _WAITING.join(deployments, deployment.id == run.deployment_id)
"""With the deployments, which may share a limit with a name."""
_WAITS_FOR = {
    "work_pool": queue.work_pool_id,
    "work_queue": run.work_queue_id,
    "deployment": run.deployment_id,
    "global": deployment.global_concurrency_limit_id,
}
MOST_WAITING = 10_000
"""So many runs that are due are looked at, the oldest of each queue first."""


def waiters(kind: str, ids: Sequence[UUID], until: datetime, each: int) -> Select[Any]:
    """Runs that are due under the limits `ids`, in the order in which they are claimed; `count` of each."""
    whose = _WAITS_FOR[kind]
    order = (queue.priority, run.next_scheduled_start_time, run.id)
    found = (
        sa.select(*BRIEF, queue.priority, whose.label("owner_id"))
        .select_from(_WAITING_FOR_SHARED if kind == "global" else _WAITING)
        .where(due(until), whose.in_(ids))
        .order_by(*order)
        .limit(MOST_WAITING)
        .subquery("found")
    )
    by = (found.c.priority, found.c.next_scheduled_start_time, found.c.id)
    numbered = sa.select(
        found,
        sa.func.row_number().over(partition_by=found.c.owner_id, order_by=by).label("number"),
        sa.func.count().over(partition_by=found.c.owner_id).label("count"),
    ).subquery()
    return sa.select(numbered).where(numbered.c.number <= each).order_by(numbered.c.number)


def ahead_in_queue(queue_id: UUID, run_due: datetime, run_id: UUID, until: datetime) -> Select[Any]:
    """How many runs of the pool a claim takes before a run of this queue, counted up to `MOST_WAITING`."""
    mine = work_queues.alias("mine")
    goes_first = sa.or_(
        sa.tuple_(queue.priority, queue.name) < sa.tuple_(mine.c.priority, mine.c.name),
        sa.and_(queue.id == mine.c.id, _is_older(run_due, run_id)),
    )
    others = (
        sa.select(run.id)
        .select_from(
            mine.join(work_queues, queue.work_pool_id == mine.c.work_pool_id).join(
                flow_runs, run.work_queue_id == queue.id
            )
        )
        .where(mine.c.id == queue_id, queue.is_paused.is_(False), due(until), goes_first)
        .limit(MOST_WAITING)
        .subquery()
    )
    return sa.select(sa.func.count()).select_from(others)


def ahead_of_served(deployment_id: UUID, run_due: datetime, run_id: UUID) -> Select[Any]:
    """How many runs of a deployment outside pools are taken before a run."""
    of_deployment = (run.deployment_id == deployment_id, run.work_queue_id.is_(None))
    others = (
        sa.select(run.id)
        .where(due(run_due), *of_deployment, _is_older(run_due, run_id))
        .limit(MOST_WAITING)
        .subquery()
    )
    return sa.select(sa.func.count()).select_from(others)


def _is_older(run_due: datetime, run_id: UUID) -> ColumnElement[bool]:
    time = run.next_scheduled_start_time
    return sa.or_(time < run_due, sa.and_(time == run_due, run.id < run_id))
