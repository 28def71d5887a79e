"""Pause the schedules of a deployment."""

from penstock.domain.automations import PauseDeployment
from penstock.server.action_kinds import Doing, Kind, Outcome


async def _do(doing: Doing) -> Outcome:
    await doing.use("pause_deployment", id=doing.target)
    return Outcome(status_code=200)


KIND = Kind(type=PauseDeployment, target="deployment", field="deployment_id", do=_do)
