"""Concurrency limits with a name: kept here, and taken from, with a wait or without."""

import asyncio
import contextlib
import time
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec import UNSET, Struct

from penstock.contract.global_limits import (
    AcquiredSlots,
    AcquireSlots,
    ConcurrencyLeaseHolder,
    ConcurrencyLimitV2,
    ConcurrencyLimitV2Create,
    ConcurrencyLimitV2Update,
    ConcurrencyLimitWithLeaseResponse,
    DecrementSlots,
    DecrementSlotsWithLease,
    GlobalConcurrencyLimitResponse,
    IncrementSlots,
    IncrementSlotsWithLease,
    LimitQuery,
    MinimalConcurrencyLimitResponse,
    RenewAcquiredSlots,
    RenewSlotLease,
)
from penstock.db.port import Database, Transaction
from penstock.db.statements import limits as statements
from penstock.domain.errors import Gone, SlotsTaken
from penstock.domain.ids import new_id
from penstock.domain.limits import LimitFacts, Refused
from penstock.server import kept_limits, slots
from penstock.server.bus import Bus
from penstock.server.caller import Caller
from penstock.server.ops.registry import operation
from penstock.server.slots import Holder, slots_topic
from penstock.server.waiting_lines import Ticket


@operation("create_global_limit", access="write")
async def create_global_limit(
    tx: Transaction, caller: Caller, *, body: ConcurrencyLimitV2Create
) -> ConcurrencyLimitV2:
    """Make a limit."""
    row = await kept_limits.add(
        tx, caller, body.name, body.limit, active=body.active, decay=body.slot_decay_per_second
    )
    if body.active_slots:
        await slots.set_taken(tx, slots.limit_facts(row, 0), body.active_slots)
    return ConcurrencyLimitV2(
        id=row["id"],
        created=tx.now,
        updated=tx.now,
        active=body.active,
        name=body.name,
        limit=body.limit,
        active_slots=body.active_slots,
        denied_slots=body.denied_slots,
        slot_decay_per_second=body.slot_decay_per_second,
    )


@operation("read_global_limit", access="read")
async def read_global_limit(
    tx: Transaction, caller: Caller, *, id_or_name: str
) -> GlobalConcurrencyLimitResponse:
    """One limit."""
    return kept_limits.limit_answer(await kept_limits.show(tx, id_or_name), tx.now)


@operation("read_global_limits", access="read")
async def read_global_limits(
    tx: Transaction, caller: Caller, *, body: LimitQuery
) -> list[GlobalConcurrencyLimitResponse]:
    """The limits by name, and after them those of deployments."""
    return [
        kept_limits.limit_answer(row, tx.now) for row in await kept_limits.page(tx, body.limit, body.offset)
    ]


@operation("update_global_limit", access="write")
async def update_global_limit(
    tx: Transaction, caller: Caller, *, id_or_name: str, body: ConcurrencyLimitV2Update
) -> None:
    """Change a limit."""
    found = await kept_limits.find(tx, id_or_name)
    await kept_limits.change(tx, caller, found["id"], _columns(body))
    if isinstance(body.active_slots, int):
        row = await tx.fetch_one(statements.by_id(), {"row_id": found["id"]})
        if row is not None:
            limit = slots.limit_facts(row, int(row["held"]))
            await slots.set_taken(tx, limit, body.active_slots)
            slots.tell(tx, [limit])


def _columns(body: ConcurrencyLimitV2Update) -> dict[str, Any]:
    named = ("active", "name", "limit", "slot_decay_per_second")
    given = {name: getattr(body, name) for name in named}
    return {name: value for name, value in given.items() if value is not UNSET and value is not None}


@operation("delete_global_limit", access="write")
async def delete_global_limit(tx: Transaction, caller: Caller, *, id_or_name: str) -> None:
    """Delete a limit."""
    await kept_limits.delete(tx, caller, await kept_limits.find(tx, id_or_name))


@operation("increment_slots", access="write")
async def increment_slots(
    tx: Transaction, caller: Caller, *, body: IncrementSlots
) -> list[MinimalConcurrencyLimitResponse]:
    """Take slots until somebody gives them back.

    Raises:
        SlotsTaken: There is no room.
    """
    taken = _or_raise(await slots.take(tx, caller, body.names, body.slots, body.mode, None))
    return _minimal(taken.limits)


@operation("increment_slots_with_lease", access="write")
async def increment_slots_with_lease(
    tx: Transaction, caller: Caller, *, body: IncrementSlotsWithLease
) -> ConcurrencyLimitWithLeaseResponse:
    """Take slots under a lease.

    Raises:
        SlotsTaken: There is no room.
        Fenced: The caller's run is another's.
    """
    holder = _holder(new_id(tx.now), body.lease_duration, body.holder)
    taken = _or_raise(await slots.take(tx, caller, body.names, body.slots, body.mode, holder))
    return ConcurrencyLimitWithLeaseResponse(lease_id=holder.lease_id, limits=_minimal(taken.limits))


def _holder(lease_id: UUID, seconds: float, given: ConcurrencyLeaseHolder | None) -> Holder:
    lasts = timedelta(seconds=seconds)
    if given is None:
        return Holder(lease_id=lease_id, lasts=lasts)
    return Holder(lease_id=lease_id, lasts=lasts, type=given.type, id=given.id)


