"""`/api/events/in`: events that clients send, written in groups.

What is read while a transaction is under way goes into the next one. While there is enough of that, nothing
more is read, and the client waits as for any slow reader. A ping is answered when all that came before it is
written: so a client that keeps what it has sent until then, and sends it again after an interruption, loses
nothing, and an event that comes twice is kept once.
"""

import asyncio
from datetime import UTC, datetime

from penstock.contract.codec import decode
from penstock.contract.events import Event
from penstock.contract.sockets import Policy
from penstock.domain.errors import InvalidInput, PenstockError, Unavailable
from penstock.server.http.bodies import check_depth
from penstock.server.ops.registry import OPERATIONS, perform
from penstock.server.sockets.connection import Closed, Connection, Gone, Ping
from penstock.server.sockets.site import Site

_MOST_EVENTS = 500
_MOST_BYTES = 2_000_000
"""How much waits to be written; one event may be larger."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0
_GIVE_UP_SECONDS = 60.0
"""For a database that can't be used."""


class Inbox:
    """What was read and is not written yet."""

    def __init__(self) -> None:
        self._waiting: list[bytes | Ping] = []
        self._bytes = 0
        self._has_ended = False
        self._some, self._room = asyncio.Event(), asyncio.Event()

    async def put(self, message: bytes | Ping) -> None:
        """Add a message, once there is room for it."""
        size = len(message) if isinstance(message, bytes) else 0
        while self._waiting and (len(self._waiting) >= _MOST_EVENTS or self._bytes + size > _MOST_BYTES):
            self._room.clear()
            await self._room.wait()
        self._waiting.append(message)
        self._bytes += size
        self._some.set()

    async def take(self) -> list[bytes | Ping]:
        """All that is there, once there is something; nothing at the end."""
        while not self._waiting and not self._has_ended:
            self._some.clear()
            await self._some.wait()
        taken, self._waiting, self._bytes = self._waiting, [], 0
        self._room.set()
        return taken

    def end(self) -> None:
        """Nothing more comes."""
        self._has_ended = True
        self._some.set()


async def serve(connection: Connection, site: Site) -> None:
    """Take events until the client goes; what was read is written then all the same.

    Raises:
        Closed: The database can't be used for long.
    """
    inbox = Inbox()
    reading = asyncio.create_task(_read(connection, inbox))
    writing = asyncio.create_task(_Writer(connection, site).write(inbox))
    try:
        await asyncio.wait((reading, writing), return_when=asyncio.FIRST_COMPLETED)
        if writing.done():
            writing.result()
        reading.result()
        await writing
    finally:
        reading.cancel()


async def _read(connection: Connection, inbox: Inbox) -> None:
    try:
        while True:
            await inbox.put(await connection.receive_or_ping())
    except Gone:
        inbox.end()


class _Writer:
    """Writes what one client sends."""

    def __init__(self, connection: Connection, site: Site) -> None:
        self._connection, self._site = connection, site
        self._counts = site.bus.sockets

    async def write(self, inbox: Inbox) -> None:
        """Write what comes in, until that ends."""
        while messages := await inbox.take():
            await self._keep([event for each in messages if (event := self._read(each)) is not None])
            for message in messages:
                if isinstance(message, Ping):
                    await self._connection.answer(message)

    def _read(self, message: bytes | Ping) -> Event | None:
        if isinstance(message, Ping):
            return None
        try:
            check_depth(message)
            event: Event = decode(Event, message)
        except InvalidInput as error:
            self._drop(error)
            return None
        return event

    async def _keep(self, events: list[Event]) -> None:
        """Write events in one transaction; where one of them is refused, it alone is left out."""
        if not events:
            return
        try:
            await self._write(events)
        except Unavailable as error:
            raise Closed(Policy.TRY_AGAIN_LATER, error.message) from error
        except PenstockError as error:
            half = len(events) // 2
            if half == 0:
                self._drop(error)
                return
            await self._keep(events[:half])
            await self._keep(events[half:])

    async def _write(self, events: list[Event]) -> None:
        op = OPERATIONS["create_events"]
        pause, waited = _FIRST_PAUSE, 0.0
        while True:
            try:
                await perform(op, self._site.db, self._site.bus, self._site.caller, {"body": events})
            except Unavailable:
                if waited > _GIVE_UP_SECONDS:
                    raise
                await asyncio.sleep(pause)
                waited, pause = waited + pause, min(2 * pause, _LONGEST_PAUSE)
            else:
                self._counts.keep(len(events))
                return

    def _drop(self, error: PenstockError) -> None:
        field = error.field if isinstance(error, InvalidInput) else None
        said = f"{field}: {error.message}" if field else error.message
        self._counts.drop(said, datetime.now(UTC))
