"""Those whom automations call: a web server and a mail server on loopback that keep what they get."""

import json
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from msgspec import Struct


class Got(Struct, frozen=True):
    """A request that came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Receiver:
    """A web server that answers as it is told to: `answers` one after the other, then 200."""

    def __init__(self, *answers: int | None) -> None:
        self.got: list[Got] = []
        self.answers = list(answers)
        self.url = ""
        self.arrived = threading.Event()
        self.may_answer = threading.Event()
        self.may_answer.set()

    def take(self, request: Got) -> int | None:
        """Keep a request; the status to answer with, or None to hang up."""
        self.got.append(request)
        self.arrived.set()
        assert self.may_answer.wait(30)
        return self.answers.pop(0) if self.answers else 200


@contextmanager
def receiver(*answers: int | None, says: str = "yes") -> Iterator[Receiver]:
    """A web server, for as long as this is entered. None among `answers`: it hangs up."""
    told = Receiver(*answers)

    class Handler(BaseHTTPRequestHandler):
        def __getattr__(self, name: str) -> Any:
            if name.startswith("do_"):  # one a method
                return self._answer
            raise AttributeError(name)

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status = told.take(Got(self.command, self.path, headers, body))
            if status is None:
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("Content-Length", str(len(says)))
            self.send_header("Retry-After", "7")
            self.end_headers()
            self.wfile.write(says.encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.url = f"http://127.0.0.1:{server.server_port}"
    with _serving(server):
        yield told


class Postbox:
    """A mail server that answers `RCPT` as it is told to."""

    def __init__(self, answer: str, tls: ssl.SSLContext | None) -> None:
        self.answer, self.tls, self.port = answer, tls, 0
        self.letters: list[str] = []
        self.was_secure = False
        """Whether the last letter came by TLS."""


class _Mailman(socketserver.StreamRequestHandler):
    """Speaks SMTP with one client. Classes of it know the postbox."""

    box: Postbox

    def handle(self) -> None:
        self._say("220 here")
        while line := self.rfile.readline().decode().strip():
            verb = line.split()[0].upper()
            if verb == "DATA":
                self._take()
            self._say(self._answers().get(verb, "250 ok"))
            if verb == "QUIT" or (verb == "STARTTLS" and not self._is_secured()):
                return

    def finish(self) -> None:
        super().finish()
        self.request.close()

    def _answers(self) -> dict[str, str]:
        offers = (
            {"EHLO": "250-here\r\n250 STARTTLS", "STARTTLS": "220 go on"} if self.box.tls is not None else {}
        )
        return {"RCPT": self.box.answer, "QUIT": "221 bye", **offers}

    def _take(self) -> None:
        self._say("354 go on")
        lines: list[str] = []
        while (line := self.rfile.readline().decode().rstrip("\r\n")) != ".":
            lines.append(line)
        self.box.letters.append("\n".join(lines))
        self.box.was_secure = isinstance(self.request, ssl.SSLSocket)

    def _is_secured(self) -> bool:
        """Speak TLS from now on; whoever does not trust us goes away."""
        assert self.box.tls is not None
        self.rfile.close()
        try:
            self.request = self.box.tls.wrap_socket(self.request, server_side=True)
        except ssl.SSLError:
            return False
        self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb", buffering=0)
        return True

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@contextmanager
def postbox(answer: str = "250 ok", certificate: Path | None = None) -> Iterator[Postbox]:
    """A mail server, for as long as this is entered; with a certificate it offers STARTTLS."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if certificate else None
    if tls is not None:
        tls.load_cert_chain(str(certificate))
    told = Postbox(answer, tls)
    mailman = type("Mailman", (_Mailman,), {"box": told})
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), mailman)
    told.port = server.server_address[1]
    with _serving(server):
        yield told


@contextmanager
def _serving(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join(30)
        server.server_close()
