"""One run of a flow, from its first state to its last.

    begin → validate → execute → settle        and from `validate` again, while the server grants a retry

Written once, as coroutines that wait only through a `Colour`: a synchronous flow is driven by `run_sync`, an
asynchronous one by its event loop. The steps take and return one `FlowRun`. What user code returned or raised
is a state as soon as it leaves that code, and the steps that follow look at nothing else.
"""

import logging
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Any
from uuid import UUID

from msgspec import UNSET

from penstock import tracing
from penstock.client.client import Client
from penstock.contract.flow_runs import FlowRunResponse
from penstock.contract.states import OrchestrationResult, SetStateStatus
from penstock.domain.errors import Fenced, PenstockError
from penstock.domain.states import State as DomainState
from penstock.domain.states import StateType
from penstock.sdk.annotations import NotSet
from penstock.sdk.context import FlowRunContext
from penstock.sdk.engine import user_code
from penstock.sdk.engine.batches import clean
from penstock.sdk.engine.colours import Colour
from penstock.sdk.engine.heartbeat import Hold
from penstock.sdk.engine.hooks import call_hooks, hooks_for
from penstock.sdk.engine.interrupts import accept_interrupts
from penstock.sdk.engine.last_resort import LastResort
from penstock.sdk.engine.proposals import PATIENCE, create_run, propose_end, propose_running, take_over
from penstock.sdk.engine.session import current_session
from penstock.sdk.engine.settlement import excerpt, state_of_exception, state_of_value
from penstock.sdk.engine.signals import ending_by_signal
from penstock.sdk.engine.subflow import ParentTaskRun
from penstock.sdk.engine.upstream import check_wait_for, inputs_from, resolve, wait_for_futures
from penstock.sdk.exceptions import FlowRunTimeoutError, Pause, RunCancelled, RunFenced, TerminationSignal
from penstock.sdk.logging import RunLogger, flow_run_logger, log_prints
from penstock.sdk.runners.base import TaskRunner
from penstock.sdk.runners.thread_pool import ThreadPoolTaskRunner
from penstock.sdk.states import State, from_server

if TYPE_CHECKING:
    from penstock.sdk.flows import Flow

PATIENCE_AFTER_SIGNAL = 10.0
"""Seconds for which a process that was told to end tries to say how its run ended."""


class FlowRun:
    """A run of `flow` in this process.

    Args:
        parameters: Of the call, by name. Futures and states among them are replaced before the flow runs.
        wait_for: What must complete before, without being an argument.
        record: The run, where somebody else made it; otherwise it is made.
        lease: Under which this process has that run.
        is_alone: Whether the process is there for this run only, and may be ended where its code cannot be.
    """

    record: FlowRunResponse
    hold: Hold
    client: Client
    logger: RunLogger

    def __init__(
        self,
        flow: "Flow[Any, Any]",
        parameters: dict[str, Any],
        colour: Colour,
        *,
        wait_for: Iterable[Any] | None = None,
        record: FlowRunResponse | None = None,
        lease: UUID | None = None,
        is_alone: bool = False,
    ) -> None:
        self.flow = flow
        self.given = parameters
        self.parameters = parameters
        self.colour = colour
        self.wait_for = None if wait_for is None else list(wait_for)
        self.made_elsewhere = record
        self.lease = lease
        self.is_alone = is_alone
        self.last_resort: LastResort | None = None
        self.parent = FlowRunContext.get()
        self.session = self.parent.session if self.parent is not None else current_session()
        self.parent_task: ParentTaskRun | None = None
        self.calls: dict[str, count[int]] = {}
        """How often each task was called, over all attempts."""
        self.state: State[Any] | None = None
        """How the attempt, or the run, ended. None while there is more to do."""
        self.is_over = False
        self.is_lost = False
        """Whether another process has the run, so that there is nothing more to say or do about it."""
        self.is_unheard = False
        """Whether the server could not be told how the run ended."""
        self.ended_by: BaseException | None = None
        """What ended the run and is none of its own: the caller must raise it further."""

    def end_as(self, state: State[Any]) -> None:
        """The run is over, in `state`."""
        state.state_details.flow_run_id = self.record.id
        self.state = self.record.state = state
        self.record.state_type, self.record.state_name = state.type, state.name
        self.is_over = True


