"""Turns schedules into runs ahead of time, so that there is always something to wait for."""

import logging
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from msgspec import Struct

from penstock.db.port import Database, Row, Transaction
from penstock.db.statements import deployments as statements
from penstock.domain.errors import InvalidInput
from penstock.domain.planning import Plan
from penstock.server import planning
from penstock.server.limits import Limits
from penstock.server.services.base import Round, Service

_LOG = logging.getLogger(__name__)


class _Seen(Struct, frozen=True):
    """Until when a schedule needs no look, as long as nobody edits it."""

    schedule_updated: datetime
    deployment_updated: datetime
    enough_until: datetime

    def is_enough_for(self, row: Row, now: datetime) -> bool:
        """Whether the schedule is still the one that was seen, and has runs enough."""
        is_same = (
            self.schedule_updated == row["schedule_updated"] and self.deployment_updated == row["updated"]
        )
        return is_same and now < self.enough_until


class Scheduler(Service):
    """Makes the runs of schedules whose waiting runs become too few.

    Edits plan their own runs, so this only follows the clock. What it remembers between rounds saves it from
    looking at schedules that have enough; it may be lost at any time.
    """

    name: ClassVar[str] = "scheduler"

    def __init__(self, db: Database, limits: Limits) -> None:
        super().__init__(db, limits)
        self._seen: dict[UUID, _Seen] = {}

    async def run_once(self) -> Round:
        """Make the runs that are missing, one schedule in each transaction."""
        active, now = await self.db.read(_active)
        made = 0
        for row in active:
            seen = self._seen.get(row["schedule_id"])
            if seen is None or not seen.is_enough_for(row, now):
                made += await self._plan(row)
        self._forget_all_but({row["schedule_id"] for row in active})
        return Round(done=made, again_in=self.limits.schedule_every)

    async def _plan(self, row: Row) -> int:
        try:
            return await self.db.write(lambda tx: self._make_missing(tx, row["schedule_id"]))
        except InvalidInput as error:
            _LOG.warning("A schedule of the deployment %s can't be planned: %s", row["name"], error)
            return 0

    async def _make_missing(self, tx: Transaction, schedule_id: UUID) -> int:
        # Read anew, and locked: an edit that came meanwhile has taken back what this would make again.
        row = await tx.fetch_one(statements.schedule_to_plan(), {"schedule_id": schedule_id})
        if row is None:
            return 0
        plan = planning.plan_of(row, tx.now, planning.window_of(self.limits, row["max_scheduled_runs"]))
        made = await planning.make_runs(tx, self.caller, row, plan.ticks)
        tx.after_commit(lambda: self._remember(row, plan))
        return made

    def _remember(self, row: Row, plan: Plan) -> None:
        seen = _Seen(row["schedule_updated"], row["updated"], plan.enough_until)
        self._seen[row["schedule_id"]] = seen

    def _forget_all_but(self, active: set[UUID]) -> None:
        for schedule_id in self._seen.keys() - active:
            del self._seen[schedule_id]


async def _active(tx: Transaction) -> tuple[list[Row], datetime]:
    return await tx.fetch_all(statements.to_plan()), tx.now
