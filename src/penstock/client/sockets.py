"""Websockets to a server, opened with the credential of the settings.

What is here is written once, as coroutines that wait only through the websocket: in a thread without an event
loop they never suspend. What ends a websocket is an error of ours: `Unavailable` where it is worth to open it
again, and else another one.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from penstock import __version__
from penstock.client.connections import parse_api_url, tls_context
from penstock.client.errors import AnswerLost, ServerError, described, refusal_in, unreachable
from penstock.client.proxies import proxy_for
from penstock.contract.codec import decode, encode
from penstock.contract.sockets import SUBPROTOCOL, Auth, AuthSuccess, Policy, Socket
from penstock.domain.errors import InvalidInput, PenstockError, Unauthenticated, Unavailable
from penstock.settings import Settings

if TYPE_CHECKING:  # its import takes longer than most flows, of which few open a websocket
    from websockets.asyncio.client import ClientConnection as LoopConnection
    from websockets.exceptions import ConnectionClosed
    from websockets.sync.client import ClientConnection as ThreadConnection

_OPEN_SECONDS = 10.0
_CLOSE_SECONDS = 1.0
_NORMAL, _BROKEN = 1000, 1006
"""Of RFC 6455: nothing more is to come; it ended without a word."""
_MOST_BYTES = 16_777_216
"""Of one message: far more than a server sends."""


class Goodbye(Unavailable):
    """The server closed a websocket in order, as it does when it is stopped."""


class _Wire(Protocol):
    """A websocket, in the colour of whoever waits for it. Raises `ConnectionClosed`."""

    async def send(self, text: str) -> None: ...

    async def receive(self, seconds: float | None) -> str | bytes: ...

    async def close(self) -> None: ...


class _InThread:
    """Keeps the thread that waits."""

    def __init__(self, connection: "ThreadConnection") -> None:
        self._connection = connection

    async def send(self, text: str) -> None:
        self._connection.send(text)

    async def receive(self, seconds: float | None) -> str | bytes:
        return self._connection.recv(seconds)

    async def close(self) -> None:
        self._connection.close()


class _OnLoop:
    """Leaves the event loop to others."""

    def __init__(self, connection: "LoopConnection") -> None:
        self._connection = connection

    async def send(self, text: str) -> None:
        await self._connection.send(text)

    async def receive(self, seconds: float | None) -> str | bytes:
        import asyncio  # not for those who have no loop

        async with asyncio.timeout(seconds):
            return await self._connection.recv()

    async def close(self) -> None:
        await self._connection.close()


class OpenSocket:
    """A websocket on which the server knows who talks."""

    def __init__(self, wire: _Wire, url: str) -> None:
        self._wire, self._url = wire, url

    async def send(self, value: Any) -> None:
        """Send a value as JSON. Raises what `receive` does."""
        from websockets.exceptions import ConnectionClosed

        try:
            await self._wire.send(encode(value).decode())
        except ConnectionClosed as error:
            raise _ended(self._url, error) from None

    async def receive(self, kind: Any, seconds: float | None = None) -> Any:
        """The next message, which is a `kind`.

        Args:
            seconds: How long to wait for one; None: as long as it takes.

        Raises:
            TimeoutError: None came in time.
            Unavailable: The websocket was closed, or broke; another may be opened.
            PenstockError: The server refuses, or says something unexpected.
        """
        from websockets.exceptions import ConnectionClosed

        try:
            raw = await self._wire.receive(seconds)
        except ConnectionClosed as error:
            raise _ended(self._url, error) from None
        try:
            return decode(kind, raw.encode() if isinstance(raw, str) else raw)
        except InvalidInput as error:
            message = f"The server at {self._url} said something unexpected: {error.message}"
            raise ServerError(message) from None


@asynccontextmanager
async def open_socket(
    socket: Socket, settings: Settings, environment: Mapping[str, str], *, on_loop: bool = False
) -> AsyncIterator[OpenSocket]:
    """Open a websocket of the server at `settings.api.url`, and close it at the end.

    Args:
        environment: Where proxies may be named.
        on_loop: Whether it is waited for on an event loop. If not, nothing here suspends.

    Raises:
        ServerUnreachable: Nobody answers there.
        Unauthenticated: The server does not know the credential.
        PenstockError: It refuses for another reason.
    """
    from websockets.exceptions import InvalidHandshake, InvalidURI

    address = parse_api_url(settings.api.url or "")
    url = f"ws{address.url.removeprefix('http')}{socket.path}"
    options = _options(settings, environment)
    try:
        wire = await _connected_on_loop(url, options) if on_loop else _connected(url, options)
    except (OSError, InvalidHandshake, InvalidURI) as error:
        raise _refused(address.url, error) from None
    try:
        opened = OpenSocket(wire, address.url)
        await opened.send(Auth(_token(settings)))
        try:
            await opened.receive(AuthSuccess, _OPEN_SECONDS)
        except TimeoutError:
            raise unreachable(address.url, "it does not say whether it knows us") from None
        yield opened
    finally:
        await wire.close()


def _options(settings: Settings, environment: Mapping[str, str]) -> dict[str, Any]:
    api = settings.api
    address = parse_api_url(api.url or "")
    tls = tls_context(api.ssl_cert_file, verify=not api.tls_insecure_skip_verify)
    return {
        "ssl": tls if address.scheme == "https" else None,
        "subprotocols": [SUBPROTOCOL],
        "additional_headers": settings.client.custom_headers,
        "user_agent_header": f"penstock/{__version__}",
        "proxy": True if proxy_for(address.scheme, address.host, environment) else None,
        "open_timeout": _OPEN_SECONDS,
        "close_timeout": _CLOSE_SECONDS,
        "max_size": _MOST_BYTES,
    }


def _connected(url: str, options: Mapping[str, Any]) -> _Wire:
    from websockets.sync.client import connect

    return _InThread(connect(url, **options))


async def _connected_on_loop(url: str, options: Mapping[str, Any]) -> _Wire:
    from websockets.asyncio.client import connect

    return _OnLoop(await connect(url, **options))


def _token(settings: Settings) -> str | None:
    secret = settings.api.key or settings.api.auth_string
    return secret.reveal() if secret else None


def _refused(url: str, error: Exception) -> PenstockError:
    """Why there is no websocket."""
    from websockets.exceptions import InvalidStatus

    if isinstance(error, InvalidStatus):
        response = error.response
        body = bytes(response.body or b"")
        return refusal_in(
            url, response.status_code, body, response.headers.get, datetime.now(UTC), frozenset()
        )
    return unreachable(url, described(error))


def _ended(url: str, error: "ConnectionClosed") -> PenstockError:
    """Why a websocket is closed."""
    code = error.rcvd.code if error.rcvd else _BROKEN
    said = error.rcvd.reason if error.rcvd else ""
    if code == Policy.REFUSED:
        hint = "Set api.auth_string to what the server was started with, or api.key to an API key."
        return Unauthenticated(said or "This server refuses the credential.", hint=hint)
    if code in (Policy.PROTOCOL_ERROR, Policy.TOO_BIG):
        return ServerError(f"The server at {url} does not understand: {said or code}.")
    if code in (_NORMAL, Policy.GOING_AWAY, Policy.RESTARTING):
        return Goodbye(f"The server at {url} went away.")
    if code == _BROKEN:
        return Unavailable(f"The server at {url} went away.")
    return AnswerLost(f"The server at {url} closed the connection: {said or code}")
