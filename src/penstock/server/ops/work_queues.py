"""Work queues: the lanes of a pool."""

from typing import Any
from uuid import UUID

from msgspec import UNSET

from penstock.contract.work_queues import (
    SlotPageQuery,
    WorkQueueConcurrencyStatus,
    WorkQueueCreate,
    WorkQueueHealthPolicy,
    WorkQueueQuery,
    WorkQueueResponse,
    WorkQueueStatusDetail,
    WorkQueueUpdate,
)
from penstock.db.place_tables import work_queues
from penstock.db.port import Row, Transaction
from penstock.db.statements import due_runs, filters, rows
from penstock.db.statements import work_pools as statements
from penstock.domain.errors import AlreadyExists, Conflict
from penstock.domain.ids import new_id
from penstock.domain.names import check_name
from penstock.server import named, new_pools
from penstock.server.bus import POOL
from penstock.server.caller import Caller
from penstock.server.changes import changed
from penstock.server.emitting import emit
from penstock.server.event_sources import work_pools as event_sources
from penstock.server.ops.registry import operation
from penstock.server.paging import offset_of, pages_of
from penstock.server.views.work_pools import is_recent, slot_answer, work_queue_answer

_DEFAULT_POOL = "default-agent-pool"
"""Where queues are that are not said to be in a pool, as in the reference."""


async def _by_id(tx: Transaction, id: UUID) -> Row:
    return named.found(await tx.fetch_one(statements.queue_by_id(), {"row_id": id}), "work queue", id)


def _taken(name: str, pool_name: str) -> AlreadyExists:
    message = f"The work pool {pool_name!r} has a queue {name!r} already."
    return AlreadyExists(message)


@operation("create_work_queue", access="write")
async def create_work_queue(
    tx: Transaction, caller: Caller, *, work_pool_name: str, body: WorkQueueCreate
) -> WorkQueueResponse:
    """Make a queue in a pool."""
    pool = await named.work_pool(tx, work_pool_name)
    priority = body.priority or await tx.fetch_value(statements.next_priority(), {"row_id": pool["id"]})
    row = {
        "id": new_id(tx.now),
        "created": tx.now,
        "updated": tx.now,
        "work_pool_id": pool["id"],
        "name": check_name(body.name, "work queue name"),
        "description": body.description or "",
        "is_paused": body.is_paused,
        "concurrency_limit": body.concurrency_limit,
        "priority": priority,
        "filter": body.filter,
    }
    if not await tx.execute(statements.add_queue(), row):
        raise _taken(body.name, work_pool_name)
    changed(tx, "work_queues", row["id"])
    await emit(tx, caller, event_sources.queue(row, pool, "created"))
    return await read_work_queue_by_id(tx, caller, id=row["id"])


@operation("create_default_work_queue", access="write")
async def create_default_work_queue(
    tx: Transaction, caller: Caller, *, body: WorkQueueCreate
) -> WorkQueueResponse:
    """Make a queue in the default pool, and the pool too if it is not there."""
    if await tx.fetch_one(statements.pool_by_name(), {"name": _DEFAULT_POOL}) is None:
        await new_pools.make(tx, caller, name=_DEFAULT_POOL, type="prefect-agent")
    return await create_work_queue(tx, caller, work_pool_name=_DEFAULT_POOL, body=body)


@operation("read_work_queue", access="read")
async def read_work_queue(
    tx: Transaction, caller: Caller, *, work_pool_name: str, name: str
) -> WorkQueueResponse:
    """One queue of a pool."""
    return work_queue_answer(await named.work_queue(tx, work_pool_name, name), caller.limits, tx.now)


@operation("read_work_queue_by_id", access="read")
async def read_work_queue_by_id(tx: Transaction, caller: Caller, *, id: UUID) -> WorkQueueResponse:
    """One queue, by its id."""
    return work_queue_answer(await _by_id(tx, id), caller.limits, tx.now)


@operation("read_work_queue_by_name", access="read")
async def read_work_queue_by_name(tx: Transaction, caller: Caller, *, name: str) -> WorkQueueResponse:
    """One queue of the default pool, by its name."""
    return await read_work_queue(tx, caller, work_pool_name=_DEFAULT_POOL, name=name)


@operation("read_work_queues", access="read")
async def read_work_queues(
    tx: Transaction, caller: Caller, *, work_pool_name: str, body: WorkQueueQuery
) -> list[WorkQueueResponse]:
    """The queues of a pool that meet the criteria, by priority."""
    pool = await named.work_pool(tx, work_pool_name)
    of_pool = [statements.is_in_pool(pool["id"]), *filters.matching(body.work_queues)]
    found = await tx.fetch_all(statements.queues_page(of_pool, body.limit, body.offset))
    return [work_queue_answer(row, caller.limits, tx.now) for row in found]


@operation("read_all_work_queues", access="read")
async def read_all_work_queues(
    tx: Transaction, caller: Caller, *, body: WorkQueueQuery
) -> list[WorkQueueResponse]:
    """The queues of all pools that meet the criteria."""
    page = statements.queues_page(filters.matching(body.work_queues), body.limit, body.offset)
    return [work_queue_answer(row, caller.limits, tx.now) for row in await tx.fetch_all(page)]


