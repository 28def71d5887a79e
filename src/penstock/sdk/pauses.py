"""Pauses, as user code makes them: in its process, or by leaving it; and how runs go on."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import msgspec

from penstock.client.client import Client
from penstock.contract.flow_run_inputs import (
    FlowRunResume,
    ResumptionWait,
    await_resumption,
)
from penstock.contract.flow_run_inputs import resume_flow_run as resume_endpoint
from penstock.contract.flow_runs import SetFlowRunState, read_flow_run, set_flow_run_state
from penstock.contract.states import OrchestrationResult, SetStateStatus
from penstock.domain.errors import AlreadyExists, Conflict
from penstock.domain.pauses import NEVER_RESUMED, keyset_of_pause
from penstock.domain.states import State as DomainState
from penstock.domain.states import StateCreate, StateDetails, StateType
from penstock.sdk import door
from penstock.sdk.caller_colour import caller_colour, finished
from penstock.sdk.context import FlowRunContext, TaskRunContext
from penstock.sdk.engine.colours import SUSPENDING, Colour
from penstock.sdk.engine.proposals import patiently, propose_end
from penstock.sdk.engine.session import current_session
from penstock.sdk.exceptions import (
    FlowPauseTimeout,
    MissingContextError,
    NotPausedError,
    Pause,
    ResumptionRefused,
    RunCancelled,
)
from penstock.sdk.flow_run_inputs import Patience, hear, say, take_back
from penstock.sdk.ids import new_record_id
from penstock.sdk.logging import flow_run_logger
from penstock.sdk.states import State, from_server

_PATIENCE = 60.0
"""Seconds for which somebody else's run is suspended again while the server is away."""
_SECONDS_TO_CANCEL = 15.0
"""In which an interruption that is on its way reaches an asynchronous flow."""


def pause_flow_run(
    wait_for_input: Any = None, timeout: int = 3600, poll_interval: int = 10, key: str | None = None
) -> Any:
    """Wait in this process until somebody resumes the flow run. In an asynchronous flow, await it.

    Args:
        wait_for_input: A type: a `RunInput`, a pydantic model, or a plain one such as `int` or `list[str]`.
            Who resumes the run must give a value of it, which is returned.
        timeout: Seconds after which the run fails if nobody has resumed it.
        poll_interval: The most seconds between two looks at the run. A server of Penstock's is asked to say
            it at once.
        key: Tells this pause from others. One that the attempt has made already is not made again. Pauses are
            numbered, where it is left out.

    Returns:
        The input, or None where none was asked for.

    Raises:
        FlowPauseTimeout: Nobody resumed the run in time. It has failed.
        MissingContextError: This is called in a task, or outside of flows.
        Conflict: The server refused to pause the run.
    """
    colour = caller_colour()
    pause = _PauseHere("Paused", wait_for_input, timeout, key, colour)
    return finished(pause.and_wait(poll_interval), colour)


async def apause_flow_run(
    wait_for_input: Any = None,
    timeout: int = 3600,  # noqa: ASYNC109 - an argument of the synchronous one too
    poll_interval: int = 10,
    key: str | None = None,
) -> Any:
    """`pause_flow_run` that is always awaited."""
    return await _PauseHere("Paused", wait_for_input, timeout, key, SUSPENDING).and_wait(poll_interval)


def suspend_flow_run(
    wait_for_input: Any = None,
    flow_run_id: UUID | None = None,
    timeout: int | None = None,
    key: str | None = None,
) -> Any:
    """Leave the flow run, and let it begin anew when somebody resumes it. In an asynchronous flow, await it.

    The process ends, and its place is free for others. Only runs of deployments can be suspended. When the
    run has been resumed, the flow is called again from its start; this call then returns at once. What the
    tasks before it did is done again, unless the flow takes care of it.

    Args:
        wait_for_input: A type; see `pause_flow_run`.
        flow_run_id: Another run than the one around the calling code; its process ends within seconds.
        timeout: Seconds after which the run fails if nobody has resumed it; None is never.
        key: Tells this pause from others; see `pause_flow_run`.

    Returns:
        The input, once the run was resumed; None where none was asked for.

    Raises:
        MissingContextError: This is called in a task, or outside of flows.
        Conflict: The server refused, as it does for a run of no deployment.
        NotFound: There is no run with the id.
    """
    colour = caller_colour()
    return finished(_suspend(wait_for_input, flow_run_id, timeout, key, colour), colour)


