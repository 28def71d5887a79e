"""A work pool comes into being, with the queue that its runs go to when nobody says otherwise."""

from typing import Any
from uuid import UUID

from penstock.db.place_tables import work_pools, work_queues
from penstock.db.port import Transaction
from penstock.db.statements import rows
from penstock.domain.ids import new_id
from penstock.server.caller import Caller
from penstock.server.changes import changed
from penstock.server.emitting import emit
from penstock.server.event_sources import work_pools as work_pools_events

DEFAULT_QUEUE = "default"


async def make(tx: Transaction, caller: Caller, **columns: Any) -> UUID:
    """Make a pool with these columns and its queue `default`; the pool's id."""
    pool_id, queue_id = new_id(tx.now), new_id(tx.now)
    dated = {"created": tx.now, "updated": tx.now}
    pool = {"id": pool_id, **dated, "default_queue_id": queue_id, **columns}
    await tx.execute(rows.insert(work_pools), pool)
    queue = {"id": queue_id, **dated, "work_pool_id": pool_id, "name": DEFAULT_QUEUE, "priority": 1}
    await tx.execute(rows.insert(work_queues), queue)
    changed(tx, "work_pools", pool_id)
    changed(tx, "work_queues", queue_id)
    told = work_pools_events.pool(pool, "created"), work_pools_events.queue(queue, pool, "created")
    await emit(tx, caller, *told)
    return pool_id
