"""Pause a work queue."""

from penstock.contract.work_queues import WorkQueueUpdate
from penstock.domain.automations import PauseWorkQueue
from penstock.server.action_kinds import Doing, Kind, Outcome


async def _do(doing: Doing) -> Outcome:
    await doing.use("update_work_queue_by_id", id=doing.target, body=WorkQueueUpdate(is_paused=True))
    return Outcome(status_code=204)


KIND = Kind(type=PauseWorkQueue, target="work-queue", field="work_queue_id", do=_do)
