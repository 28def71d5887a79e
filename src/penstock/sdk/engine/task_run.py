"""One run of a task: resolve → attempt, and again → settle.

States are entered here, in the process, and told to the recorder; a plain task asks the server nothing.
"""

import os
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from penstock import tracing
from penstock.contract.task_runs import TaskInputs, TaskRun, TaskRunPolicy
from penstock.domain.retries import TaskRetryPolicy
from penstock.domain.states import StateType
from penstock.sdk.context import FlowRunContext, TaskRunContext, current_tags
from penstock.sdk.engine import user_code
from penstock.sdk.engine.batches import clean
from penstock.sdk.engine.colours import Colour
from penstock.sdk.engine.hooks import call_hooks, hooks_for
from penstock.sdk.engine.interrupts import Interrupt
from penstock.sdk.engine.session import current_session
from penstock.sdk.engine.settlement import excerpt, state_of_exception, state_of_value
from penstock.sdk.engine.tag_slots import take_tag_slots
from penstock.sdk.engine.upstream import (
    PLAIN,
    are_plain,
    check_wait_for,
    inputs_from,
    resolve,
    wait_for_futures,
)
from penstock.sdk.exceptions import TaskRunTimeoutError
from penstock.sdk.ids import new_record_id
from penstock.sdk.logging import log_prints, task_run_logger
from penstock.sdk.run_names import run_name
from penstock.sdk.states import AwaitingRetry, State
from penstock.settings.tree import TaskSettings

if TYPE_CHECKING:
    from penstock.sdk.tasks import Task

_jitter = Random()  # noqa: S311 - spreads retries, guards nothing


class TaskCall:
    """A task on its way through one run.

    Args:
        parameters: Of the call, by name. Futures and states among them are replaced before the task runs.
        wait_for: What must complete before, without being an argument.
        inputs: Where the parameters come from, for the record; found out where it is left out.
    """

    __slots__ = (
        "ended_by",
        "flow",
        "interrupt",
        "parameters",
        "retry_policy",
        "run",
        "session",
        "task",
        "wait_for",
    )

    def __init__(
        self,
        task: "Task[Any, Any]",
        parameters: dict[str, Any],
        wait_for: Iterable[Any] | None = None,
        inputs: TaskInputs | None = None,
    ) -> None:
        self.task = task
        self.parameters = parameters
        self.wait_for = None if wait_for is None else list(wait_for)
        self.flow = FlowRunContext.get()
        if self.flow is not None:
            self.flow.hold.check()
        self.session = self.flow.session if self.flow is not None else current_session()
        self.interrupt: Interrupt | None = None
        """Ends the run from outside, where it has a thread of its own."""
        self.ended_by: BaseException | None = None
        """What ended the run and is none of its own: the caller must raise it further."""
        self.retry_policy, policy = _policies_of(task, self.session.settings.tasks)
        self.run = _new_run(task, policy, self.flow, self._inputs() if inputs is None else inputs)

    def _inputs(self) -> TaskInputs:
        if self.wait_for is None and are_plain(self.parameters.values()):
            return {}
        return inputs_from(self.parameters, self.wait_for)

    def enter(self, state: State[Any]) -> State[Any]:
        """The run is in `state` from now on."""
        run, details = self.run, state.state_details
        details.task_run_id, details.flow_run_id = run.id, run.flow_run_id
        run.state, run.state_id, run.state_type, run.state_name = state, state.id, state.type, state.name
        self.session.recorder.record(run, state)
        return state

    def why(self, error: BaseException) -> BaseException:
        """What `error`, which came out of the run's code, really means."""
        if isinstance(error, Exception):
            return error
        if self.interrupt is not None and self.interrupt.reason is not None:
            return self.interrupt.reason
        return self.flow.why_interrupted(error) if self.flow is not None else error


