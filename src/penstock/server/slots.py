"""Slots of concurrency limits: taken, given back, and found to have run out.

Each of these locks the limits, counts, asks the domain, and writes, in one transaction.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Final
from uuid import UUID

from msgspec import Struct

from penstock.db.limit_tables import concurrency_limits, concurrency_slots
from penstock.db.port import Row, Transaction
from penstock.db.statements import limits as statements
from penstock.db.statements import rows
from penstock.domain.errors import Fenced
from penstock.domain.ids import new_id
from penstock.domain.limits import (
    Granted,
    Held,
    LimitFacts,
    Refused,
    SlotMode,
    acquire,
    give_back,
    usual_occupancy,
)
from penstock.server.caller import Caller
from penstock.server.changes import changed

SLOTS: Final = "slots"
"""Slots of a limit became free, or the limit was changed."""
_FULLEST = 2**53
"""How full a bucket can be said to be: a float counts one by one up to here."""


def slots_topic(name: str) -> str:
    """What those listen to who wait for slots of the limit of this name. A name is too long for a topic."""
    return f"{SLOTS}:{_digest(name)}"


def _digest(name: str) -> str:
    return blake2b(name.encode(), digest_size=12).hexdigest()


class Holder(Struct, frozen=True, kw_only=True):
    """Who takes slots, and how they come back."""

    lease_id: UUID
    lasts: timedelta | None = None
    """How long its lease is; None: it gives them back itself."""
    type: str | None = None
    id: UUID | None = None


class PlaceOfRun(Struct, frozen=True):
    """The slot that a flow run has of its deployment's limit while it has its lease."""

    limit_id: UUID
    run_id: UUID
    lease_id: UUID


class Taken(Struct, frozen=True):
    """Slots that were taken."""

    limits: tuple[LimitFacts, ...]
    """All that are known of those that were named, also those that are switched off; by name."""


async def take(
    tx: Transaction,
    caller: Caller,
    names: Iterable[str],
    slots: int,
    mode: SlotMode,
    holder: Holder | None,
    *,
    waits: bool = False,
) -> Taken | Refused:
    """Take slots of each of these limits, or of none.

    Args:
        holder: Keeps them; None: whoever asks says itself when to give them back.
        waits: Whether it has been refused before, and waits.

    Raises:
        InvalidInput: The limits never have so many slots, or are no rate limits.
        Fenced: The caller shows a lease on a flow run that it has no more.
    """
    flow_run_id = await _flow_run(tx, caller, holder)
    known = await lock(tx, names)
    verdict = acquire(known, slots, mode, tx.now, waits=waits)
    if isinstance(verdict, Refused) and await _end_forgotten(tx, caller, known):
        known = await facts(tx, await _locked_again(tx, known))
        verdict = acquire(known, slots, mode, tx.now, waits=waits)
    if isinstance(verdict, Refused):
        return verdict
    for limit in verdict.limits:
        if limit.decay:
            await _pour(tx, limit, slots)
    if holder is not None:
        await _hold(tx, verdict, slots, mode, holder, flow_run_id)
    elif mode is SlotMode.CONCURRENCY:
        for limit in verdict.limits:
            if not limit.decay:
                await hold_one(tx, limit.id, slots, Holder(lease_id=new_id(tx.now)), None)
    changed(tx, "concurrency_limits", *(limit.id for limit in verdict.limits))
    return Taken(known)


async def lock(tx: Transaction, names: Iterable[str]) -> tuple[LimitFacts, ...]:
    """The limits of these names that there are, by name, held by this transaction until it ends."""
    asked = sorted(set(names))
    if not asked:
        return ()
    return await facts(tx, await tx.fetch_all(statements.lock_by_names(), {"names": asked}))


async def _locked_again(tx: Transaction, known: Sequence[LimitFacts]) -> list[Row]:
    return await tx.fetch_all(statements.lock_by_ids(), {"row_ids": [limit.id for limit in known]})


async def facts(tx: Transaction, locked: Sequence[Row]) -> tuple[LimitFacts, ...]:
    """Limits with what is held of them, from rows that this transaction has locked."""
    if not locked:
        return ()
    found = await tx.fetch_all(statements.held(), {"row_ids": [row["id"] for row in locked]})
    held = {row["limit_id"]: int(row["held"]) for row in found}
    by_name = sorted(locked, key=lambda row: str(row["name"]))
    return tuple(limit_facts(row, held.get(row["id"], 0)) for row in by_name)


def limit_facts(row: Row, held: int) -> LimitFacts:
    """A limit, from a row of its table."""
    return LimitFacts(
        id=row["id"],
        name=row["name"],
        limit=row["limit"],
        is_active=row["active"],
        held=held,
        decay=row["slot_decay_per_second"],
        level=row["level"],
        level_at=row["level_at"],
        occupancy=row["occupancy_seconds"],
    )


