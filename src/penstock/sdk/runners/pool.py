"""Threads that work off a queue. One that waits for other work lends its place, so none waits for ever."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from penstock.sdk.futures import set_wait_manager


class ThreadPool:
    """Up to `size` threads, started as they are needed, and a queue without an end.

    Args:
        at_end: Called in each thread when it ends.

    Work must not raise.
    """

    def __init__(self, size: int, name: str, at_end: Callable[[], object] = lambda: None) -> None:
        self._size = size
        self._at_end = at_end
        self._name = name
        self._queue: deque[Callable[[], object]] = deque()
        self._changed = threading.Condition()
        self._idle = 0
        self._threads: set[threading.Thread] = set()
        self._lent = 0
        self._closed = False

    def submit(self, work: Callable[[], object]) -> None:
        """Do `work` in one of the threads, after what was submitted before."""
        with self._changed:
            self._queue.append(work)
            self._provide_thread()

    def _provide_thread(self) -> None:
        if self._idle >= len(self._queue):
            self._changed.notify()
        elif len(self._threads) < self._size + self._lent:
            name = f"{self._name}-{len(self._threads)}"
            thread = threading.Thread(target=self._run, name=name, daemon=True)
            self._threads.add(thread)
            thread.start()
        elif self._idle:
            self._changed.notify()

    def _run(self) -> None:
        set_wait_manager(self._lend_place)
        while (work := self._next()) is not None:
            work()
            del work  # what it holds may be big, and the next piece may be long in coming
        self._at_end()

    def _next(self) -> Callable[[], object] | None:
        with self._changed:
            self._idle += 1
            while not self._queue and not self._closed and not self._is_surplus():
                self._changed.wait()
            self._idle -= 1
            if self._queue and not self._is_surplus():
                return self._queue.popleft()
            self._threads.discard(threading.current_thread())
            if self._queue:
                self._changed.notify()
            return None

    def _is_surplus(self) -> bool:
        return len(self._threads) > self._size + self._lent

    @contextmanager
    def _lend_place(self) -> Iterator[None]:
        with self._changed:
            self._lent += 1
            if self._queue:
                self._provide_thread()
        try:
            yield
        finally:
            with self._changed:
                self._lent -= 1

    def close(self) -> None:
        """Let the threads end when the queue is empty. They are not waited for."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
