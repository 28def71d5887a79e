"""Suspend a flow run: its process ends, and it waits to be resumed."""

from penstock.domain.automations import SuspendFlowRun
from penstock.domain.states import StateCreate, StateDetails, StateType
from penstock.server.action_kinds import Doing, Kind, Outcome
from penstock.server.action_states import propose


async def _do(doing: Doing) -> Outcome:
    message = f"Suspended by the automation {doing.occasion.name!r}."
    details = StateDetails(pause_reschedule=True)
    state = StateCreate(type=StateType.PAUSED, name="Suspended", message=message, state_details=details)
    return await propose(doing, state)


KIND = Kind(type=SuspendFlowRun, target="flow-run", do=_do)
