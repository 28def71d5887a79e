"""What a call depends on: futures and states among its arguments, found, awaited, replaced by their results.

Lists, tuples, sets and dicts are searched, inside one another too. The type of each element is looked at in
one go, so that a big list of plain values costs next to nothing; `quote` spares even that.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from penstock.contract.task_runs import FlowRunResult, TaskInputs, TaskRunResult
from penstock.domain.states import State
from penstock.sdk.annotations import Annotation, allow_failure, opaque, quote, unmapped
from penstock.sdk.engine.colours import Colour
from penstock.sdk.exceptions import UpstreamTaskError
from penstock.sdk.futures import Future, FutureList
from penstock.sdk.states import get_state_exception

PLAIN = frozenset({int, str, float, bool, type(None), bytes, complex})
"""Types of values that nothing can hide in."""
MAX_DEPTH = 20
"""Of collections within collections."""

Dependency = Future[Any] | State
_COLLECTIONS = (list, tuple, set, frozenset, FutureList)


def are_plain(values: Iterable[Any]) -> bool:
    """Whether nothing that one depends on can hide in `values`."""
    return PLAIN.issuperset(map(type, values))


def is_dependency(value: Any) -> bool:
    """Whether a value is itself, under a mark or not, what one depends on."""
    return isinstance(value.value if isinstance(value, Annotation) else value, Future | State)


def dependencies_in(value: Any, depth: int = MAX_DEPTH) -> list[Dependency]:
    """The futures and states that a value is, or holds."""
    if isinstance(value, Future | State):
        return [value]
    if isinstance(value, quote | opaque):
        return []
    if isinstance(value, Annotation):
        return dependencies_in(value.value, depth)
    items = _items(value)
    if items is None or depth == 0 or are_plain(items):
        return []
    return [found for item in items for found in dependencies_in(item, depth - 1)]


def _items(value: Any) -> Iterable[Any] | None:
    kind = type(value)
    if kind is dict:
        return value.values()  # type: ignore[no-any-return]
    is_named_tuple = isinstance(value, tuple) and hasattr(value, "_fields")
    if kind in _COLLECTIONS or is_named_tuple:
        return value  # type: ignore[no-any-return]
    return None


def result_of(dependency: Dependency, *, failure_allowed: bool = False) -> Any:
    """What something that a call depends on came to. A future is waited for.

    Raises:
        UpstreamTaskError: It did not complete, and that is not allowed.
    """
    if isinstance(dependency, Future):
        dependency.wait()
        state: State = dependency.state
    else:
        state = dependency
    if state.is_completed():
        return state.result() if hasattr(state, "result") else state.data
    if failure_allowed and state.is_terminal:
        return get_state_exception(state)
    run = state.state_details.task_run_id or state.state_details.flow_run_id
    raise UpstreamTaskError(
        f"Upstream run {run or ''} did not reach a COMPLETED state: it is {state.name}.".replace("  ", " ")
    )


def resolve(value: Any, *, failure_allowed: bool = False, depth: int = MAX_DEPTH) -> Any:
    """`value` with results in place of futures and states, and without marks; the same object if it has none.

    Raises:
        UpstreamTaskError: Something in it did not complete, and is not marked with `allow_failure`.
    """
    if isinstance(value, Future | State):
        return result_of(value, failure_allowed=failure_allowed)
    if isinstance(value, Annotation):
        if isinstance(value, quote | opaque):
            return value.value
        return resolve(value.value, failure_allowed=isinstance(value, allow_failure), depth=depth)
    items = _items(value)
    if items is None or depth == 0 or are_plain(items):
        return value
    return _rebuild(value, lambda item: resolve(item, failure_allowed=failure_allowed, depth=depth - 1))


def _rebuild(value: Any, replace: Callable[[Any], Any]) -> Any:
    if isinstance(value, dict):
        replaced = {key: replace(item) for key, item in value.items()}
        return replaced if any(replaced[key] is not value[key] for key in value) else value
    items = list(value)
    new = [replace(item) for item in items]
    if all(a is b for a, b in zip(items, new, strict=True)):
        return value
    if isinstance(value, FutureList):
        return new
    return type(value)(*new) if hasattr(value, "_fields") else type(value)(new)


async def wait_for_futures(value: Any, colour: Colour) -> None:
    """Wait until the futures that a value is, or holds, are done."""
    for dependency in dependencies_in(value):
        if isinstance(dependency, Future) and not dependency.done():
            await colour.offload(dependency.wait)


def inputs_from(parameters: Mapping[str, Any], wait_for: Iterable[Any] | None = None) -> TaskInputs:
    """For the record: which runs each argument came from, `wait_for` among them."""
    inputs: TaskInputs = {}
    for name, value in parameters.items():
        if type(value) not in PLAIN and (found := dependencies_in(value)):
            inputs[name] = [source for each in found if (source := _source(each)) is not None]
    if wait_for is not None and (found := dependencies_in(list(wait_for))):
        inputs["wait_for"] = [source for each in found if (source := _source(each)) is not None]
    return inputs


def _source(dependency: Dependency) -> TaskRunResult | FlowRunResult | None:
    if isinstance(dependency, Future):
        return TaskRunResult(dependency.task_run_id)
    details = dependency.state_details
    if details.task_run_id is not None:
        return TaskRunResult(details.task_run_id)
    return FlowRunResult(details.flow_run_id) if details.flow_run_id is not None else None


def check_wait_for(wait_for: Iterable[Any]) -> None:
    """Raise `UpstreamTaskError` unless all that a call waits for has completed, or may fail."""
    for item in wait_for:
        if isinstance(item, allow_failure | unmapped):
            resolve(item)
        else:
            for dependency in dependencies_in(item):
                result_of(dependency)
