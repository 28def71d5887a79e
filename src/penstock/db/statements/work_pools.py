"""Work pools and their queues, with the places that are taken under their limits."""

from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Insert, Select, Update, bindparam

from penstock.db import dialect
from penstock.db.place_tables import deployments, work_pools, work_queues, workers
from penstock.db.statements.leases import TAKEN_IN_POOL, TAKEN_IN_QUEUE
from penstock.db.tables import flow_runs, leases

pool, queue = work_pools.c, work_queues.c

_LAST_HEARD = (
    sa.select(sa.func.max(workers.c.last_heartbeat_time))
    .where(workers.c.work_pool_id == pool.id)
    .scalar_subquery()
)


def _pools() -> Select[Any]:
    return sa.select(*work_pools.c, TAKEN_IN_POOL.label("active_slots"), _LAST_HEARD.label("last_heard"))


def pools_page(conditions: Sequence[ColumnElement[bool]], limit: int, offset: int) -> Select[Any]:
    """Some pools, by name."""
    return _pools().where(*conditions).order_by(pool.name).limit(limit).offset(offset)


@cache
def pool_by_name() -> Select[Any]:
    """The pool called `name`."""
    return _pools().where(pool.name == bindparam("name"))


@cache
def pool_names() -> Select[Any]:
    """The names of pools, for suggestions."""
    return sa.select(pool.name).order_by(pool.name).limit(1000)


@cache
def template() -> Select[Any]:
    """The base job template of the pool `row_id`, and its version."""
    return sa.select(pool.base_job_template, pool.template_version).where(pool.id == bindparam("row_id"))


def _queues() -> Select[Any]:
    return sa.select(
        *work_queues.c, pool.name.label("work_pool_name"), TAKEN_IN_QUEUE.label("active_slots")
    ).select_from(work_queues.join(work_pools, pool.id == queue.work_pool_id))


def queues_page(conditions: Sequence[ColumnElement[bool]], limit: int, offset: int) -> Select[Any]:
    """Some queues, by pool and priority."""
    order = (pool.name, queue.priority, queue.name)
    return _queues().where(*conditions).order_by(*order).limit(limit).offset(offset)


def is_in_pool(pool_id: UUID) -> ColumnElement[bool]:
    """Queues of a pool."""
    return queue.work_pool_id == pool_id


@cache
def queue_by_id() -> Select[Any]:
    """The queue `row_id`."""
    return _queues().where(queue.id == bindparam("row_id"))


@cache
def queue_by_names() -> Select[Any]:
    """The queue `queue_name` of the pool `pool_name`."""
    return _queues().where(pool.name == bindparam("pool_name"), queue.name == bindparam("queue_name"))


@cache
def queue_names() -> Select[Any]:
    """The names of the queues of the pool called `pool_name`."""
    return (
        sa.select(queue.name)
        .select_from(work_queues.join(work_pools, pool.id == queue.work_pool_id))
        .where(pool.name == bindparam("pool_name"))
        .order_by(queue.priority)
    )


@cache
def add_queue() -> Insert:
    """Insert a queue unless its pool has one of the name."""
    return dialect.upsert(work_queues, key=("work_pool_id", "name"), update=())


@cache
def next_priority() -> Select[Any]:
    """The priority after all queues of the pool `row_id`."""
    return sa.select(sa.func.coalesce(sa.func.max(queue.priority), 0) + 1).where(
        queue.work_pool_id == bindparam("row_id")
    )


@cache
def destination() -> Select[Any]:
    """Where runs go that ask for the pool `pool_name` and its queue `queue_name` (null: the default)."""
    wanted = bindparam("queue_name", type_=sa.Text)
    is_wanted = sa.or_(queue.name == wanted, sa.and_(wanted.is_(None), queue.id == pool.default_queue_id))
    return (
        sa.select(
            pool.id.label("work_pool_id"),
            pool.name.label("work_pool_name"),
            pool.default_queue_id,
            pool.template_version,
            queue.id.label("work_queue_id"),
            queue.name.label("work_queue_name"),
        )
        .select_from(work_pools.outerjoin(work_queues, sa.and_(queue.work_pool_id == pool.id, is_wanted)))
        .where(pool.name == bindparam("pool_name"))
    )


@cache
def touch_queues() -> Update:
    """Note that somebody asked for the runs of the queues `row_ids`."""
    return (
        work_queues.update()
        .where(queue.id.in_(bindparam("row_ids", expanding=True)))
        .values(last_polled=bindparam("polled"))
    )


@cache
def redirect_deployments() -> Update:
    """Let the deployments of the queue `old` use the queue `new`."""
    return (
        deployments.update()
        .where(deployments.c.work_queue_id == bindparam("old"))
        .values(work_queue_id=bindparam("new"))
    )


@cache
def redirect_runs() -> Update:
    """Let the runs of the queue `old` that wait use the queue `new`."""
    return (
        flow_runs.update()
        .where(
            flow_runs.c.work_queue_id == bindparam("old"),
            flow_runs.c.state_type == sa.literal_column("'SCHEDULED'"),
        )
        .values(work_queue_id=bindparam("new"))
    )


_SLOT = (
    flow_runs.c.id,
    flow_runs.c.name,
    flow_runs.c.state_type,
    flow_runs.c.state_name,
    flow_runs.c.start_time,
    flow_runs.c.state_timestamp,
    leases.c.work_queue_id,
)
_SLOTS = leases.join(flow_runs, flow_runs.c.id == leases.c.flow_run_id)


def slots_of_queue(queue_id: UUID, limit: int, offset: int) -> Select[Any]:
    """The runs that take the places of a queue, oldest lease first."""
    found = sa.select(*_SLOT).select_from(_SLOTS).where(leases.c.work_queue_id == queue_id)
    return found.order_by(leases.c.acquired, leases.c.id).limit(limit).offset(offset)


def slots_of_queues(queue_ids: Sequence[UUID], each: int) -> Select[Any]:
    """The same for several queues: so many of each, in one statement."""
    number = sa.func.row_number().over(
        partition_by=leases.c.work_queue_id, order_by=(leases.c.acquired, leases.c.id)
    )
    numbered = (
        sa.select(*_SLOT, number.label("number"))
        .select_from(_SLOTS)
        .where(leases.c.work_queue_id.in_(queue_ids))
        .subquery()
    )
    shown = [column for column in numbered.c if column.name != "number"]
    return sa.select(*shown).where(numbered.c.number <= each).order_by(numbered.c.number)
