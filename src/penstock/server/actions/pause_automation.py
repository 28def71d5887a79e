"""Pause an automation."""

from penstock.contract.automations import AutomationPartialUpdate
from penstock.domain.automations import PauseAutomation
from penstock.server.action_kinds import Doing, Kind, Outcome


async def _do(doing: Doing) -> Outcome:
    await doing.use("patch_automation", id=doing.target, body=AutomationPartialUpdate(enabled=False))
    return Outcome(status_code=204)


KIND = Kind(type=PauseAutomation, target="automation", field="automation_id", do=_do)
