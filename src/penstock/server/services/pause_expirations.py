"""Fails runs that were paused for a certain time and not resumed within it."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from msgspec import Struct

from penstock.db.port import Transaction
from penstock.db.statements import pauses as statements
from penstock.domain.pauses import on_overdue
from penstock.domain.rules import FLOW_RUN_RULES
from penstock.domain.transitions import Facts, Transition, decide, entered
from penstock.server import runs
from penstock.server.bus import PAUSES
from penstock.server.services.base import Round, Service

_BATCH = 200


class _Look(Struct, frozen=True):
    """What one transaction did, and when there will be more."""

    found: int
    failed: int
    now: datetime
    next: datetime | None


class PauseExpirations(Service):
    """Paused → Failed, when the time of a pause is over. It sleeps until then; a new pause rings."""

    name: ClassVar[str] = "pause-expirations"
    topics: ClassVar[tuple[str, ...]] = (PAUSES,)

    async def run_once(self) -> Round:
        """Fail one batch; at once again while there may be more."""
        look = await self.db.write(self._fail_batch)
        return Round(done=look.failed, again_in=self._rest(look))

    def _rest(self, look: _Look) -> float:
        longest = self.limits.pauses_every
        if look.found == _BATCH:
            return 0.0
        if look.next is None:
            return longest
        return min(longest, max(0.0, (look.next - look.now).total_seconds()))

    async def _fail_batch(self, tx: Transaction) -> _Look:
        expired = await tx.fetch_all(statements.expired(), {"now": tx.now, "at_most": _BATCH})
        run_ids = sorted(row["id"] for row in expired)
        failed = sum([await self._fail(tx, run_id) for run_id in run_ids])
        return _Look(len(expired), failed, tx.now, await tx.fetch_value(statements.next_expiry()))

    async def _fail(self, tx: Transaction, run_id: UUID) -> bool:
        known = await runs.load(tx, run_id)
        failed = on_overdue(known.run.state, tx.now)
        if failed is None:
            return False  # resumed since it was found
        transition = Transition(known.run, failed, Facts(), tx.now)
        state = entered(decide(transition, FLOW_RUN_RULES), transition)
        return state is not None and await runs.enter(tx, known, state, self.caller) is not None
