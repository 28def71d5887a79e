"""Events: taken in, found, counted."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec

from penstock.contract.events import (
    MAX_EVENTS_PAGE,
    Countable,
    Event,
    EventCount,
    EventCountQuery,
    EventFilter,
    EventPage,
    EventQuery,
    ReceivedEvent,
)
from penstock.db.port import Transaction
from penstock.domain import events as domain
from penstock.domain.cursors import from_cursor, to_cursor
from penstock.domain.errors import InvalidInput, TooLarge
from penstock.domain.moments import Moment
from penstock.server import emitting, event_causes, event_counts, event_reading, named
from penstock.server.caller import Caller
from penstock.server.ops.registry import operation
from penstock.server.text import without_nul
from penstock.server.told_task_runs import record_told

_ORDER = "events"


@operation("create_events", access="write")
async def create_events(tx: Transaction, caller: Caller, *, body: list[Event]) -> None:
    """Take in events; those that are there already stay as they are.

    Those by which a process tells of its task runs are recorded as states of these. NUL becomes U+FFFD.

    Raises:
        InvalidInput: One of them can't be kept; `field` has its place. Nothing is kept then.
        TooLarge: One of them is larger than this server takes.
    """
    events = [without_nul(_received(event, tx)) for event in body]
    for index, event in enumerate(events):
        _check(event, index, tx, caller)
    others = await record_told(tx, caller, events)
    await emitting.accept(tx, await event_causes.with_causes(tx, others))


def _received(event: Event, tx: Transaction) -> domain.Event:
    said = {name: getattr(event, name) for name in event.__struct_fields__}
    return domain.Event(**said, received=tx.now)


def _check(event: domain.Event, index: int, tx: Transaction, caller: Caller) -> None:
    limits = caller.limits.events
    try:
        domain.check_event(event, limits, tx.now)
        size = len(msgspec.json.encode(event))
        if size > limits.size:
            raise TooLarge(f"An event has at most {limits.size:,} bytes, and this one has {size:,}.")
    except InvalidInput as error:
        error.field = f"{index}.{error.field}" if error.field else str(index)
        error.message = f"Event {index} of the batch: {error.message}"
        raise
    except TooLarge as error:
        error.message = f"Event {index} of the batch: {error.message}"
        raise


@operation("read_event", access="read")
async def read_event(tx: Transaction, caller: Caller, *, id: UUID) -> ReceivedEvent:
    """One event."""
    found = await event_reading.of_ids(tx, [id])
    if not found:
        named.found(None, "event", id)
    return event_answer(found[0])


def event_answer(event: domain.Event) -> ReceivedEvent:
    """An event as answers show it."""
    said: dict[str, Any] = {name: getattr(event, name) for name in event.__struct_fields__}
    return ReceivedEvent(**said | {"received": event.received or event.occurred})


class _Continuation(msgspec.Struct, frozen=True):
    """Where a page ended, and what was asked for."""

    filter: EventFilter
    limit: int
    total: int
    occurred: Moment
    id: UUID


@operation("read_events", access="read")
async def read_events(tx: Transaction, caller: Caller, *, body: EventQuery) -> EventPage:
    """The first events that meet the filter."""
    filter = body.filter or EventFilter()
    total = await event_reading.count(tx, filter)
    return await _page(tx, caller, filter, body.limit, total, None)


@operation("read_next_events", access="read")
async def read_next_events(tx: Transaction, caller: Caller, *, page_token: str) -> EventPage:
    """The events after a page.

    Raises:
        InvalidInput: The token is none of ours.
    """
    at = _continuation(page_token)
    return await _page(tx, caller, at.filter, at.limit, at.total, (at.occurred, at.id))


def _continuation(token: str) -> _Continuation:
    try:
        at = from_cursor(token, _ORDER, _Continuation)
    except InvalidInput:
        message = "This is no token of a page of events."
        raise InvalidInput(message, field="page-token", hint="Begin again with a filter.") from None
    if not 0 <= at.limit <= MAX_EVENTS_PAGE:
        message = "This is no token of a page of events."
        raise InvalidInput(message, field="page-token", hint="Begin again with a filter.")
    return at


async def _page(
    tx: Transaction,
    caller: Caller,
    filter: EventFilter,
    limit: int,
    total: int,
    after: event_reading.Place | None,
) -> EventPage:
    found = await event_reading.find(tx, filter, limit, after) if limit else None
    if found is None:
        return EventPage(events=[], total=total, next_page=None)
    following = None
    if found.next is not None:
        token = to_cursor(_ORDER, _Continuation(filter, limit, total, *found.next))
        following = f"{caller.api_url}/events/filter/next?{urlencode({'page-token': token})}"
    events = [event_answer(event) for event in found.events]
    return EventPage(events=events, total=max(total, len(events)), next_page=following)


@operation("count_events", access="read")
async def count_events(
    tx: Transaction, caller: Caller, *, countable: Countable, body: EventCountQuery
) -> list[EventCount]:
    """How many events there are by day, by spans of time, by name or by resource."""
    return await event_counts.count(tx, Countable(countable), body)
