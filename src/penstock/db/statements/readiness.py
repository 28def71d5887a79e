"""When pools, queues, deployments and workers were last heard of, with what events say of them."""

from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Select

from penstock.db import place_tables as places
from penstock.db.statements.event_subjects import PLACE

pool, queue, worker, deployment = (
    places.work_pools.c,
    places.work_queues.c,
    places.workers.c,
    places.deployments.c,
)
_OF_POOL = (
    pool.id.label("work_pool_id"),
    pool.name.label("work_pool_name"),
    pool.type.label("work_pool_type"),
)


@cache
def pools() -> Select[Any]:
    """All work pools."""
    heard = sa.func.max(worker.last_heartbeat_time, type_=worker.last_heartbeat_time.type)
    last = sa.select(heard).where(worker.work_pool_id == pool.id).scalar_subquery()
    return sa.select(pool.id, pool.name, pool.type, pool.is_paused, last.label("last_heard"))


@cache
def queues() -> Select[Any]:
    """All queues."""
    return sa.select(queue.id, queue.name, queue.is_paused, queue.last_polled, *_OF_POOL).join_from(
        places.work_queues, places.work_pools, pool.id == queue.work_pool_id
    )


@cache
def deployments() -> Select[Any]:
    """All deployments."""
    around = (
        places.deployments.join(places.flows, places.flows.c.id == deployment.flow_id)
        .outerjoin(places.work_queues, queue.id == deployment.work_queue_id)
        .outerjoin(places.work_pools, pool.id == queue.work_pool_id)
    )
    return sa.select(
        deployment.id,
        deployment.name,
        deployment.paused,
        deployment.flow_id,
        places.flows.c.name.label("flow_name"),
        deployment.last_polled,
        queue.last_polled.label("queue_last_polled"),
        *PLACE,
    ).select_from(around)


@cache
def workers() -> Select[Any]:
    """All workers."""
    return sa.select(
        worker.id, worker.name, worker.last_heartbeat_time, worker.heartbeat_interval_seconds, *_OF_POOL
    ).join_from(places.workers, places.work_pools, pool.id == worker.work_pool_id)