async def _flow_run(tx: Transaction, caller: Caller, holder: Holder | None) -> UUID | None:
    """The flow run with whose end the slots are given back."""
    of_lease: UUID | None = None
    if caller.lease is not None:
        of_lease = await tx.fetch_value(statements.flow_run_of_lease(), {"lease": caller.lease})
        if of_lease is None:
            message = (
                "This process no longer owns its flow run: its lease was given back, taken over or expired."
            )
            raise Fenced(message, hint="It must stop; it gets no slots.")
    if holder is None or holder.id is None:
        return of_lease if holder is not None else None
    if holder.type == "flow_run":
        return holder.id
    if holder.type == "task_run":
        found = await tx.fetch_value(statements.flow_run_of_task_run(), {"run_id": holder.id})
        return found or of_lease
    return of_lease


async def _pour(tx: Transaction, limit: LimitFacts, slots: float) -> None:
    """Make the bucket of a limit fuller by so much, or emptier."""
    level = {"level": max(0.0, limit.taken(tx.now) + slots), "level_at": tx.now}
    await tx.execute(rows.update_by_id(concurrency_limits), {"row_id": limit.id, **level})


async def _hold(
    tx: Transaction, granted: Granted, slots: int, mode: SlotMode, holder: Holder, flow_run_id: UUID | None
) -> None:
    """Write what a lease holds. One that holds nothing is written too: it can be renewed like others."""
    held: list[UUID | None] = []
    if mode is SlotMode.CONCURRENCY:
        held += [limit.id for limit in granted.limits]
    for limit_id in held or [None]:
        await hold_one(tx, limit_id, slots, holder, flow_run_id)


async def hold_one(
    tx: Transaction, limit_id: UUID | None, slots: int, holder: Holder, flow_run_id: UUID | None
) -> None:
    """Write that somebody holds slots of a limit, which the caller has locked."""
    await tx.execute(rows.insert(concurrency_slots), _slot_row(tx, limit_id, slots, holder, flow_run_id))


def _slot_row(
    tx: Transaction, limit_id: UUID | None, slots: int, holder: Holder, flow_run_id: UUID | None
) -> Row:
    return {
        "id": new_id(tx.now),
        "lease_id": holder.lease_id,
        "limit_id": limit_id,
        "slots": slots,
        "holder_type": holder.type,
        "holder_id": holder.id,
        "flow_run_id": flow_run_id,
        "acquired": tx.now,
        "expires": None if holder.lasts is None else tx.now + holder.lasts,
    }


async def hold(tx: Transaction, caller: Caller, limit: LimitFacts, holder: Holder) -> None:
    """Give somebody a slot of a limit that the caller has locked, whether there is room or not."""
    if limit.decay:
        await _pour(tx, limit, 1)
    await hold_one(tx, limit.id, 1, holder, await _flow_run(tx, caller, holder))
    changed(tx, "concurrency_limits", limit.id)


async def hold_for_runs(tx: Transaction, places: Sequence[PlaceOfRun]) -> None:
    """Give flow runs slots of their deployments' limits, for as long as they have their leases."""
    if not places:
        return
    ids = sorted({place.limit_id for place in places})
    held: list[Row] = []
    for limit in await facts(tx, await tx.fetch_all(statements.lock_by_ids(), {"row_ids": ids})):
        of_limit = [place for place in places if place.limit_id == limit.id]
        if limit.decay:
            await _pour(tx, limit, len(of_limit))
        for place in of_limit:
            holder = Holder(lease_id=place.lease_id, type="flow_run", id=place.run_id)
            held.append(_slot_row(tx, limit.id, 1, holder, place.run_id))
        changed(tx, "concurrency_limits", limit.id)
    await tx.execute_many(rows.insert(concurrency_slots), held)


async def held_by(tx: Transaction, task_run_id: UUID, limits: Sequence[LimitFacts]) -> set[UUID]:
    """The ids of those of these limits of which a task run holds slots."""
    if not limits:
        return set()
    asked = {"run_id": task_run_id, "row_ids": [limit.id for limit in limits]}
    return {row["limit_id"] for row in await tx.fetch_all(statements.held_by(), asked)}


async def _end_forgotten(tx: Transaction, caller: Caller, limits: Sequence[LimitFacts]) -> bool:
    """End leases on these limits that ran out and that no sweeper has found: none may be running."""
    since = tx.now - timedelta(seconds=2 * caller.terms.sweep_every)
    asked = {"row_ids": [limit.id for limit in limits], "now": since}
    found = await tx.fetch_all(statements.expired_of(), asked)
    return await _end(tx, found, limits, expired_by=since) > 0


async def end(
    tx: Transaction, found: Sequence[Row], *, expired_by: datetime | None = None, is_usual: bool = True
) -> int:
    """Give back slots that were read; how many rows there were still.

    Args:
        expired_by: Only those whose leases have run out by then: they may be renewed meanwhile.
        is_usual: Whether it says something of how long slots are held.
    """
    if not found:
        return 0
    ids = sorted({row["limit_id"] for row in found if row["limit_id"] is not None})
    locked = await tx.fetch_all(statements.lock_by_ids(), {"row_ids": ids}) if ids else []
    limits = [limit_facts(row, 0) for row in locked]
    return await _end(tx, found, limits, expired_by=expired_by, is_usual=is_usual)


