"""What the engine says to the server about a flow run: I make one, I take one over, I begin, it ended.

An ordinary run says two things: it is made RUNNING in one request, and its last state is proposed in another.
"""

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from penstock import tracing
from penstock.client.client import Client
from penstock.client.errors import ServerError
from penstock.contract.flow_runs import (
    FlowRunCreate,
    FlowRunResponse,
    FlowRunUpdate,
    SetFlowRunState,
    create_flow_run,
    set_flow_run_state,
    update_flow_run,
)
from penstock.contract.states import OrchestrationResult, SetStateStatus, StateWaitDetails
from penstock.domain.errors import Conflict, Fenced, Unavailable
from penstock.domain.ids import new_id
from penstock.domain.runs import RunPolicy
from penstock.domain.states import State, StateCreate, StateDetails, StateType
from penstock.sdk.context import current_tags
from penstock.sdk.engine.batches import clean
from penstock.sdk.engine.colours import Colour
from penstock.sdk.engine.recordable import to_recordable
from penstock.sdk.engine.session import Session
from penstock.sdk.exceptions import Abort, ParameterBindError
from penstock.sdk.logging import get_logger
from penstock.sdk.run_names import run_name

if TYPE_CHECKING:
    from penstock.sdk.flows import Flow

T = TypeVar("T")

PATIENCE_AT_START = 60.0
"""Seconds for which a run that is to begin waits for a server that is away."""
PATIENCE = 300.0
"""Seconds for which a later state of a run is proposed again while the server is away."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 10.0
_MOST_FAILURES = 3
"""How often a server may fail about one thing before that is taken for the cause."""


async def create_run(
    flow: "Flow[Any, Any]",
    parameters: dict[str, Any],
    session: Session,
    colour: Colour,
    parent_task_run_id: UUID | None = None,
    parent_flow_run_id: UUID | None = None,
) -> FlowRunResponse:
    """Make a run of `flow` that is RUNNING, in this process, under a lease of its own."""
    name = run_name(flow.flow_run_name, parameters, field="flow_run_name") if flow.flow_run_name else None
    body = FlowRunCreate(
        state=StateCreate(type=StateType.RUNNING),
        name=clean(name) if name else None,
        flow_id=await session.flow_id(flow.name, colour),
        flow_version=flow.version,
        parameters=to_recordable(parameters, session.settings.server.api.max_parameter_size),
        parent_task_run_id=parent_task_run_id,
        parent_flow_run_id=parent_flow_run_id,
        empirical_policy=policy_of(flow, session),
        tags=sorted(current_tags()),
        labels=tracing.labels() or None,
        idempotency_key=str(_fresh_id()),
        lease_holder=session.holder,
    )
    return await session.client(colour).call(create_flow_run, body)


def policy_of(flow: "Flow[Any, Any]", session: Session) -> RunPolicy:
    """How runs of `flow` are tried again: as it says, else as the settings say."""
    defaults = session.settings.flows
    retries = defaults.default_retries if flow.retries is None else flow.retries
    delay = defaults.default_retry_delay_seconds
    if flow.retry_delay_seconds is not None:
        delay = float(flow.retry_delay_seconds)
    # The newer field holds whole seconds only; where it is left out, the older one counts.
    whole = int(delay) if delay.is_integer() else None
    return RunPolicy(
        retries=retries,
        max_retries=retries,
        retry_delay=whole,
        retry_delay_seconds=delay,
        retry_type="in_process",
    )


async def take_over(
    run: FlowRunResponse,
    flow: "Flow[Any, Any]",
    parameters: dict[str, Any],
    session: Session,
    client: Client,
    colour: Colour,
) -> FlowRunResponse:
    """Begin a run that somebody else made, in this process. It is not RUNNING where the server decided so.

    Raises:
        Abort: The run must not start here.
        Fenced: Another process has the run.
        Unavailable: The server stayed away.
    """
    if update := _news_about(run, flow, parameters, session):
        await patiently(partial(client.call, update_flow_run, run.id, update), colour, PATIENCE_AT_START)
    answer = await propose_running(client, run.id, colour, holder=session.holder, patience=PATIENCE_AT_START)
    run.lease = answer.lease
    if answer.state is not None:
        run.state, run.state_id = answer.state, answer.state.id
        run.state_type, run.state_name = answer.state.type, answer.state.name
    if run.state_type is StateType.RUNNING and not run.empirical_policy.resuming:
        run.run_count += 1
    return run


def _news_about(
    run: FlowRunResponse, flow: "Flow[Any, Any]", parameters: dict[str, Any], session: Session
) -> FlowRunUpdate | None:
    """What only the flow's code knows about the run: usually nothing that the server lacks."""
    update = FlowRunUpdate()
    policy = policy_of(flow, session)
    if policy.retries and run.empirical_policy.retries is None:
        run.empirical_policy = update.empirical_policy = policy
    if flow.flow_run_name is not None:
        run.name = update.name = _name_of(run, flow, parameters)
    return update if update != FlowRunUpdate() else None


