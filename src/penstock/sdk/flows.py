"""The value `Flow`: a function and how its runs behave; and the decorator that makes one."""

from collections.abc import Callable, Iterable
from functools import cached_property, update_wrapper
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

from penstock.domain.names import check_name
from penstock.sdk import callables
from penstock.sdk.binding import Binding
from penstock.sdk.callables import Hook, check_hooks
from penstock.sdk.door import deployments, engine
from penstock.sdk.parameters import Parameters
from penstock.sdk.run_names import RunName

if TYPE_CHECKING:
    import os
    from uuid import UUID

    from penstock.sdk.deployments.flow_deployment import FlowDeployment
    from penstock.sdk.deployments.flow_options import (
        DeploymentOptions,
        DeployOptions,
        Limit,
        ServedOptions,
    )
    from penstock.sdk.deployments.flow_source import Origin
    from penstock.sdk.deployments.sources import Source
    from penstock.sdk.runners.base import TaskRunner
    from penstock.sdk.states import State

P = ParamSpec("P")
Q = ParamSpec("Q")
R = TypeVar("R")


class FlowOptions(TypedDict, total=False):
    """What can be said about a flow. Anything left out, or None, has its default."""

    name: str | None
    """The function's name, with `-` for `_`."""
    version: str | None
    """A hash of the file that the function stands in."""
    description: str | None
    """The function's docstring."""
    flow_run_name: RunName | None
    """Template over the parameters, or a function; else two friendly words."""
    retries: int | None
    """Attempts after the first: the setting `flows.default_retries`."""
    retry_delay_seconds: float | None
    """Before each of them: the setting `flows.default_retry_delay_seconds`."""
    task_runner: "TaskRunner | type[TaskRunner] | None"
    """What runs submitted tasks: threads."""
    timeout_seconds: float | None
    """How long one attempt may take; without, as long as it likes."""
    validate_parameters: bool | None
    """Whether parameters are checked against their annotations, and coerced: yes."""
    log_prints: bool | None
    """Whether `print` writes to the run's log: the setting `logging.log_prints`."""
    on_completion: list[Hook] | None
    on_failure: list[Hook] | None
    on_cancellation: list[Hook] | None
    on_crashed: list[Hook] | None
    on_running: list[Hook] | None
    """Called with the flow, its run and the state."""


