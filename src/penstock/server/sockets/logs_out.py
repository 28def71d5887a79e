"""`/api/logs/out`: log lines that meet a filter, as they come.

Lines are found by the time that is written in them, and told if they came after the websocket was opened, or
after the mark that somebody comes back with. One that comes more than a minute after it was written is not
told: it would take an index of its own to find it.
"""

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from penstock.contract.logs import Log
from penstock.contract.sockets import LogMessage, LogStream, Policy, StreamMark
from penstock.db.port import Row, Transaction
from penstock.db.statements import event_streams as statements
from penstock.db.statements import filters
from penstock.domain.errors import InvalidInput
from penstock.server.sockets.arrivals import OVERLAP
from penstock.server.sockets.connection import Closed, Connection
from penstock.server.sockets.site import Site

LATE = timedelta(seconds=60)
"""For how long after it was written a line is looked for."""
_LOOK_SECONDS = 2.0
_PAUSE_SECONDS = 0.1
_MARK_SECONDS = 2.0
"""Between two marks."""
_AT_ONCE = 50
"""Lines that are read together."""
_MOST_REMEMBERED = 200_000


async def serve(connection: Connection, site: Site) -> None:
    """Tell log lines until the client goes."""
    asked: LogStream = await connection.read(LogStream)
    await connection.tell(_Telling(connection, site, asked).tell())


class _Telling:
    """What one client is told."""

    def __init__(self, connection: Connection, site: Site, asked: LogStream) -> None:
        self._connection, self._site, self._asked = connection, site, asked
        try:
            self._statement = statements.new_lines(filters.matching(asked.filter))
        except InvalidInput as error:
            raise Closed(Policy.PROTOCOL_ERROR, error.message) from None
        self._looked = asked.after
        self._backfill = timedelta(seconds=site.terms.backfill)
        self._marked = -_MARK_SECONDS
        self._known: dict[UUID, datetime] = {}

    async def tell(self) -> None:
        with self._site.bus.changes.watching() as watch:
            past = await self._look()
            if self._asked.after is not None:
                await self._send(past)
            await self._mark()
            long_look = time.monotonic()
            while True:
                heard = await watch.wait(_LOOK_SECONDS)
                seen = watch.take()
                is_time = time.monotonic() - long_look >= _LOOK_SECONDS or not seen.is_all
                if heard and "logs" not in seen.ids and not is_time:
                    continue
                await self._send(await self._look())
                await self._mark()
                long_look = time.monotonic()
                await asyncio.sleep(_PAUSE_SECONDS)

    async def _send(self, ids: Sequence[UUID]) -> None:
        """Tell lines, a few at a time: each may be long, and whoever takes them slow."""
        for begin in range(0, len(ids), _AT_ONCE):
            some = ids[begin : begin + _AT_ONCE]

            async def body(tx: Transaction, some: Sequence[UUID] = some) -> list[Row]:
                return await tx.fetch_all(statements.lines(some))

            for row in await self._site.db.read(body):
                await self._connection.send(LogMessage(Log(updated=row["created"], **row)))

    async def _mark(self) -> None:
        """Say how far it is, if that is wanted and was not said just now."""
        if self._asked.marks and self._looked and time.monotonic() - self._marked >= _MARK_SECONDS:
            self._marked = time.monotonic()
            await self._connection.send(StreamMark(self._looked))

    async def _look(self) -> list[UUID]:
        """The ids of lines that were not there at the last look, in the order in which they were written."""
        found: list[UUID] = []
        place: tuple[datetime, UUID] | None = None
        looked: datetime | None = None
        page = self._site.terms.page
        while True:
            now, rows = await self._read(place)
            looked = looked or now
            found += [row["id"] for row in rows if row["id"] not in self._known]
            self._known.update((row["id"], row["created"]) for row in rows)
            if len(self._known) > _MOST_REMEMBERED:
                message = "More lines come than can be followed: ask for fewer."
                raise Closed(Policy.TRY_AGAIN_LATER, message)
            if len(rows) < page:
                break
            place = (rows[-1]["timestamp"], rows[-1]["id"])
        since = looked - OVERLAP
        self._looked = looked
        self._known = {id: created for id, created in self._known.items() if created >= since}
        return found

    async def _read(self, place: tuple[datetime, UUID] | None) -> tuple[datetime, list[Row]]:
        async def body(tx: Transaction) -> tuple[datetime, list[Row]]:
            since = max(self._looked or tx.now, tx.now - self._backfill) - OVERLAP
            after = place or (since - LATE, UUID(int=0))
            asked = {
                "after_time": after[0],
                "after_id": after[1],
                "since": since,
                "at_most": self._site.terms.page,
            }
            return tx.now, await tx.fetch_all(self._statement, asked)

        return await self._site.db.read(body)
