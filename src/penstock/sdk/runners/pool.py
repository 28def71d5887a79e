"""Threads that work off a queue. One that waits for other work lends its place, so none waits for ever.

Work is handed to an idle thread directly: it wakes up with it, and fights for no lock with who gave it.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from penstock.sdk.futures import set_wait_manager

Work = Callable[[], object]


class _Worker:
    """A thread of the pool: what it does next, and what wakes it up for that."""

    __slots__ = ("wake", "work")

    def __init__(self) -> None:
        self.work: Work | None = None
        self.wake = threading.Lock()
        self.wake.acquire()


class ThreadPool:
    """Up to `size` threads, started as they are needed, and a queue without an end.

    Args:
        at_end: Called in each thread when it ends.

    Work must not raise.
    """

    def __init__(self, size: int, name: str, at_end: Callable[[], object] = lambda: None) -> None:
        self._size = size
        self._name = name
        self._at_end = at_end
        self._lock = threading.Lock()
        self._queue: deque[Work] = deque()
        self._idle: list[_Worker] = []
        self._count = 0
        self._lent = 0
        self._closed = False

    def submit(self, work: Work) -> None:
        """Do `work` in one of the threads, after what was submitted before."""
        with self._lock:
            if self._idle:
                worker = self._idle.pop()
                worker.work = work
                set_going = worker.wake.release
            elif self._has_room():
                self._count += 1
                set_going = partial(self._start, work)
            else:
                self._queue.append(work)
                return
        set_going()

    def _has_room(self) -> bool:
        return self._count < self._size + self._lent

    def _start(self, work: Work) -> None:
        threading.Thread(target=self._run, args=(work,), name=self._name, daemon=True).start()

    def _run(self, work: Work | None) -> None:
        set_wait_manager(self._lend_place)
        worker = _Worker()
        while work is not None:
            work()
            work = None  # what it holds may be big, and the next piece may be long in coming
            work = self._next(worker)
        self._at_end()

    def _next(self, worker: _Worker) -> Work | None:
        """What a thread does next; None, if it is to end."""
        with self._lock:
            is_surplus = self._count > self._size + self._lent
            if self._queue and not is_surplus:
                return self._queue.popleft()
            if self._closed or is_surplus:
                self._count -= 1
                return None
            self._idle.append(worker)
        worker.wake.acquire()
        work, worker.work = worker.work, None
        return work

    @contextmanager
    def _lend_place(self) -> Iterator[None]:
        with self._lock:
            self._lent += 1
            work = self._queue.popleft() if self._queue else None
            self._count += work is not None
        if work is not None:
            self._start(work)
        try:
            yield
        finally:
            with self._lock:
                self._lent -= 1
                if self._idle and self._count > self._size + self._lent:
                    self._dismiss(self._idle.pop())

    def _dismiss(self, worker: _Worker) -> None:
        self._count -= 1
        worker.wake.release()  # without work

    def close(self) -> None:
        """Let the threads end when the queue is empty. They are not waited for."""
        with self._lock:
            self._closed = True
            while self._idle:
                self._dismiss(self._idle.pop())