@operation("update_work_queue", access="write")
async def update_work_queue(
    tx: Transaction, caller: Caller, *, work_pool_name: str, name: str, body: WorkQueueUpdate
) -> None:
    """Change a queue of a pool."""
    await _update(tx, caller, await named.work_queue(tx, work_pool_name, name), body)


@operation("update_work_queue_by_id", access="write")
async def update_work_queue_by_id(
    tx: Transaction, caller: Caller, *, id: UUID, body: WorkQueueUpdate
) -> None:
    """Change a queue that is known by its id."""
    await _update(tx, caller, await _by_id(tx, id), body)


async def _update(tx: Transaction, caller: Caller, queue: Row, body: WorkQueueUpdate) -> None:
    columns = _changes(body)
    name: str = columns.get("name") or queue["name"]
    if name != queue["name"]:
        check_name(name, "work queue name")
        named_so = {"pool_name": queue["work_pool_name"], "queue_name": name}
        if await tx.fetch_one(statements.queue_by_names(), named_so):
            raise _taken(name, queue["work_pool_name"])
    await tx.execute(rows.update_by_id(work_queues), {"row_id": queue["id"], "updated": tx.now, **columns})
    changed(tx, "work_queues", queue["id"])
    pool = await named.work_pool(tx, queue["work_pool_name"])
    await emit(tx, caller, *event_sources.queue_updated(queue, pool, columns))
    tx.notify(POOL, str(queue["work_pool_id"]))


_MAY_BE_NULL = frozenset({"concurrency_limit", "last_polled", "filter"})


def _changes(body: WorkQueueUpdate) -> dict[str, Any]:
    given = {name: getattr(body, name) for name in body.__struct_fields__}
    return {
        name: value
        for name, value in given.items()
        if value is not UNSET and (value is not None or name in _MAY_BE_NULL)
    }


@operation("delete_work_queue", access="write")
async def delete_work_queue(tx: Transaction, caller: Caller, *, work_pool_name: str, name: str) -> None:
    """Delete a queue of a pool. Its deployments, and runs that wait, go to the pool's default queue."""
    await _delete(tx, caller, await named.work_queue(tx, work_pool_name, name))


@operation("delete_work_queue_by_id", access="write")
async def delete_work_queue_by_id(tx: Transaction, caller: Caller, *, id: UUID) -> None:
    """Delete a queue that is known by its id."""
    await _delete(tx, caller, await _by_id(tx, id))


async def _delete(tx: Transaction, caller: Caller, queue: Row) -> None:
    pool = await named.work_pool(tx, queue["work_pool_name"])
    default = pool["default_queue_id"]
    if default == queue["id"]:
        message = f"{queue['name']!r} is the default queue of the work pool {pool['name']!r}."
        raise Conflict(message, hint="Delete the pool, or pause the queue.")
    moved = {"old": queue["id"], "new": default}
    await tx.execute(statements.redirect_deployments(), moved)
    await tx.execute(statements.redirect_runs(), moved)
    await tx.execute(rows.delete_by_id(work_queues), {"row_id": queue["id"]})
    changed(tx, "work_queues", queue["id"])
    await emit(tx, caller, event_sources.queue(queue, pool, "deleted"))
    tx.notify(POOL, str(pool["id"]))


@operation("read_work_queue_concurrency_status", access="read")
async def read_work_queue_concurrency_status(
    tx: Transaction, caller: Caller, *, id: UUID, body: SlotPageQuery
) -> WorkQueueConcurrencyStatus:
    """What occupies a queue's slots."""
    queue = await _by_id(tx, id)
    count = queue["active_slots"]
    page = statements.slots_of_queue(id, body.limit, offset_of(body.page, body.limit))
    slots = await tx.fetch_all(page)
    return WorkQueueConcurrencyStatus(
        active_slots=count,
        concurrency_limit=queue["concurrency_limit"],
        flow_runs=[slot_answer(slot, tx.now) for slot in slots],
        count=count,
        limit=body.limit,
        pages=pages_of(count, body.limit),
        page=body.page,
    )


@operation("read_work_queue_status", access="read")
async def read_work_queue_status(tx: Transaction, caller: Caller, *, id: UUID) -> WorkQueueStatusDetail:
    """Whether a queue's runs are picked up in time."""
    queue, limits = await _by_id(tx, id), caller.limits
    late = int(await tx.fetch_value(due_runs.late_in_queue(id, tx.now - limits.late_after)))
    seconds = int(limits.queue_silence.total_seconds())
    policy = WorkQueueHealthPolicy(maximum_seconds_since_last_polled=seconds)
    is_polled = is_recent(queue["last_polled"], limits.queue_silence, tx.now)
    return WorkQueueStatusDetail(
        healthy=is_polled and late <= (policy.maximum_late_runs or 0),
        late_runs_count=late,
        last_polled=queue["last_polled"],
        health_check_policy=policy,
    )