def _new_run(
    task: "Task[Any, Any]", policy: TaskRunPolicy, flow: FlowRunContext | None, inputs: TaskInputs
) -> TaskRun:
    now = datetime.now(UTC)
    tags = current_tags()
    key = os.urandom(8).hex() if flow is None else flow.key_of_call(task.task_key)
    return TaskRun(
        id=new_record_id(now),
        created=now,
        updated=now,
        name=f"{task.name}-{key}",
        flow_run_id=flow.flow_run.id if flow is not None else None,
        task_key=task.task_key,
        dynamic_key=key,
        task_version=task.version,
        empirical_policy=policy,
        tags=sorted(tags | task.tags) if tags else task.sorted_tags,
        task_inputs=inputs,
        flow_run_run_count=flow.flow_run.run_count if flow is not None else 0,
        expected_start_time=now,
    )


_policies: "WeakKeyDictionary[Task[Any, Any], tuple[TaskRetryPolicy, TaskRunPolicy]]" = WeakKeyDictionary()


def _policies_of(task: "Task[Any, Any]", settings: TaskSettings) -> tuple[TaskRetryPolicy, TaskRunPolicy]:
    """How runs of a task are tried again, for us and for the record."""
    policies = _policies.get(task)
    if policies is None:
        retries = settings.default_retries if task.retries is None else task.retries
        delays = task.retry_delays if task.retry_delay_seconds is not None else _default_delays(settings)
        policy = TaskRetryPolicy(retries=retries, delays=delays, jitter=task.retry_jitter_factor)
        told: list[int | float] = list(delays)
        record = TaskRunPolicy(
            retries=retries,
            retry_delay=told[0] if len(told) == 1 else told or None,
            retry_jitter_factor=task.retry_jitter_factor,
        )
        policies = _policies[task] = (policy, record)
    return policies


def _default_delays(settings: TaskSettings) -> list[float]:
    return [settings.default_retry_delay_seconds] if settings.default_retry_delay_seconds else []


async def run_task(call: TaskCall, colour: Colour) -> State[Any]:
    """Run a task to the end of its last attempt, and return the state in which it ended.

    Raises nothing. What ended the run from outside stands in `call.ended_by`.
    """
    if not tracing.is_on():
        return await _run_to_its_end(call, colour)
    found = {"penstock.task.name": call.task.name, "penstock.task_run.id": str(call.run.id)}
    if call.run.flow_run_id is not None:
        found["penstock.flow_run.id"] = str(call.run.flow_run_id)
    with tracing.span(call.task.name, found) as span:
        state = await _run_to_its_end(call, colour)
        count = call.run.run_count
        span.add({"penstock.task_run.name": call.run.name, "penstock.run.count": count})
        span.add({"penstock.run.state": state.type.value})
        if state.type in (StateType.FAILED, StateType.CRASHED):
            span.fail(state.message or state.name)
        return state


async def _run_to_its_end(call: TaskCall, colour: Colour) -> State[Any]:
    try:
        if call.flow is not None:
            call.flow.hold.check()  # it may have waited for a thread since it was submitted
        parameters = await _resolve(call, colour)
        state = await _attempt(call, parameters, colour, "Running")
        while state.type is StateType.FAILED and await _prepare_retry(call, state, colour):
            state = await _attempt(call, parameters, colour, "Retrying")
    except BaseException as error:
        state = _settle_error(call, error)
    call.enter(state)
    if hooks := hooks_for(call.task, state):
        await call_hooks(hooks, call.task, call.run, state, colour, task_run_logger(call.run, call.task))
    return state


async def _resolve(call: TaskCall, colour: Colour) -> dict[str, Any]:
    """The parameters with results in place of futures. The run gets its final name, which may use them."""
    parameters = call.parameters
    if call.wait_for is not None:
        await wait_for_futures(call.wait_for, colour)
        check_wait_for(call.wait_for)
    if not are_plain(parameters.values()):
        await wait_for_futures(parameters, colour)
        parameters = {
            name: value if type(value) in PLAIN else resolve(value) for name, value in parameters.items()
        }
    if call.task.task_run_name is not None:
        call.run.name = clean(run_name(call.task.task_run_name, parameters, field="task_run_name"))
    return parameters


