"""Put a flow run into a state."""

from typing import Any

from penstock.domain.automations import ChangeFlowRunState
from penstock.domain.states import StateCreate
from penstock.server.action_kinds import Doing, Kind, Outcome
from penstock.server.action_states import propose


def _templates(action: ChangeFlowRunState) -> dict[str, Any]:
    return {"message": action.message} if action.message else {}


async def _do(doing: Doing) -> Outcome:
    action: ChangeFlowRunState = doing.action
    message = doing.rendered.get("message")
    message = f"State changed by the automation {doing.occasion.name!r}." if message is None else str(message)
    return await propose(
        doing, StateCreate(type=action.state, name=action.name, message=message), force=action.force
    )


KIND = Kind(type=ChangeFlowRunState, target="flow-run", templates=_templates, do=_do)
