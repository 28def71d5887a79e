"""What happened is told: an event is written in the transaction of what it tells of.

So nothing that was undone is told, and nothing that was done is kept quiet.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from penstock.db.errors import UniqueViolation
from penstock.db.port import Row, Transaction
from penstock.db.statements import events as statements
from penstock.domain.events import ID, ROLE, Event, Labels, NewEvent, resource_id
from penstock.domain.ids import new_id
from penstock.server.caller import Caller
from penstock.server.changes import ALL, changed
from penstock.server.event_sources.resources import DEPTH
from penstock.server.metrics import counted

EVENTS: Final = "events"
"""The topic that is rung when automations have events to look at."""

_MOMENT = timedelta(microseconds=1)
_TOLD = 20
"""Ids of more new events than these are not told to pages."""


async def emit(
    tx: Transaction, caller: Caller | None, *events: NewEvent, is_listened_to: bool | None = None
) -> None:
    """Write events of the server's own, and put them out for the automations.

    Args:
        caller: Who brought it about; one that acts for an automation is named in the events.
        is_listened_to: Whether an automation is enabled, where that was looked up in this transaction.
    """
    written = [_complete(tx, caller, event, number * _MOMENT) for number, event in enumerate(events)]
    if written:
        await write(tx, written, is_listened_to=is_listened_to)


async def write(tx: Transaction, events: Sequence[Event], *, is_listened_to: bool | None = None) -> None:
    """Write events whose ids nobody has used yet. See `put_out`."""
    events = _received(tx, events)
    await tx.execute_many(statements.add(), [_row(event) for event in events])
    await _tell(tx, events, is_listened_to)


def _received(tx: Transaction, events: Sequence[Event]) -> list[Event]:
    """The events, each received a moment after the one before: that is the order of the outbox too."""
    return [replace(event, received=tx.tick()) for event in events]


async def _tell(tx: Transaction, events: Sequence[Event], is_listened_to: bool | None = None) -> None:
    if events:
        parts = [row for event in events for row in _resource_rows(event)]
        await tx.execute_many(statements.add_resource(), parts)
        await put_out(tx, [event.id for event in events], is_listened_to=is_listened_to)


async def accept(tx: Transaction, events: Sequence[Event]) -> int:
    """Write events that came from outside, but for those that are there already; how many were new."""
    by_id = {event.id: event for event in reversed(events)}
    given = list(by_id)
    known = {row["id"] for row in await tx.fetch_all(statements.known(given))} if given else set()
    new = [event for id, event in reversed(by_id.items()) if id not in known]
    if not new:
        return 0
    try:
        async with tx.savepoint():
            await write(tx, new)
    except UniqueViolation:
        # Somebody sends the same at this moment.
        fresh = _received(tx, new)
        added = [event for event in fresh if await tx.execute(statements.add_new(), _row(event))]
        await _tell(tx, added)
        counted.events(tx, "accepted", len(added))
        return len(added)
    counted.events(tx, "accepted", len(new))
    return len(new)


async def put_out(tx: Transaction, ids: Sequence[UUID], *, is_listened_to: bool | None = None) -> None:
    """Have automations look at events that are there, and pages hear of them.

    Args:
        is_listened_to: Whether an automation is enabled, where that was looked up in this transaction.
    """
    if not ids:
        return
    if is_listened_to is None:
        is_listened_to = bool(await tx.fetch_value(statements.automation_listens()))
    if is_listened_to:
        await tx.execute_many(statements.put_out(), [{"event_id": id} for id in ids])
        tx.notify(EVENTS)
    changed(tx, "events", *(ids if len(ids) <= _TOLD else [ALL]))


def _complete(tx: Transaction, caller: Caller | None, new: NewEvent, later: timedelta) -> Event:
    return Event(
        id=new.id or new_id(tx.now),
        occurred=new.occurred or tx.now + later,
        received=tx.now,
        event=new.event,
        resource=new.resource,
        related=_with_cause(caller, new.related),
        payload=new.payload,
        follows=new.follows,
    )


def _with_cause(caller: Caller | None, related: list[Labels]) -> list[Labels]:
    """The related resources, and the automation behind this with its depth, where there is one."""
    if caller is None or not caller.depth or caller.automation_id is None:
        return related
    cause = {ID: resource_id("automation", caller.automation_id), ROLE: "creator", DEPTH: str(caller.depth)}
    known = [each for each in related if (each[ID], each[ROLE]) == (cause[ID], cause[ROLE])]
    others = [each for each in related if each not in known]
    return [*others, {**(known[0] if known else {}), **cause}]


def _row(event: Event) -> Row:
    return {
        "id": event.id,
        "occurred": event.occurred,
        "received": event.received,
        "event": event.event,
        "resource_id": event.resource_id,
        "resource": event.resource,
        "related": event.related,
        "payload": event.payload,
        "follows": event.follows,
    }


def _resource_rows(event: Event) -> list[Row]:
    hashes = {statements.resource_hash(resource[ID]) for resource in event.resources()}
    place = {"occurred": event.occurred, "event_id": event.id}
    return [{"resource_hash": number, **place} for number in sorted(hashes)]
