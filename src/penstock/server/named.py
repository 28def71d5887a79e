"""Things that requests name: found, or refused with the nearest name that there is."""

from uuid import UUID

from penstock.db.port import Row, Transaction
from penstock.db.statements import deployments, flows, work_pools
from penstock.domain.errors import NotFound
from penstock.domain.names import did_you_mean


def found(row: Row | None, what: str, key: object) -> Row:
    """The row, or `NotFound` that names what was looked for."""
    if row is None:
        shown = str(key) if isinstance(key, UUID) else repr(key)
        message = f"There is no {what} {shown}."
        raise NotFound(message)
    return row


async def work_pool(tx: Transaction, name: str) -> Row:
    """A work pool by its name."""
    row = await tx.fetch_one(work_pools.pool_by_name(), {"name": name})
    if row is None:
        raise await _no_pool(tx, name)
    return row


async def work_queue(tx: Transaction, pool_name: str, name: str) -> Row:
    """A queue of a pool, both by their names."""
    named = {"pool_name": pool_name, "queue_name": name}
    row = await tx.fetch_one(work_pools.queue_by_names(), named)
    if row is None:
        await work_pool(tx, pool_name)
        raise await _no_queue(tx, pool_name, name)
    return row


async def destination(tx: Transaction, pool_name: str, queue_name: str | None) -> Row:
    """Where runs go that ask for a pool, and maybe for one of its queues."""
    named = {"pool_name": pool_name, "queue_name": queue_name}
    row = await tx.fetch_one(work_pools.destination(), named)
    if row is None:
        raise await _no_pool(tx, pool_name)
    if row["work_queue_id"] is None:
        raise await _no_queue(tx, pool_name, queue_name or "default")
    return row


async def deployment(tx: Transaction, flow_name: str, name: str) -> Row:
    """A deployment by its flow's name and its own."""
    named = {"flow_name": flow_name, "deployment_name": name}
    row = await tx.fetch_one(deployments.by_names(), named)
    if row is None:
        others = await tx.fetch_all(deployments.names_of_flow(), {"flow_name": flow_name})
        candidates = [f"{flow_name}/{other['name']}" for other in others]
        message = f"There is no deployment {f'{flow_name}/{name}'!r}."
        raise NotFound(message, hint=did_you_mean(f"{flow_name}/{name}", candidates) or None)
    return row


async def flow(tx: Transaction, flow_id: UUID) -> Row:
    """A flow by its id."""
    return found(await tx.fetch_one(flows.by_id(), {"row_id": flow_id}), "flow", flow_id)


async def _no_pool(tx: Transaction, name: str) -> NotFound:
    names = [row["name"] for row in await tx.fetch_all(work_pools.pool_names())]
    hint = did_you_mean(name, names) or f"Make it: penstock work-pool create {name!r} --type process"
    message = f"There is no work pool {name!r}."
    return NotFound(message, hint=hint)


async def _no_queue(tx: Transaction, pool_name: str, name: str) -> NotFound:
    rows = await tx.fetch_all(work_pools.queue_names(), {"pool_name": pool_name})
    message = f"The work pool {pool_name!r} has no queue {name!r}."
    return NotFound(message, hint=did_you_mean(name, [row["name"] for row in rows]) or None)
