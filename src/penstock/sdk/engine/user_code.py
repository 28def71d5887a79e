"""The one place where functions of the user are called: with a time limit, and so that they can be ended."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from penstock.sdk.engine.colours import forgive_cancellation
from penstock.sdk.engine.interrupts import Interrupt
from penstock.sdk.engine.watchdog import watchdog


async def call(
    fn: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    *,
    is_async: bool,
    interrupt: Interrupt,
    limit: float | None = None,
    over: BaseException | None = None,
) -> Any:
    """What `fn` returns, or what awaiting it gives.

    Args:
        interrupt: Through which it may be ended; closed when this returns.
        limit: Seconds that it may take.
        over: What is raised where it takes longer.

    Raises:
        BaseException: What the function raised, or why it was interrupted.
    """
    alarm = None
    if limit is not None and over is not None:
        alarm = watchdog.call_after(limit, partial(interrupt.send, over))
    try:
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
        if alarm is not None:
            alarm.cancel()
    if interrupt.reason is not None and interrupt.reason is over:  # it swallowed what was raised into it
        raise interrupt.reason
    return value
