"""The value `Task`: a function and how its runs behave; and the decorator that makes one."""

from collections.abc import Callable, Coroutine, Iterable, Sequence
from functools import update_wrapper
from typing import (
    TYPE_CHECKING,
    Any,
    Concatenate,
    Generic,
    Literal,
    ParamSpec,
    TypedDict,
    TypeVar,
    Unpack,
    overload,
)

from penstock.domain.errors import InvalidInput
from penstock.sdk import callables
from penstock.sdk.binding import Binding
from penstock.sdk.callables import Hook, check_hooks
from penstock.sdk.door import engine
from penstock.sdk.run_names import RunName

if TYPE_CHECKING:
    from penstock.sdk.futures import Future, FutureList
    from penstock.sdk.states import State

P = ParamSpec("P")
Q = ParamSpec("Q")
R = TypeVar("R")
T = TypeVar("T")

RetryDelay = float | Sequence[float] | Callable[[int], Sequence[float]]
RetryCondition = Callable[["Task[..., Any]", Any, Any], Any]
"""`(task, task_run, state) -> bool`, or a coroutine function."""


class TaskOptions(TypedDict, total=False):
    """What can be said about a task. Anything left out, or None, has its default."""

    name: str | None
    """The function's name."""
    description: str | None
    """The function's docstring."""
    tags: Iterable[str] | None
    version: str | None
    task_run_name: RunName | None
    """Template over the parameters, or a function; else the task's name and a number."""
    retries: int | None
    """Attempts after the first: the setting `tasks.default_retries`."""
    retry_delay_seconds: RetryDelay | None
    """One number for all, one for each, or a function from the number of retries to such a list."""
    retry_jitter_factor: float | None
    """Share of the delay by which it may be longer."""
    retry_condition_fn: RetryCondition | None
    """Whether a failure is worth a retry."""
    timeout_seconds: float | None
    """How long one attempt may take; without, as long as it likes."""
    log_prints: bool | None
    """Whether `print` writes to the run's log: as in the flow."""
    on_completion: list[Hook] | None
    on_failure: list[Hook] | None
    on_running: list[Hook] | None
    """Called with the task, its run and the state, before each attempt."""


