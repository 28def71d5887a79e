"""`/api/events/out`: events that meet a filter; first those of the last minutes, then those that come.

Nothing is told twice and nothing left out where one goes over into the other. Whoever follows is entered
before the past is read, so that all that is committed from then on reaches it by `Arrivals`. The past goes up
to what had been found by then; what was received shortly before that may be met again, and is remembered.
"""

import time
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from msgspec.structs import replace

from penstock.contract.events import EventFilter, EventOrder, ReceivedEvent
from penstock.contract.sockets import EventMessage, EventStream, Policy, StreamMark
from penstock.db.port import Transaction
from penstock.domain.errors import InvalidInput
from penstock.domain.events import Event
from penstock.server import event_reading
from penstock.server.event_filtering import tests_of
from penstock.server.sockets.arrivals import OVERLAP, Follower, received_after
from penstock.server.sockets.connection import Closed, Connection
from penstock.server.sockets.site import Site

_MARK_SECONDS = 2.0
"""Between two marks."""


async def serve(connection: Connection, site: Site) -> None:
    """Tell of events until the client goes."""
    asked: EventStream = await connection.read(EventStream)
    await connection.tell(_Telling(connection, site, asked).tell())


class _Telling:
    """What one client is told."""

    def __init__(self, connection: Connection, site: Site, asked: EventStream) -> None:
        self._connection, self._site, self._asked = connection, site, asked
        self._page = site.terms.page
        try:
            self._tests = tests_of(asked.filter)
        except InvalidInput as error:
            raise Closed(Policy.PROTOCOL_ERROR, error.message) from None
        self._met: set[UUID] = set()
        self._marked = -_MARK_SECONDS

    async def tell(self) -> None:
        async with self._site.arrivals.following() as follower:
            begin = follower.seam - timedelta(seconds=self._site.terms.backfill)
            if self._asked.after is not None:
                await self._tell_past(self._received(max(begin, self._asked.after - OVERLAP)), follower.seam)
            elif self._asked.backfill:
                await self._tell_past(self._occurred(begin), follower.seam)
            await self._follow(follower)

    async def _tell_past(self, pages: AsyncIterator[Sequence[Event]], seam: datetime) -> None:
        async for page in pages:
            past = [event for event in page if _received_at(event) <= seam]
            self._met.update(event.id for event in past if _received_at(event) > seam - OVERLAP)
            await self._send(past)

    async def _occurred(self, begin: datetime) -> AsyncIterator[Sequence[Event]]:
        """What occurred since a moment, page by page, each from a transaction of its own."""
        asked, after = _since(self._asked.filter, begin), None
        while True:

            async def body(tx: Transaction, after: event_reading.Place | None = after) -> event_reading.Found:
                return await event_reading.find(tx, asked, self._page, after)

            found = await self._site.db.read(body)
            yield found.events
            after = found.next
            if after is None:
                return

    async def _received(self, begin: datetime) -> AsyncIterator[Sequence[Event]]:
        """What was received since a moment, in the same way."""
        place = (begin, UUID(int=0))
        while True:

            async def body(
                tx: Transaction, place: tuple[datetime, UUID] = place
            ) -> tuple[list[Event], tuple[datetime, UUID] | None]:
                rows = await received_after(tx, place, self._page)
                events = await event_reading.of_ids(tx, [row["id"] for row in rows])
                is_last = len(rows) < self._page
                return events, None if is_last else (rows[-1]["received"], rows[-1]["id"])

            events, following = await self._site.db.read(body)
            yield events
            if following is None:
                return
            place = following

    async def _follow(self, follower: Follower) -> None:
        while True:
            await self._mark(follower)
            ids = await follower.take(self._page)

            async def body(tx: Transaction, ids: Sequence[UUID] = ids) -> list[Event]:
                return await event_reading.of_ids(tx, ids)

            found = {event.id: event for event in await self._site.db.read(body)}
            await self._send(found[id] for id in ids if id in found and id not in self._met)
            self._met.difference_update(ids)

    async def _mark(self, follower: Follower) -> None:
        """Say how far it is, if that is wanted, it is true, and it was not said just now."""
        if not self._asked.marks or time.monotonic() - self._marked < _MARK_SECONDS:
            return
        received = follower.has_caught_up_with
        if received is not None:
            self._marked = time.monotonic()
            await self._connection.send(StreamMark(received))

    async def _send(self, events: Iterable[Event]) -> None:
        for event in events:
            if all(test(event) for test in self._tests):
                said = {name: getattr(event, name) for name in event.__struct_fields__}
                said["received"] = _received_at(event)
                await self._connection.send(EventMessage(ReceivedEvent(**said)))


def _received_at(event: Event) -> datetime:
    return event.received or event.occurred


def _since(asked: EventFilter, begin: datetime) -> EventFilter:
    """The filter, for the past since a moment, oldest first."""
    since = max(begin, asked.occurred.since) if asked.occurred.since is not None else begin
    resource = replace(asked.resource, distinct=False) if asked.resource is not None else None
    occurred = replace(asked.occurred, since=since)
    return replace(asked, occurred=occurred, resource=resource, order=EventOrder.ASC)
