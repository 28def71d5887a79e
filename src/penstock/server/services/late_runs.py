"""Marks runs that nobody took so long after their time, so that people and automations see them."""

from typing import ClassVar

from penstock.db.port import Transaction
from penstock.db.statements import waiting_runs as statements
from penstock.domain.states import scheduled
from penstock.server.bulk_states import enter_together
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
        late = [(row, scheduled(row["next_scheduled_start_time"], tx.now, name="Late")) for row in overdue]
        return len(overdue), await enter_together(tx, late, self.caller)