async def run_flow(run: FlowRun) -> FlowRun:
    """Run a flow to the end of its last attempt.

    `run.state` is how it ended, with its value or exception. Nothing that user code raises is raised here.

    Raises:
        Abort: The server refused to start the run.
        Unavailable: The run could not even be made known.
    """
    if not tracing.begin("penstock"):
        return await _run_to_its_end(run)
    made_in = run.made_elsewhere.labels.get(tracing.LABEL) if run.made_elsewhere is not None else None
    around = str(made_in) if made_in else tracing.traceparent()
    with tracing.span(run.flow.name, {"penstock.flow.name": run.flow.name}, parent=around) as span:
        return _told(await _run_to_its_end(run), span)


async def _run_to_its_end(run: FlowRun) -> FlowRun:
    run = await begin(run)
    with ending_by_signal(run.hold):
        try:
            while not run.is_over:
                run = await settle(await execute(await validate(run)))
            return await conclude(run)
        finally:
            release(run)


def _told(run: FlowRun, span: tracing.Span) -> FlowRun:
    """Say in a span which run it was, and how it ended."""
    record, state = run.record, run.state
    assert state is not None
    found = {"penstock.flow_run.id": str(record.id), "penstock.flow_run.name": record.name}
    if record.deployment_id is not None:
        found["penstock.deployment.id"] = str(record.deployment_id)
    span.add({**found, "penstock.run.state": state.type.value, "penstock.run.count": record.run_count})
    if state.type in (StateType.FAILED, StateType.CRASHED):
        span.fail(state.message or state.name)
    return run


async def begin(run: FlowRun) -> FlowRun:
    """Make the run, or take over one that was made for this process. From here on it is ours and RUNNING."""
    accept_interrupts()
    if run.parent is not None and run.made_elsewhere is None:
        inputs = inputs_from(run.given, run.wait_for)
        run.parent_task = ParentTaskRun(run.parent, run.flow.name, run.flow.key, inputs)
    if run.made_elsewhere is None:
        task_id = run.parent_task.id if run.parent_task is not None else None
        parent_id = run.parent.flow_run.id if run.parent is not None else None
        run.record = await create_run(run.flow, run.given, run.session, run.colour, task_id, parent_id)
    else:
        client = run.session.client(run.colour, run.lease)
        run.record = await take_over(run.made_elsewhere, run.flow, run.given, run.session, client, run.colour)
    _take_hold(run)
    if run.record.state_type is not StateType.RUNNING and run.record.state is not None:
        run.end_as(from_server(run.record.state))
    else:
        run.logger.info("Beginning flow run %r of flow %r", run.record.name, run.flow.name)
    return run


def _take_hold(run: FlowRun) -> None:
    """Let the run's lease be renewed, and shown with all that is said about the run."""
    record, session = run.record, run.session
    grant = record.lease if record.lease is not UNSET else None
    run.logger = flow_run_logger(record, run.flow)
    run.hold = Hold(record.id, grant)
    run.client = session.client(run.colour, run.hold.lease or run.lease)
    if grant is not None:
        session.recorder.hold_lease(record.id, grant.id)
        session.heartbeat.keep(run.hold)
    if run.parent_task is not None:
        run.parent_task.begin(record.id)
    if run.is_alone:
        run.last_resort = LastResort(session, record.id, run.hold.lease or run.lease, run.logger)
        run.hold.last_resort = run.last_resort


