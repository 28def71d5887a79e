"""`/api/logs/out`: log lines that meet a filter, as they come.

Lines are found by the time that is written in them, and told if they came after the websocket was opened. One
that comes more than a minute after it was written is not told: it would take an index of its own to find it.
"""

import asyncio
import time
from datetime import datetime, timedelta
from uuid import UUID

from penstock.contract.logs import Log
from penstock.contract.sockets import LogMessage, LogStream, Policy
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
_MOST_REMEMBERED = 200_000


async def serve(connection: Connection, site: Site) -> None:
    """Tell log lines until the client goes."""
    asked: LogStream = await connection.read(LogStream)
    await connection.tell(_Telling(connection, site, asked).tell())


class _Telling:
    """What one client is told."""

    def __init__(self, connection: Connection, site: Site, asked: LogStream) -> None:
        self._connection, self._site = connection, site
        try:
            self._statement = statements.new_lines(filters.matching(asked.filter))
        except InvalidInput as error:
            raise Closed(Policy.PROTOCOL_ERROR, error.message) from None
        self._looked: datetime | None = None
        self._known: dict[UUID, datetime] = {}

    async def tell(self) -> None:
        with self._site.bus.changes.watching() as watch:
            await self._look()
            long_look = time.monotonic()
            while True:
                heard = await watch.wait(_LOOK_SECONDS)
                seen = watch.take()
                is_time = time.monotonic() - long_look >= _LOOK_SECONDS or not seen.is_all
                if heard and "logs" not in seen.ids and not is_time:
                    continue
                for row in await self._look():
                    await self._connection.send(LogMessage(Log(updated=row["created"], **row)))
                long_look = time.monotonic()
                await asyncio.sleep(_PAUSE_SECONDS)

    async def _look(self) -> list[Row]:
        """The lines that were not there when we last looked, in the order in which they were written."""
        found: list[Row] = []
        place: tuple[datetime, UUID] | None = None
        looked: datetime | None = None
        page = self._site.terms.page
        while True:
            now, rows = await self._read(place)
            looked = looked or now
            found += [row for row in rows if row["id"] not in self._known]
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
            since = (self._looked or tx.now) - OVERLAP
            after = place or (since - LATE, UUID(int=0))
            asked = {
                "after_time": after[0],
                "after_id": after[1],
                "since": since,
                "at_most": self._site.terms.page,
            }
            return tx.now, await tx.fetch_all(self._statement, asked)

        return await self._site.db.read(body)
