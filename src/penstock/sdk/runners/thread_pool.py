"""Runs submitted tasks in threads of this process: the runner that flows have by default."""

import threading
from collections.abc import Callable, Iterable
from contextvars import Context, copy_context
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any, Self

from penstock.colourless import run_sync
from penstock.contract.task_runs import TaskInputs
from penstock.domain.states import StateType
from penstock.sdk.engine.colours import BLOCKING, SUSPENDING, Colour
from penstock.sdk.engine.task_run import TaskCall, run_task
from penstock.sdk.engine.upstream import are_plain, dependencies_in
from penstock.sdk.exceptions import RunCancelled
from penstock.sdk.futures import Future
from penstock.sdk.runners.base import TaskRunner
from penstock.sdk.runners.pool import ThreadPool
from penstock.sdk.states import State

if TYPE_CHECKING:
    import asyncio

    from penstock.sdk.tasks import Task

DEFAULT_WORKERS = 256
GRACE_SECONDS = 5.0
"""How long interrupted tasks may take to end."""


class ThreadPoolTaskRunner(TaskRunner):
    """Runs tasks in threads; asynchronous ones each on the event loop of its thread.

    Args:
        max_workers: How many run at a time. None: the setting `tasks.runner.thread_pool_max_workers`, or 256.
            A task that waits for another does not count while it waits.
    """

    def __init__(self, max_workers: int | None = None) -> None:
        if max_workers is not None and max_workers < 1:
            raise ValueError(f"max_workers must be at least 1, not {max_workers}")
        self.max_workers = max_workers
        self._pool: ThreadPool | None = None
        self._going: dict[Future[Any], TaskCall] = {}
        self._changed = threading.Condition()
        self._abandoned = False

    def duplicate(self) -> Self:
        """Another one with as many workers."""
        return type(self)(self.max_workers)

    def submit(
        self,
        task: "Task[..., Any]",
        parameters: dict[str, Any],
        wait_for: Iterable[Any] | None = None,
        dependencies: TaskInputs | None = None,
    ) -> Future[Any]:
        """Run a task in one of the threads; see `TaskRunner.submit`."""
        call = TaskCall(task, parameters, wait_for, dependencies)
        future: Future[Any] = Future(call.run.id, call.enter(State(type=StateType.PENDING)))
        self._going[future] = call
        work = partial(self._run, call, future, copy_context())
        _when_done(_futures_in(call), partial(self._pool_for(call).submit, work))
        return future

    def _pool_for(self, call: TaskCall) -> ThreadPool:
        if self._pool is None:
            setting = call.session.settings.tasks.runner.thread_pool_max_workers
            size = self.max_workers or setting or DEFAULT_WORKERS
            self._pool = ThreadPool(size, "penstock-task", at_end=_close_loop_of_thread)
        return self._pool

    def _run(self, call: TaskCall, future: Future[Any], context: Context) -> None:
        """In a thread of the pool: run the task to its end, whatever that is."""
        try:
            state = self._drop(call) if self._abandoned else context.run(_run_here, call)
        except BaseException as error:  # a fault of ours must not leave anybody waiting
            state = State(type=StateType.CRASHED, message=f"The engine failed: {error!r}", data=error)
        with self._changed:
            self._going.pop(future, None)
            self._changed.notify_all()
        future.finish(state)

    def _drop(self, call: TaskCall) -> State[Any]:
        message = "Not started: the flow run ended before."
        return call.enter(State(type=StateType.CANCELLED, message=message))

    async def finish(self, colour: Colour) -> None:
        """Wait until all that was submitted has ended, and let the threads go."""
        if self._going:
            await colour.offload(self._wait, None)
        self._close()

    async def abandon(self, colour: Colour, *, at_once: bool) -> None:
        """Drop what has not begun; interrupt the rest if `at_once`; wait for it."""
        self._abandoned = True
        if at_once:
            for call in list(self._going.values()):
                if call.interrupt is not None:
                    call.interrupt.send(RunCancelled("The flow run ended."))
        if self._going:
            await colour.offload(self._wait, GRACE_SECONDS if at_once else None)
        self._close()

    def _wait(self, timeout: float | None) -> None:
        with self._changed:
            self._changed.wait_for(lambda: not self._going, timeout)

    def _close(self) -> None:
        if self._pool is not None:
            self._pool.close()
            self._pool = None


def _futures_in(call: TaskCall) -> list[Future[Any]]:
    found = [] if call.wait_for is None else dependencies_in(call.wait_for)
    if not are_plain(call.parameters.values()):
        found = found + dependencies_in(call.parameters)
    return [each for each in found if isinstance(each, Future) and not each.done()]


def _when_done(futures: list[Future[Any]], action: Callable[[], object]) -> None:
    """Call `action` when all futures are done, without keeping a thread waiting for it."""
    if not futures:
        action()
        return
    left = count(len(futures) - 1, -1)  # taking the next number is atomic
    for future in futures:
        future.add_done_callback(lambda _: action() if next(left) == 0 else None)


def _run_here(call: TaskCall) -> State[Any]:
    if call.task.isasync:
        return _loop_of_thread().run(_run_on_loop(call), context=copy_context())
    call.interrupt = BLOCKING.interrupt()
    try:
        return run_sync(run_task(call, BLOCKING))
    finally:
        call.interrupt.close()


async def _run_on_loop(call: TaskCall) -> State[Any]:
    call.interrupt = SUSPENDING.interrupt()
    try:
        return await run_task(call, SUSPENDING)
    finally:
        call.interrupt.close()


_of_thread = threading.local()


def _loop_of_thread() -> "asyncio.Runner":
    """The event loop that asynchronous tasks of this thread share, one after another."""
    import asyncio

    if not hasattr(_of_thread, "loop"):
        _of_thread.loop = asyncio.Runner()
    loop: asyncio.Runner = _of_thread.loop
    return loop


def _close_loop_of_thread() -> None:
    if hasattr(_of_thread, "loop"):
        _of_thread.loop.close()
