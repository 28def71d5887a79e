"""A real HTTP server on loopback that behaves as a test tells it to, request by request."""

import json
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: tuple[str, int]
    """The client's address: two requests that share it shared a connection."""

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Script:
    """What the server does with the requests that come; the last step stays."""

    steps: deque[Callable[["Handler"], None]] = field(default_factory=deque)
    seen: list[Seen] = field(default_factory=list)
    url: str = ""
    arrived: threading.Event = field(default_factory=threading.Event)

    def then(self, *steps: Callable[["Handler"], None]) -> "Script":
        self.steps.extend(steps)
        return self

    def next(self) -> Callable[["Handler"], None]:
        return self.steps.popleft() if len(self.steps) > 1 else self.steps[0]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    script: Script

    def handle_any(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        self.script.seen.append(
            Seen(self.command, self.path, dict(self.headers.items()), body, self.client_address)
        )
        self.script.arrived.set()
        self.script.next()(self)

    do_GET = do_POST = do_PATCH = do_DELETE = do_CONNECT = handle_any  # noqa: N815 - as http.server names them

    def log_message(self, *args: object) -> None:
        """Say nothing."""

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def cut(self) -> None:
        """Close the connection here and now."""
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)


def answers(value: Any, status: int = 200, **headers: str) -> Callable[[Handler], None]:
    return lambda handler: handler.answer(status, json.dumps(value).encode(), **headers)


def says(body: bytes, status: int = 200, **headers: str) -> Callable[[Handler], None]:
    return lambda handler: handler.answer(status, body, **headers)


def cuts(handler: Handler) -> None:
    handler.cut()


def truncates(handler: Handler) -> None:
    """Promise more than is sent."""
    handler.answer(200, b'{"half": ', Content_Length="500")
    handler.cut()


def talks_nonsense(handler: Handler) -> None:
    handler.wfile.write(b"220 mail.example.com ESMTP\r\n")
    handler.cut()


def closes_after(value: Any) -> Callable[[Handler], None]:
    """Answer well, and then close the connection without having said that it would."""

    def step(handler: Handler) -> None:
        handler.answer(200, json.dumps(value).encode())
        handler.wfile.flush()
        handler.cut()

    return step


def hangs_until(event: threading.Event) -> Callable[[Handler], None]:
    def step(handler: Handler) -> None:
        event.wait(10)
        handler.cut()

    return step


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no news here."""


@contextmanager
def scripted_server(tls: Any = None) -> Iterator[Script]:
    """Serve a script at `script.url` until the block ends."""
    script = Script()
    handler = type("ScriptedHandler", (Handler,), {"script": script})
    server = Server(("127.0.0.1", 0), handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    scheme = "https" if tls is not None else "http"
    script.url = f"{scheme}://127.0.0.1:{server.server_address[1]}/api"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield script
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def unused_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
