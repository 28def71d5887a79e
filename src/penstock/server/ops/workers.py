"""Workers: known by their heartbeats."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from penstock.contract.statuses import WorkerStatus
from penstock.contract.workers import WorkerHeartbeat, WorkerQuery, WorkerResponse
from penstock.db.port import Transaction
from penstock.db.statements import filters
from penstock.db.statements import workers as statements
from penstock.domain.ids import new_id
from penstock.domain.names import check_name
from penstock.server import named
from penstock.server.caller import Caller
from penstock.server.changes import changed
from penstock.server.emitting import emit
from penstock.server.event_sources import work_pools as event_sources
from penstock.server.limits import Limits
from penstock.server.ops.registry import operation
from penstock.server.views.work_pools import worker_answer

_ON_THE_WAY = 2
"""Seconds by which two heartbeats of one clock may differ, as one took longer than the other."""


@operation("worker_heartbeat", access="write")
async def worker_heartbeat(
    tx: Transaction, caller: Caller, *, work_pool_name: str, body: WorkerHeartbeat
) -> None:
    """Say that a worker of the pool is there."""
    pool = await named.work_pool(tx, work_pool_name)
    if not await _is_known(tx, caller.limits, pool["id"], body):
        changed(tx, "workers", pool["id"])
        if not await _is_online(tx, caller.limits, pool["id"], body.name):
            await emit(
                tx, caller, event_sources.worker(body.name, pool["id"], pool["name"], pool["type"], "started")
            )
    row = {
        "id": new_id(tx.now),
        "created": tx.now,
        "updated": tx.now,
        "work_pool_id": pool["id"],
        "name": check_name(body.name, "worker name"),
        "last_heartbeat_time": tx.now,
        "heartbeat_interval_seconds": _believable(body.heartbeat_interval_seconds),
        "clock_ahead_seconds": _ahead(body, tx.now),
    }
    await tx.execute(statements.heard(), row)


async def _is_known(tx: Transaction, limits: Limits, pool_id: UUID, body: WorkerHeartbeat) -> bool:
    """Whether a heartbeat says nothing new: the worker is online, and beats and tells the time as it did."""
    asked = {"pool_id": pool_id, "worker_name": body.name}
    row = await tx.fetch_one(statements.by_name(), asked)
    if row is None or row["heartbeat_interval_seconds"] != _believable(body.heartbeat_interval_seconds):
        return False
    before, ahead = row["clock_ahead_seconds"] or 0, _ahead(body, tx.now) or 0
    if abs(before - ahead) > _ON_THE_WAY:
        return False
    return worker_answer(row, limits, tx.now).status is WorkerStatus.ONLINE


async def _is_online(tx: Transaction, limits: Limits, pool_id: UUID, name: str) -> bool:
    row = await tx.fetch_one(statements.by_name(), {"pool_id": pool_id, "worker_name": name})
    return row is not None and worker_answer(row, limits, tx.now).status is WorkerStatus.ONLINE


def _ahead(body: WorkerHeartbeat, now: datetime) -> int | None:
    """How far the worker's clock is ahead, in seconds; the way of the heartbeat counts as behind."""
    return None if body.sent_at is None else round((body.sent_at - now).total_seconds())


def _believable(seconds: int | None) -> int | None:
    """A worker that says it is heard of less than once a day is expected once a day."""
    return None if seconds is None else min(max(seconds, 0), 86_400)


@operation("read_workers", access="read")
async def read_workers(
    tx: Transaction, caller: Caller, *, work_pool_name: str, body: WorkerQuery
) -> list[WorkerResponse]:
    """The workers of a pool that meet the criteria."""
    pool = await named.work_pool(tx, work_pool_name)
    conditions = [*filters.matching(body.workers), *_status(body, caller.limits, tx.now)]
    found = await tx.fetch_all(statements.page(pool["id"], conditions, body.limit, body.offset))
    return [worker_answer(row, caller.limits, tx.now) for row in found]


def _status(body: WorkerQuery, limits: Limits, now: datetime) -> Iterator[Any]:
    """The condition that the filter by status is here, where it is known when a worker is offline."""
    asked = body.workers.status if body.workers else None
    if asked is None:
        return
    is_online = statements.is_online(now, limits.worker_interval, limits.worker_misses)
    wanted = set(WorkerStatus) if asked.any_ is None else set(asked.any_)
    wanted -= set(asked.not_any_ or ())
    if WorkerStatus.ONLINE not in wanted:
        yield ~is_online
    if WorkerStatus.OFFLINE not in wanted:
        yield is_online


@operation("delete_worker", access="write")
async def delete_worker(tx: Transaction, caller: Caller, *, work_pool_name: str, name: str) -> None:
    """Forget a worker. One that still runs is known again with its next heartbeat."""
    pool = await named.work_pool(tx, work_pool_name)
    if not await tx.execute(statements.delete(), {"pool_id": pool["id"], "worker_name": name}):
        named.found(None, "worker", name)
    changed(tx, "workers", pool["id"])
    await emit(tx, caller, event_sources.worker(name, pool["id"], pool["name"], pool["type"], "stopped"))
