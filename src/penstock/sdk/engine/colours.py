"""Two ways of waiting. The engine is written once, as coroutines that wait only through one of these.

`BLOCKING` serves synchronous flows and tasks: it never suspends, so `run_sync` drives the engine like a plain
call. `SUSPENDING` serves asynchronous ones: it leaves the event loop free.
"""

import time
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

from penstock.sdk.engine.interrupts import Interrupt

T = TypeVar("T")

_LONGEST_NAP = 0.5
"""In seconds. A thread that is not the main one is interrupted between naps."""


class Colour(Protocol):
    """How to wait, and how to be interrupted."""

    suspends: bool

    def interrupt(self) -> Interrupt:
        """The way into the code that the caller goes on to execute."""

    async def sleep(self, seconds: float) -> None:
        """Do nothing for a while."""

    async def offload(self, work: Callable[..., T], *args: Any) -> T:
        """Do work of ours that blocks."""

    async def settle(self, awaitable: Awaitable[T]) -> T:
        """Wait for something of the user's that is asynchronous, whatever the colour."""


class Blocking:
    """Waits by keeping the thread."""

    suspends = False

    def interrupt(self) -> Interrupt:
        return Interrupt()

    async def sleep(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            time.sleep(min(left, _LONGEST_NAP))  # noqa: ASYNC251 - no loop runs this

    async def offload(self, work: Callable[..., T], *args: Any) -> T:
        return work(*args)

    async def settle(self, awaitable: Awaitable[T]) -> T:
        return _run_on_a_loop(awaitable)


class Suspending:
    """Waits by leaving the event loop to others."""

    suspends = True

    def interrupt(self) -> Interrupt:
        import asyncio

        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        return Interrupt(lambda: loop.call_soon_threadsafe(task.cancel) if task else None)

    async def sleep(self, seconds: float) -> None:
        if seconds > 0:
            import asyncio

            await asyncio.sleep(seconds)

    async def offload(self, work: Callable[..., T], *args: Any) -> T:
        import asyncio

        return await asyncio.to_thread(work, *args)

    async def settle(self, awaitable: Awaitable[T]) -> T:
        return await awaitable


BLOCKING: Colour = Blocking()
SUSPENDING: Colour = Suspending()


def _run_on_a_loop(awaitable: Awaitable[T]) -> T:
    """Run something asynchronous to its end, here or, where a loop is running already, in a thread."""
    import asyncio
    from concurrent.futures import ThreadPoolExecutor
    from contextvars import copy_context

    async def wait() -> T:
        return await awaitable

    if asyncio._get_running_loop() is None:
        return asyncio.run(wait())
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(copy_context().run, asyncio.run, wait()).result()


def forgive_cancellation() -> None:
    """The cancellation of this asyncio task was an interruption of ours, and has been dealt with."""
    import asyncio

    if (task := asyncio.current_task()) is not None:
        task.uncancel()
