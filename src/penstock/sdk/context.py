"""Where code runs: the flow run and task run around it, and the tags that new runs get.

Kept in context variables, so each thread and asyncio task sees its own.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Any, ClassVar, Self

from penstock.sdk.exceptions import MissingContextError

if TYPE_CHECKING:
    from penstock.contract.flow_runs import FlowRunResponse
    from penstock.contract.task_runs import TaskRun
    from penstock.sdk.engine.heartbeat import Hold
    from penstock.sdk.engine.interrupts import Interrupt
    from penstock.sdk.engine.session import Session
    from penstock.sdk.flows import Flow
    from penstock.sdk.runners.base import TaskRunner
    from penstock.sdk.tasks import Task


class FlowRunContext:
    """The flow run that code runs in."""

    _current: ClassVar[ContextVar["FlowRunContext | None"]] = ContextVar("flow_run", default=None)

    def __init__(
        self,
        *,
        flow: "Flow[Any, Any]",
        flow_run: "FlowRunResponse",
        parameters: Mapping[str, Any],
        session: "Session",
        hold: "Hold",
        interrupt: "Interrupt",
        task_runner: "TaskRunner",
        calls: dict[str, "count[int]"],
        log_prints: bool,
        last_resort: Callable[[BaseException], None] | None = None,
    ) -> None:
        self.flow = flow
        self.flow_run = flow_run
        self.parameters = parameters
        self.session = session
        self.hold = hold
        self.interrupt = interrupt
        self.task_runner = task_runner
        self.start_time = datetime.now(UTC)
        self.log_prints = log_prints
        self.last_resort = last_resort
        self.parent = FlowRunContext.get()
        self._calls = calls
        self._pauses = count(1)
        policy = flow_run.empirical_policy
        self._pauses_before = len(policy.pause_keys or ())

    @classmethod
    def get(cls) -> "FlowRunContext | None":
        """The one around the calling code, or None."""
        return cls._current.get()

    def key_of_call(self, task_key: str) -> str:
        """What tells this call of a task from the others of the flow run. Safe to ask from several threads.

        A later attempt may be another process, which doesn't know how far the first one counted; and so may
        the same attempt after a pause.
        """
        number = next(self._calls.setdefault(task_key, count()))
        attempt, before = self.flow_run.run_count, self._pauses_before
        if before:
            return f"{attempt}.{before}.{number}"
        return str(number) if attempt < 2 else f"{attempt}.{number}"

    def key_of_pause(self) -> str:
        """What tells this pause from the others of the attempt, also where it is made again."""
        return str(next(self._pauses))

    def why_interrupted(self, error: BaseException) -> BaseException:
        """Why code of this run, or of one around it, was interrupted; `error`, where none of us did it."""
        context: FlowRunContext | None = self
        while context is not None:
            if reason := context.hold.ended_by or context.interrupt.reason:
                return reason
            context = context.parent
        return error

    def __enter__(self) -> Self:
        self._token = self._current.set(self)
        # A task around a flow is not what code in the flow runs in.
        self._task_token = TaskRunContext._current.set(None)
        return self

    def __exit__(self, *_: object) -> None:
        TaskRunContext._current.reset(self._task_token)
        self._current.reset(self._token)


class TaskRunContext:
    """The task run that code runs in."""

    __slots__ = ("_token", "log_prints", "parameters", "start_time", "task", "task_run")

    _current: ClassVar[ContextVar["TaskRunContext | None"]] = ContextVar("task_run", default=None)

    def __init__(
        self,
        task: "Task[Any, Any]",
        task_run: "TaskRun",
        parameters: Mapping[str, Any],
        start_time: datetime,
        log_prints: bool,
    ) -> None:
        self.task = task
        self.task_run = task_run
        self.parameters = parameters
        self.start_time = start_time
        self.log_prints = log_prints

    @classmethod
    def get(cls) -> "TaskRunContext | None":
        """The one around the calling code, or None."""
        return cls._current.get()

    def __enter__(self) -> Self:
        self._token = self._current.set(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._current.reset(self._token)


RunContext = FlowRunContext | TaskRunContext


class TagsContext:
    """The tags that runs get which begin here."""

    _current: ClassVar[ContextVar[frozenset[str]]] = ContextVar("tags", default=frozenset())

    def __init__(self, current_tags: frozenset[str]) -> None:
        self.current_tags = set(current_tags)

    @classmethod
    def get(cls) -> "TagsContext":
        """The tags in force for the calling code."""
        return cls(cls._current.get())


def current_tags() -> frozenset[str]:
    """The tags in force for the calling code."""
    return TagsContext._current.get()


@contextmanager
def tags(*new_tags: str) -> Iterator[set[str]]:
    """Give tags to all runs that begin inside, beside those that are in force already."""
    in_force = TagsContext._current.get() | set(new_tags)
    token = TagsContext._current.set(in_force)
    try:
        yield set(in_force)
    finally:
        TagsContext._current.reset(token)


def get_run_context() -> RunContext:
    """The task run around the calling code, or else the flow run.

    Raises:
        MissingContextError: There is neither.
    """
    context = TaskRunContext.get() or FlowRunContext.get()
    if context is None:
        raise MissingContextError(
            "No run is active here.", hint="Call this from a flow or task, or from what they call."
        )
    return context