async def asuspend_flow_run(
    wait_for_input: Any = None,
    flow_run_id: UUID | None = None,
    timeout: int | None = None,  # noqa: ASYNC109 - an argument of the synchronous one too
    key: str | None = None,
) -> Any:
    """`suspend_flow_run` that is always awaited."""
    return await _suspend(wait_for_input, flow_run_id, timeout, key, SUSPENDING)


def resume_flow_run(flow_run_id: UUID, run_input: dict[str, Any] | None = None) -> None:
    """Let a paused or suspended flow run go on. In a coroutine, await it.

    Args:
        run_input: What it waits for, by the names of its fields; of a plain type, the field is `value`.

    Raises:
        NotPausedError: The run is not paused.
        ResumptionRefused: The input does not fit; the message says why, and the run stays paused.
        FlowPauseTimeout: It is too late: the run has failed.
        NotFound: There is no such run.
    """
    colour = caller_colour()
    return finished(_resume(flow_run_id, run_input, colour), colour)


async def aresume_flow_run(flow_run_id: UUID, run_input: dict[str, Any] | None = None) -> None:
    """`resume_flow_run` that is always awaited."""
    await _resume(flow_run_id, run_input, SUSPENDING)


async def _resume(run_id: UUID, run_input: dict[str, Any] | None, colour: Colour) -> None:
    client = current_session().client(colour)
    answer = await client.call(resume_endpoint, run_id, FlowRunResume(run_input=run_input))
    reason = getattr(answer.details, "reason", None) or "The run was not resumed."
    if answer.status is SetStateStatus.ACCEPT:
        return
    if answer.status is SetStateStatus.ABORT:
        raise NotPausedError(reason)
    if answer.state is not None and answer.state.is_failed():
        raise FlowPauseTimeout(f"The flow run can no longer be resumed. {reason}")
    raise ResumptionRefused(reason, field="run_input")


async def _suspend(
    wait_for_input: Any, run_id: UUID | None, seconds: int | None, key: str | None, colour: Colour
) -> Any:
    here = FlowRunContext.get()
    if run_id is None or (here is not None and here.flow_run.id == run_id and TaskRunContext.get() is None):
        return await _PauseHere("Suspended", wait_for_input, seconds, key, colour).and_leave()
    question = _Question("Suspended", run_id, key or str(new_record_id(datetime.now(UTC))), wait_for_input)
    await question.ask(colour)
    state = question.state(seconds)
    proposal = StateCreate(type=state.type, name=state.name, state_details=state.state_details)
    client = current_session().client(colour)
    tell = partial(client.call, set_flow_run_state, run_id, SetFlowRunState(state=proposal))
    _check(await patiently(tell, colour, _PATIENCE), "suspended")
    return None


class _Question(msgspec.Struct):
    """What a pause asks for, if anything, and the state that says so."""

    name: str
    """Of the state: `Paused` or `Suspended`."""
    run_id: UUID
    key: str
    wanted: Any
    """The type of what it asks for, or None."""

    @property
    def keys(self) -> dict[str, str]:
        return keyset_of_pause(self.name, self.key)

    def state(self, timeout: float | None) -> State[Any]:
        until = None if timeout is None else datetime.now(UTC) + timedelta(seconds=timeout)
        details = StateDetails(
            pause_timeout=until,
            pause_reschedule=self.name == "Suspended",
            pause_key=self.key,
            run_input_keyset=self.keys if self.wanted is not None else None,
        )
        return State(type=StateType.PAUSED, name=self.name, state_details=details)

    async def ask(self, colour: Colour) -> None:
        """Say what the run will wait for, so that it is known as soon as it waits."""
        if self.wanted is None:
            return
        schema, description = door.run_inputs().asked(self.wanted)
        await _put(colour, self.keys["schema"], schema, self.run_id)
        if description is not None:
            await _put(colour, self.keys["description"], description, self.run_id)

    async def answer(self, colour: Colour) -> Any:
        """What was said to the run that waited for it."""
        if self.wanted is None:
            return None
        return door.run_inputs().answered(self.wanted, await hear(colour, self.keys["response"], self.run_id))


async def _put(colour: Colour, key: str, value: str, run_id: UUID) -> None:
    """Say something under a key, in the place of what an earlier attempt said there."""
    try:
        await say(colour, key, value, run_id)
    except AlreadyExists:
        await take_back(colour, key, run_id)
        await say(colour, key, value, run_id)


