"""Events as they happen, each once, over interruptions that the server can look back on."""

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID

from penstock.client.sockets import OpenSocket, open_socket
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
    """

    def __init__(
        self,
        settings: Settings,
        environment: Mapping[str, str],
        on_interruption: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._settings, self._environment = settings, environment
        self._tell = on_interruption
        self._mark: datetime | None = None
        self._seen: dict[UUID, datetime] = {}

    def events(self, asked: EventFilter, *, backfill: bool = False) -> Iterator[ReceivedEvent]:
        """Events from now on, without an end.

        Args:
            backfill: Begin with what has happened shortly before, from `asked.occurred.since` on.

        Raises:
            PenstockError: The server refuses; or it is not there at the beginning.
        """
        stream = EventStream(filter=asked, backfill=backfill, marks=True)
        with open_socket(EVENTS_OUT, self._settings, self._environment) as opened:
            opened.send(stream)
            try:
                yield from self._new(opened)
            except Unavailable as error:
                self._tell(f"{error.message} Waiting for it.")
        while True:
            yield from self._again(asked)

    def _again(self, asked: EventFilter) -> Iterator[ReceivedEvent]:
        """Open the websocket again, and go on where it was."""
        pause = _FIRST_PAUSE
        is_open = False
        while not is_open:
            try:
                with open_socket(EVENTS_OUT, self._settings, self._environment) as opened:
                    is_open = True
                    self._tell("The server is back.")
                    opened.send(EventStream(filter=asked, backfill=False, after=self._mark, marks=True))
                    yield from self._new(opened)
            except Unavailable as error:
                if is_open:
                    self._tell(f"{error.message} Waiting for it.")
                else:
                    time.sleep(pause)
                    pause = min(2 * pause, _LONGEST_PAUSE)

    def _new(self, opened: OpenSocket) -> Iterator[ReceivedEvent]:
        """What comes, and was not there before."""
        while True:
            message: _Message = opened.receive(_Message)
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
