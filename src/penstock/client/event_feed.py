"""Events as they happen, each once, over interruptions that the server can look back on."""

import math
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, aclosing
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID

from penstock.client.sockets import Goodbye, OpenSocket, open_socket
from penstock.client.transport import blocking_pause, pause_on_loop
from penstock.contract.events import EventFilter, ReceivedEvent
from penstock.contract.sockets import EVENTS_OUT, EventMessage, EventStream, StreamMark
from penstock.domain.errors import Unavailable
from penstock.settings import Settings

_REMEMBERED = timedelta(minutes=1)
"""For how long after it was received an event may come again: the server begins a little early."""
_Message: TypeAlias = EventMessage | StreamMark
_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 5.0
"""Seconds between two tries to open the websocket again."""


class EventFeed:
    """The events that meet a filter, of the server at `settings.api.url`.

    Args:
        environment: Where proxies may be named.
        on_interruption: Called with a sentence when the server goes away, and when it is back.
        on_loop: Whether it is waited for on an event loop. If not, nothing here suspends.
        attempts: How often in a row to try in vain to open the websocket again.
        outlives_goodbyes: Whether to go on when the server ended the websocket in order.
    """

    def __init__(
        self,
        settings: Settings,
        environment: Mapping[str, str],
        on_interruption: Callable[[str], None] = lambda _: None,
        *,
        on_loop: bool = False,
        attempts: float = math.inf,
        outlives_goodbyes: bool = True,
    ) -> None:
        self._settings, self._environment = settings, environment
        self._tell = on_interruption
        self._on_loop, self._attempts = on_loop, attempts
        self._outlives_goodbyes = outlives_goodbyes
        self._mark: datetime | None = None
        self._seen: dict[UUID, datetime] = {}

    async def events(
        self, asked: EventFilter, *, backfill: bool = False, on_open: Callable[[], None] = lambda: None
    ) -> AsyncGenerator[ReceivedEvent, None]:
        """Events from now on, without an end.

        Args:
            backfill: Begin with what has happened shortly before, from `asked.occurred.since` on.
            on_open: Called once, when all that happens from now on will be told.

        Raises:
            PenstockError: The server refuses; or it is not there at the beginning, or stays away.
        """
        stream = EventStream(filter=asked, backfill=backfill, marks=True)
        was_open, failures = False, 0
        while True:
            is_open = False
            try:
                async with self._open() as opened:
                    await opened.send(stream)
                    is_open, failures = True, 0
                    self._tell("The server is back.") if was_open else on_open()
                    was_open = True
                    async with aclosing(self._new(opened)) as new:
                        async for event in new:
                            yield event
            except Unavailable as error:
                failures += not is_open
                if not was_open or failures > self._attempts:
                    raise
                if is_open and isinstance(error, Goodbye) and not self._outlives_goodbyes:
                    return
                if is_open:
                    self._tell(f"{error.message} Waiting for it.")
                else:
                    await self._pause(failures)
            stream = EventStream(filter=asked, backfill=False, after=self._mark, marks=True)

    def _open(self) -> AbstractAsyncContextManager[OpenSocket]:
        return open_socket(EVENTS_OUT, self._settings, self._environment, on_loop=self._on_loop)

    async def _pause(self, failures: int) -> None:
        seconds = min(_FIRST_PAUSE * 2 ** min(failures - 1, 10), _LONGEST_PAUSE)
        await (pause_on_loop if self._on_loop else blocking_pause)(seconds)

    async def _new(self, opened: OpenSocket) -> AsyncGenerator[ReceivedEvent, None]:
        """What comes, and was not there before."""
        while True:
            message: _Message = await opened.receive(_Message)
            if isinstance(message, StreamMark):
                self._go_on_from(message.received)
            elif message.event.id not in self._seen:
                self._seen[message.event.id] = message.event.received
                yield message.event

    def _go_on_from(self, mark: datetime) -> None:
        """After an interruption, begin here; what can't come again is forgotten."""
        self._mark = mark
        oldest = mark - _REMEMBERED
        self._seen = {id: received for id, received in self._seen.items() if received > oldest}
