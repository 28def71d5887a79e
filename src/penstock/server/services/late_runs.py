"""Marks runs that nobody took so long after their time, so that people and automations see them."""

from typing import ClassVar

from penstock.db.port import Transaction
from penstock.db.statements import flow_runs as statements
from penstock.domain.states import scheduled
from penstock.server import runs
from penstock.server.services.base import Round, Service

_BATCH = 200
_LONGEST_REST = 5.0
_SHORTEST_REST = 1.0


class LateRuns(Service):
    """Scheduled → Late."""

    name: ClassVar[str] = "late-runs"

    async def run_once(self) -> Round:
        """Mark one batch, and come again when the next run would be late."""
        marked, rest = await self.db.write(self._mark)
        return Round(done=marked, again_in=rest)

    async def _mark(self, tx: Transaction) -> tuple[int, float]:
        late = tx.now - self.limits.late_after
        waiting = await tx.fetch_all(statements.not_yet_late(), {"at_most": _BATCH})
        marked = 0
        for row in waiting:
            if row["next_scheduled_start_time"] > late:
                until = (row["next_scheduled_start_time"] - late).total_seconds()
                return marked, min(max(until, _SHORTEST_REST), _LONGEST_REST)
            known = await runs.load(tx, row["id"])
            state = scheduled(row["next_scheduled_start_time"], tx.now, name="Late")
            marked += await runs.enter(tx, known, state, self.caller) is not None
        return marked, 0.0 if len(waiting) == _BATCH else _LONGEST_REST
