"""An open websocket: messages in, messages out, and an end, whoever wants it."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from msgspec import Struct

from penstock.contract.codec import decode, encode
from penstock.contract.sockets import Policy
from penstock.domain.errors import InvalidInput
from penstock.server.http.bodies import check_depth

PING, PONG = "penstock.ping", "penstock.pong"
"""What our protocol adds to the messages of ASGI."""

_MOST_REASON = 123
"""Bytes that a frame which closes a websocket has for its reason."""
_GRACE_SECONDS = 2.0
"""For work that is told to stop: enough to end the transaction that it is in."""


class Gone(Exception):
    """The other side went away, or takes nothing any more."""


class Closed(Exception):
    """We close the websocket.

    Args:
        code: One of `Policy`.
        reason: For the other side to read.
    """

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


class Ping(Struct, frozen=True):
    """A ping that waits for its answer: see `server/http/socket_protocol.py`."""

    pong: bytes


class _Tagged(Struct):
    """A message, as far as it says what it is."""

    type: str | None = None


class Connection:
    """One websocket that was accepted.

    Args:
        receive: The next message of ASGI.
        send: Sends one; it waits while the other side is behind.
        patience: Seconds for which that is waited for.
    """

    def __init__(
        self,
        receive: Callable[[], Awaitable[Any]],
        send: Callable[[Any], Awaitable[None]],
        patience: float,
    ) -> None:
        self._receive, self._send, self._patience = receive, send, patience

    async def receive_or_ping(self) -> bytes | Ping:
        """The next message, text or not, or a ping. Raises `Gone`."""
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
            raise Gone
        if message["type"] == PING:
            return Ping(message["pong"])
        text = message.get("text")
        raw: bytes = text.encode() if text is not None else message["bytes"]
        return raw

    async def receive(self) -> bytes:
        """The next message; pings are answered. Raises `Gone`."""
        while isinstance(message := await self.receive_or_ping(), Ping):
            await self.answer(message)
        return message

    async def answer(self, ping: Ping) -> None:
        """Answer a ping, unless nobody is there any more."""
        with contextlib.suppress(OSError):
            await self._send({"type": PONG, "pong": ping.pong})

    async def read(self, kind: type[Struct]) -> Any:
        """The next message as a value of `kind`.

        Raises:
            Gone: There is none.
            Closed: It is something else.
        """
        raw = await self.receive()
        try:
            check_depth(raw)
            if decode(_Tagged, raw).type != kind.__struct_config__.tag:
                raise Closed(Policy.PROTOCOL_ERROR, f"This is no {kind.__struct_config__.tag!r}.")
            return decode(kind, raw)
        except InvalidInput as error:
            raise Closed(Policy.PROTOCOL_ERROR, _reason(error)) from None

    async def send(self, value: Any) -> None:
        """Send a value as JSON, once the other side has taken what was sent before. Raises `Gone`."""
        text = encode(value).decode()
        try:
            async with asyncio.timeout(self._patience):
                await self._send({"type": "websocket.send", "text": text})
        except (TimeoutError, OSError) as error:
            raise Gone from error

    async def close(self, code: int, reason: str) -> None:
        """Close it, unless it is closed already."""
        short = reason.encode()[:_MOST_REASON].decode(errors="ignore")
        with contextlib.suppress(TimeoutError, OSError, RuntimeError):
            async with asyncio.timeout(self._patience):
                await self._send({"type": "websocket.close", "code": code, "reason": short})

    async def tell(self, work: Coroutine[Any, Any, None]) -> None:
        """Do `work`, which sends, until it ends or the other side goes or says something: it has said all.

        Raises:
            Gone: It went away.
            Closed: It said something.
        """
        telling, hearing = asyncio.ensure_future(work), asyncio.ensure_future(self.receive())
        try:
            await asyncio.wait((telling, hearing), return_when=asyncio.FIRST_COMPLETED)
            if telling.done():
                return telling.result()
            hearing.result()
            raise Closed(Policy.PROTOCOL_ERROR, "Nothing is expected after the filter.")
        finally:
            for task in (telling, hearing):
                task.cancel()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_GRACE_SECONDS):
                    await asyncio.gather(telling, hearing, return_exceptions=True)


def _reason(error: InvalidInput) -> str:
    return f"{error.field}: {error.message}" if error.field else error.message
