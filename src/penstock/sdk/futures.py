"""Results that are still to come: what `task.submit` and `task.map` give at once."""

import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

from penstock.sdk.states import State

R = TypeVar("R")
T = TypeVar("T")

_waits_of_thread = threading.local()


def set_wait_manager(manager: Callable[[], AbstractContextManager[object]]) -> None:
    """In a pool's thread: what to enter while it waits for a future, so that the pool can lend its place."""
    _waits_of_thread.manager = manager


class Future(Generic[R]):
    """The result of a submitted task run. Also awaitable, which leaves the event loop free."""

    def __init__(self, task_run_id: UUID, state: State[R]) -> None:
        self.task_run_id = task_run_id
        self._state = state
        self._done = threading.Event()
        self._callbacks: list[Callable[[Future[R]], object]] = []

    @property
    def state(self) -> State[R]:
        """The state of the run as far as it is known: the last one, once it is done."""
        return self._state

    def done(self) -> bool:
        """Whether the result, or the failure, is there."""
        return self._done.is_set()

    def wait(self, timeout: float | None = None) -> None:
        """Wait until the run has ended, or `timeout` seconds."""
        if not self._done.is_set():
            with getattr(_waits_of_thread, "manager", nullcontext)():
                self._done.wait(timeout)

    def result(self, timeout: float | None = None, raise_on_failure: bool = True) -> R:
        """What the task returned.

        Args:
            timeout: Seconds to wait for it; None waits as long as it takes.
            raise_on_failure: Raise what the task raised; with False it is returned.

        Raises:
            TimeoutError: It is not there in time.
            Exception: Whatever the task raised.
        """
        self.wait(timeout)
        if not self._done.is_set():
            raise TimeoutError(f"Task run {self.task_run_id} has not ended after {timeout} seconds.")
        return self._state.result(raise_on_failure)  # type: ignore[return-value]  # an exception where asked for

    def add_done_callback(self, fn: "Callable[[Future[R]], object]") -> None:
        """Call `fn` with this future when it is done, in the thread that ends it; at once, if it is."""
        self._callbacks.append(fn)
        if self._done.is_set():
            self._call_back()

    def advance(self, state: State[R]) -> None:
        """For runners: the run is in `state` now, and goes on."""
        self._state = state

    def finish(self, state: State[R]) -> None:
        """For runners: the run is over, in `state`."""
        self._state = state
        self._done.set()
        self._call_back()

    def _call_back(self) -> None:
        while self._callbacks:
            try:
                callback = self._callbacks.pop(0)
            except IndexError:  # another thread took the last
                return
            callback(self)

    def __await__(self) -> Generator[Any, Any, R]:
        import asyncio

        loop = asyncio.get_running_loop()
        arrived: asyncio.Future[None] = loop.create_future()

        def arrive() -> None:
            if not arrived.done():
                arrived.set_result(None)

        self.add_done_callback(lambda _: loop.call_soon_threadsafe(arrive))
        yield from arrived
        return self._state.result()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.task_run_id} {self._state.name}>"


class FutureList(list[Future[R]]):
    """The futures of a `map`, in the order of what was mapped over."""

    def wait(self, timeout: float | None = None) -> None:
        """Wait until all have ended, or `timeout` seconds altogether."""
        wait(self, timeout)

    def result(self, timeout: float | None = None, raise_on_failure: bool = True) -> list[R]:
        """What the tasks returned, in order; see `Future.result`. `timeout` is for all together."""
        end = None if timeout is None else time.monotonic() + timeout
        return [future.result(_left(end), raise_on_failure) for future in self]


class DoneAndNotDoneFutures(NamedTuple, Generic[R]):
    """Which futures are there, and which are not yet."""

    done: set[Future[R]]
    not_done: set[Future[R]]


def wait(futures: Iterable[Future[R]], timeout: float | None = None) -> DoneAndNotDoneFutures[R]:
    """Wait until all `futures` are done, or `timeout` seconds altogether."""
    waited = list(futures)
    end = None if timeout is None else time.monotonic() + timeout
    for future in waited:
        future.wait(_left(end))
    done = {future for future in waited if future.done()}
    return DoneAndNotDoneFutures(done, set(waited) - done)


def as_completed(futures: Iterable[Future[R]], timeout: float | None = None) -> Iterator[Future[R]]:
    """The futures one by one, whichever is done first.

    Raises:
        TimeoutError: Not all were done within `timeout` seconds.
    """
    waiting = dict.fromkeys(futures)
    arrivals = _Arrivals()
    for future in list(waiting):
        future.add_done_callback(arrivals.add)
    end = None if timeout is None else time.monotonic() + timeout
    for left in range(len(waiting), 0, -1):
        arrived = arrivals.next(_left(end))
        if arrived is None:
            raise TimeoutError(f"{left} of {len(waiting)} futures are not done after {timeout} seconds.")
        yield arrived


class _Arrivals:
    """Hands futures that are done from the threads that end them to the one that asks."""

    def __init__(self) -> None:
        self._arrived: deque[Future[Any]] = deque()
        self._count = threading.Semaphore(0)

    def add(self, future: Future[Any]) -> None:
        self._arrived.append(future)
        self._count.release()

    def next(self, timeout: float | None) -> Future[Any] | None:
        with getattr(_waits_of_thread, "manager", nullcontext)():
            return self._arrived.popleft() if self._count.acquire(timeout=timeout) else None


def _left(end: float | None) -> float | None:
    return None if end is None else max(0.0, end - time.monotonic())