async def validate(run: FlowRun) -> FlowRun:
    """Replace futures by their results, and fit the parameters to the flow's annotations."""
    if run.is_over or run.state is not None:
        return run
    try:
        await wait_for_futures([run.given, run.wait_for], run.colour)
        if run.wait_for is not None:
            check_wait_for(run.wait_for)
        run.parameters = {name: resolve(value) for name, value in run.given.items()}
        if run.made_elsewhere is not None:
            run.parameters = run.flow.binding.bind((), run.parameters)
        if run.flow.should_validate_parameters:
            run.parameters = run.flow.validate_parameters(run.parameters)
    except Exception as error:  # whatever the user's types and upstream runs raise
        run.state = state_of_exception(error, datetime.now(UTC), run="Validation of flow parameters")
        run.logger.error("%s", clean(run.state.message or ""))
    return run


async def execute(run: FlowRun) -> FlowRun:
    """Call the user's function, with all that code in it can ask for around it."""
    if run.is_over or run.state is not None:
        return run
    flow, interrupt = run.flow, run.colour.interrupt()
    runner = new_task_runner(flow.task_runner)
    prints = run.session.settings.logging.log_prints if flow.log_prints is None else flow.log_prints
    context = FlowRunContext(
        flow=flow,
        flow_run=run.record,
        parameters=run.parameters,
        session=run.session,
        hold=run.hold,
        interrupt=interrupt,
        task_runner=runner,
        calls=run.calls,
        log_prints=prints,
        last_resort=run.last_resort,
    )
    with context, log_prints(prints):
        try:
            await _announce(run)
            run.hold.reaches(interrupt)
            value = await user_code.call(
                _call, (run, runner), {}, is_async=True, interrupt=interrupt, **_time_limit(run)
            )
            run.state = state_of_value(value, datetime.now(UTC))
        except Pause as pause:
            await runner.abandon(run.colour, at_once=False)
            run.end_as(pause.state)
        except BaseException as error:
            run.state = _state_of_error(run, error)
            await runner.abandon(run.colour, at_once=interrupt.reason is not None or run.ended_by is not None)
        finally:
            run.hold.reaches(None)
    return run


def new_task_runner(pattern: TaskRunner | type[TaskRunner] | None) -> TaskRunner:
    """What runs the tasks that one run submits: threads, or what the flow was given."""
    if pattern is None:
        return ThreadPoolTaskRunner()
    return pattern() if isinstance(pattern, type) else pattern.duplicate()


def _time_limit(run: FlowRun) -> dict[str, Any]:
    limit = run.flow.timeout_seconds
    if limit is None:
        return {}
    over = FlowRunTimeoutError(f"Flow run exceeded its timeout of {limit:g} seconds.")
    return {"limit": limit, "over": over, "last_resort": run.last_resort}


async def _announce(run: FlowRun) -> None:
    if run.flow.on_running_hooks and run.record.state is not None:
        hooks = run.flow.on_running_hooks
        await call_hooks(hooks, run.flow, run.record, run.record.state, run.colour, run.logger)


async def _call(run: FlowRun, runner: TaskRunner) -> Any:
    """What the user's function returns, when all that it submitted has ended too."""
    args, kwargs = run.flow.binding.arguments(run.parameters)
    value = run.flow.fn(*args, **kwargs)
    if run.flow.isasync:
        value = await value
    await wait_for_futures(value, run.colour)
    await runner.finish(run.colour)
    return value


def _state_of_error(run: FlowRun, error: BaseException) -> State[Any]:
    cause = error if isinstance(error, Exception) else _why(run, error)
    own = cause is run.hold.ended_by and isinstance(cause, RunCancelled | RunFenced)
    if not isinstance(error, Exception) and not own:
        run.ended_by = error
    state = state_of_exception(cause, datetime.now(UTC), run="Flow run")
    if state.type is StateType.FAILED:
        run.logger.error("%s", clean(state.message or ""), exc_info=excerpt(cause))
    else:
        run.logger.warning("%s", clean(state.message or ""))
    return state


