"""A server process: the socket first, then everything else, and a clean end.

The port is bound before the database is touched, so that a port that is taken is one clear line; and the home
remembers who serves it, so that commands find the server and a second one is refused.
"""

import asyncio
import gc
import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import uvicorn
import uvloop

from penstock.domain.errors import Conflict, InvalidInput
from penstock.server.app import App
from penstock.server.http.auth import check_exposure
from penstock.server.http.socket_protocol import SocketProtocol
from penstock.server.http.sockets import MOST_BYTES
from penstock.server.log_lines import configure_logging
from penstock.server.rendering.renderer import renderer
from penstock.settings import Settings
from penstock.settings.running import SERVICES_FILE, check_alone, forget_server, record_server

_log = logging.getLogger(__name__)

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_BACKLOG = 2048
_SHUTDOWN_SECONDS = 10
"""For requests that are under way when the server is told to stop."""
_ENDED_AT_ONCE = 1
"""Exit code of a process that was told to end twice."""
_DATE_SECONDS = 1.0
"""How often the `Date` header changes, and so how often an idle server wakes up."""
_COLLECTIONS = (20_000, 10, 20)
"""After how many new objects the collector looks at them, and how many such looks come between larger ones.

By default it would look at all objects several times during one answer of ten thousand rows, 10-100 ms each.
"""


def serve(
    settings: Settings, *, services: bool = True, open_to_all: bool = False, ready: Callable[[str], None]
) -> None:
    """Serve until SIGTERM or SIGINT, then end cleanly.

    Args:
        services: Whether the background loops run in this process.
        open_to_all: Serve without credentials although others reach this address.
        ready: Called with the server's URL once it answers.

    Raises:
        InvalidInput: The address is open to others and no credentials are set.
        Conflict: The port is taken, or a server runs in this home already.
        PenstockError: The database cannot be used.
    """
    check_exposure(settings.server.api, open_to_all=open_to_all)
    check_alone(settings.home)
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    listener = bind(settings.server.api.host, settings.server.api.port)
    configure_logging(settings.server.logging_level, settings.server.logging_format)
    app = App(settings, services=services)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(app, settings, listener, ready))


def run_services(settings: Settings, *, ready: Callable[[], None]) -> None:
    """Run the background loops, and serve nothing, until SIGTERM or SIGINT.

    Args:
        ready: Called once they run.

    Raises:
        PenstockError: The database cannot be used.
    """
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    configure_logging(settings.server.logging_level, settings.server.logging_format)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run_services(App(settings), settings.home, ready))


async def _run_services(app: App, home: Path, ready: Callable[[], None]) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in _SIGNALS:
        loop.add_signal_handler(number, lambda: end_at_once() if stop.is_set() else stop.set())
    async with app.running():
        record = record_server(home, "", file=SERVICES_FILE)
        try:
            ready()
            await stop.wait()
        finally:
            forget_server(home, record, file=SERVICES_FILE)


def end_at_once() -> None:
    """End this process without waiting for anything. Its record in the home counts only while it lives."""
    _log.warning("Told to end twice: ending at once.")
    renderer.close()
    logging.shutdown()
    os._exit(_ENDED_AT_ONCE)


async def _serve(app: App, settings: Settings, listener: socket.socket, ready: Callable[[str], None]) -> None:
    server = _Server(app, settings)
    async with app.running():
        # What is there from the start stays to the end: the collector need not look at it during each answer.
        gc.freeze()
        gc.set_threshold(*_COLLECTIONS)
        with _announced(settings, listener, ready):
            await server.serve(sockets=[listener])


def bind(host: str, port: int) -> socket.socket:
    """A socket on that address; port 0 takes any free one.

    Raises:
        Conflict: Another program has it.
        InvalidInput: This machine has no such address.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        message = f"{host} is no address: {error.strerror}."
        raise InvalidInput(message, field="server.api.host") from error
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        message = f"Port {port} on {host} cannot be used: {error.strerror}."
        hint = f"Use another one: penstock server start --port {port + 1}"
        raise Conflict(message, hint=hint) from error
    return listener


def url_of(listener: socket.socket, base_path: str | None) -> str:
    """Where clients on this machine reach the API."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - from any, not to any
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}{(base_path or '').rstrip('/')}/api"


@contextmanager
def _announced(settings: Settings, listener: socket.socket, ready: Callable[[str], None]) -> Iterator[None]:
    url = url_of(listener, settings.server.api.base_path)
    record = record_server(settings.home, url)
    try:
        ready(url)
        yield
    finally:
        forget_server(settings.home, record)


class _Server(uvicorn.Server):
    """Uvicorn, but it sleeps while nothing happens, ends long polls first, and takes a signal for a wish."""

    def __init__(self, app: App, settings: Settings) -> None:
        config = uvicorn.Config(
            app,
            http="httptools",
            ws=SocketProtocol,
            ws_max_size=MOST_BYTES,
            ws_ping_interval=settings.server.api.websocket_ping_interval,
            ws_ping_timeout=settings.server.api.websocket_ping_timeout,
            ws_per_message_deflate=False,  # what is small when it arrives may be large when it is unpacked
            lifespan="off",  # `App.running` is entered by ourselves, so that its errors are ours to tell
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=settings.server.api.keepalive_timeout,
            timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
        )
        super().__init__(config)
        self._app = app
        self._stop = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """SIGTERM and SIGINT end the server, which is what was asked for: the process ends with 0."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, self.end)
        try:
            yield
        finally:
            for number in _SIGNALS:
                loop.remove_signal_handler(number)

    def end(self) -> None:
        """Stop serving; asked twice, on the spot. What was answered is on the disk either way."""
        if self.should_exit:
            end_at_once()
        self.should_exit = True
        self._stop.set()

    async def main_loop(self) -> None:
        """Wait for the end, and keep the `Date` header right meanwhile."""
        while not self.should_exit:
            await self.on_tick(0)
            with suppress(TimeoutError):
                async with asyncio.timeout(_DATE_SECONDS):
                    await self._stop.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn does, after those who wait have been answered."""
        self._app.end_polls()
        await super().shutdown(sockets)
