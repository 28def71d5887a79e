"""Marks runs that nobody took so long after their time, so that people and automations see them."""

from typing import ClassVar

from penstock.db.port import Row, Transaction
from penstock.db.statements import flow_runs as statements
from penstock.domain.rules import FLOW_RUN_RULES
from penstock.domain.states import scheduled
from penstock.domain.transitions import Facts, Transition, decide, entered
from penstock.server import runs
from penstock.server.services.base import Round, Service

_BATCH = 200
_REST = 5.0


class LateRuns(Service):
    """Scheduled → Late."""

    name: ClassVar[str] = "late-runs"

    async def run_once(self) -> Round:
        """Mark one batch; at once again while there may be more."""
        found, marked = await self.db.write(self._mark_batch)
        return Round(done=marked, again_in=0.0 if found == _BATCH else _REST)

    async def _mark_batch(self, tx: Transaction) -> tuple[int, int]:
        asked = {"since": tx.now - self.limits.late_after, "at_most": _BATCH}
        overdue = await tx.fetch_all(statements.overdue(), asked)
        return len(overdue), sum([await self._mark(tx, row) for row in overdue])

    async def _mark(self, tx: Transaction, row: Row) -> bool:
        known = runs.at_rest(row)
        late = scheduled(row["next_scheduled_start_time"], tx.now, name="Late")
        transition = Transition(known.run, late, Facts(), tx.now)
        state = entered(decide(transition, FLOW_RUN_RULES), transition)
        return state is not None and await runs.enter(tx, known, state, self.caller) is not None