def _why(run: FlowRun, error: BaseException) -> BaseException:
    """What ended the run's code, where `error` is how it noticed."""
    if run.hold.ended_by is not None:
        return run.hold.ended_by
    return run.parent.why_interrupted(error) if run.parent is not None else error


async def settle(run: FlowRun) -> FlowRun:
    """Propose the state in which the attempt ended, after all that it recorded, and heed the answer."""
    if run.is_over:
        return run
    state = run.state
    assert state is not None
    if run.hold.ended_as is not None:
        why = state.data if isinstance(state.data, BaseException) else NotSet
        run.end_as(from_server(run.hold.ended_as, data=why))
        return run
    if isinstance(run.hold.ended_by, RunFenced):
        return _lose(run)
    state.message = clean(state.message) if state.message else None
    run.logger.log(*_last_words(state))
    patience = PATIENCE_AFTER_SIGNAL if isinstance(run.ended_by, TerminationSignal) else PATIENCE
    try:
        answer = await propose_end(run.session, run.client, run.record.id, state, run.colour, patience)
    except Fenced as error:
        run.logger.warning("%s", error)
        return _lose(run)
    except (
        PenstockError
    ) as error:  # it stayed away, or forgot the run: what was computed is not lost for that
        run.logger.error("The server does not know that the run is %s: %s", state.name, error)
        run.is_unheard = True
        run.end_as(state)
        return run
    return await _heed(run, state, answer)


def _last_words(state: State[Any]) -> tuple[int, str, str | None, str]:
    level = logging.INFO if state.is_completed() else logging.ERROR
    # What the code raised is logged already.
    message = "" if state.message is None or isinstance(state.data, BaseException) else repr(state.message)
    return level, "Finished in state %s(%s)", state.name, message


def _lose(run: FlowRun) -> FlowRun:
    """Another process has the run. What happens here from now on is nobody's business."""
    run.is_lost = True
    run.end_as(State(type=StateType.CRASHED, message="Another process has this run now; this one stopped."))
    return run


async def _heed(run: FlowRun, state: State[Any], answer: OrchestrationResult) -> FlowRun:
    decided = answer.state
    if answer.status is SetStateStatus.ACCEPT or decided is None or decided.type is state.type:
        run.end_as(state)
    elif decided.name == "AwaitingRetry" and run.record.empirical_policy.retry_type != "reschedule":
        run.state = None
        await _try_again(run, decided)
    else:
        run.end_as(from_server(decided))
    return run


async def _try_again(run: FlowRun, awaiting: DomainState) -> None:
    """Begin the next attempt when it is due. The wait for it can be ended as user code can."""
    due = awaiting.state_details.scheduled_time or awaiting.timestamp
    pause = max(0.0, (due - awaiting.timestamp).total_seconds())
    run.logger.info("The next attempt starts in %g seconds.", pause)
    interrupt = run.colour.interrupt()
    try:
        run.hold.reaches(interrupt)
        await user_code.call(_begin_attempt, (run, pause), {}, is_async=True, interrupt=interrupt)
    except BaseException as error:
        run.state = _state_of_error(run, error)
    finally:
        run.hold.reaches(None)


async def _begin_attempt(run: FlowRun, pause: float) -> None:
    await run.colour.sleep(pause)
    answer = await propose_running(run.client, run.record.id, run.colour, name="Retrying")
    if answer.state is not None and answer.state.type is not StateType.RUNNING:
        run.end_as(from_server(answer.state))
    else:
        run.record.run_count += 1


async def conclude(run: FlowRun) -> FlowRun:
    """The run is over: tell its parent and the user's hooks."""
    state = run.state
    assert state is not None
    if run.parent_task is not None:
        run.parent_task.end(state)
    if not run.is_lost and (hooks := hooks_for(run.flow, state)):
        await call_hooks(hooks, run.flow, run.record, state, run.colour, run.logger)
    return run


def release(run: FlowRun) -> None:
    """Nothing more is said about the run from here."""
    run.session.heartbeat.release(run.hold)
    run.session.recorder.forget_lease(run.record.id)
