"""Workers, as their heartbeats show them."""

from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Delete, Insert, Select, bindparam

from penstock.db import dialect
from penstock.db.tables import workers

worker = workers.c


@cache
def heard() -> Insert:
    """Note that a worker was heard of; the first time makes it known."""
    seen = ("updated", "last_heartbeat_time", "heartbeat_interval_seconds")
    return dialect.upsert(workers, key=("work_pool_id", "name"), update=seen)


@cache
def seen() -> Insert:
    """Note that a worker asked for runs; what it said about its heartbeat stays."""
    return dialect.upsert(workers, key=("work_pool_id", "name"), update=("updated", "last_heartbeat_time"))


def page(pool_id: UUID, conditions: Sequence[ColumnElement[bool]], limit: int, offset: int) -> Select[Any]:
    """Some workers of a pool, those that were heard of last first."""
    found = sa.select(workers).where(worker.work_pool_id == pool_id, *conditions)
    return found.order_by(worker.last_heartbeat_time.desc(), worker.id).limit(limit).offset(offset)


@cache
def delete() -> Delete:
    """Forget the worker `worker_name` of the pool `pool_id`."""
    return workers.delete().where(
        worker.work_pool_id == bindparam("pool_id"), worker.name == bindparam("worker_name")
    )
