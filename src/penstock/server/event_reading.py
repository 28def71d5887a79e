"""Events found again, in the order of when they occurred.

A filter leads to one or several streams of candidates, each by an index that has them in their order: by the
ids of resources, by names, or by time. The streams are merged, and each candidate is asked whether it is
meant. So a page costs about as much as what is on it; where many candidates are not meant, it ends early and
says where to go on.

Events about task runs are found by their task run and their flow run, and otherwise by name or time.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from msgspec import Struct

from penstock.contract.events import EventFilter, EventOrder
from penstock.db.port import Row, Transaction
from penstock.db.statements import stored_events as statements
from penstock.db.statements.stored_events import Stretch
from penstock.domain.events import Event
from penstock.server.event_filtering import tests_of
from penstock.server.event_plans import Plan, Source, plan
from penstock.server.event_sources import task_runs

Place: TypeAlias = tuple[datetime, UUID]
"""Where an event stands in the order: when it occurred, then its id."""

MAX_TOTAL = 10_000
"""No more events than these are counted for a page."""
_MAX_CANDIDATES = 5_000
"""After so many events have been looked at, a page ends."""
_MAX_DISTINCT = 20_000
"""The same where the last event of each resource is looked for."""
_CHUNK = 500


class Found(Struct, frozen=True, kw_only=True):
    """Some of the events that a filter means."""

    events: list[Event]
    next: Place | None
    """Behind what there may be more."""


async def of_ids(tx: Transaction, ids: Sequence[UUID]) -> list[Event]:
    """The events with these ids that there are, those about task runs among them, by when they occurred."""
    if not ids:
        return []
    stored = [event_of(row) for row in await tx.fetch_all(statements.with_ids(ids))]
    if len(stored) < len(ids):
        states = statements.with_runs(statements.states_with_ids(ids), Stretch())
        stored += [task_runs.event_of(row) for row in await tx.fetch_all(states)]
    return sorted(stored, key=place_of)


async def find(tx: Transaction, filter: EventFilter, limit: int, after: Place | None = None) -> Found:
    """The first events that a filter means, behind a place."""
    if filter.resource is not None and filter.resource.distinct:
        return await _find_distinct(tx, filter, limit, after)
    found: list[Event] = []
    tests, looked_at, last = tests_of(filter), 0, after
    async for event in _candidates(tx, await plan(tx, filter), _stretch(filter, after), limit + 1):
        if all(test(event) for test in tests):
            if len(found) == limit:
                return Found(events=found, next=last)
            found.append(event)
        last, looked_at = place_of(event), looked_at + 1
        if looked_at >= _MAX_CANDIDATES:
            return Found(events=found, next=last)
    return Found(events=found, next=None)


async def _find_distinct(tx: Transaction, filter: EventFilter, limit: int, after: Place | None) -> Found:
    """The last event of each resource among those that are meant, looked for from the newest on."""
    latest: dict[str, Event] = {}
    tests, looked_at = tests_of(filter), 0
    newest_first = Stretch(since=filter.occurred.since, until=filter.occurred.until)
    async for event in _candidates(tx, await plan(tx, filter), newest_first, _CHUNK):
        if event.resource_id not in latest and all(test(event) for test in tests):
            latest[event.resource_id] = event
        looked_at += 1
        if looked_at >= _MAX_DISTINCT:
            break
    is_descending = filter.order is EventOrder.DESC
    ordered = sorted(latest.values(), key=place_of, reverse=is_descending)
    if after is not None:
        ordered = [
            each for each in ordered if (place_of(each) < after) == is_descending and place_of(each) != after
        ]
    page = ordered[:limit]
    return Found(events=page, next=place_of(page[-1]) if page and len(ordered) > limit else None)


async def count(tx: Transaction, filter: EventFilter) -> int:
    """How many events the filter means, up to a bound; where each must be looked at, of the first ones."""
    planned = await plan(tx, filter)
    stretch = _stretch(filter, None)
    if planned.is_exact:
        return await _count_in(tx, planned, stretch)
    return sum([is_meant async for _, is_meant in scan(tx, filter, at_most=_CHUNK)])


async def _count_in(tx: Transaction, planned: Plan, stretch: Stretch) -> int:
    """How many rows the sources have, up to the bound."""
    total = 0
    for source in planned.sources:
        if total < MAX_TOTAL:
            found = (source.counting or source.statement)(stretch)
            counted = statements.counted(found, MAX_TOTAL - total)
            total += int(await tx.fetch_value(counted))
    return total


async def scan(tx: Transaction, filter: EventFilter, *, at_most: int) -> AsyncIterator[tuple[Event, bool]]:
    """The first so many candidates, each with whether the filter means it."""
    tests, looked_at = tests_of(filter), 0
    async for event in _candidates(tx, await plan(tx, filter), _stretch(filter, None), _CHUNK):
        yield event, all(test(event) for test in tests)
        looked_at += 1
        if looked_at >= at_most:
            return


def _stretch(filter: EventFilter, after: Place | None) -> Stretch:
    return Stretch(
        since=filter.occurred.since,
        until=filter.occurred.until,
        after=after,
        descending=filter.order is EventOrder.DESC,
    )


def place_of(event: Event) -> Place:
    """Where an event stands in the order."""
    return event.occurred, event.id


class _Stream:
    """The candidates of one source, fetched as they are needed."""

    def __init__(self, tx: Transaction, source: Source, stretch: Stretch, first: int) -> None:
        self._tx, self._source, self._stretch = tx, source, stretch
        self._chunk = first
        self._ready: list[Event] = []
        self._is_over = False

    async def head(self) -> Event | None:
        """The next candidate, which stays."""
        if not self._ready and not self._is_over:
            await self._fetch()
        return self._ready[-1] if self._ready else None

    def drop(self) -> None:
        """Go on to the one after."""
        self._ready.pop()

    async def _fetch(self) -> None:
        page = self._source.statement(self._stretch).limit(self._chunk)
        if self._source.is_history:
            rows = await self._tx.fetch_all(statements.with_runs(page, self._stretch))
            found = [task_runs.event_of(row) for row in rows]
        else:
            found = [event_of(row) for row in await self._tx.fetch_all(page)]
        self._is_over, self._chunk = len(found) < self._chunk, _CHUNK
        self._ready = found[::-1]
        if found:
            self._stretch = _behind(self._stretch, place_of(found[-1]))


def _behind(stretch: Stretch, place: Place) -> Stretch:
    return Stretch(since=stretch.since, until=stretch.until, after=place, descending=stretch.descending)


async def _candidates(tx: Transaction, planned: Plan, stretch: Stretch, first: int) -> AsyncIterator[Event]:
    """The candidates of all sources in one order, each once."""
    streams = [_Stream(tx, source, stretch, min(first, _CHUNK)) for source in planned.sources]
    last: UUID | None = None
    choose: Any = max if stretch.descending else min
    while True:
        heads = [
            (place_of(event), index) for index, each in enumerate(streams) if (event := await each.head())
        ]
        if not heads:
            return
        stream = streams[choose(heads)[1]]
        event = await stream.head()
        stream.drop()
        if event is not None and event.id != last:
            last = event.id
            yield event


def event_of(row: Row) -> Event:
    """An event, from a row of its table."""
    said = {
        name: row[name] for name in ("id", "occurred", "received", "event", "resource", "related", "payload")
    }
    return Event(**said, follows=row["follows"])
