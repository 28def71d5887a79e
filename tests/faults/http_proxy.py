"""An HTTP proxy before a server, which may send requests twice, or answer them badly."""

import re
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPException, HTTPResponse
from typing import NamedTuple, Self

_CHUNK = 1 << 16
_HEAD_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
_KIND = re.compile(rb"/api/([a-z_]+)(?:/[0-9a-f-]{36})?(/[a-z_/]+)?")


class Request(NamedTuple):
    """A whole request."""

    head: bytes
    body: bytes

    @property
    def kind(self) -> str:
        """What it asks for, without any id: such as `POST flow_runs/set_state`."""
        method, target, _ = self.head.split(b" ", 2)
        found = _KIND.match(target)
        path = target if found is None else found[1] + (found[2] or b"")
        return f"{method.decode()} {path.decode()}"


class Reply(NamedTuple):
    """A whole answer, or what stands in its place."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    missing: int = 0
    """How many bytes of it are promised and never sent."""

    def encoded(self) -> bytes:
        """As it goes over the wire; the connection goes on unless something is missing."""
        left_out = ("content-length", "transfer-encoding", "connection")
        lines = [f"{name}: {value}" for name, value in self.headers if name.lower() not in left_out]
        lines.append(f"content-length: {len(self.body) + self.missing}")
        head = "\r\n".join([f"HTTP/1.1 {self.status} Answer", *lines])
        return head.encode("latin-1") + _HEAD_END + self.body


Exchange = Callable[[Request], Reply]
Meddler = Callable[[Request, Exchange], Reply | None]
"""Answers a request, mostly by what the server answers; None breaks the connection instead."""


class HttpProxy:
    """Listens at `port` for a server on this machine, whose answers `meddle` may change.

    Args:
        target: Port of the server.
    """

    def __init__(self, target: int, meddle: Meddler) -> None:
        self._target, self._meddle = target, meddle
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []

    @property
    def url(self) -> str:
        """The API, through this proxy."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}/api"

    def __enter__(self) -> Self:
        self._begin(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        for each in [self._listener, *list(self._open)]:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(60)

    def _begin(self, work: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=work, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):  # it is closed
            while True:
                client, _ = self._listener.accept()
                self._begin(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        self._open.add(client)
        with client, suppress(OSError, HTTPException):  # one side is gone, and so goes the other
            while (request := _read(client)) is not None:
                reply = self._meddle(request, self.exchange)
                if reply is None:
                    break
                client.sendall(reply.encoded())
                if reply.missing:
                    break
        self._open.discard(client)

    def exchange(self, request: Request) -> Reply:
        """What the server answers, on a connection of its own."""
        with socket.create_connection(("127.0.0.1", self._target), 5) as server:
            self._open.add(server)
            try:
                server.settimeout(60)
                server.sendall(request.head + _HEAD_END + request.body)
                return _answer(server, request)
            finally:
                self._open.discard(server)


def _answer(server: socket.socket, request: Request) -> Reply:
    with HTTPResponse(server, method=request.head.split(b" ", 1)[0].decode()) as answer:
        answer.begin()
        return Reply(answer.status, tuple(answer.getheaders()), answer.read())


def _read(client: socket.socket) -> Request | None:
    """The next request of a connection; None at its end."""
    received = b""
    while _HEAD_END not in received:
        if not (more := client.recv(_CHUNK)):
            return None
        received += more
    head, _, body = received.partition(_HEAD_END)
    found = _LENGTH.search(head)
    wanted = int(found[1]) if found else 0
    while len(body) < wanted and (more := client.recv(_CHUNK)):
        body += more
    return Request(head, body)
