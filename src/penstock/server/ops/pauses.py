"""Paused flow runs go on here, whoever lets them: people, clients, automations."""

import time
from uuid import UUID

from penstock.contract.flow_run_inputs import FlowRunResume, ResumptionWait
from penstock.contract.flow_runs import SetFlowRunState
from penstock.contract.states import OrchestrationResult, SetStateStatus, State, StateRejectDetails
from penstock.db.port import Database, Transaction
from penstock.domain.pauses import has_left, on_timeout
from penstock.domain.states import StateCreate, StateType
from penstock.server import run_input, runs
from penstock.server.bus import Bus, paused_run_topic
from penstock.server.caller import Caller
from penstock.server.ops.registry import operation
from penstock.server.parameters import check_size
from penstock.server.proposing import propose


@operation("resume_flow_run", access="write")
async def resume_flow_run(
    tx: Transaction, caller: Caller, *, id: UUID, body: FlowRunResume
) -> OrchestrationResult:
    """Let a paused flow run go on: in the process that waits for it, or, if it is suspended, in a new one.

    Raises:
        NotFound: There is no such run.
        TooLarge: The input is larger than a run's parameters may be.
    """
    given = body.run_input or {}
    check_size(given, caller.limits.parameter_bytes)
    state = (await runs.load(tx, id)).run.state
    may_go_on = state is not None and state.is_paused() and on_timeout(state, tx.now) is None
    if may_go_on and (reason := await run_input.obstacle(tx, id, state, given)):
        details = StateRejectDetails(reason=reason)
        return OrchestrationResult(state=state, status=SetStateStatus.REJECT, details=details)
    proposal = SetFlowRunState(state=_going_on(state, body.message))
    result = await propose(tx, caller, id, proposal, is_resumption=True)
    if result.status is SetStateStatus.ACCEPT and state is not None:
        await run_input.answer(tx, id, state, given)
    return result


def _going_on(state: State | None, message: str | None) -> StateCreate:
    if has_left(state):
        return StateCreate(type=StateType.SCHEDULED, name="Resuming", message=message)
    return StateCreate(type=StateType.RUNNING, message=message)


@operation("await_resumption", access="poll")
async def await_resumption(
    db: Database, bus: Bus, caller: Caller, *, id: UUID, body: ResumptionWait
) -> State | None:
    """The state of a flow run, as soon as it is not paused, or when the time is over.

    Raises:
        NotFound: There is no such run.
    """

    async def look(tx: Transaction) -> State | None:
        return (await runs.load(tx, id)).run.state

    ends = time.monotonic() + body.wait_seconds
    with bus.listening(paused_run_topic(id)) as bell:
        while True:
            state = await db.read(look)
            left = ends - time.monotonic()
            if state is None or not state.is_paused() or left <= 0 or bus.is_closing:
                return state
            await bell.wait(left)
