"""A flow run is put into a state by an automation; one that stays as it was is a failure, with the reason."""

from collections.abc import Collection

from penstock.contract.flow_runs import SetFlowRunState
from penstock.contract.states import OrchestrationResult, SetStateStatus
from penstock.domain.states import StateCreate, StateType
from penstock.server.action_kinds import ActionFailed, Doing, Outcome


async def propose(
    doing: Doing, state: StateCreate, *, force: bool = False, as_good: Collection[StateType] = ()
) -> Outcome:
    """Propose a state to the target.

    Args:
        as_good: Types of states that the rules may choose in its place, and that were wanted as well.

    Raises:
        NotFound: There is no such run.
        ActionFailed: The rules had it otherwise.
    """
    body = SetFlowRunState(state=state, force=force)
    answer: OrchestrationResult = await doing.use("set_flow_run_state", id=doing.target, body=body)
    return outcome_of(doing, answer, as_good)


def outcome_of(doing: Doing, answer: OrchestrationResult, as_good: Collection[StateType] = ()) -> Outcome:
    """What came of a proposal. Raises `ActionFailed` where the rules had it otherwise."""
    became = answer.state
    is_chosen = answer.status is SetStateStatus.REJECT and became is not None and became.type in as_good
    if became is None or not (answer.status is SetStateStatus.ACCEPT or is_chosen):
        raise ActionFailed(_reason(answer))
    detail = {"flow_run_id": str(doing.target), "state": became.name, "state_type": became.type.value}
    return Outcome(status_code=200, detail=detail)


def _reason(answer: OrchestrationResult) -> str:
    reason = getattr(answer.details, "reason", None)
    return reason or f"The run is {answer.state.name if answer.state else 'new'}, and stays so."
