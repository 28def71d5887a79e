"""Resume a work queue."""

from penstock.contract.work_queues import WorkQueueUpdate
from penstock.domain.automations import ResumeWorkQueue
from penstock.server.action_kinds import Doing, Kind, Outcome


async def _do(doing: Doing) -> Outcome:
    await doing.use("update_work_queue_by_id", id=doing.target, body=WorkQueueUpdate(is_paused=False))
    return Outcome(status_code=204)


KIND = Kind(type=ResumeWorkQueue, target="work-queue", field="work_queue_id", do=_do)
