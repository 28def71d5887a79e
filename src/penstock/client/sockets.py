"""Websockets to a server, in the calling thread, opened with the credential of the settings.

What ends one is an error of ours: `Unavailable` where it is worth to open it again, and else another one.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from penstock import __version__
from penstock.client.connections import parse_api_url, tls_context
from penstock.client.errors import AnswerLost, ServerError, described, refusal_in, unreachable
from penstock.client.proxies import proxy_for
from penstock.contract.codec import decode, encode
from penstock.contract.sockets import SUBPROTOCOL, Auth, AuthSuccess, Policy, Socket
from penstock.domain.errors import InvalidInput, PenstockError, Unauthenticated, Unavailable
from penstock.settings import Settings

_OPEN_SECONDS = 10.0
_CLOSE_SECONDS = 1.0
_MOST_BYTES = 16_777_216
"""Of one message: far more than a server sends."""


class OpenSocket:
    """A websocket on which the server knows who talks."""

    def __init__(self, connection: ClientConnection, url: str) -> None:
        self._connection, self._url = connection, url

    def send(self, value: Any) -> None:
        """Send a value as JSON. Raises what `receive` does."""
        try:
            self._connection.send(encode(value).decode())
        except ConnectionClosed as error:
            raise _ended(self._url, error) from None

    def receive(self, kind: Any, timeout: float | None = None) -> Any:
        """The next message, which is a `kind`.

        Args:
            timeout: Seconds to wait for one; None: as long as it takes.

        Raises:
            TimeoutError: None came in time.
            Unavailable: The websocket was closed, or broke; another may be opened.
            PenstockError: The server refuses, or says something unexpected.
        """
        try:
            raw = self._connection.recv(timeout)
        except ConnectionClosed as error:
            raise _ended(self._url, error) from None
        try:
            return decode(kind, raw.encode() if isinstance(raw, str) else raw)
        except InvalidInput as error:
            message = f"The server at {self._url} said something unexpected: {error.message}"
            raise ServerError(message) from None


@contextmanager
def open_socket(socket: Socket, settings: Settings, environment: Mapping[str, str]) -> Iterator[OpenSocket]:
    """Open a websocket of the server at `settings.api.url`, and close it at the end.

    Args:
        environment: Where proxies may be named.

    Raises:
        ServerUnreachable: Nobody answers there.
        Unauthenticated: The server does not know the credential.
        PenstockError: It refuses for another reason.
    """
    address = parse_api_url(settings.api.url or "")
    url = f"ws{address.url.removeprefix('http')}{socket.path}"
    api = settings.api
    tls = tls_context(api.ssl_cert_file, verify=not api.tls_insecure_skip_verify)
    try:
        connection = connect(
            url,
            ssl=tls if address.scheme == "https" else None,
            subprotocols=[Subprotocol(SUBPROTOCOL)],
            additional_headers=settings.client.custom_headers,
            user_agent_header=f"penstock/{__version__}",
            proxy=True if proxy_for(address.scheme, address.host, environment) else None,
            open_timeout=_OPEN_SECONDS,
            close_timeout=_CLOSE_SECONDS,
            max_size=_MOST_BYTES,
        )
    except (OSError, InvalidHandshake, InvalidURI) as error:
        raise _refused(address.url, error) from None
    with connection:
        opened = OpenSocket(connection, address.url)
        opened.send(Auth(_token(settings)))
        try:
            opened.receive(AuthSuccess, _OPEN_SECONDS)
        except TimeoutError:
            raise unreachable(address.url, "it does not say whether it knows us") from None
        yield opened


def _token(settings: Settings) -> str | None:
    secret = settings.api.key or settings.api.auth_string
    return secret.reveal() if secret else None


def _refused(url: str, error: Exception) -> PenstockError:
    """Why there is no websocket."""
    if isinstance(error, InvalidStatus):
        response = error.response
        body = bytes(response.body or b"")
        return refusal_in(
            url, response.status_code, body, response.headers.get, datetime.now(UTC), frozenset()
        )
    return unreachable(url, described(error))


def _ended(url: str, error: ConnectionClosed) -> PenstockError:
    """Why a websocket is closed."""
    code = error.rcvd.code if error.rcvd else 1006
    said = error.rcvd.reason if error.rcvd else ""
    if code == Policy.REFUSED:
        hint = "Set api.auth_string to what the server was started with."
        return Unauthenticated(said or "This server refuses the credential.", hint=hint)
    if code in (Policy.PROTOCOL_ERROR, Policy.TOO_BIG):
        return ServerError(f"The server at {url} does not understand: {said or code}.")
    if code in (Policy.GOING_AWAY, Policy.RESTARTING, 1006):
        return Unavailable(f"The server at {url} went away.")
    return AnswerLost(f"The server at {url} closed the connection: {said or code}")
