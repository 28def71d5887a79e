"""`/api/events/out`: events that meet a filter; first those of the last minutes, then those that come.

Nothing is told twice and nothing left out where one goes over into the other. Whoever follows is entered
before the past is read, so that all that is committed from then on reaches it by `Arrivals`. The past goes up
to what had been found by then; what was received shortly before that may be met again, and is remembered.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from penstock.contract.events import ReceivedEvent
from penstock.contract.sockets import EventMessage, EventStream, Policy
from penstock.db.port import Row, Transaction
from penstock.db.statements import event_streams as statements
from penstock.domain.errors import InvalidInput
from penstock.server.sockets.arrivals import OVERLAP, Follower
from penstock.server.sockets.connection import Closed, Connection
from penstock.server.sockets.event_matching import matcher
from penstock.server.sockets.site import Site


async def serve(connection: Connection, site: Site) -> None:
    """Tell of events until the client goes."""
    asked: EventStream = await connection.read(EventStream)
    await connection.tell(_Telling(connection, site, asked).tell())


class _Telling:
    """What one client is told."""

    def __init__(self, connection: Connection, site: Site, asked: EventStream) -> None:
        self._connection, self._site, self._asked = connection, site, asked
        try:
            self._meets = matcher(asked.filter)
        except InvalidInput as error:
            raise Closed(Policy.PROTOCOL_ERROR, error.message) from None
        self._conditions = statements.conditions(asked.filter)
        self._met: set[UUID] = set()

    async def tell(self) -> None:
        async with self._site.arrivals.following() as follower:
            if self._asked.backfill or self._asked.after is not None:
                async for rows in self._past(follower.seam):
                    self._met.update(row["id"] for row in rows if row["received"] > follower.seam - OVERLAP)
                    await self._send(rows)
            await self._follow(follower)

    async def _past(self, seam: datetime) -> AsyncIterator[list[Row]]:
        """What came before, page by page, each from a transaction of its own."""
        after, page = self._asked.after, self._site.terms.page
        by = "received" if after is not None else "occurred"
        find = statements.received_after if after is not None else statements.occurred_after
        statement = find(self._conditions)
        begin = seam - timedelta(seconds=self._site.terms.backfill)
        place = (max(begin, after - OVERLAP) if after is not None else begin, UUID(int=0))
        while True:
            asked = {"after_time": place[0], "after_id": place[1], "until": seam, "at_most": page}

            async def body(tx: Transaction, asked: Row = asked) -> list[Row]:
                return await tx.fetch_all(statement, asked)

            rows = await self._site.db.read(body)
            if rows:
                yield rows
                place = (rows[-1][by], rows[-1]["id"])
            if len(rows) < page:
                return

    async def _follow(self, follower: Follower) -> None:
        statement = statements.these_events(self._conditions)
        while True:
            ids = await follower.take(self._site.terms.page)

            async def body(tx: Transaction, ids: Sequence[UUID] = ids) -> list[Row]:
                return await tx.fetch_all(statement, {"ids": ids})

            found = {row["id"]: row for row in await self._site.db.read(body)}
            await self._send([found[id] for id in ids if id in found and id not in self._met])
            self._met.difference_update(ids)

    async def _send(self, rows: Sequence[Row]) -> None:
        for row in filter(self._meets, rows):
            fields = {name: row[name] for name in ReceivedEvent.__struct_fields__}
            await self._connection.send(EventMessage(ReceivedEvent(**fields)))
