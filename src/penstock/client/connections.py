"""Connections to one server that are kept and used again.

Any thread may take one; it is the thread's own until it gives it back. A connection that the other side may
have closed meanwhile is not handed out, nor one that was opened before this process was forked.
"""

import contextlib
import os
import select
import socket
import ssl
import time
from collections import deque
from collections.abc import Callable, Mapping
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from penstock.client.errors import described, not_trusted, unreachable
from penstock.client.proxies import Proxy
from penstock.domain.errors import InvalidInput

IDLE_SECONDS = 4.0
"""How long an unused connection is trusted; servers commonly close theirs after five."""
_KEPT = 32


class Address(Struct, frozen=True, kw_only=True):
    """Where an API is."""

    scheme: str
    host: str
    port: int
    base: str
    """Path that all paths of the API begin with: `/api`."""
    url: str


def parse_api_url(url: str) -> Address:
    """Take the URL of an API apart. Raises `InvalidInput` for anything that is not one."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query:
        message = f"{url!r} is not the URL of an API."
        raise InvalidInput(message, field="api.url", hint="Write it as http://host:port/api.")
    default = 443 if parts.scheme == "https" else 80
    base = parts.path.rstrip("/")
    return Address(
        scheme=parts.scheme, host=parts.hostname, port=port or default, base=base, url=url.rstrip("/")
    )


def tls_context(ca_file: Path | None, *, verify: bool) -> ssl.SSLContext:
    """How to speak TLS: trust the system's authorities, that of `ca_file`, or, without `verify`, anybody."""
    context = ssl.create_default_context(cafile=ca_file)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


class _InOnePiece(HTTPConnection):
    """Sends a body with the headers before it, in one system call and packet; the library takes two."""

    body = b""

    def send(self, data: Any) -> None:
        body, self.body = self.body, b""
        super().send(data + body if body else data)


class _InOnePieceSecurely(_InOnePiece, HTTPSConnection):
    """The same over TLS."""


class Connection(Struct, eq=False):
    """A connection, and what decides whether it can be used again."""

    http: _InOnePiece
    pid: int
    idle_since: float = 0.0
    reused: bool = False

    def is_fit(self, now: float) -> bool:
        """Whether the other side has most likely not closed it, and it is not our parent's."""
        sock = self.http.sock
        if sock is None or self.pid != os.getpid() or now - self.idle_since > IDLE_SECONDS:
            return False
        poll = select.poll()
        poll.register(sock, select.POLLIN)
        return not poll.poll(0)

    def ask(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> HTTPResponse:
        """Send a request, and read the head of the answer."""
        http = self.http
        http.body = body
        http.putrequest(method, target, skip_accept_encoding=True)
        for name, value in headers.items():
            http.putheader(name, value)
        http.endheaders()
        return http.getresponse()

    def wait_at_most(self, seconds: float) -> None:
        """Wait no longer than this for the other side to take, or to say, something."""
        if self.http.sock is not None:
            self.http.sock.settimeout(seconds)

    def abort(self) -> None:
        """Wake the thread that waits for an answer here."""
        sock = self.http.sock
        if sock is not None:
            # Not the method of a TLS socket, which would take its state from under the reading thread.
            with contextlib.suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)


class Connections:
    """The connections to one address.

    Args:
        connect_timeout: In seconds.
        tls: For addresses that are `https`; made when it is needed.
    """

    def __init__(
        self,
        address: Address,
        *,
        connect_timeout: float,
        tls: Callable[[], ssl.SSLContext],
        proxy: Proxy | None = None,
    ) -> None:
        self._address, self._connect_timeout = address, connect_timeout
        self._make_tls, self._proxy = tls, proxy
        self._tls: ssl.SSLContext | None = None
        self._idle: deque[Connection] = deque()

    def take(self) -> Connection:
        """A kept connection that is fit, or a new one.

        Raises:
            ServerUnreachable: Nobody answers there.
        """
        now = time.monotonic()
        while self._idle:
            try:
                connection = self._idle.pop()
            except IndexError:  # another thread took it
                break
            if connection.is_fit(now):
                connection.reused = True
                return connection
            connection.http.close()
        return self.open()

    def open(self) -> Connection:
        """A new connection. Raises `ServerUnreachable`."""
        http = self._make()
        try:
            http.connect()
        except ssl.SSLCertVerificationError as error:
            raise not_trusted(self._address.url, error.verify_message.rstrip(".")) from None
        except OSError as error:
            http.close()
            raise unreachable(self._where(), described(error)) from None
        return Connection(http, os.getpid())

    def keep(self, connection: Connection) -> None:
        """Give a connection back after a whole answer."""
        if len(self._idle) >= _KEPT:
            connection.http.close()
            return
        connection.idle_since = time.monotonic()
        self._idle.append(connection)

    def close(self) -> None:
        """Close all that are kept."""
        while self._idle:
            self._idle.pop().http.close()

    def _make(self) -> _InOnePiece:
        address, proxy, timeout = self._address, self._proxy, self._connect_timeout
        host, port = (proxy.host, proxy.port) if proxy else (address.host, address.port)
        if address.scheme == "http":
            return _InOnePiece(host, port, timeout=timeout)
        self._tls = self._tls or self._make_tls()
        secure = _InOnePieceSecurely(host, port, timeout=timeout, context=self._tls)
        if proxy:
            headers = {"Proxy-Authorization": proxy.authorization} if proxy.authorization else {}
            secure.set_tunnel(address.host, address.port, headers)
        return secure

    def _where(self) -> str:
        through = f" through the proxy {self._proxy.host}:{self._proxy.port}" if self._proxy else ""
        return f"{self._address.url}{through}"
