"""Ends runs of schedules that should have started long ago, as the schedules' catch-up policies say.

Only runs that a schedule made and nobody touched are ever skipped. What a person made, or gave another time,
waits for as long as it takes.
"""

import contextlib
from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar, Final
from uuid import UUID

from msgspec import Struct

from penstock.db.dialect import EPOCH
from penstock.db.port import Database, Row, Transaction
from penstock.db.statements import scheduling
from penstock.db.statements import waiting_runs as statements
from penstock.domain.catch_up import Skip, Waiting, skip
from penstock.domain.errors import InvalidInput, PenstockError
from penstock.domain.schedules import parse_schedule
from penstock.domain.states import State, StateType, new_state
from penstock.server.bulk_states import enter_together
from penstock.server.limits import Limits
from penstock.server.planning import terms_for
from penstock.server.services.base import Round, Service

SKIPPED: Final = "Skipped"
"""Name of the state in which they end."""
_BATCH = 500
_REST = 5.0
_MOST_AT_START = 40
"""Batches that are done before a server serves: workers ask at once when it is back."""
_TERMS_AT_ONCE = 500


class _Place(Struct, frozen=True):
    """A run among all that are due, by their time."""

    due: datetime = EPOCH
    id: UUID = UUID(int=0)


class _Pass(Struct, frozen=True):
    """One way through all runs that are due."""

    skips: Mapping[UUID, Skip]
    until: datetime
    after: _Place = _Place()


class MissedRuns(Service):
    """Scheduled or Late → Skipped, a kind of CANCELLED."""

    name: ClassVar[str] = "missed-runs"

    def __init__(self, db: Database, limits: Limits) -> None:
        super().__init__(db, limits)
        self._under_way: _Pass | None = None

    async def prepare(self) -> None:
        """Skip what was missed while no server ran, before anybody can take it."""
        with contextlib.suppress(PenstockError):  # the rounds will try again, and say so
            for _ in range(_MOST_AT_START):
                if (await self.run_once()).again_in:
                    return

    async def run_once(self) -> Round:
        """Skip one batch; at once again while there may be more."""
        current, self._under_way = self._under_way, None
        if current is None:
            current = await self.db.read(self._what_to_skip)
        if not current.skips:
            return Round(again_in=_REST)
        last, done = await self.db.write(lambda tx: self._skip_batch(tx, current))
        if last is None:
            return Round(done=done, again_in=_REST)
        self._under_way = _Pass(current.skips, current.until, last)
        return Round(done=done, again_in=0.0)

    async def _what_to_skip(self, tx: Transaction) -> _Pass:
        due = await tx.fetch_all(statements.due_by_schedule(), {"until": tx.now})
        waiting = {row["schedule_id"]: row for row in due}
        ids, skips = sorted(waiting), {}
        for start in range(0, len(ids), _TERMS_AT_ONCE):
            asked = {"schedule_ids": ids[start : start + _TERMS_AT_ONCE]}
            for row in await tx.fetch_all(scheduling.terms(), asked):
                if (found := self._skip(row, waiting[row["id"]], tx.now)) is not None:
                    skips[row["id"]] = found
        return _Pass(skips, tx.now)

    def _skip(self, said: Row, due: Row, now: datetime) -> Skip | None:
        try:
            terms = terms_for(said, parse_schedule(said["schedule"]), self.limits.catch_up)
        except InvalidInput:
            return None  # the scheduler says so in its log
        waiting = Waiting(oldest=due["oldest"], newest=due["newest"], count=due["count"])
        return skip(waiting, terms, now)

    async def _skip_batch(self, tx: Transaction, current: _Pass) -> tuple[_Place | None, int]:
        """End those of a batch that are to be skipped; the last of the batch, if there may be more."""
        after = current.after
        asked = {"until": current.until, "after": after.due, "after_id": after.id, "at_most": _BATCH}
        found = await tx.fetch_all(statements.due_of_schedules(), asked)
        states = [
            (row, state) for row in found if (state := _skipped(row, current.skips, tx.now)) is not None
        ]
        done = await enter_together(tx, states, self.caller)
        if len(found) < _BATCH:
            return None, done
        return _Place(found[-1]["next_scheduled_start_time"], found[-1]["id"]), done


def _skipped(row: Row, skips: Mapping[UUID, Skip], now: datetime) -> State | None:
    """The state in which a run ends that is skipped; None if it is not."""
    found, tick = skips.get(row["schedule_id"]), row["next_scheduled_start_time"]
    if found is None or row["idempotency_key"] != statements.schedule_key(
        row["schedule_id"], tick.isoformat()
    ):
        return None  # nothing is said, or somebody gave the run another time
    why = found.why(tick, now)
    return None if why is None else new_state(StateType.CANCELLED, now, name=SKIPPED, message=why)
