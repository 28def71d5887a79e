"""Requests that wait: ended when the client goes away, and when the server does."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from penstock.domain.errors import Unavailable
from penstock.server.http.bodies import Disconnected

T = TypeVar("T")

_LAST_SECONDS = 0.5
"""For an op that was woken to answer, because the server goes away."""
_GRACE_SECONDS = 2.0
"""For an op that is told to stop: enough to end the transaction that it is in."""


class Polls:
    """The requests that wait now. Made on the event loop that they wait on."""

    def __init__(self) -> None:
        self._closing = asyncio.Event()

    def close(self) -> None:
        """Answer everybody who waits, now and from now on: the server goes away."""
        self._closing.set()

    async def wait(
        self,
        op: Coroutine[Any, Any, T],
        receive: Callable[[], Awaitable[Any]],
        *,
        last: float = _LAST_SECONDS,
    ) -> T:
        """The answer of `op`.

        Args:
            receive: Returns when the client has gone; its request has been read to the end.
            last: Seconds in which the op may still answer when the server goes away.

        Raises:
            Disconnected: The client has gone; the op was cancelled.
            Unavailable: The server goes away; the op was cancelled.
        """
        work = asyncio.ensure_future(op)
        gone, closing = asyncio.ensure_future(receive()), asyncio.ensure_future(self._closing.wait())
        try:
            await asyncio.wait((work, gone, closing), return_when=asyncio.FIRST_COMPLETED)
            if not (work.done() or gone.done()):
                await asyncio.wait((work, gone), timeout=last, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                return work.result()
            if gone.done():
                raise Disconnected
            message = "The server is shutting down."
            raise Unavailable(message, retry_after=1.0)
        finally:
            for task in (work, gone, closing):
                task.cancel()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_GRACE_SECONDS):
                    await asyncio.gather(work, gone, closing, return_exceptions=True)
