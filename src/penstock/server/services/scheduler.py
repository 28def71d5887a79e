"""Turns schedules into runs ahead of time, so that there is always something to wait for.

It knows of every schedule when it must look at it again, and sleeps until then. Who edits a schedule plans it
in the same transaction, and says by a notice when it wants to be looked at; so does every other scheduler on
the same database. Notices can be lost, and clocks be set: so it reads those moments again now and then.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import ClassVar, Final
from uuid import UUID

from msgspec import Struct

from penstock.db.port import RESYNC, Database, Row, Transaction
from penstock.db.statements import scheduling as statements
from penstock.domain.agenda import Agenda
from penstock.domain.errors import PenstockError
from penstock.domain.planning import spread
from penstock.server import planning
from penstock.server.bus import LOOK, SCHEDULES
from penstock.server.limits import Limits
from penstock.server.planning import Planned
from penstock.server.services.base import Round, Service

_LOG = logging.getLogger(__name__)

_BATCH: Final = 25
"""Schedules in one transaction, …"""
_MOST_RUNS: Final = 500
"""… as long as these want no more runs than this; the others have the next one."""
_PAGE: Final = 1000
_READ_AGAIN = timedelta(minutes=5)
_BEGIN_WITHIN = timedelta(seconds=1)
"""Schedules that nobody has looked at yet have their first look within this time."""
_PLANNED_ELSEWHERE = timedelta(seconds=2)
"""A schedule that somebody else holds is looked at again after this."""
_REST = 0.5
"""Seconds that it rests at least while nothing is due: what becomes due meanwhile is done together."""
_FIRST: Final = UUID(int=0)


class _Looked(Struct, frozen=True, kw_only=True):
    """What one transaction did."""

    made: int
    looks: dict[UUID, datetime]
    """When to look at schedules again; those that make no runs any more are not among them."""


class Scheduler(Service):
    """Makes the runs of schedules whose waiting runs become too few."""

    name: ClassVar[str] = "scheduler"
    topics: ClassVar[tuple[str, ...]] = (SCHEDULES,)

    def __init__(self, db: Database, limits: Limits) -> None:
        super().__init__(db, limits)
        self._notices_of = db
        self._end_listening: Callable[[], Awaitable[None]] | None = None
        self._agenda = Agenda()
        self._stored: dict[UUID, datetime | None] = {}
        """The next look of each schedule as the database had it when it was read."""
        self._doubted: dict[UUID, datetime] = {}
        """When each schedule is looked at whose stored look is not believed."""
        self._told: list[str] = []
        self._has_missed = False
        """Whether notices may have been lost."""
        self._read_at: datetime | None = None
        self._last_round: datetime | None = None

    async def prepare(self) -> None:
        """Hear from now on of what is planned elsewhere."""
        self._end_listening = await self._notices_of.listen(self._on_notice)

    async def end(self) -> None:
        """Hear no more."""
        if self._end_listening is not None:
            await self._end_listening()

    def _on_notice(self, channel: str, payload: str) -> None:
        """From any thread: what is told waits here for the next round."""
        if channel == LOOK:
            self._told.append(payload)
        elif channel == RESYNC:
            self._has_missed = True

    async def run_once(self) -> Round:
        """Make the runs of one batch of schedules that are due; at once again while there are more."""
        now = await self.db.read(_now)
        self._hear()
        if self._must_read(now):
            await self._read_all(now)
        self._last_round = now
        due = self._agenda.take(now, _BATCH)
        made = await self._look(due, now) if due else 0
        return Round(done=made, again_in=self._rest(now))

    def _rest(self, now: datetime) -> float:
        if (due := self._agenda.next_due) is None:
            return self.limits.schedule_every
        wait = (due - now).total_seconds()
        return 0.0 if wait <= 0 else min(max(wait, _REST), self.limits.schedule_every)

    def _hear(self) -> None:
        told, self._told = self._told, []
        for payload in told:
            id, _, moment = payload.partition(" ")
            self._put(UUID(id), datetime.fromisoformat(moment))

    def _put(self, id: UUID, look: datetime) -> None:
        self._stored[id] = look
        self._doubted.pop(id, None)
        self._agenda.put(id, look)

    def _must_read(self, now: datetime) -> bool:
        return (
            self._read_at is None
            or self._has_missed
            or now - self._read_at >= _READ_AGAIN
            or self._doubts(now)
        )

    def _doubts(self, now: datetime) -> bool:
        """Whether this is the first round, or the clock was set back further than plans can bear."""
        before = self._last_round
        return before is None or now < before - self.limits.schedule_ahead / 2

    async def _read_all(self, now: datetime) -> None:
        """Learn when every schedule wants its next look.

        A server that begins, or whose clock was set back, believes none of it: they could have been planned
        by a clock that was wrong. So each is looked at once within the next minutes.
        """
        doubts, self._read_at, self._has_missed = self._doubts(now), now, False
        for row in await self.db.read(_all_looks):
            id, look = row["id"], row["next_look"]
            self._stored[id] = look
            soon = now + spread(id) * (_BEGIN_WITHIN if look is None else _READ_AGAIN)
            if doubts and look is not None:
                self._doubted[id] = soon
            # What is doubted stays so until somebody has looked, though all is read once more meanwhile.
            self._agenda.put(id, soon if look is None else min(look, self._doubted.get(id, look)))

    async def _look(self, ids: Sequence[UUID], now: datetime) -> int:
        seen = {id: self._stored.pop(id, None) for id in ids}
        try:
            looked = await self.db.write(lambda tx: self._plan(tx, seen))
        except BaseException:
            for id, look in seen.items():
                self._stored[id] = look
                self._agenda.put(id, now)
            raise
        for id in ids:
            self._doubted.pop(id, None)
        for id, look in looked.looks.items():
            self._put(id, look)
        return looked.made

    async def _plan(self, tx: Transaction, seen: dict[UUID, datetime | None]) -> _Looked:
        """Plan what is held by nobody else, as it is now: an edit may have come meanwhile."""
        rows = await tx.fetch_all(statements.to_plan(), {"schedule_ids": list(seen)})
        looks: dict[UUID, datetime] = {}
        plans: list[Planned] = []
        for row in rows:
            id, look = row["schedule_id"], row["next_look"]
            if look is not None and look != seen[id] and look > tx.now:
                looks[id] = look  # somebody else has planned it
            elif sum(len(each.ticks) for each in plans) >= _MOST_RUNS:
                looks[id] = tx.now
            elif (plan := self._planned(row, tx.now)) is not None:
                plans.append(plan)
                looks[id] = plan.look
            else:
                looks[id] = tx.now + self.limits.schedule_ahead
        if absent := seen.keys() - {row["schedule_id"] for row in rows}:
            looks |= await _looks_elsewhere(tx, sorted(absent))
        made = await planning.make_runs(tx, self.caller, plans)
        if plans:
            await planning.note_plans(tx, plans)
        return _Looked(made=made, looks=looks)

    def _planned(self, row: Row, now: datetime) -> Planned | None:
        try:
            return planning.planned_on(row, self.limits, now)
        except PenstockError as error:
            _LOG.warning("A schedule of the deployment %s can't be planned: %s", row["name"], error)
            return None


async def _looks_elsewhere(tx: Transaction, ids: Sequence[UUID]) -> dict[UUID, datetime]:
    """When to look again at schedules that somebody else held; those that are gone are not among them."""
    found = await tx.fetch_all(statements.looks_of(), {"schedule_ids": ids})
    soon = tx.now + _PLANNED_ELSEWHERE
    return {row["id"]: max(row["next_look"] or soon, soon) for row in found}


async def _all_looks(tx: Transaction) -> list[Row]:
    """When every schedule wants its next look, read by the page: nothing else of it is."""
    found: list[Row] = []
    after = _FIRST
    while page := await tx.fetch_all(statements.looks(), {"after": after, "at_most": _PAGE}):
        found += page
        after = page[-1]["id"]
        if len(page) < _PAGE:
            break
    return found


async def _now(tx: Transaction) -> datetime:
    return tx.now
