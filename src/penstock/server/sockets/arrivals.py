"""The ids of events in the order in which this server finds them in the database: what followers go by.

One reader works for all who follow, and only while somebody does. It looks when the bus says that there may
be something, and every two seconds anyway, so that a hint which was lost costs a moment and no event.

Events are found by when they were received. Of two transactions the one that began first may be committed
last, so each look begins a little before the end of the last one, and what was found there is remembered.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID

from penstock.db.port import Database, Row, Transaction
from penstock.db.statements import event_streams as statements
from penstock.server.bus import Bus
from penstock.server.changes import Watch
from penstock.server.sockets.connection import Gone

OVERLAP = timedelta(seconds=15)
"""How long after it took its time a transaction is committed, at the latest, and how far clocks differ."""
_SHORT_OVERLAP = timedelta(seconds=1)
"""The same of nearly all of them."""
_LONG_LOOK_SECONDS = 2.0
_PAUSE_SECONDS = 0.05
"""Between two looks."""
_AFTER_FAILURE_SECONDS = 1.0
_AT_ONCE = 5_000
_KEPT = 20_000
"""How far a follower may be behind, in events."""

Place: TypeAlias = tuple[datetime, UUID]
"""Where an event stands in the order in which events are received."""

_log = logging.getLogger(__name__)


async def received_after(tx: Transaction, place: Place, at_most: int) -> list[Row]:
    """Ids of the first events that were received after a place, of both stores, and when that was."""
    asked = {"after_time": place[0], "after_id": place[1], "at_most": at_most}
    stored = await tx.fetch_all(statements.received_events(), asked)
    states = await tx.fetch_all(statements.received_states(), asked)
    return sorted([*stored, *states], key=lambda row: (row["received"], row["id"]))[:at_most]


class Reader:
    """Looks for events, and keeps the ids of the last ones in the order in which they were found."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._ids: list[UUID] = []
        self._forgotten = 0
        self._found: dict[UUID, datetime] = {}
        self._looked: datetime | None = None
        self._more = asyncio.Event()

    @property
    def count(self) -> int:
        """How many ids were found in all."""
        return self._forgotten + len(self._ids)

    @property
    def seam(self) -> datetime:
        """No event that was found until now was received later."""
        assert self._looked is not None
        return max(self._looked, max(self._found.values(), default=self._looked))

    @property
    def looked(self) -> datetime:
        """When it last looked: what was received before has been found, or is still being written."""
        assert self._looked is not None
        return self._looked

    async def after(self, place: int, at_most: int) -> Sequence[UUID]:
        """The ids from a place on, once there are any.

        Raises:
            Gone: They are not kept any more.
        """
        while place >= self.count:
            await self._more.wait()
        if place < self._forgotten:
            raise Gone
        begin = place - self._forgotten
        return self._ids[begin : begin + at_most]

    async def start(self) -> None:
        """Take note of what is there already."""
        await self._look(OVERLAP)
        self._ids.clear()

    async def run(self, watch: Watch) -> None:
        """Look, until cancelled."""
        long_look = time.monotonic()
        while True:
            heard = await watch.wait(_LONG_LOOK_SECONDS)
            seen = watch.take()
            is_long = time.monotonic() - long_look >= _LONG_LOOK_SECONDS or not seen.is_all
            if heard and "events" not in seen.ids and not is_long:
                continue
            try:
                await self._look(OVERLAP if is_long else _SHORT_OVERLAP)
            except Exception as error:
                _log.warning("Events could not be looked for, which is tried again: %r", error)
                await asyncio.sleep(_AFTER_FAILURE_SECONDS)
                continue
            long_look = time.monotonic() if is_long else long_look
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _look(self, overlap: timedelta) -> None:
        looked: datetime | None = None
        last: Row | None = None
        while looked is None or last is not None:
            now, rows = await self._read(overlap, last)
            looked = looked or now
            self._note(rows)
            last = rows[-1] if len(rows) == _AT_ONCE else None
        self._looked = looked
        if overlap == OVERLAP:
            self._forget(looked)

    async def _read(self, overlap: timedelta, last: Row | None) -> tuple[datetime, list[Row]]:
        async def body(tx: Transaction) -> tuple[datetime, list[Row]]:
            begin = (self._looked or tx.now) - overlap
            place = (last["received"], last["id"]) if last else (begin, UUID(int=0))
            return tx.now, await received_after(tx, place, _AT_ONCE)

        return await self._db.read(body)

    def _note(self, rows: Sequence[Row]) -> None:
        for row in rows:
            if row["id"] not in self._found:
                self._found[row["id"]] = row["received"]
                self._ids.append(row["id"])
        if rows:
            self._more.set()
            self._more = asyncio.Event()

    def _forget(self, looked: datetime) -> None:
        """What no look can find again, and what no follower should be so far behind of."""
        oldest = looked - OVERLAP
        self._found = {id: received for id, received in self._found.items() if received >= oldest}
        if len(self._ids) > 2 * _KEPT:
            self._forgotten += len(self._ids) - _KEPT
            del self._ids[:-_KEPT]


class Follower:
    """One who follows from here on.

    What was found before was received no later than `seam`.
    """

    def __init__(self, reader: Reader) -> None:
        self.seam = reader.seam
        self._reader, self._at = reader, reader.count

    async def take(self, at_most: int) -> Sequence[UUID]:
        """The next ids, once there are any.

        Raises:
            Gone: It was too long ago that it took some.
        """
        ids = await self._reader.after(self._at, at_most)
        self._at += len(ids)
        return ids

    @property
    def has_caught_up_with(self) -> datetime | None:
        """What was received before has been taken, or is still being written; None while it is behind."""
        return self._reader.looked if self._at == self._reader.count else None


class Arrivals:
    """What followers of one server have in common. Used on one event loop."""

    def __init__(self, db: Database, bus: Bus) -> None:
        self._db, self._bus = db, bus
        self._reading: asyncio.Task[None] | None = None
        self._ready: asyncio.Future[Reader] | None = None
        self._followers = 0

    @asynccontextmanager
    async def following(self) -> AsyncIterator[Follower]:
        """Follow: what is committed after this is entered is taken by the follower.

        Raises:
            PenstockError: The database cannot be asked.
        """
        if self._ready is None:
            self._ready = asyncio.get_running_loop().create_future()
            self._reading = asyncio.create_task(self._read(self._ready))
        self._followers += 1
        try:
            yield Follower(await asyncio.shield(self._ready))
        finally:
            self._followers -= 1
            if self._followers == 0 and self._reading is not None:
                self._reading.cancel()
                self._reading = self._ready = None

    async def _read(self, ready: "asyncio.Future[Reader]") -> None:
        reader = Reader(self._db)
        with self._bus.changes.watching() as watch:
            try:
                await reader.start()
            except Exception as error:
                ready.set_exception(error)
                return
            ready.set_result(reader)
            await reader.run(watch)
