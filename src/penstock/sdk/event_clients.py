"""Events sent and followed by asynchronous code, beside what `emit_event` does in the background.

async with get_events_subscriber(EventFilter(event=EventNameFilter(prefix=["shop."]))) as events:
    async for event in events:
        ...
"""

import asyncio
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Final, Self

from msgspec.structs import replace

from penstock.client.event_feed import EventFeed
from penstock.client.retries import RetryPolicy
from penstock.contract.events import EventFilter, EventOccurredFilter, EventOrder, as_sent, create_events
from penstock.contract.events import ReceivedEvent as Received
from penstock.domain.errors import ServerUnreachable
from penstock.sdk.engine.colours import SUSPENDING
from penstock.sdk.engine.session import current_session
from penstock.sdk.events import Event, ReceivedEvent
from penstock.settings import Settings

RECONNECTIONS: Final = 10
"""How often in a row to try in vain to reach a server that went away."""
BACKFILL: Final = timedelta(minutes=1)
"""What a subscriber is told of that happened before, where its filter does not say since when."""
_END: Final[Any] = object()


class EventsClient:
    """Sends events, each before `emit` returns. An asynchronous context manager.

    Args:
        reconnection_attempts: How often to try again where the server is away.
    """

    def __init__(self, reconnection_attempts: int = RECONNECTIONS) -> None:
        self._retries = RetryPolicy(budget=float("inf"), attempts=reconnection_attempts)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    async def emit(self, event: Event) -> None:
        """Send an event as it is. One that is sent twice, under the same id, is kept once.

        Raises:
            InvalidInput: It cannot be kept; names the field.
            TooLarge: It is larger than the server takes.
            ServerUnreachable: No server answers.
        """
        await self.emit_many([event])

    async def emit_many(self, events: Sequence[Event]) -> None:
        """Send events; all are kept, or none. Raises as `emit` does."""
        client = current_session().client(SUSPENDING).insisting(self._retries)
        await client.call(create_events, [as_sent(event) for event in events])


class EventSubscriber:
    """Events as they happen, each once. An asynchronous context manager, and an asynchronous iterator.

    When the server goes away it is waited for, and what happened meanwhile is told.

    Args:
        filter: Which events; all of them, where it is left out. It begins a minute ago, if it does not say
            when.
        reconnection_attempts: How often in a row to try in vain to reach a server that went away.
        reconnect_on_clean_close: Whether to wait for a server that was stopped in order, too. If not, the
            iteration ends then.
    """

    def __init__(
        self,
        filter: EventFilter | None = None,
        reconnection_attempts: int = RECONNECTIONS,
        reconnect_on_clean_close: bool = False,
    ) -> None:
        self._filter = filter or EventFilter()
        self._attempts, self._outlives_goodbyes = reconnection_attempts, reconnect_on_clean_close

    async def __aenter__(self) -> Self:
        """Begin to follow.

        Raises:
            ServerUnreachable: No server is set, or none answers.
            PenstockError: The server refuses.
        """
        feed = EventFeed(
            server_settings(),
            os.environ,
            on_loop=True,
            attempts=self._attempts,
            outlives_goodbyes=self._outlives_goodbyes,
        )
        opened = asyncio.Event()
        self._events = feed.events(_since(self._filter), backfill=True, on_open=opened.set)
        self._next = asyncio.create_task(self._take())
        opening = asyncio.create_task(opened.wait())
        try:
            await asyncio.wait([self._next, opening], return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            await self._stop()
            raise
        finally:
            opening.cancel()
        if not opened.is_set():
            self._next.result()  # raises what went wrong
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stop()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> ReceivedEvent:
        """The next event. Whoever waits for it may be cancelled, and ask again."""
        await asyncio.wait([self._next])
        event = self._next.result()
        if event is _END:
            raise StopAsyncIteration
        self._next = asyncio.create_task(self._take())
        return _received(event)

    async def _take(self) -> Received:
        return await anext(self._events, _END)

    async def _stop(self) -> None:
        self._next.cancel()
        await asyncio.wait([self._next])
        if not self._next.cancelled():
            self._next.exception()  # nobody waits for it any more
        await self._events.aclose()


def get_events_client(
    reconnection_attempts: int = RECONNECTIONS,
    checkpoint_every: int = 700,  # noqa: ARG001 - as in the reference: here each event is confirmed
    checkpoint_interval: float = 30.0,  # noqa: ARG001 - the same
) -> EventsClient:
    """What sends events, and returns when the server has them. See `EventsClient`."""
    return EventsClient(reconnection_attempts)


def get_events_subscriber(
    filter: EventFilter | None = None,
    reconnection_attempts: int = RECONNECTIONS,
    reconnect_on_clean_close: bool = False,
) -> EventSubscriber:
    """What follows events as they happen. See `EventSubscriber`."""
    return EventSubscriber(filter, reconnection_attempts, reconnect_on_clean_close)


def server_settings() -> Settings:
    """The settings, with the URL of the server. Raises `ServerUnreachable` where there is none."""
    session = current_session()
    url = session.client(SUSPENDING).api_url
    if url is None:
        raise ServerUnreachable(
            "No server is set, and none runs in this home: nobody tells of events.",
            hint="Start one with `penstock server start`, or set PENSTOCK_API_URL to the URL of yours.",
        )
    return replace(session.settings, api=replace(session.settings.api, url=url))


def _since(asked: EventFilter) -> EventFilter:
    """The filter, with a beginning, and in the order in which things happened."""
    since = asked.occurred.since or datetime.now(UTC) - BACKFILL
    return replace(
        asked,
        occurred=EventOccurredFilter(since=since, until=asked.occurred.until),
        order=EventOrder.ASC,
    )


def _received(event: Received) -> ReceivedEvent:
    return ReceivedEvent(**{name: getattr(event, name) for name in Received.__struct_fields__})
