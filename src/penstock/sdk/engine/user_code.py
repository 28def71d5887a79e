"""The one place where functions of the user are called: with a time limit, and so that they can be ended."""

import threading
import time
from collections.abc import Callable, Mapping
from contextvars import copy_context
from functools import partial
from typing import Any

from penstock.sdk.engine.colours import forgive_cancellation
from penstock.sdk.engine.interrupts import Interrupt
from penstock.sdk.engine.watchdog import Alarm, watchdog
from penstock.sdk.exceptions import Interrupted

_NAP = 0.5
"""Seconds after which a thread that waits for another looks whether it was interrupted itself."""
_BLINK = 0.01
"""The same, when the other's time is over and the news of it is about to come."""
_LAST_CHANCE = 1.0
"""Seconds that a function has to end by itself after its time, before nobody waits for it any more."""

GRACE_SECONDS = 10.0
"""How long after its time a function may go on before the last resort is called upon."""

LastResort = Callable[[BaseException], None]


async def call(
    fn: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    *,
    is_async: bool,
    interrupt: Interrupt,
    limit: float | None = None,
    over: BaseException | None = None,
    last_resort: LastResort | None = None,
) -> Any:
    """What `fn` returns, or what awaiting it gives.

    Args:
        interrupt: Through which it may be ended; closed when this returns.
        limit: Seconds that it may take.
        over: What is raised where it takes longer.
        last_resort: Called with `over` where it doesn't stop even then.

    Raises:
        BaseException: What the function raised, or why it was interrupted.
    """
    alarms = _set_alarms(interrupt, limit, over, last_resort)
    try:
        if limit is not None and not is_async and threading.current_thread() is not threading.main_thread():
            return _call_beside(fn, args, kwargs, interrupt, limit)
        value = fn(*args, **kwargs)
        if is_async:
            value = await value
    except BaseException as error:
        if interrupt.reason is None:
            raise
        if type(error).__name__ == "CancelledError":
            forgive_cancellation()
        raise interrupt.reason.with_traceback(error.__traceback__) from None
    finally:
        interrupt.close()
        for alarm in alarms:
            alarm.cancel()
    if interrupt.reason is not None and interrupt.reason is over:  # it swallowed what was raised into it
        raise interrupt.reason
    return value


def _set_alarms(
    interrupt: Interrupt, limit: float | None, over: BaseException | None, last_resort: LastResort | None
) -> list[Alarm]:
    if limit is None or over is None:
        return []
    alarms = [watchdog.call_after(limit, partial(interrupt.send, over))]
    if last_resort is not None:
        alarms.append(watchdog.call_after(limit + GRACE_SECONDS, partial(last_resort, over)))
    return alarms


class _Beside:
    """A function in a thread of its own, which can be left to itself."""

    def __init__(self, fn: Callable[[], Any]) -> None:
        self._fn = fn
        self._value: Any = None
        self._error: BaseException | None = None
        self._started, self._ended = threading.Event(), threading.Event()
        self._interrupt: Interrupt | None = None
        context = copy_context()
        threading.Thread(target=context.run, args=(self._run,), name="penstock-limited", daemon=True).start()
        self._started.wait()

    def _run(self) -> None:
        self._interrupt = Interrupt()
        self._started.set()
        try:
            self._value = self._fn()
        except BaseException as error:  # it is raised where it is waited for
            self._error = error
        finally:
            self._interrupt.close()
            self._ended.set()

    def wait(self, seconds: float) -> bool:
        """Whether it has ended by then."""
        return self._ended.wait(seconds)

    def interrupt(self) -> None:
        """End it, if it can be ended."""
        assert self._interrupt is not None
        self._interrupt.send(Interrupted())

    def result(self) -> Any:
        """What it returned. Raises what it raised."""
        if self._error is not None:
            raise self._error
        return self._value


def _call_beside(
    fn: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    interrupt: Interrupt,
    limit: float,
) -> Any:
    """Call `fn` in another thread, so that this one goes on when its time is over, whatever it waits for."""
    beside, end = _Beside(partial(fn, *args, **kwargs)), time.monotonic() + limit
    interrupt.redirect(beside.interrupt)
    try:
        while not beside.wait(min(_NAP, max(_BLINK, end - time.monotonic()))):
            if interrupt.reason is not None:
                beside.wait(_LAST_CHANCE)
                raise interrupt.reason
    except BaseException:
        beside.interrupt()
        raise
    return beside.result()
