"""Limits on how much runs at once: who occupies each, and who waits; and slots taken from who holds them."""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from msgspec import Struct

from penstock.contract.concurrency import MAX_SHOWN, ConcurrencyLimit, SlotHolder, SlotRelease
from penstock.contract.subjects import Subject
from penstock.db.port import Row, Transaction
from penstock.db.statements import capacity as statements
from penstock.db.statements import slot_holders
from penstock.domain.errors import NotFound
from penstock.domain.limits import after_release
from penstock.domain.waiting_facts import Usage
from penstock.server import held_limits, kept_limits, slots, waiting_places
from penstock.server.caller import Caller
from penstock.server.emitting import emit
from penstock.server.event_sources import lifecycles
from penstock.server.held_limits import by_owner, counted, waiting_run
from penstock.server.ops.registry import operation
from penstock.server.views.run_rows import run_brief

MAX_LIMITED_DEPLOYMENTS = 500

Kind = Literal["work_pool", "work_queue", "deployment"]


class _Limited(Struct, frozen=True):
    """A thing that has a limit."""

    kind: Kind
    subject: Subject
    usage: Usage


@operation("list_concurrency_limits", access="read")
async def list_concurrency_limits(tx: Transaction, caller: Caller) -> list[ConcurrencyLimit]:
    """All limits of pools, queues, deployments and tags, and those with a name, the fullest first."""
    limited = await _limited(tx, caller)
    found = await held_limits.fullest(tx)
    kinds: tuple[Kind, ...] = ("work_pool", "work_queue", "deployment")
    for kind in kinds:
        of_kind = [each for each in limited if each.kind == kind]
        if of_kind:
            found += await _with_runs(tx, kind, of_kind)
    return sorted(found, key=_fullness)


def _fullness(limit: ConcurrencyLimit) -> tuple[bool, float, int, str]:
    """The share that is free, those last that are switched off; of those alike, where most wait first."""
    free = (limit.limit - limit.active) / limit.limit if limit.limit else 0.0
    return not limit.is_on, free, -limit.waiting, limit.subject.name


async def _limited(tx: Transaction, caller: Caller) -> list[_Limited]:
    rows = await waiting_places.queues(tx, caller.limits)
    pools = {row["pool_id"]: waiting_places.pool_facts(row) for row in rows}.values()
    queues = [waiting_places.queue_facts(row) for row in rows if row["id"] is not None]
    asked = {"at_most": MAX_LIMITED_DEPLOYMENTS}
    of_deployments = await tx.fetch_all(statements.limited_deployments(), asked)
    deployments = [waiting_places.deployment_facts(row) for row in of_deployments]
    every = [
        *(_Limited("work_pool", pool.subject, pool.usage) for pool in pools),
        *(_Limited("work_queue", queue.subject, queue.usage) for queue in queues),
        *(_Limited("deployment", each.subject, each.usage) for each in deployments),
    ]
    return [each for each in every if each.usage.limit is not None]


async def _with_runs(tx: Transaction, kind: Kind, limited: Sequence[_Limited]) -> list[ConcurrencyLimit]:
    ids = [each.subject.id for each in limited]
    holders = by_owner(await tx.fetch_all(statements.holders(kind, ids, MAX_SHOWN)))
    waiters = by_owner(await tx.fetch_all(statements.waiters(kind, ids, tx.now, MAX_SHOWN)))
    return [
        ConcurrencyLimit(
            kind=kind,
            subject=each.subject,
            limit=each.usage.limit or 0,
            active=each.usage.taken,
            holding=each.usage.taken,
            waiting=counted(waiters.get(each.subject.id, ())),
            holders=[_holder(row, tx) for row in holders.get(each.subject.id, ())],
            waiters=[waiting_run(row, tx.now) for row in waiters.get(each.subject.id, ())],
        )
        for each in limited
    ]


def _holder(row: Row, tx: Transaction) -> SlotHolder:
    return SlotHolder(
        run=run_brief(row, tx.now),
        holder=row["holder"],
        since=row["acquired"],
        expires=row["expires"],
    )


@operation("read_limit_holders", access="read")
async def read_limit_holders(tx: Transaction, caller: Caller, *, id_or_name: str) -> ConcurrencyLimit:
    """One limit with a name, or of a tag, with who holds slots of it. Raises `NotFound`."""
    (limit,) = await held_limits.with_holders(tx, [await kept_limits.find(tx, id_or_name)])
    return limit


@operation("release_slot_holder", access="write")
async def release_slot_holder(tx: Transaction, caller: Caller, *, id_or_name: str, id: UUID) -> SlotRelease:
    """Take slots from who holds them. Raises `NotFound`, also where they are given back meanwhile."""
    limit = await kept_limits.find(tx, id_or_name)
    row = await tx.fetch_one(slot_holders.holder(), {"row_id": id, "limit_id": limit["id"]})
    if row is None or not await slots.end(tx, [held_limits.slots_row(row)], is_usual=False):
        message = f"Nobody holds the slots {id} of the concurrency limit {limit['name']!r}."
        raise NotFound(message, hint="They may have been given back a moment ago: look who holds slots now.")
    holder = held_limits.slot_holder(row, tx.now)
    await kept_limits.wake_deployments(tx, limit["id"])
    await emit(tx, caller, lifecycles.of_released_slots(limit, holder, caller.principal))
    return SlotRelease(
        limit=held_limits.limit_subject(limit["id"], limit["name"]),
        slots=holder.slots,
        text=after_release(
            is_leased=holder.expires is not None,
            holds_others=row["others"] > 0,
            is_known=row["slot_holder_id"] is not None,
        ),
    )
