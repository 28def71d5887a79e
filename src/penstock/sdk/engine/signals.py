"""SIGTERM while a run is going: the run ends, says so, and then the process does what it was asked to."""

import os
import signal
import threading
from types import FrameType
from typing import Self

from penstock.sdk.engine.heartbeat import Hold
from penstock.sdk.exceptions import TerminationSignal

_holds: list[Hold] = []
"""Runs of this process that a signal ends, outermost first."""


class ending_by_signal:  # noqa: N801 - reads as a condition where it is entered
    """While it is entered, SIGTERM ends the run that `hold` is about instead of the process.

    The outermost run in the main thread takes the signal, unless the program handles it itself, and when the
    run has told the server how it ended, the process ends by the same signal.
    """

    def __init__(self, hold: Hold) -> None:
        self._hold = hold
        self._in_charge = False

    def __enter__(self) -> Self:
        # A signal that came while the run was being begun was for it too.
        if self._hold.ended_by is None and _holds and isinstance(_holds[-1].ended_by, TerminationSignal):
            self._hold.ended_by = _holds[-1].ended_by
        _holds.append(self._hold)
        if threading.current_thread() is threading.main_thread():
            self._in_charge = signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
        if self._in_charge:
            signal.signal(signal.SIGTERM, _end_runs)
        return self

    def __exit__(self, *_: object) -> None:
        _holds.remove(self._hold)
        if self._in_charge:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            if isinstance(self._hold.ended_by, TerminationSignal):
                os.kill(os.getpid(), self._hold.ended_by.signal)


def _end_runs(number: int, _frame: FrameType | None) -> None:
    reason = TerminationSignal(number)
    for hold in _holds:
        if hold.ended_by is None:
            hold.ended_by = reason
    for hold in reversed(_holds):  # the innermost first: it is what this thread executes
        hold.end(reason)
