"""Logs of runs: on the terminal, and to the server through the recorder.

`get_run_logger` gives the logger of the run around the caller. With `log_prints`, `print` writes there too.
Loggers named in the setting `logging.extra_loggers` join the run in which they are used.
"""

import builtins
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TextIO
from uuid import UUID

from penstock.contract.flow_runs import FlowRunResponse
from penstock.contract.logs import LogCreate
from penstock.contract.task_runs import TaskRun
from penstock.sdk.context import FlowRunContext, TaskRunContext, get_run_context
from penstock.sdk.engine.batches import MAX_MESSAGE_BYTES, cut
from penstock.sdk.exceptions import MissingContextError
from penstock.sdk.ids import new_record_id

if TYPE_CHECKING:
    from penstock.sdk.flows import Flow
    from penstock.sdk.tasks import Task
    from penstock.settings.tree import LoggingSettings

ROOT = "penstock"
FLOW_RUNS = "penstock.flow_runs"
TASK_RUNS = "penstock.task_runs"

LogSink = Callable[[LogCreate], None]


class RunLogger(logging.LoggerAdapter[logging.Logger]):
    """A logger whose records say which run they belong to."""

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        """Add the run to a record, beside what the caller adds to it."""
        kwargs["extra"] = {**(self.extra or {}), **(kwargs.get("extra") or {})}
        return msg, kwargs

    def getChild(self, suffix: str, extra: dict[str, Any] | None = None) -> "RunLogger":  # noqa: N802
        """The logger `<this name>.<suffix>` of the same run."""
        return RunLogger(self.logger.getChild(suffix), {**(self.extra or {}), **(extra or {})})


def get_logger(name: str | None = None) -> logging.Logger:
    """The logger `penstock`, or one below it."""
    return logging.getLogger(f"{ROOT}.{name}" if name and not name.startswith(ROOT) else name or ROOT)


def get_run_logger(context: FlowRunContext | TaskRunContext | None = None, **extra: Any) -> RunLogger:
    """The logger of the task run around the calling code, or else of the flow run.

    Args:
        context: The run to log for, in place of the one around.
        extra: Attributes for each record.

    Raises:
        MissingContextError: There is no run.
    """
    if context is None and _disabled.get():
        return RunLogger(logging.getLogger(FLOW_RUNS), extra)
    context = context or get_run_context()
    if isinstance(context, TaskRunContext):
        return task_run_logger(context.task_run, context.task, **extra)
    return flow_run_logger(context.flow_run, context.flow, **extra)


def flow_run_logger(
    flow_run: FlowRunResponse, flow: "Flow[Any, Any] | None" = None, **extra: Any
) -> RunLogger:
    """The logger of a flow run."""
    return RunLogger(
        logging.getLogger(FLOW_RUNS),
        {
            "run_title": f"Flow run {flow_run.name!r}",
            "flow_run_id": flow_run.id,
            "flow_run_name": flow_run.name,
            "flow_name": flow.name if flow is not None else None,
            **extra,
        },
    )


def task_run_logger(task_run: TaskRun, task: "Task[Any, Any] | None" = None, **extra: Any) -> RunLogger:
    """The logger of a task run."""
    return RunLogger(
        logging.getLogger(TASK_RUNS),
        {
            "run_title": f"Task run {task_run.name!r}",
            "flow_run_id": task_run.flow_run_id,
            "task_run_id": task_run.id,
            "task_run_name": task_run.name,
            "task_name": task.name if task is not None else None,
            **extra,
        },
    )


class _LocklessHandler(logging.Handler):
    """A handler that takes one record in one step, and so needs no lock.

    Runs are interrupted by raising in their threads. What that hits between taking a handler's lock and the
    `try` that gives it back would keep the lock for ever, and with it everybody who logs.
    """

    def createLock(self) -> None:  # noqa: N802 - the library's name
        """None."""
        self.lock = None


