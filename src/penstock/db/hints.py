"""Notices that cost a transaction nothing: gathered after the commit, and sent for many at once.

PostgreSQL sends a notice within the transaction, by one more round trip and under a lock that all commits
with notices take in turn. That is the price of a notice that must not be lost. Hints may be: they are kept
here for a moment, and then one transaction sends those of all that were committed meanwhile.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence

from penstock.domain.errors import PenstockError

Notice = tuple[str, str]
"""A channel and a payload."""

MOST_OF_A_KIND = 100
"""More hints of a channel whose payloads differ only behind their colon are one: `kind:*`."""

_PAUSE = 0.1
"""Seconds for which hints are gathered."""
_PAUSE_AFTER_ERROR = 1.0

_logger = logging.getLogger(__name__)


class Gathered:
    """Hints that wait, each once, and never many of a kind."""

    def __init__(self) -> None:
        self._by_kind: dict[Notice, dict[str, None]] = {}

    def add(self, hints: Iterable[Notice]) -> None:
        """Keep these too."""
        for channel, payload in hints:
            kind = payload.partition(":")[0]
            kept = self._by_kind.setdefault((channel, kind), {})
            if len(kept) <= MOST_OF_A_KIND:
                kept[payload] = None

    def take(self) -> list[Notice]:
        """All that wait, which are forgotten here."""
        taken, self._by_kind = self._by_kind, {}
        return [
            (channel, payload)
            for (channel, kind), kept in taken.items()
            for payload in (kept if len(kept) <= MOST_OF_A_KIND else (f"{kind}:*",))
        ]

    def __bool__(self) -> bool:
        return bool(self._by_kind)


class HintSender:
    """Sends what transactions hinted at, a moment after their commits. Bound to an event loop.

    Args:
        send: Sends notices in a transaction of its own; raises a `PenstockError` where it can't.
    """

    def __init__(self, send: Callable[[Sequence[Notice]], Awaitable[None]]) -> None:
        self._send = send
        self._waiting = Gathered()
        self._task: asyncio.Task[None] | None = None

    def add(self, hints: Sequence[Notice]) -> None:
        """Send these soon."""
        if not hints:
            return
        self._waiting.add(hints)
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="penstock-hints")

    async def close(self) -> None:
        """Send what waits, if that can be done at once."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if self._waiting:
            with contextlib.suppress(PenstockError, TimeoutError):
                async with asyncio.timeout(_PAUSE_AFTER_ERROR):
                    await self._send(self._waiting.take())

    async def _run(self) -> None:
        try:
            while self._waiting:
                await asyncio.sleep(_PAUSE)
                await self._send_gathered()
        finally:
            self._task = None

    async def _send_gathered(self) -> None:
        hints = self._waiting.take()
        try:
            await self._send(hints)
        except PenstockError as error:
            _logger.debug("Hints are not sent now: %s", error)
            self._waiting.add(hints)
            await asyncio.sleep(_PAUSE_AFTER_ERROR)
        except asyncio.CancelledError:
            self._waiting.add(hints)
            raise