async def _end(
    tx: Transaction,
    found: Sequence[Row],
    locked: Sequence[LimitFacts],
    *,
    expired_by: datetime | None = None,
    is_usual: bool = True,
) -> int:
    if not found:
        return 0
    given = {"row_ids": [row["id"] for row in found]}
    if expired_by is None:
        ended = await tx.execute(statements.delete_slots(), given)
    else:
        ended = await tx.execute(statements.delete_expired(), given | {"now": expired_by})
    if ended:
        for limit in locked:
            of_limit = [row for row in found if row["limit_id"] == limit.id]
            await _freed(tx, limit, of_limit, learns=expired_by is None and is_usual)
        tell(tx, locked)
    return ended


async def _freed(tx: Transaction, limit: LimitFacts, freed: Sequence[Row], *, learns: bool) -> None:
    """Slots of a limit are free again: its bucket is emptier, and what is usual is learned from them."""
    columns: Row = {}
    if limit.decay:
        left = sum(_left(row, limit, tx.now) for row in freed)
        columns = {"level": max(0.0, limit.taken(tx.now) - left), "level_at": tx.now}
    if learns and freed:
        usual = limit.occupancy
        for row in freed:
            usual = usual_occupancy(usual, tx.now - row["acquired"])
        columns["occupancy_seconds"] = usual
    if columns:
        await tx.execute(rows.update_by_id(concurrency_limits), {"row_id": limit.id, **columns})


def _left(row: Row, limit: LimitFacts, now: datetime) -> float:
    """What has not flowed away yet of slots that are given back."""
    held: timedelta = now - row["acquired"]
    return max(0.0, int(row["slots"]) - limit.decay * held.total_seconds())


async def release(tx: Transaction, lease_id: UUID) -> int:
    """Give back what a lease holds; how many rows that were."""
    return await end(tx, await tx.fetch_all(statements.of_lease(), {"lease": lease_id}))


async def end_of_flow_runs(tx: Transaction, run_ids: Sequence[UUID]) -> int:
    """Give back what flow runs that have ended held, and their task runs."""
    return await end(tx, await tx.fetch_all(statements.of_flow_runs(), {"run_ids": list(run_ids)}))


async def return_unleased(
    tx: Transaction, names: Iterable[str], slots: int, occupancy: float | None
) -> tuple[LimitFacts, ...]:
    """Give back slots that were taken without a lease; the limits of these names that there are."""
    limits = await lock(tx, names)
    for limit in limits:
        if limit.decay:
            # Whoever gives back more than there is gives back all of it.
            await _pour(tx, limit, -min(slots, limit.taken(tx.now)))
        await _shrink(tx, limit, slots)
        if occupancy is not None:
            usual = usual_occupancy(limit.occupancy, timedelta(seconds=min(occupancy, 86_400)))
            await tx.execute(
                rows.update_by_id(concurrency_limits), {"row_id": limit.id, "occupancy_seconds": usual}
            )
    tell(tx, limits)
    return limits


async def _shrink(tx: Transaction, limit: LimitFacts, slots: int) -> None:
    found = await tx.fetch_all(statements.without_lease(), {"row_id": limit.id})
    shrunk = give_back([Held(row["id"], row["slots"]) for row in found], slots)
    if shrunk.gone:
        await tx.execute(statements.delete_slots(), {"row_ids": list(shrunk.gone)})
    if shrunk.left is not None:
        left = {"row_id": shrunk.left.id, "slots": shrunk.left.slots}
        await tx.execute(rows.update_by_id(concurrency_slots), left)


async def set_taken(tx: Transaction, limit: LimitFacts, slots: int) -> None:
    """Make so many slots be taken, whoever holds some. Leases live on, and may hold nothing then."""
    await tx.execute(statements.delete_unleased(), {"row_id": limit.id})
    if limit.decay:
        level = {"row_id": limit.id, "level": float(min(slots, _FULLEST)), "level_at": tx.now}
        await tx.execute(rows.update_by_id(concurrency_limits), level)
        return
    found = await tx.fetch_all(statements.held(), {"row_ids": [limit.id]})
    leased = int(found[0]["held"]) if found else 0
    if leased > slots:
        await tx.execute(statements.let_go(), {"row_id": limit.id})
        leased = 0
    if slots > leased:
        await hold_one(tx, limit.id, slots - leased, Holder(lease_id=new_id(tx.now)), None)


def tell(tx: Transaction, limits: Iterable[LimitFacts]) -> None:
    """Wake those who wait for slots of these limits, and tell pages."""
    for limit in limits:
        tx.notify(SLOTS, _digest(limit.name))
        changed(tx, "concurrency_limits", limit.id)