class _PauseHere:
    """A pause of the flow run around the calling code."""

    def __init__(
        self, name: str, wanted: Any, timeout: float | None, key: str | None, colour: Colour
    ) -> None:
        self.context = _context("paused" if name == "Paused" else "suspended")
        self.timeout, self.colour = timeout, colour
        run = self.context.flow_run
        self.question = _Question(name, run.id, key or self.context.key_of_pause(), wanted)
        self.client: Client = self.context.session.client(colour, self.context.hold.lease)
        self.logger = flow_run_logger(run, self.context.flow)

    async def and_wait(self, poll_interval: float) -> Any:
        """Pause, wait for the end of the pause, and return what was said."""
        if await self._begin() is not None:
            self.logger.info(
                "Paused. Somebody must resume the flow run within %g seconds.", self.timeout or 0
            )
            await self._heed(await self._wait(Patience(self.timeout, poll_interval)))
            self.context.session.heartbeat.keep(self.context.hold)
            self.logger.info("Resumed.")
        return await self.question.answer(self.colour)

    async def and_leave(self) -> Any:
        """Suspend the run and leave its code; or return what was said, where it was resumed."""
        await self.context.task_runner.finish(self.colour)
        heartbeat, hold = self.context.session.heartbeat, self.context.hold
        heartbeat.release(hold)  # the lease goes with the state; to hear that is no news
        try:
            state = await self._begin()
        except BaseException:
            heartbeat.keep(hold)
            raise
        if state is not None:
            self.logger.info("Suspended. The flow begins anew when somebody resumes it.")
            raise Pause("The flow run is suspended.", state=from_server(state))
        heartbeat.keep(hold)
        return await self.question.answer(self.colour)

    async def _begin(self) -> DomainState | None:
        """The state of the pause; None where it was made already, and is over."""
        context, run = self.context, self.context.flow_run
        if self.question.key not in (run.empirical_policy.pause_keys or ()):
            await self.question.ask(self.colour)
        state = self.question.state(self.timeout)
        answer = await propose_end(context.session, self.client, run.id, state, self.colour)
        _check(answer, self.question.name.lower())
        await self._heed_cancellation(answer.state)
        return answer.state if answer.status is SetStateStatus.ACCEPT else None

    async def _wait(self, patience: Patience) -> DomainState | None:
        """The state in which the run is not paused any more; None if it is still paused."""
        client, run_id = self.client.patient(), self.context.flow_run.id

        async def ask(seconds: float) -> DomainState | None:
            return _unpaused(
                await client.call(await_resumption, run_id, ResumptionWait(wait_seconds=seconds))
            )

        async def look() -> DomainState | None:
            return _unpaused((await client.call(read_flow_run, run_id)).state)

        self.context.hold.waits = True
        try:
            found: DomainState | None = await patience.until(
                ask, look, self.colour, pushes=client.api_url is not None
            )
        finally:
            self.context.hold.waits = False
        return found

    async def _heed(self, state: DomainState | None) -> None:
        """Go on where the run does; raise why it does not."""
        if state is not None and state.is_terminal:
            self.context.hold.ended_as = state
            self.context.session.heartbeat.release(self.context.hold)
        if state is None or state.is_failed():
            raise FlowPauseTimeout(NEVER_RESUMED)
        await self._heed_cancellation(state)
        if not state.is_running():
            message = (
                f"The flow run is {state.name} instead of going on: {state.message or 'nobody said why'}"
            )
            raise Conflict(message)

    async def _heed_cancellation(self, state: DomainState | None) -> None:
        if state is not None and (state.is_cancelling() or state.is_cancelled()):
            self.context.hold.end(RunCancelled("The run was cancelled."))
            await self.colour.sleep(_SECONDS_TO_CANCEL)
            self.context.hold.check()


def _unpaused(state: DomainState | None) -> DomainState | None:
    return None if state is None or state.is_paused() else state


def _check(answer: OrchestrationResult, done: str) -> None:
    """Raise why the server did not let the run be paused at all."""
    if answer.status is SetStateStatus.ABORT:
        reason = getattr(answer.details, "reason", None) or "The server refused."
        raise Conflict(f"The flow run is not {done}: {reason}")


def _context(done: str) -> FlowRunContext:
    context = FlowRunContext.get()
    if TaskRunContext.get() is not None:
        raise MissingContextError(f"Task runs cannot be {done}: call this from the flow.")
    if context is None:
        raise MissingContextError(f"Nothing can be {done} here: no flow run is active.")
    return context
