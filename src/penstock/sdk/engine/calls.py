"""What calling, submitting and mapping come to: arguments in, a run made and run, a result or a state out."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from penstock.colourless import run_sync
from penstock.sdk.annotations import unmapped
from penstock.sdk.context import FlowRunContext
from penstock.sdk.engine.colours import BLOCKING, SUSPENDING
from penstock.sdk.engine.flow_run import FlowRun, run_flow
from penstock.sdk.engine.task_run import TaskCall, run_task
from penstock.sdk.exceptions import MissingContextError
from penstock.sdk.futures import Future, FutureList
from penstock.sdk.runners.base import TaskRunner
from penstock.sdk.states import State

if TYPE_CHECKING:
    from penstock.sdk.flows import Flow
    from penstock.sdk.tasks import Task

Args = tuple[Any, ...]
Kwargs = Mapping[str, Any]


def call_flow(
    flow: "Flow[..., Any]", args: Args, kwargs: Kwargs, return_state: bool = False, wait_for: Any = None
) -> Any:
    """Run a flow here and now; for an asynchronous one, the coroutine that does."""
    parameters = flow.binding.bind(args, kwargs)
    run = FlowRun(flow, parameters, SUSPENDING if flow.isasync else BLOCKING, wait_for=wait_for)
    if flow.isasync:
        return _run_flow_async(run, return_state)
    return outcome_of_flow(run_sync(run_flow(run)), return_state)


async def _run_flow_async(run: FlowRun, return_state: bool) -> Any:
    return outcome_of_flow(await run_flow(run), return_state)


def outcome_of_flow(run: FlowRun, return_state: bool) -> Any:
    """The result of a flow run that is over, or its state. Raises what the flow raised."""
    assert run.state is not None
    if run.ended_by is not None:
        raise run.ended_by
    return run.state if return_state else run.state.result()


def call_task(
    task: "Task[..., Any]", args: Args, kwargs: Kwargs, return_state: bool = False, wait_for: Any = None
) -> Any:
    """Run a task here and now; for an asynchronous one, the coroutine that does."""
    call = TaskCall(task, task.binding.bind(args, kwargs), wait_for)
    if task.isasync:
        return _run_task_async(call, return_state)
    return _outcome_of_task(call, run_sync(run_task(call, BLOCKING)), return_state)


async def _run_task_async(call: TaskCall, return_state: bool) -> Any:
    return _outcome_of_task(call, await run_task(call, SUSPENDING), return_state)


def _outcome_of_task(call: TaskCall, state: State[Any], return_state: bool) -> Any:
    if call.ended_by is not None:
        raise call.ended_by
    return state if return_state else state.result()


def submit_task(
    task: "Task[..., Any]", args: Args, kwargs: Kwargs, return_state: bool = False, wait_for: Any = None
) -> Any:
    """Give a task to the flow's task runner: its future, or the state in which it ended."""
    future = _runner_for(task, "submit").submit(task, task.binding.bind(args, kwargs), wait_for)
    return _state_when_done(future) if return_state else future


def map_task(
    task: "Task[..., Any]", args: Args, kwargs: Kwargs, return_state: bool = False, wait_for: Any = None
) -> Any:
    """Give a task to the flow's task runner once for each element: its futures, or states."""
    given = task.binding.given(args, kwargs)
    bound = task.binding.bind(args, kwargs)
    parameters = {name: value if name in given else unmapped(value) for name, value in bound.items()}
    futures: FutureList[Any] = _runner_for(task, "map").map(task, parameters, wait_for)
    return [_state_when_done(future) for future in futures] if return_state else futures


def _runner_for(task: "Task[..., Any]", verb: str) -> TaskRunner:
    context = FlowRunContext.get()
    if context is None:
        raise MissingContextError(
            f"The task {task.name!r} was given to {verb}() outside a flow.",
            hint="Call it directly, or from a flow.",
        )
    return context.task_runner


def _state_when_done(future: Future[Any]) -> State[Any]:
    future.wait()
    return future.state
