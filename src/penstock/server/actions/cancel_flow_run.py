"""Cancel a flow run: at once where nothing of it has started, else its process is told to stop."""

from penstock.domain.automations import CancelFlowRun
from penstock.domain.states import StateCreate, StateType
from penstock.server.action_kinds import Doing, Kind, Outcome
from penstock.server.action_states import propose


async def _do(doing: Doing) -> Outcome:
    message = f"Cancelled by the automation {doing.occasion.name!r}."
    state = StateCreate(type=StateType.CANCELLING, message=message)
    return await propose(doing, state, as_good={StateType.CANCELLED})


KIND = Kind(type=CancelFlowRun, target="flow-run", do=_do)
