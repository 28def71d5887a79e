"""Notices between servers that share a PostgreSQL database: LISTEN on a connection of its own.

All channels of ours travel on one of PostgreSQL's, as `channel payload`.
"""

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from typing import Any

from penstock.db.notices import Listeners
from penstock.db.port import RESYNC

CHANNEL = "penstock"

CHECK_EVERY = 30.0
"""How often, in seconds, a silent connection is tried: a broken network ends it without a word."""

_SLOWEST = 5.0
"""Longest pause, in seconds, between two attempts to connect."""

_logger = logging.getLogger(__name__)


def pack_notices(notices: Sequence[tuple[str, str]]) -> str | None:
    """The statement that sends notices with the commit of its transaction; None for none."""
    if not notices:
        return None
    calls = (f"pg_notify('{CHANNEL}', {_quoted(f'{channel} {payload}')})" for channel, payload in notices)
    return f"SELECT {', '.join(calls)}"


def _quoted(text: str) -> str:
    """A string literal, whatever `standard_conforming_strings` says."""
    escaped = text.replace("\\", "\\\\").replace("'", "''")
    return f"E'{escaped}'"


class NoticeReceiver:
    """Passes the notices of all servers on to this one's listeners, and connects again when it must."""

    def __init__(self, driver: Any, url: str, options: dict[str, Any], listeners: Listeners) -> None:
        self._driver, self._url, self._options, self._listeners = driver, url, options, listeners
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listen from now on."""
        listening = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._run(listening), name="penstock-notices")
        await listening

    async def close(self) -> None:
        """Stop listening."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self, listening: asyncio.Future[None]) -> None:
        pause = 0.1
        while True:
            try:
                await self._listen(listening)
                pause = 0.1
            except (OSError, TimeoutError, self._driver.PostgresError, self._driver.InterfaceError) as error:
                if not listening.done():
                    listening.set_result(None)  # the first connection too may come later
                _logger.warning("Notices of the database are not received: %s. Trying again.", error)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _SLOWEST)

    async def _listen(self, listening: asyncio.Future[None]) -> None:
        """Until the connection ends."""
        connection = await self._driver.connect(self._url, **self._options)
        try:
            ended = asyncio.Event()
            connection.add_termination_listener(lambda _connection: ended.set())
            await connection.add_listener(CHANNEL, self._receive)
            if listening.done():
                self._listeners.tell([(RESYNC, "")])
            else:
                listening.set_result(None)
            await self._watch(connection, ended)
        finally:
            connection.terminate()

    async def _watch(self, connection: Any, ended: asyncio.Event) -> None:
        while not ended.is_set():
            try:
                await asyncio.wait_for(ended.wait(), CHECK_EVERY)
            except TimeoutError:
                await connection.execute("SELECT 1")

    def _receive(self, _connection: Any, _pid: int, _channel: str, packed: str) -> None:
        channel, _, payload = packed.partition(" ")
        self._listeners.tell([(channel, payload)])