class Task(Generic[P, R]):
    """A function whose calls are recorded runs. Call it like the function, `submit` it, or `map` it.

    Args:
        fn: The function: synchronous or not, a method, a static or a class method.
        options: See `TaskOptions`.

    Raises:
        OptionUnknown: There is no such option.
        InvalidInput: An option's value makes no sense.
    """

    def __init__(self, fn: Callable[P, R], **options: Unpack[TaskOptions]) -> None:
        callables.refuse_unknown(options, TaskOptions.__annotations__, "@task")  # type: ignore[arg-type]
        self._options = options
        function, self._kind = callables.unwrap(fn)
        self._function = function
        self.fn: Callable[..., Any] = function
        update_wrapper(self, function)
        self.isasync = callables.is_async(function)
        self.binding = Binding(function)
        callables.refuse_reserved(self.binding.names, f"The task {callables.name_of(function)!r}")
        self._describe(options)
        self._set_retries(options)
        self.timeout_seconds = callables.check_positive(options.get("timeout_seconds"), "timeout_seconds")
        self.log_prints = options.get("log_prints")
        self.on_completion_hooks = check_hooks(options.get("on_completion"), "on_completion")
        self.on_failure_hooks = check_hooks(options.get("on_failure"), "on_failure")
        self.on_running_hooks = check_hooks(options.get("on_running"), "on_running")

    def _describe(self, options: TaskOptions) -> None:
        self.name = options.get("name") or callables.name_of(self._function)
        self.description = options.get("description") or self.__doc__
        self.tags = frozenset(options.get("tags") or ())
        self.sorted_tags = sorted(self.tags)
        self.version = options.get("version")
        self.task_run_name = options.get("task_run_name")
        self.task_key = callables.key_of(self._function)

    def _set_retries(self, options: TaskOptions) -> None:
        self.retries = options.get("retries")
        self.retry_delay_seconds = options.get("retry_delay_seconds")
        self.retry_delays = _delays(self.retry_delay_seconds, self.retries or 0)
        """Seconds before each attempt after the first; the last one counts for all that follow."""
        self.retry_jitter_factor = options.get("retry_jitter_factor")
        self.retry_condition_fn = options.get("retry_condition_fn")

    def with_options(self, **options: Unpack[TaskOptions]) -> "Task[P, R]":
        """The same task with some options changed."""
        changed: TaskOptions = {**self._options, **options}
        return type(self)(self._wrapped(), **changed)

    def _wrapped(self) -> Any:
        kinds: dict[str | None, Any] = {"staticmethod": staticmethod, "classmethod": classmethod}
        return kinds[self._kind](self.fn) if self._kind in kinds else self.fn

    @overload
    def __get__(self, instance: None, owner: type | None = None) -> "Task[P, R]": ...

    @overload
    def __get__(
        self: "Task[Concatenate[Any, Q], R]", instance: object, owner: type | None = None
    ) -> "Task[Q, R]": ...

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """As an attribute of a class: a method, if the function is one."""
        receiver = owner if self._kind == "classmethod" else instance
        if receiver is None or self._kind == "staticmethod":
            return self
        bound = object.__new__(type(self))
        bound.__dict__.update(self.__dict__)
        bound.fn = callables.bound_to(self._function, receiver)
        bound.binding = Binding(self._function, skip=1)
        bound._kind = "staticmethod"  # it is bound: it stays so wherever it is put
        return bound

    def on_completion(self, fn: Hook) -> Hook:
        """Decorator: call the function when a run has completed."""
        self.on_completion_hooks.append(fn)
        return fn

    def on_failure(self, fn: Hook) -> Hook:
        """Decorator: call the function when a run has failed for good."""
        self.on_failure_hooks.append(fn)
        return fn

    def on_running(self, fn: Hook) -> Hook:
        """Decorator: call the function before each attempt."""
        self.on_running_hooks.append(fn)
        return fn

    @overload
    def __call__(self, /, *args: P.args, **kwargs: P.kwargs) -> R: ...

    @overload
    def __call__(
        self, /, *args: Any, return_state: Literal[True], wait_for: Iterable[Any] | None = None, **kwargs: Any
    ) -> "State[R]": ...

    @overload
    def __call__(self, /, *args: Any, wait_for: Iterable[Any], **kwargs: Any) -> R: ...

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """Run the task here and now.

        Args:
            return_state: Give the state in which it ended instead of its result, and raise nothing.
            wait_for: What must complete before, without being an argument.

        Raises:
            ParameterBindError: The function cannot be called like that.
            Exception: Whatever the function raises, after its last attempt.
        """
        return engine().call_task(self, args, *_call_options(kwargs))

    @overload
    def submit(  # type: ignore[overload-overlap]  # a runner awaits coroutines
        self: "Task[P, Coroutine[Any, Any, T]]", /, *args: P.args, **kwargs: P.kwargs
    ) -> "Future[T]": ...

    @overload
    def submit(self, /, *args: P.args, **kwargs: P.kwargs) -> "Future[R]": ...

    @overload
    def submit(
        self, /, *args: Any, return_state: Literal[True], wait_for: Iterable[Any] | None = None, **kwargs: Any
    ) -> "State[R]": ...

    @overload
    def submit(self, /, *args: Any, wait_for: Iterable[Any], **kwargs: Any) -> "Future[R]": ...

    def submit(self, /, *args: Any, **kwargs: Any) -> Any:
        """Run the task with the flow's task runner, and go on. Arguments may be futures of other tasks.

        Args:
            return_state: Wait for it, and give the state in which it ended.
            wait_for: What must complete before, without being an argument.

        Raises:
            MissingContextError: This is no flow run.
        """
        return engine().submit_task(self, args, *_call_options(kwargs))

    @overload
    def map(
        self, /, *args: Any, return_state: Literal[True], wait_for: Iterable[Any] | None = None, **kwargs: Any
    ) -> "list[State[R]]": ...

    @overload
    def map(
        self: "Task[P, Coroutine[Any, Any, T]]",
        /,
        *args: Any,
        wait_for: Iterable[Any] | None = None,
        **kwargs: Any,
    ) -> "FutureList[T]": ...

    @overload
    def map(self, /, *args: Any, wait_for: Iterable[Any] | None = None, **kwargs: Any) -> "FutureList[R]": ...

    def map(self, /, *args: Any, **kwargs: Any) -> Any:
        """Submit the task once for each element of what can be iterated over among its arguments.

        Args:
            return_state: Wait for all, and give the states in which they ended.
            wait_for: What must complete before each.

        Returns:
            The `FutureList` of the runs, in order; or a list of states.

        Raises:
            MappingLengthMismatch: What is iterated over has different lengths.
            MappingMissingIterable: There is nothing to iterate over.
            MissingContextError: This is no flow run.
        """
        return engine().map_task(self, args, *_call_options(kwargs))

    def __repr__(self) -> str:
        return f"<Task {self.name!r}>"


def _call_options(kwargs: dict[str, Any]) -> tuple[dict[str, Any], bool, Any]:
    """The arguments of a call without those that are for us, and these."""
    return_state, wait_for = kwargs.pop("return_state", False), kwargs.pop("wait_for", None)
    return kwargs, return_state, wait_for


def _delays(delay: RetryDelay | None, retries: int) -> list[float]:
    if delay is None:
        return []
    given = delay(retries) if callable(delay) else delay
    delays = [float(given)] if isinstance(given, int | float) else [float(each) for each in given]
    if any(each < 0 for each in delays):
        raise InvalidInput("retry_delay_seconds cannot be negative.", field="retry_delay_seconds")
    return delays


def exponential_backoff(backoff_factor: float) -> Callable[[int], list[float]]:
    """For `retry_delay_seconds`: delays that double, beginning with `backoff_factor` seconds."""
    return lambda retries: [backoff_factor * 2.0**attempt for attempt in range(retries)]


@overload
def task(fn: Callable[P, R], /) -> Task[P, R]: ...


@overload
def task(fn: None = None, /, **options: Unpack[TaskOptions]) -> Callable[[Callable[P, R]], Task[P, R]]: ...


def task(fn: Callable[P, R] | None = None, /, **options: Unpack[TaskOptions]) -> Any:
    """Make a task of a function: `@task`, or `@task(retries=3)` with any of `TaskOptions`."""
    if fn is not None:
        return Task(fn, **options)
    return lambda function: Task(function, **options)
