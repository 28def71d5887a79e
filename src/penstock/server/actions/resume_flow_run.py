"""Resume a flow run that is paused or suspended, as people do it."""

from penstock.contract.flow_run_inputs import FlowRunResume
from penstock.contract.states import OrchestrationResult
from penstock.domain.automations import ResumeFlowRun
from penstock.server.action_kinds import Doing, Kind, Outcome
from penstock.server.action_states import outcome_of


async def _do(doing: Doing) -> Outcome:
    body = FlowRunResume(message=f"Resumed by the automation {doing.occasion.name!r}.")
    answer: OrchestrationResult = await doing.use("resume_flow_run", id=doing.target, body=body)
    return outcome_of(doing, answer)


KIND = Kind(type=ResumeFlowRun, target="flow-run", do=_do)