def _name_of(run: FlowRunResponse, flow: "Flow[..., Any]", parameters: dict[str, Any]) -> str:
    """A run's name by its parameters, those that are left to their defaults too."""
    try:
        bound = flow.binding.bind((), parameters)
    except ParameterBindError:  # told when they are validated
        return run.name
    return clean(run_name(flow.flow_run_name, bound, field="flow_run_name"))


async def propose(
    client: Client, run_id: UUID, state: StateCreate, *, holder: str | None = None
) -> OrchestrationResult:
    """Propose a state. The same proposal sent twice happens once."""
    if state.state_details.transition_id is None:
        state.state_details.transition_id = _fresh_id()
    return await client.call(set_flow_run_state, run_id, SetFlowRunState(state=state, lease_holder=holder))


async def propose_running(
    client: Client,
    run_id: UUID,
    colour: Colour,
    *,
    name: str = "Running",
    holder: str | None = None,
    patience: float = PATIENCE,
) -> OrchestrationResult:
    """Propose that a run starts, waiting as long as the server says.

    Args:
        patience: Seconds for which to try while the server is away.

    Raises:
        Abort: The run must not start here.
        Unavailable: The server stayed away.
    """
    while True:
        proposal = StateCreate(type=StateType.RUNNING, name=name)
        ask = partial(propose, client, run_id, proposal, holder=holder)
        answer = await patiently(ask, colour, patience)
        if answer.status is SetStateStatus.ABORT:
            raise Abort(getattr(answer.details, "reason", None) or "The server refused to start the run.")
        if not isinstance(answer.details, StateWaitDetails):
            return answer
        await colour.sleep(answer.details.delay_seconds)


async def propose_end(
    session: Session, client: Client, run_id: UUID, state: State, colour: Colour, patience: float = PATIENCE
) -> OrchestrationResult:
    """Propose a run's last state, after everything that it recorded has arrived.

    Args:
        patience: Seconds for which to try while the server is away.

    Raises:
        Unavailable: The server stayed away.
        Fenced: Another process has the run.
    """
    proposal = StateCreate(
        type=state.type, name=state.name, message=state.message, state_details=_told(state.state_details)
    )

    async def tell() -> OrchestrationResult:
        if not await colour.offload(session.recorder.flush):
            raise Unavailable("What the run recorded could not be sent yet.")
        try:
            return await propose(client, run_id, proposal)
        except Fenced:
            raise
        except (ServerError, Conflict) as error:  # for the moment: a run that has ended is not lost for that
            raise Unavailable(str(error)) from error

    return await patiently(tell, colour, patience)


async def patiently(ask: Callable[[], Awaitable[T]], colour: Colour, patience: float) -> T:
    """Ask the server until it answers. Says once that it is away.

    Args:
        ask: May be done twice: perhaps only its answer was lost, or a gateway failed and not the server.

    Raises:
        Unavailable: It was still away after `patience` seconds.
        ServerError: It failed again and again.
    """
    end, pause, failures = time.monotonic() + patience, _FIRST_PAUSE, 0
    while True:
        try:
            return await ask()
        except (Unavailable, ServerError) as error:
            failures += isinstance(error, ServerError)
            if failures == _MOST_FAILURES or time.monotonic() + pause > end:
                raise
            if pause == _FIRST_PAUSE:
                get_logger().warning("%s Trying for up to %g seconds.", error, patience)
            await colour.sleep(max(pause, getattr(error, "retry_after", None) or 0.0))
            pause = min(pause * 2, _LONGEST_PAUSE)


def _told(details: StateDetails) -> StateDetails:
    """What of a state's details is the proposer's to say."""
    return StateDetails(
        scheduled_time=details.scheduled_time,
        pause_timeout=details.pause_timeout,
        pause_reschedule=details.pause_reschedule,
        pause_key=details.pause_key,
        run_input_keyset=details.run_input_keyset,
    )


def _fresh_id() -> UUID:
    return new_id(datetime.now(UTC))
