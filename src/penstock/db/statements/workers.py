"""Workers, as their heartbeats show them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Delete, Insert, Select, bindparam

from penstock.db import dialect
from penstock.db.dialect import Timestamp
from penstock.db.place_tables import workers

worker = workers.c


@cache
def heard() -> Insert:
    """Note that a worker was heard of; the first time makes it known."""
    seen = ("updated", "last_heartbeat_time", "heartbeat_interval_seconds", "clock_ahead_seconds")
    return dialect.upsert(workers, key=("work_pool_id", "name"), update=seen)


@cache
def seen() -> Insert:
    """Note that a worker asked for runs; what it said about its heartbeat stays."""
    return dialect.upsert(workers, key=("work_pool_id", "name"), update=("updated", "last_heartbeat_time"))


@cache
def by_name() -> Select[Any]:
    """The worker `worker_name` of the pool `pool_id`."""
    return sa.select(workers).where(
        worker.work_pool_id == bindparam("pool_id"), worker.name == bindparam("worker_name")
    )


def is_online(now: datetime, interval: timedelta, misses: int) -> ColumnElement[bool]:
    """Workers that have not missed so many heartbeats; `interval` is of those that do not say theirs."""
    seconds = sa.func.coalesce(worker.heartbeat_interval_seconds, interval.total_seconds()) * misses
    heard = sa.type_coerce(worker.last_heartbeat_time, sa.BigInteger)
    moment = sa.cast(sa.literal(now, Timestamp()), sa.BigInteger)
    return moment < heard + seconds * 1_000_000


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
