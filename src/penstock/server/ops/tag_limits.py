"""Concurrency limits of tags, and the slots that clients take for their task runs themselves."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from penstock.contract.endpoint import Upserted
from penstock.contract.global_limits import LimitQuery, MinimalConcurrencyLimitResponse
from penstock.contract.tag_limits import TagLimit, TagLimitCreate, TagLimitReset, TaskRunSlots
from penstock.db.port import Row, Transaction
from penstock.db.statements import limits as statements
from penstock.domain.errors import SlotsTaken
from penstock.domain.ids import new_id
from penstock.domain.limits import TAG, Refused, SlotMode, tag_limit, tag_of
from penstock.server import kept_limits, slots
from penstock.server.caller import Caller
from penstock.server.ops.registry import operation
from penstock.server.slots import Holder


@operation("create_tag_limit", access="write")
async def create_tag_limit(tx: Transaction, caller: Caller, *, body: TagLimitCreate) -> Upserted[TagLimit]:
    """Make the limit of a tag, or set it anew."""
    name = tag_limit(body.tag)
    known = await tx.fetch_one(statements.by_name(), {"name": name})
    if known is None:
        row = await kept_limits.add(tx, caller, name, body.concurrency_limit)
        return Upserted((await _answers(tx, [row]))[0], created=True)
    await kept_limits.change(tx, caller, known["id"], {"limit": body.concurrency_limit})
    row = await kept_limits.find_tag(tx, body.tag)
    return Upserted((await _answers(tx, [row]))[0], created=False)


async def _answers(tx: Transaction, limits: Sequence[Row]) -> list[TagLimit]:
    if not limits:
        return []
    held: defaultdict[UUID, list[UUID]] = defaultdict(list)
    for row in await tx.fetch_all(statements.holders(), {"row_ids": [limit["id"] for limit in limits]}):
        held[row["limit_id"]].append(row["holder_id"])
    return [
        TagLimit(
            id=row["id"],
            created=row["created"],
            updated=row["updated"],
            tag=tag_of(row["name"]) or "",
            concurrency_limit=row["limit"],
            active_slots=held[row["id"]],
        )
        for row in limits
    ]


@operation("read_tag_limit", access="read")
async def read_tag_limit(tx: Transaction, caller: Caller, *, id: UUID) -> TagLimit:
    """One limit, by its id."""
    return (await _answers(tx, [await kept_limits.find_tag_by_id(tx, id)]))[0]


@operation("read_tag_limit_by_tag", access="read")
async def read_tag_limit_by_tag(tx: Transaction, caller: Caller, *, tag: str) -> TagLimit:
    """The limit of a tag."""
    return (await _answers(tx, [await kept_limits.find_tag(tx, tag)]))[0]


@operation("read_tag_limits", access="read")
async def read_tag_limits(tx: Transaction, caller: Caller, *, body: LimitQuery) -> list[TagLimit]:
    """The limits of tags, by tag."""
    return await _answers(tx, await tx.fetch_all(statements.page(TAG, body.limit, body.offset)))


@operation("delete_tag_limit", access="write")
async def delete_tag_limit(tx: Transaction, caller: Caller, *, id: UUID) -> None:
    """Delete a limit that is known by its id."""
    await kept_limits.delete(tx, caller, await kept_limits.find_tag_by_id(tx, id))


@operation("delete_tag_limit_by_tag", access="write")
async def delete_tag_limit_by_tag(tx: Transaction, caller: Caller, *, tag: str) -> None:
    """Delete the limit of a tag."""
    await kept_limits.delete(tx, caller, await kept_limits.find_tag(tx, tag))


@operation("reset_tag_limit", access="write")
async def reset_tag_limit(tx: Transaction, caller: Caller, *, tag: str, body: TagLimitReset) -> None:
    """Say which task runs hold slots; the leases of others live on, and hold nothing."""
    await kept_limits.find_tag(tx, tag)
    for limit in await slots.lock(tx, [tag_limit(tag)]):
        await slots.set_taken(tx, limit, 0)
        for run_id in dict.fromkeys(body.slot_override or ()):
            holder = Holder(lease_id=new_id(tx.now), type="task_run", id=run_id)
            await slots.hold(tx, caller, limit, holder)
        slots.tell(tx, [limit])


@operation("increment_tag_slots", access="write")
async def increment_tag_slots(
    tx: Transaction, caller: Caller, *, body: TaskRunSlots
) -> list[MinimalConcurrencyLimitResponse]:
    """Take a slot of each tag's limit for a task run, or none.

    Raises:
        SlotsTaken: There is no room.
    """
    limits = await slots.lock(tx, map(tag_limit, body.names))
    held = await slots.held_by(tx, body.task_run_id, limits)
    missing = [limit.name for limit in limits if limit.id not in held]
    if missing:
        holder = Holder(lease_id=new_id(tx.now), type="task_run", id=body.task_run_id)
        taken = await slots.take(tx, caller, missing, 1, SlotMode.CONCURRENCY, holder)
        if isinstance(taken, Refused):
            raise SlotsTaken(taken.reason, retry_after=taken.retry_after, detail={"limit": taken.limit})
    return _minimal(limits)


@operation("decrement_tag_slots", access="write")
async def decrement_tag_slots(
    tx: Transaction, caller: Caller, *, body: TaskRunSlots
) -> list[MinimalConcurrencyLimitResponse]:
    """Give back the slots that a task run holds of the limits of these tags."""
    limits = await slots.lock(tx, map(tag_limit, body.names))
    ids = {limit.id for limit in limits}
    found = await tx.fetch_all(statements.of_holder(), {"run_id": body.task_run_id})
    await slots.end(tx, [row for row in found if row["limit_id"] in ids])
    return _minimal(limits)


def _minimal(limits: Any) -> list[MinimalConcurrencyLimitResponse]:
    return [
        MinimalConcurrencyLimitResponse(id=each.id, name=tag_of(each.name) or each.name, limit=each.limit)
        for each in limits
    ]
