"""Stored events are shown to a draft: what it would have made of them, by the functions that evaluate."""

import heapq
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct

from penstock.contract.automation_tests import MOST_TEST_EVENTS
from penstock.db.port import Database, Transaction
from penstock.domain.events import Event
from penstock.domain.triggers import start
from penstock.domain.triggers.seen import BucketId
from penstock.server import event_arrivals
from penstock.server.evaluation.folding import Fired, Folding
from penstock.server.evaluation.listeners import Listener, names_in

_PAGE: Final = 1_000


class Replayed(Struct, kw_only=True):
    """What came of a replay."""

    until: datetime
    """Up to where the past was read."""
    is_whole: bool = True
    events_read: int = 0
    events_matched: int = 0
    fired: list[Fired] = []
    """The first ones."""
    count: int = 0
    failure: str | None = None
    """Why it could not go on."""


class Replay:
    """Stored events on their way through one trigger that has seen nothing yet."""

    def __init__(self, listener: Listener, since: datetime, until: datetime, keep: int) -> None:
        self._listener, self._keep, self._since = listener, keep, since
        self._folding = Folding()
        self._due: list[tuple[datetime, BucketId]] = []
        self.result = Replayed(until=until)

    async def run(self, db: Database) -> Replayed:
        """Read the past page by page, and show it."""
        self._begin()
        place = (self._since, UUID(int=0))
        while True:
            page = await db.read(lambda tx, at=place: self._page(tx, at))  # type: ignore[misc]
            for event in page:
                self._show(event)
            if len(page) < _PAGE or self.result.failure:
                break
            place = event_arrivals.arrival_of(page[-1])
            if self.result.events_read >= MOST_TEST_EVENTS:
                self.result.until, self.result.is_whole = place[0], False
                break
        self._pass_time(self.result.until)
        return self.result

    async def _page(self, tx: Transaction, place: tuple[datetime, UUID]) -> list[Event]:
        names = names_in(self._listener.watch)
        until = self.result.until
        return await event_arrivals.arrived(tx, limit=_PAGE, after=place, until=until, names=names)

    def _begin(self) -> None:
        changes = start(self._listener.watch, {}, self._since)
        self._folding.apply(self._listener, changes, None)
        self._after()

    def _show(self, event: Event) -> None:
        received = event.received or event.occurred
        self._pass_time(received, before=True)
        self.result.events_read += 1
        if self._listener.hears(event) and any(self._listener.watch.concerned(event)):
            self.result.events_matched += 1
            self._folding.show(self._listener, event, received)
            self._after()

    def _pass_time(self, until: datetime, *, before: bool = False) -> None:
        """Let time pass to a moment, or to just before it, so that what happens then is seen first."""
        while self._due and (self._due[0][0] < until if before else self._due[0][0] <= until):
            due, bucket = heapq.heappop(self._due)
            current = self._folding.changes.get((self._listener.id, bucket))
            if current is not None and current.due == due:
                self._folding.pass_time(self._listener, bucket, due)
                self._after()

    def _after(self) -> None:
        """Note what is due from now on, and what fired."""
        for bucket in self._folding.touched:
            current = self._folding.changes.get((self._listener.id, bucket))
            if current is not None and current.due is not None:
                heapq.heappush(self._due, (current.due, bucket))
        self._folding.touched.clear()
        fired, self._folding.fired = self._folding.fired, []
        self.result.count += len(fired)
        self.result.fired += fired[: max(0, self._keep - len(self.result.fired))]
        self.result.failure = self._folding.failed.get(self._listener.id)
