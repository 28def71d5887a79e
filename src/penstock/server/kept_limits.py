"""Concurrency limits as they are kept: found, made, changed and deleted, for all who name them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from penstock.contract.global_limits import GlobalConcurrencyLimitResponse
from penstock.db.errors import UniqueViolation
from penstock.db.limit_tables import concurrency_limits
from penstock.db.port import Row, Transaction
from penstock.db.statements import limits as statements
from penstock.db.statements import rows
from penstock.domain.errors import AlreadyExists, NotFound
from penstock.domain.ids import new_id
from penstock.domain.limits import TAG, USUAL_OCCUPANCY, tag_of
from penstock.domain.names import did_you_mean
from penstock.server import runs, slots
from penstock.server.caller import Caller
from penstock.server.changes import changed
from penstock.server.emitting import emit
from penstock.server.event_sources import lifecycles

_DEPLOYMENT = "deployment:"
_NAMED = 200
"""So many names are looked through for the one that was meant."""


async def show(tx: Transaction, id_or_name: str) -> Row:
    """A limit with what is held of it, also of a deployment. Raises `NotFound`."""
    if (id := _as_id(id_or_name.removeprefix(_DEPLOYMENT))) is not None:
        row = await tx.fetch_one(statements.of_deployment(), {"row_id": id})
        if row is not None:
            return _of_deployment(row)
    return await find(tx, id_or_name)


async def page(tx: Transaction, at_most: int, offset: int) -> list[Row]:
    """Limits by name, and after them those of deployments."""
    found = await tx.fetch_all(statements.page("", at_most, offset))
    if len(found) < at_most:
        others = max(0, offset - int(await tx.fetch_value(statements.count())))
        asked = statements.of_deployments(at_most - len(found), others)
        found += [_of_deployment(row) for row in await tx.fetch_all(asked)]
    return found


def _of_deployment(row: Row) -> Row:
    """A deployment's own limit in the shape of the others."""
    always = {"active": True, "slot_decay_per_second": 0.0, "level": 0.0, "level_at": None}
    return row | always | {"name": f"{_DEPLOYMENT}{row['id']}", "occupancy_seconds": USUAL_OCCUPANCY}


async def find(tx: Transaction, id_or_name: str) -> Row:
    """A limit with what is held of it. Raises `NotFound`."""
    if id_or_name.startswith(_DEPLOYMENT):
        message = f"The limit {id_or_name!r} is a deployment's own."
        raise NotFound(message, hint="Change the deployment's concurrency_limit.")
    row = None
    if (id := _as_id(id_or_name)) is not None:
        row = await tx.fetch_one(statements.by_id(), {"row_id": id})
    row = row or await tx.fetch_one(statements.by_name(), {"name": id_or_name})
    if row is None:
        names = [each["name"] for each in await tx.fetch_all(statements.page("", _NAMED, 0))]
        message = f"There is no concurrency limit {id_or_name!r}."
        raise NotFound(message, hint=did_you_mean(id_or_name, names) or None)
    return row


def _as_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


async def find_tag(tx: Transaction, tag: str) -> Row:
    """The limit of a tag. Raises `NotFound`."""
    row = await tx.fetch_one(statements.by_name(), {"name": f"{TAG}{tag}"})
    return _found_tag(row, repr(tag))


async def find_tag_by_id(tx: Transaction, id: UUID) -> Row:
    """The limit of a tag, by its id. Raises `NotFound`, also where the limit is no tag's."""
    row = await tx.fetch_one(statements.by_id(), {"row_id": id})
    return _found_tag(row if row is not None and tag_of(row["name"]) is not None else None, str(id))


def _found_tag(row: Row | None, what: str) -> Row:
    if row is None:
        message = f"There is no concurrency limit of the tag {what}."
        raise NotFound(message)
    return row


async def add(
    tx: Transaction, caller: Caller, name: str, limit: int, *, active: bool = True, decay: float = 0.0
) -> Row:
    """Make a limit. Raises `AlreadyExists`."""
    row: Row = {
        "id": new_id(tx.now),
        "created": tx.now,
        "updated": tx.now,
        "name": name,
        "limit": limit,
        "active": active,
        "slot_decay_per_second": decay,
    }
    if not await tx.execute(statements.add(), row):
        raise _taken(name)
    await _tell(tx, caller, row, "created")
    return row | {"level": 0.0, "level_at": None, "occupancy_seconds": USUAL_OCCUPANCY, "held": 0}


def _taken(name: str) -> AlreadyExists:
    message = f"There is a concurrency limit {name!r} already."
    return AlreadyExists(message, hint="Change it, or choose another name.")


async def change(tx: Transaction, caller: Caller, id: UUID, columns: dict[str, Any]) -> None:
    """Change a limit. Whoever holds slots keeps them. Raises `AlreadyExists`, `NotFound`."""
    locked = await tx.fetch_all(statements.lock_by_ids(), {"row_ids": [id]})
    if not locked:
        message = f"The concurrency limit {id} was deleted a moment ago."
        raise NotFound(message)
    (before,) = await slots.facts(tx, locked)
    said = dict(columns)
    if (decay := columns.get("slot_decay_per_second", before.decay)) != before.decay and decay:
        columns = columns | {"level": float(before.taken(tx.now)), "level_at": tx.now}
    try:
        async with tx.savepoint():
            await tx.execute(
                rows.update_by_id(concurrency_limits), {"row_id": id, "updated": tx.now, **columns}
            )
    except UniqueViolation:
        raise _taken(said["name"]) from None
    after = locked[0] | said
    slots.tell(tx, [before, slots.limit_facts(after, before.held)])
    await wake_deployments(tx, id)
    await _tell(tx, caller, after, "updated")


async def delete(tx: Transaction, caller: Caller, row: Row) -> None:
    """Delete a limit. Who holds slots of it goes on, who waits for some begins."""
    await wake_deployments(tx, row["id"])
    await tx.execute(rows.delete_by_id(concurrency_limits), {"row_id": row["id"]})
    await tx.execute(statements.forget_in_deployments(), {"row_id": row["id"]})
    slots.tell(tx, [slots.limit_facts(row, 0)])
    await _tell(tx, caller, row, "deleted")


async def wake_deployments(tx: Transaction, id: UUID) -> None:
    """Wake those who look for runs of the deployments that share a limit: there may be room for some."""
    for row in await tx.fetch_all(statements.sharing(), {"row_id": id}):
        runs.wake(tx, row["work_pool_id"], row["id"])


async def _tell(tx: Transaction, caller: Caller, row: Row, change: lifecycles.Change) -> None:
    changed(tx, "concurrency_limits", row["id"])
    await emit(tx, caller, lifecycles.of_concurrency_limit(row, change))


def limit_answer(row: Row, now: datetime) -> GlobalConcurrencyLimitResponse:
    """A limit as answers show it, from a row with what is held."""
    taken = slots.limit_facts(row, int(row["held"])).taken(now)
    return GlobalConcurrencyLimitResponse(
        id=row["id"],
        created=row["created"],
        updated=row["updated"],
        active=row["active"],
        name=row["name"],
        limit=row["limit"],
        active_slots=round(taken),
        slot_decay_per_second=row["slot_decay_per_second"],
    )