class Flow(Generic[P, R]):
    """A function whose calls are recorded runs, in which tasks and other flows are called.

    Args:
        fn: The function: synchronous or not, a method, a static or a class method.
        options: See `FlowOptions`.

    Raises:
        OptionUnknown: There is no such option.
        InvalidInput: An option's value makes no sense.
    """

    origin: "Origin | None" = None
    """Where it was taken from, for one that `from_source` gave."""

    def __init__(self, fn: Callable[P, R], **options: Unpack[FlowOptions]) -> None:
        callables.refuse_unknown(options, FlowOptions.__annotations__, "@flow")  # type: ignore[arg-type]
        self._options = options
        function, self._kind = callables.unwrap(fn)
        self._function = function
        self.fn: Callable[..., Any] = function
        update_wrapper(self, function)
        self.isasync = callables.is_async(function)
        self._bind(Binding(function))
        callables.refuse_reserved(self.binding.names, f"The flow {callables.name_of(function)!r}")
        self._describe(options)
        self.timeout_seconds = callables.check_positive(options.get("timeout_seconds"), "timeout_seconds")
        self.retries = options.get("retries")
        self.retry_delay_seconds = options.get("retry_delay_seconds")
        self.task_runner = options.get("task_runner")
        self.should_validate_parameters = options.get("validate_parameters") is not False
        self.log_prints = options.get("log_prints")
        self._set_hooks(options)

    def _bind(self, binding: Binding) -> None:
        self.binding = binding
        self._parameters = Parameters(binding, self._function)

    def _describe(self, options: FlowOptions) -> None:
        name = options.get("name") or callables.name_of(self._function).replace("_", "-")
        self.name = check_name(name, "name")
        self.key = callables.key_of(self._function)
        self.description = options.get("description") or self.__doc__
        self.flow_run_name = options.get("flow_run_name")

    def _set_hooks(self, options: FlowOptions) -> None:
        self.on_completion_hooks = check_hooks(options.get("on_completion"), "on_completion")
        self.on_failure_hooks = check_hooks(options.get("on_failure"), "on_failure")
        self.on_cancellation_hooks = check_hooks(options.get("on_cancellation"), "on_cancellation")
        self.on_crashed_hooks = check_hooks(options.get("on_crashed"), "on_crashed")
        self.on_running_hooks = check_hooks(options.get("on_running"), "on_running")

    @cached_property
    def version(self) -> str | None:
        """As it was given, else a hash of the file that the function stands in; None where there is none."""
        given = self._options.get("version")
        return _hash_of_file(self._function) if given is None else given

    def with_options(self, **options: Unpack[FlowOptions]) -> "Flow[P, R]":
        """The same flow with some options changed."""
        changed: FlowOptions = {**self._options, **options}
        return type(self)(self._wrapped(), **changed).with_origin(self.origin)

    def with_origin(self, origin: "Origin | None") -> "Flow[P, R]":
        """The same flow, taken from somewhere."""
        copy = self._copy()
        copy.origin = origin
        return copy

    def _copy(self) -> "Flow[P, R]":
        copy = object.__new__(type(self))
        copy.__dict__.update(self.__dict__)
        return copy

    def _wrapped(self) -> Any:
        kinds: dict[str | None, Any] = {"staticmethod": staticmethod, "classmethod": classmethod}
        return kinds[self._kind](self.fn) if self._kind in kinds else self.fn

    @overload
    def __get__(self, instance: None, owner: type | None = None) -> "Flow[P, R]": ...

    @overload
    def __get__(
        self: "Flow[Concatenate[Any, Q], R]", instance: object, owner: type | None = None
    ) -> "Flow[Q, R]": ...

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """As an attribute of a class: a method, if the function is one."""
        receiver = owner if self._kind == "classmethod" else instance
        if receiver is None or self._kind == "staticmethod":
            return self
        bound = self._copy()
        bound.fn = callables.bound_to(self._function, receiver)
        bound._bind(Binding(self._function, skip=1))
        bound._kind = "staticmethod"  # it is bound: it stays so wherever it is put
        return bound

    def validate_parameters(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """`parameters`, each as its annotation wants it.

        Raises:
            SignatureMismatchError: There is no parameter of a name.
            ParameterTypeError: Values do not fit; the message names each.
        """
        return self._parameters.validate(parameters)

    @property
    def parameter_openapi_schema(self) -> dict[str, Any]:
        """The parameters as JSON Schema, as deployments carry them."""
        return self._parameters.schema()

    def on_completion(self, fn: Hook) -> Hook:
        """Decorator: call the function when a run has completed."""
        self.on_completion_hooks.append(fn)
        return fn

    def on_failure(self, fn: Hook) -> Hook:
        """Decorator: call the function when a run has failed for good."""
        self.on_failure_hooks.append(fn)
        return fn

    def on_cancellation(self, fn: Hook) -> Hook:
        """Decorator: call the function when a run was cancelled."""
        self.on_cancellation_hooks.append(fn)
        return fn

    def on_crashed(self, fn: Hook) -> Hook:
        """Decorator: call the function when a run was ended from outside."""
        self.on_crashed_hooks.append(fn)
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
        """Run the flow here and now.

        Args:
            return_state: Give the state in which it ended instead of its result, and raise nothing.
            wait_for: What must complete before, without being an argument.

        Raises:
            ParameterBindError: The function cannot be called like that.
            ParameterTypeError: Parameters do not fit their annotations.
            Exception: Whatever the function raises, after its last attempt.
            ServerUnreachable: The server is away, so that the run could not begin.
        """
        return_state, wait_for = kwargs.pop("return_state", False), kwargs.pop("wait_for", None)
        return engine().call_flow(self, args, kwargs, return_state, wait_for)

    @staticmethod
    def from_source(source: "str | os.PathLike[str] | Source", entrypoint: str) -> "Flow[..., Any]":
        """The flow that an entrypoint names in a source. What it is deployed as gets its code from there too.

        In a coroutine, or an asynchronous flow, await it.

        Args:
            source: A git URL, a directory, or a source such as `GitRepository(url, branch="main")`. It is
                pulled, and the flow loaded, now.
            entrypoint: `path/to/file.py:flow`, relative to the source.

        Raises:
            GitFailed, NotFound: The source, or a file in it, cannot be had.
            EntrypointInvalid, MissingFlowError, ScriptError: There is no such flow, or it does not load.
        """
        found: Flow[..., Any] = deployments().from_source(source, entrypoint)
        return found

    @staticmethod
    async def afrom_source(source: "str | os.PathLike[str] | Source", entrypoint: str) -> "Flow[..., Any]":
        """`from_source` that is always awaited."""
        found: Flow[..., Any] = await deployments().afrom_source(source, entrypoint)
        return found

    def to_deployment(self, name: str, **options: "Unpack[DeploymentOptions]") -> "FlowDeployment":
        """The deployment `name` of this flow, to be given to `deploy(…)` or `serve(…)`.

        Args:
            options: See `DeploymentOptions`.

        Raises:
            OptionUnknown: There is no such option.
            InvalidInput: A value cannot be used; names it.
        """
        made: FlowDeployment = deployments().to_deployment(self, name, options)
        return made

    async def ato_deployment(self, name: str, **options: "Unpack[DeploymentOptions]") -> "FlowDeployment":
        """`to_deployment`, awaited."""
        return self.to_deployment(name, **options)

    def deploy(
        self,
        name: str,
        work_pool_name: str | None = None,
        image: str | None = None,
        **options: "Unpack[DeployOptions]",
    ) -> "UUID":
        """Create the deployment `name` of this flow, or replace it. In a coroutine, await it.

        Args:
            work_pool_name: Where its runs go: the setting `deployments.default_work_pool_name`.
            image: The image that its runs are started from: the job variable of that name. Give `build=False`
                with it: images are not built here.
            options: See `DeployOptions`.

        Returns:
            The deployment's id.

        Raises:
            OptionUnknown: There is no such option.
            NotFound: There is no such work pool. Nothing was created.
            InvalidInput: Parameters, job variables or something else do not fit: named, nothing created.
            ServerUnreachable: No server answers.
        """
        made: UUID = deployments().deploy(self, name, work_pool_name, image, options)
        return made

    async def adeploy(
        self,
        name: str,
        work_pool_name: str | None = None,
        image: str | None = None,
        **options: "Unpack[DeployOptions]",
    ) -> "UUID":
        """`deploy` that is always awaited."""
        made: UUID = await deployments().adeploy(self, name, work_pool_name, image, options)
        return made

    def serve(
        self,
        name: str | None = None,
        *,
        limit: int | None = None,
        global_limit: "Limit | None" = None,
        pause_on_shutdown: bool = True,
        print_starting_message: bool = True,
        **options: "Unpack[ServedOptions]",
    ) -> None:
        """Create the deployment `name` of this flow, and run what is due of it, until Ctrl-C or SIGTERM.

        Each run is a process of its own on this machine; there is no work pool and no worker.

        Args:
            name: The flow's own name.
            limit: How many runs at once: the setting `runner.process_limit`.
            global_limit: How many at once by all who serve the deployment: its `concurrency_limit`.
            pause_on_shutdown: Whether its schedules make no runs while nobody serves it.
            print_starting_message: Whether to print what is served, and where.
            options: See `ServedOptions`.

        Raises:
            OptionUnknown: There is no such option.
            InvalidInput: Something about the deployment cannot be used. Nothing was created.
            ServerUnreachable: No server answers.
        """
        if global_limit is not None:
            options["concurrency_limit"] = global_limit
        serve(
            deployments().to_served(self, name or self.name, options),
            pause_on_shutdown=pause_on_shutdown,
            print_starting_message=print_starting_message,
            limit=limit,
        )

    def __repr__(self) -> str:
        return f"<Flow {self.name!r}>"


def _hash_of_file(fn: Callable[..., Any]) -> str | None:
    import hashlib  # loads a library that only this needs

    code = getattr(fn, "__code__", None)
    if code is None:
        return None
    try:
        with open(code.co_filename, "rb") as file:  # noqa: PTH123 - pathlib is slow to import
            return hashlib.sha256(file.read()).hexdigest()[:32]
    except OSError:
        return None


class FlowDecorator:
    """Makes flows of functions: `@flow`, or `@flow(retries=3)` with any of `FlowOptions`."""

    @overload
    def __call__(self, fn: Callable[P, R], /) -> Flow[P, R]: ...

    @overload
    def __call__(
        self, fn: None = None, /, **options: Unpack[FlowOptions]
    ) -> Callable[[Callable[P, R]], Flow[P, R]]: ...

    def __call__(self, fn: Callable[P, R] | None = None, /, **options: Unpack[FlowOptions]) -> Any:
        """A flow of `fn`; without it, what makes a flow with the options."""
        if fn is not None:
            return Flow(fn, **options)
        return lambda function: Flow(function, **options)

    from_source = staticmethod(Flow.from_source)
    afrom_source = staticmethod(Flow.afrom_source)


flow = FlowDecorator()


def serve(
    *deployments: "FlowDeployment",
    pause_on_shutdown: bool = True,
    print_starting_message: bool = True,
    limit: int | None = None,
) -> None:
    """Create deployments that `flow.to_deployment(…)` made, and run what is due of them, until Ctrl-C.

    See `Flow.serve`. Where an event loop runs, await `aserve` instead.
    """
    from penstock.workers import runner

    runner.serve(deployments, runner.ServeOptions(limit, pause_on_shutdown, print_starting_message))


async def aserve(
    *deployments: "FlowDeployment",
    pause_on_shutdown: bool = True,
    print_starting_message: bool = True,
    limit: int | None = None,
) -> None:
    """`serve` on the event loop that runs here."""
    from penstock.workers import runner

    options = runner.ServeOptions(limit, pause_on_shutdown, print_starting_message)
    await runner.aserve(deployments, options)