class ConsoleHandler(_LocklessHandler):
    """Writes lines for people to stderr, wherever that goes at the time. Never raises into user code."""

    def __init__(self, *, colors: bool) -> None:
        super().__init__()
        self._colors = colors and "NO_COLOR" not in os.environ
        self.setFormatter(logging.Formatter("%(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        try:
            stream = sys.stderr
            stream.write(self._line(record, stream))
        except (AttributeError, OSError, ValueError):
            pass  # it was closed, or is None
        except Exception:
            self.handleError(record)

    def _line(self, record: logging.LogRecord, stream: TextIO) -> str:
        level = f"{record.levelname:<7}"
        if self._colors and record.levelno in _COLORS and stream.isatty():
            level = f"\x1b[{_COLORS[record.levelno]}m{level}\x1b[0m"
        time = datetime.fromtimestamp(record.created).strftime("%H:%M:%S.%f")[:-3]  # noqa: DTZ006 - local time
        title = getattr(record, "run_title", record.name)
        return f"{time} | {level} | {title} - {self.format(record)}\n"


_COLORS = {logging.DEBUG: 34, logging.WARNING: 33, logging.ERROR: 31, logging.CRITICAL: "1;31"}


class ApiHandler(_LocklessHandler):
    """Hands the records of runs to `sink`, each with its run. Never blocks and never raises.

    Args:
        sink: What takes them.
        max_bytes: Of a message; longer ones are cut.
    """

    def __init__(self, sink: LogSink, max_bytes: int = MAX_MESSAGE_BYTES) -> None:
        super().__init__()
        self._sink = sink
        self._max_bytes = min(max_bytes, MAX_MESSAGE_BYTES)
        self.setFormatter(logging.Formatter("%(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        """Hand one record on."""
        try:
            flow_run_id, task_run_id = _runs_of(record)
            if flow_run_id is None and task_run_id is None:
                return
            moment = datetime.fromtimestamp(record.created, UTC)
            line = LogCreate(
                id=new_record_id(moment),
                name=record.name,
                level=record.levelno,
                message=cut(self.format(record), self._max_bytes),
                timestamp=moment,
                flow_run_id=flow_run_id,
                task_run_id=task_run_id,
            )
            self._sink(line)
        except Exception:
            self.handleError(record)


def _runs_of(record: logging.LogRecord) -> tuple[UUID | None, UUID | None]:
    """Flow run and task run of a record: as its logger says, else those around the calling code."""
    flow_run_id, task_run_id = getattr(record, "flow_run_id", None), getattr(record, "task_run_id", None)
    if flow_run_id is not None or task_run_id is not None:
        return flow_run_id, task_run_id
    task, flow = TaskRunContext.get(), FlowRunContext.get()
    return flow.flow_run.id if flow else None, task.task_run.id if task else None


_configuring = threading.Lock()
_handlers: list[tuple[logging.Logger, logging.Handler]] = []


def configure_logging(settings: "LoggingSettings", sink: LogSink) -> None:
    """Let the loggers of runs write to the terminal and to `sink`. What was set before ends.

    The terminal is left alone where the user gave the logger `penstock` a handler already.
    """
    with _configuring:
        for logger, handler in _handlers:
            logger.removeHandler(handler)
        _handlers.clear()
        root = logging.getLogger(ROOT)
        root.setLevel(settings.level)
        if not root.handlers:
            _add(root, ConsoleHandler(colors=settings.colors))
            root.propagate = False
        if settings.to_api.enabled:
            handler = ApiHandler(sink, settings.to_api.max_log_size)
            for name in (FLOW_RUNS, TASK_RUNS, *settings.extra_loggers):
                _add(logging.getLogger(name), handler)


def _add(logger: logging.Logger, handler: logging.Handler) -> None:
    logger.addHandler(handler)
    _handlers.append((logger, handler))


@contextmanager
def disable_run_logger() -> Iterator[None]:
    """Let `get_run_logger` work without a run, and its lines go nowhere. For tests of tasks' functions."""
    loggers = [logging.getLogger(name) for name in (FLOW_RUNS, TASK_RUNS)]
    before = [logger.disabled for logger in loggers]
    token = _disabled.set(True)
    try:
        for logger in loggers:
            logger.disabled = True
        yield
    finally:
        _disabled.reset(token)
        for logger, was in zip(loggers, before, strict=True):
            logger.disabled = was


_disabled: ContextVar[bool] = ContextVar("disabled", default=False)

_prints: ContextVar[bool] = ContextVar("prints", default=False)
_patching = threading.Lock()
_patches = 0
_print = builtins.print


class log_prints:  # noqa: N801 - reads as what it does
    """While it is entered, `print` to the terminal writes to the log of the run around it instead.

    Other threads and runs print as before: what is patched looks at who prints.
    """

    __slots__ = ("_enabled", "_token")

    def __init__(self, enabled: bool) -> None:
        self._enabled = enabled

    def __enter__(self) -> None:
        if _prints.get() is not self._enabled:
            self._token = _prints.set(self._enabled)
            _patch_print(+1 if self._enabled else 0)

    def __exit__(self, *_: object) -> None:
        if hasattr(self, "_token"):
            _prints.reset(self._token)
            _patch_print(-1 if self._enabled else 0)


def _patch_print(change: int) -> None:
    global _patches, _print
    with _patching:
        if _patches == 0 and change > 0:
            _print, builtins.print = builtins.print, print_as_log
        _patches += change
        if _patches == 0 and builtins.print is print_as_log:
            builtins.print = _print


def print_as_log(*values: Any, **options: Any) -> None:
    """`print`, into the log of the run around the caller, if that wants it and there is one."""
    if not _prints.get() or options.get("file") not in (None, sys.stdout, sys.stderr):
        _print(*values, **options)
        return
    separator = options.get("sep")
    text = (" " if separator is None else separator).join(map(str, values))
    try:
        get_run_logger().info("%s", text)
    except MissingContextError:
        _print(*values, **options)
