"""One thread that calls back when a time has come, however many times are waited for."""

import heapq
import itertools
import os
import threading
import time
from collections.abc import Callable


class Alarm:
    """Something to do at a time, unless it is cancelled before."""

    __slots__ = ("action", "cancelled")

    def __init__(self, action: Callable[[], object]) -> None:
        self.action = action
        self.cancelled = False

    def cancel(self) -> None:
        """Don't."""
        self.cancelled = True


class Watchdog:
    """Calls back from a daemon thread, which starts with the first alarm. Actions must not block."""

    def __init__(self) -> None:
        self._alarms: list[tuple[float, int, Alarm]] = []
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._numbers = itertools.count()

    def call_after(self, seconds: float, action: Callable[[], object]) -> Alarm:
        """Call `action` in `seconds`, unless the alarm is cancelled before."""
        alarm = Alarm(action)
        with self._changed:
            heapq.heappush(self._alarms, (time.monotonic() + seconds, next(self._numbers), alarm))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="penstock-watchdog", daemon=True)
                self._thread.start()
            elif self._alarms[0][2] is alarm:
                self._changed.notify()
        return alarm

    def _run(self) -> None:
        while True:
            self._next_due().action()

    def _next_due(self) -> Alarm:
        with self._changed:
            while True:
                while self._alarms and self._alarms[0][2].cancelled:
                    heapq.heappop(self._alarms)
                pause = self._alarms[0][0] - time.monotonic() if self._alarms else None
                if pause is not None and pause <= 0:
                    return heapq.heappop(self._alarms)[2]
                self._changed.wait(pause)


watchdog = Watchdog()
"""The process's own."""

# The thread does not come along into a forked child, and the alarms are the parent's.
os.register_at_fork(after_in_child=watchdog.__init__)  # type: ignore[misc]
