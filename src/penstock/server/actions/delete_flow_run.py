"""Delete a flow run."""

from penstock.domain.automations import DeleteFlowRun
from penstock.server.action_kinds import Doing, Kind, Outcome


async def _do(doing: Doing) -> Outcome:
    await doing.use("delete_flow_run", id=doing.target)
    return Outcome(status_code=204)


KIND = Kind(type=DeleteFlowRun, target="flow-run", do=_do)
