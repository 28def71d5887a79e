"""Gives others what processes have that ran tasks and are gone."""

from typing import ClassVar

from penstock.server.deferred_tasks import LOST_AT_ONCE, sweep
from penstock.server.services.base import Round, Service

_EVERY_SECONDS = 15.0


class TaskWorkers(Service):
    """Processes that went away → their task runs are for others."""

    name: ClassVar[str] = "task-workers"

    async def run_once(self) -> Round:
        """One batch of those that are gone."""
        lost = await self.db.write(sweep)
        return Round(done=lost, again_in=0.0 if lost == LOST_AT_ONCE else _EVERY_SECONDS)
