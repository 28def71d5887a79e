"""The way into running user code: raise in the thread that executes it, or cancel its asyncio task.

Timeouts, cancellation, the loss of a lease and SIGTERM all end user code through here. Code that waits in C
outside the main thread notices when it returns to Python.
"""

import signal
import threading
from collections.abc import Callable
from types import FrameType

from penstock.sdk.exceptions import Interrupted

INTERRUPT = signal.SIGURG
"""Ends a system call in the main thread. Ignored by default, so a late one does no harm."""

_lock = threading.RLock()  # a signal handler may interrupt the main thread in the middle of `send`
_main_thread_must_raise = threading.Event()


class Interrupt:
    """Ends the code that whoever makes it (a thread, or an asyncio task) goes on to execute.

    `reason` is why the code was interrupted, or None. The first reason stands; later ones are left out.

    Args:
        cancel: Cancels the asyncio task that executes the code, from any thread. Without it, `Interrupted`
            is raised in the thread that makes this.
    """

    __slots__ = ("_cancel", "_open", "_thread", "reason")

    def __init__(self, cancel: Callable[[], object] | None = None) -> None:
        self.reason: BaseException | None = None
        self._cancel = cancel
        self._thread = threading.get_ident()
        self._open = True

    def send(self, reason: BaseException) -> None:
        """End the code, from any thread or signal handler."""
        with _lock:
            if not self._open or self.reason is not None:
                return
            self.reason = reason
            if self._cancel is not None:
                self._cancel()
            elif self._thread == threading.get_ident():
                raise Interrupted
            elif self._thread == threading.main_thread().ident:
                _interrupt_main_thread()
            else:
                _raise_in(self._thread)

    def redirect(self, cancel: Callable[[], object]) -> None:
        """The code is executed elsewhere; `cancel` ends it there."""
        with _lock:
            self._cancel = cancel

    def close(self) -> None:
        """The code has ended. An interruption that has not reached it yet is taken back."""
        with _lock:
            self._open = False
            if self.reason is None or self._cancel is not None:
                return
            if self._thread == threading.main_thread().ident:
                _main_thread_must_raise.clear()
            else:
                _raise_in(self._thread, nothing=True)


def accept_interrupts() -> None:
    """Make the main thread interruptible, if this is it and nobody else uses the signal."""
    unused = (signal.SIG_DFL, signal.SIG_IGN)
    if threading.current_thread() is threading.main_thread() and signal.getsignal(INTERRUPT) in unused:
        signal.signal(INTERRUPT, _on_interrupt)


def _on_interrupt(_number: int, _frame: FrameType | None) -> None:
    if _main_thread_must_raise.is_set():
        _main_thread_must_raise.clear()
        raise Interrupted


def _interrupt_main_thread() -> None:
    if signal.getsignal(INTERRUPT) is _on_interrupt:
        _main_thread_must_raise.set()
        signal.pthread_kill(threading.main_thread().ident or 0, INTERRUPT)
    else:
        _raise_in(threading.main_thread().ident or 0)


def _raise_in(thread: int, *, nothing: bool = False) -> None:
    import ctypes  # seldom needed

    raised = ctypes.py_object() if nothing else ctypes.py_object(Interrupted)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), raised)