async def _attempt(call: TaskCall, parameters: dict[str, Any], colour: Colour, name: str) -> State[Any]:
    slots = await take_tag_slots(call, colour) if call.run.tags else None
    if slots is None:
        return await _attempt_with_slots(call, parameters, colour, name)
    try:
        return await _attempt_with_slots(call, parameters, colour, name)
    finally:
        await slots.leave()


async def _attempt_with_slots(
    call: TaskCall, parameters: dict[str, Any], colour: Colour, name: str
) -> State[Any]:
    call.run.run_count += 1
    running = call.enter(State(type=StateType.RUNNING, name=name))
    if call.run.start_time is None:
        call.run.start_time = running.timestamp
    try:
        value = await _execute(call, parameters, colour, running)
    except BaseException as error:
        return _settle_error(call, error)
    if type(value) not in PLAIN:
        await wait_for_futures(value, colour)
    return state_of_value(value, datetime.now(UTC))


async def _execute(call: TaskCall, parameters: dict[str, Any], colour: Colour, running: State[Any]) -> Any:
    task = call.task
    args, kwargs = task.binding.arguments(parameters)
    prints = _prints(call)
    with TaskRunContext(task, call.run, parameters, running.timestamp, prints), log_prints(prints):
        if task.on_running_hooks:
            logger = task_run_logger(call.run, task)
            await call_hooks(task.on_running_hooks, task, call.run, running, colour, logger)
        if task.timeout_seconds is None:
            value = task.fn(*args, **kwargs)
            return await value if task.isasync else value
        limit = task.timeout_seconds
        over = TaskRunTimeoutError(f"Task run exceeded its timeout of {limit:g} seconds.")
        return await user_code.call(
            task.fn,
            args,
            kwargs,
            interrupt=colour.interrupt(),
            is_async=task.isasync,
            limit=limit,
            over=over,
            last_resort=call.flow.last_resort if call.flow is not None else None,
        )


def _prints(call: TaskCall) -> bool:
    if call.task.log_prints is not None:
        return call.task.log_prints
    return call.flow.log_prints if call.flow is not None else call.session.settings.logging.log_prints


def _settle_error(call: TaskCall, error: BaseException) -> State[Any]:
    """The state of a run whose code raised; it is logged, with its traceback if it is the code's own."""
    cause = call.why(error)
    if not isinstance(error, Exception):
        call.ended_by = error
    state = state_of_exception(cause, datetime.now(UTC), run="Task run")
    state.message = clean(state.message or "")
    logger = task_run_logger(call.run, call.task)
    if state.type is StateType.FAILED:
        logger.error("%s", state.message, exc_info=excerpt(cause))
    else:
        logger.warning("%s", state.message)
    return state


async def _prepare_retry(call: TaskCall, state: State[Any], colour: Colour) -> bool:
    """Wait for the next attempt, if there is to be one."""
    task, attempt = call.task, call.run.run_count
    if call.ended_by is not None or not call.retry_policy.allows(attempt):
        return False
    if task.retry_condition_fn is not None and not await _condition_holds(call, state, colour):
        return False
    delay = call.retry_policy.delay_before(attempt, _jitter)
    task_run_logger(call.run, task).info(
        "Retry %d of %d starts in %g seconds.", attempt, call.retry_policy.retries, delay
    )
    again = datetime.now(UTC) + timedelta(seconds=delay)
    call.enter(AwaitingRetry(scheduled_time=again, message=state.message, data=state.data))
    await colour.sleep(delay)
    return True


async def _condition_holds(call: TaskCall, state: State[Any], colour: Colour) -> bool:
    condition = call.task.retry_condition_fn
    assert condition is not None
    try:
        answer = condition(call.task, call.run, state)
        return bool(await colour.settle(answer) if hasattr(answer, "__await__") else answer)
    except Exception as error:  # whatever the user's function raises
        task_run_logger(call.run, call.task).exception(
            "The retry condition failed, so there is none: %r", error
        )
        return False
