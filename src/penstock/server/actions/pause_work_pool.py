"""Pause a work pool."""

from penstock.contract.work_pools import WorkPoolUpdate
from penstock.domain.automations import PauseWorkPool
from penstock.server import action_reads
from penstock.server.action_kinds import Doing, Kind, Outcome


async def _do(doing: Doing) -> Outcome:
    pool = await action_reads.work_pool(doing.tx, doing.caller, doing.target)
    await doing.use("update_work_pool", name=pool.name, body=WorkPoolUpdate(is_paused=True))
    return Outcome(status_code=204)


KIND = Kind(type=PauseWorkPool, target="work-pool", field="work_pool_id", do=_do)
