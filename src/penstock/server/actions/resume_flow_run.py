"""Resume a flow run that is paused or suspended."""

from penstock.contract.flow_runs import FlowRunResponse
from penstock.domain.automations import ResumeFlowRun
from penstock.domain.states import StateCreate, StateType
from penstock.server.action_kinds import ActionFailed, Doing, Kind, Outcome
from penstock.server.action_states import propose


async def _do(doing: Doing) -> Outcome:
    run: FlowRunResponse = await doing.use("read_flow_run", id=doing.target)
    if run.state is None or run.state.type is not StateType.PAUSED:
        raise ActionFailed(f"The flow run is {run.state_name or 'new'}: only one that is paused is resumed.")
    message = f"Resumed by the automation {doing.occasion.name!r}."
    if run.state.state_details.pause_reschedule:  # its process has ended: it is started anew
        state = StateCreate(type=StateType.SCHEDULED, name="Resuming", message=message)
        return await propose(doing, state)
    # Its process waits, and has the run; that it goes on is said for it.
    return await propose(doing, StateCreate(type=StateType.RUNNING, message=message), force=True)


KIND = Kind(type=ResumeFlowRun, target="flow-run", do=_do)
