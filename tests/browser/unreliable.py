"""An HTTP proxy before a server: some paths are slow or fail, all else is handed on as it is."""

import re
import socket
import threading
import time
from dataclasses import dataclass
from typing import Self

from playwright.sync_api import Locator, Page, expect

from penstock.server.http.errors import failure

REQUEST_ID = "made-for-a-test"
"""Of all answers that are made here: what an error state has to show."""
_CHUNK = 1 << 16
_HEAD_END = b"\r\n\r\n"


@dataclass(frozen=True)
class Trouble:
    """What happens to requests for some paths."""

    path: re.Pattern[str]
    seconds: float = 0.0
    """Before the request is handed on, or fails."""
    status: int | None = None
    """Answered in the server's place."""
    cuts: bool = False
    """The connection is closed without an answer."""
    times: int | None = None
    """Only so often; for ever when None."""
    healed: threading.Event | None = None
    """What they wait for, besides."""


class Unreliable:
    """Listens at `port` for a server on this machine. `with Unreliable(server.port) as proxy: …`

    Args:
        target: Port of the server; may be changed while it runs.
    """

    def __init__(self, target: int) -> None:
        self.target = target
        self.seen: list[str] = []
        """All requests so far, as `GET /path?query`."""
        self._troubles: list[tuple[Trouble, list[int]]] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._closed = False

    @property
    def port(self) -> int:
        """Where browsers connect to."""
        port: int = self._listener.getsockname()[1]
        return port

    @property
    def origin(self) -> str:
        """The UI, through this proxy."""
        return f"http://127.0.0.1:{self.port}"

    def slow(self, path: str, seconds: float) -> None:
        """Hand on requests to paths that match (a regular expression, found anywhere) only after so long."""
        self._add(Trouble(re.compile(path), seconds=seconds))

    def hold(self, path: str, *, after: int) -> None:
        """Hand on so many requests, and what comes then only once the proxy has healed."""
        self._add(Trouble(re.compile(path), healed=threading.Event()))
        self._add(Trouble(re.compile(path), times=after))

    def fail(self, path: str, status: int = 500, *, times: int | None = None, seconds: float = 0.0) -> None:
        """Answer them with an error of the shape that our server's have, so many times, or until `heal`."""
        self._add(Trouble(re.compile(path), seconds, status, times=times))

    def cut(self, path: str, *, times: int | None = None) -> None:
        """Close the connection instead of answering, as a server does that dies."""
        self._add(Trouble(re.compile(path), cuts=True, times=times))

    def break_connections(self) -> None:
        """Close all connections that are open now, such as those that wait for news."""
        for each in list(self._open):
            _shut(each)

    def heal(self) -> None:
        """Hand on everything at once again."""
        with self._lock:
            for trouble, _ in self._troubles:
                if trouble.healed is not None:
                    trouble.healed.set()
            self._troubles.clear()

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closed = True
        self.heal()
        _shut(self._listener)
        self._listener.close()
        self.break_connections()

    def _add(self, trouble: Trouble) -> None:
        with self._lock:
            self._troubles.insert(0, (trouble, [trouble.times if trouble.times is not None else -1]))

    def _trouble_of(self, path: str) -> Trouble | None:
        """The newest trouble for a path that isn't used up; takes one use of it."""
        with self._lock:
            for trouble, left in self._troubles:
                if left[0] and trouble.path.search(path):
                    left[0] -= 1
                    return trouble
        return None

    def _accept(self) -> None:
        while not self._closed:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client:
            self._open.add(client)
            try:
                self._answer(client)
            except OSError:
                return  # one side is gone, and so goes the other
            finally:
                self._open.discard(client)

    def _answer(self, client: socket.socket) -> None:
        """One request a connection: what the server sends is then passed on without understanding it."""
        received = b""
        while _HEAD_END not in received:
            if not (more := client.recv(_CHUNK)):
                return
            received += more
        head, _, body = received.partition(_HEAD_END)
        method, path, _ = head.decode("latin-1").split(" ", 2)
        self.seen.append(f"{method} {path}")
        trouble = self._trouble_of(path)
        if trouble is not None:
            time.sleep(trouble.seconds)
            if trouble.healed is not None:
                trouble.healed.wait()
            if trouble.cuts:
                return
            if trouble.status is not None:
                _read_rest(client, head, body)
                client.sendall(_failure(trouble.status))
                return
        self._hand_on(client, _alone(head) + _HEAD_END + body)

    def _hand_on(self, client: socket.socket, request: bytes) -> None:
        with socket.create_connection(("127.0.0.1", self.target), 5) as server:
            server.settimeout(None)
            self._open.add(server)
            try:
                server.sendall(request)
                upwards = threading.Thread(target=_copy, args=(client, server), daemon=True)
                upwards.start()
                _copy(server, client)
            finally:
                self._open.discard(server)


def _alone(head: bytes) -> bytes:
    """The head of a request after whose answer the server closes, unless it changes protocols."""
    lines = head.split(b"\r\n")
    if any(line.lower().startswith(b"upgrade:") for line in lines):
        return head
    kept = [line for line in lines if not line.lower().startswith(b"connection:")]
    return b"\r\n".join([*kept, b"Connection: close"])


def _read_rest(client: socket.socket, head: bytes, body: bytes) -> None:
    """Take the whole body: a connection that is closed with unread data is reset, and the answer lost."""
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    wanted = int(length[1]) if length else 0
    while len(body) < wanted and (more := client.recv(_CHUNK)):
        body += more


def _failure(status: int) -> bytes:
    body = failure(REQUEST_ID)
    head = (
        f"HTTP/1.1 {status} Failure\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
        f"x-request-id: {REQUEST_ID}\r\ncache-control: no-store\r\nconnection: close"
    )
    return head.encode() + _HEAD_END + body


def _copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(_CHUNK):
            target.sendall(data)
    except OSError:
        pass
    _shut(target, socket.SHUT_WR)


def _shut(each: socket.socket, how: int = socket.SHUT_RDWR) -> None:
    try:
        each.shutdown(how)
    except OSError:
        return


def let_it_try_again(page: Page, told: Locator) -> None:
    """Let the waits between tries be over at once, until the page gives up and says so.

    Its clock must be installed: `page.clock.install()` before the page is opened.
    """
    for _ in range(100):
        if told.count():
            break
        page.clock.fast_forward(8_000)
    expect(told).to_be_visible()
