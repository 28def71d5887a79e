"""Resume an automation."""

from penstock.contract.automations import AutomationPartialUpdate
from penstock.domain.automations import ResumeAutomation
from penstock.server.action_kinds import Doing, Kind, Outcome


async def _do(doing: Doing) -> Outcome:
    await doing.use("patch_automation", id=doing.target, body=AutomationPartialUpdate(enabled=True))
    return Outcome(status_code=204)


KIND = Kind(type=ResumeAutomation, target="automation", field="automation_id", do=_do)