def _or_raise(verdict: slots.Taken | Refused) -> slots.Taken:
    if isinstance(verdict, Refused):
        raise SlotsTaken(verdict.reason, retry_after=verdict.retry_after, detail={"limit": verdict.limit})
    return verdict


def _minimal(limits: Iterable[LimitFacts]) -> list[MinimalConcurrencyLimitResponse]:
    return [MinimalConcurrencyLimitResponse(id=each.id, name=each.name, limit=each.limit) for each in limits]


@operation("decrement_slots", access="write")
async def decrement_slots(
    tx: Transaction, caller: Caller, *, body: DecrementSlots
) -> list[MinimalConcurrencyLimitResponse]:
    """Give back slots that were taken without a lease."""
    limits = await slots.return_unleased(tx, body.names, body.slots, body.occupancy_seconds)
    return _minimal(limits)


@operation("decrement_slots_with_lease", access="write")
async def decrement_slots_with_lease(
    tx: Transaction, caller: Caller, *, body: DecrementSlotsWithLease
) -> None:
    """Give back the slots of a lease."""
    await slots.release(tx, body.lease_id)


@operation("renew_slot_lease", access="write")
async def renew_slot_lease(tx: Transaction, caller: Caller, *, lease_id: UUID, body: RenewSlotLease) -> None:
    """Hold the slots of a lease longer. Raises `Gone`."""
    await _renew(tx, lease_id, body.lease_duration)


@operation("hold_slots", access="write")
async def hold_slots(tx: Transaction, caller: Caller, *, lease_id: UUID, body: RenewAcquiredSlots) -> None:
    """Hold the slots of a lease longer. Raises `Gone`."""
    await _renew(tx, lease_id, body.lease_duration)


async def _renew(tx: Transaction, lease_id: UUID, seconds: float) -> None:
    until = tx.now + timedelta(seconds=seconds)
    if not await tx.execute(statements.renew(), {"lease": lease_id, "until": until}):
        message = f"The lease {lease_id} holds no slots any more: it was given back, or it ran out."
        raise Gone(message, hint="Whoever works under it may not be alone.")


class _Look(Struct, frozen=True):
    """What a look for room found."""

    verdict: slots.Taken | Refused
    now: datetime


@operation("acquire_slots", access="poll")
async def acquire_slots(db: Database, bus: Bus, caller: Caller, *, body: AcquireSlots) -> AcquiredSlots:
    """Take slots under a lease, and wait for them: first come, first served."""
    ends = time.monotonic() + body.wait_seconds
    names = sorted(set(body.names))
    since = body.waiting_since
    if since is None and bus.lines.is_empty(names):
        found = await _look(db, caller, body, waits=False)
        if not isinstance(found.verdict, Refused) or body.wait_seconds <= 0:
            return _answer(found, found.now)
        since = found.now
    if since is None:
        since = await db.read(_now)
    with bus.lines.joined(names, since) as ticket:
        return await _wait(db, bus, caller, body, ticket, ends)


async def _now(tx: Transaction) -> datetime:
    return tx.now


async def _wait(
    db: Database, bus: Bus, caller: Caller, body: AcquireSlots, ticket: Ticket, ends: float
) -> AcquiredSlots:
    """Look whether there is room whenever there may be some, while it is this one's turn."""
    since = ticket.order[0]
    while True:
        if not bus.lines.is_first(ticket):
            left = ends - time.monotonic()
            if left <= 0:
                reason = "Others have waited longer for it."
                return AcquiredSlots(granted=False, waiting_since=since, reason=reason)
            await ticket.called(left)
            continue
        with bus.listening(*map(slots_topic, ticket.names)) as bell:
            # Somebody who has waited longer may come and ask again.
            while bus.lines.is_first(ticket):
                found = await _look(db, caller, body, waits=body.waiting_since is not None)
                left = ends - time.monotonic()
                if not isinstance(found.verdict, Refused) or left <= 0:
                    return _answer(found, since)
                await bell.wait(min(left, found.verdict.retry_after))


def _answer(found: _Look, since: datetime) -> AcquiredSlots:
    verdict = found.verdict
    if isinstance(verdict, Refused):
        return AcquiredSlots(
            granted=False, waiting_since=since, retry_after=verdict.retry_after, reason=verdict.reason
        )
    return AcquiredSlots(granted=True, limits=_minimal(verdict.limits))


async def _look(db: Database, caller: Caller, body: AcquireSlots, *, waits: bool) -> _Look:
    """Take the slots if there is room. What is taken for somebody who hangs up meanwhile is given back."""
    looking = asyncio.ensure_future(db.write(lambda tx: _take(tx, caller, body, waits=waits)))
    try:
        return await asyncio.shield(looking)
    except asyncio.CancelledError:
        with contextlib.suppress(Exception):
            await looking
            await db.write(lambda tx: slots.release(tx, body.lease_id))
        raise


async def _take(tx: Transaction, caller: Caller, body: AcquireSlots, *, waits: bool) -> _Look:
    if await tx.fetch_one(statements.of_lease(), {"lease": body.lease_id}):
        # Its answer was lost on the way.
        return _Look(slots.Taken(await _known(tx, body.names)), tx.now)
    holder = _holder(body.lease_id, body.lease_duration, body.holder)
    verdict = await slots.take(tx, caller, body.names, body.slots, body.mode, holder, waits=waits)
    return _Look(verdict, tx.now)


async def _known(tx: Transaction, names: Sequence[str]) -> tuple[LimitFacts, ...]:
    return await slots.lock(tx, names)
