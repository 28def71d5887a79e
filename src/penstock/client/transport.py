"""How a call gets to a server: the port that the client stands on, and the way within the process."""

import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from msgspec import Struct

from penstock.contract.endpoint import Call, Endpoint, Upserted
from penstock.settings import Settings

Pause = Callable[[float], Awaitable[None]]
"""Waits so many seconds, in the colour of its caller."""


class Request(Struct, frozen=True):
    """A call on its way."""

    endpoint: Endpoint[..., Any]
    call: Call
    headers: dict[str, str]


class Transport(Protocol):
    """Takes calls to a server. The only thing that the client awaits."""

    @property
    def api_url(self) -> str | None:
        """URL of the API; None where calls do not leave the process."""

    async def send(self, request: Request) -> Any:
        """Make one attempt, and return what the endpoint answers.

        Raises:
            PenstockError: What the server refuses with, or what went wrong on the way: `client/errors.py`.
        """

    async def sleep(self, seconds: float) -> None:
        """Wait before the next attempt."""

    def close(self) -> None:
        """Let go of connections and threads."""


async def blocking_pause(seconds: float) -> None:
    """Wait in this thread."""
    time.sleep(seconds)  # noqa: ASYNC251 - awaited only by code that has no event loop


async def pause_on_loop(seconds: float) -> None:
    """Wait, and let the event loop go on."""
    import asyncio  # not for those who have no loop

    await asyncio.sleep(seconds)


class EmbeddedServer(Protocol):
    """What `penstock.server.embedded.open_embedded(settings)` gives."""

    async def dispatch(
        self,
        endpoint: Endpoint[..., Any],
        path_params: dict[str, Any],
        query: dict[str, Any],
        body: Any,
        headers: dict[str, str],
    ) -> Any:
        """Answer a call as the HTTP API would; errors are raised as they are."""

    def close(self) -> None:
        """Let go of the database."""


class InProcessTransport:
    """Calls the server's own code in this process, on the embedded database. Nothing is encoded.

    The server is imported and opened with the first call.
    """

    api_url = None

    def __init__(self, settings: Settings, pause: Pause = blocking_pause) -> None:
        self._settings, self._pause = settings, pause
        self._server: EmbeddedServer | None = None
        self._opening = threading.Lock()

    async def send(self, request: Request) -> Any:
        """Answer the call here."""
        server, call = self._open(), request.call
        answer = await server.dispatch(request.endpoint, call.path, call.query, call.body, request.headers)
        return answer.value if isinstance(answer, Upserted) else answer

    async def sleep(self, seconds: float) -> None:
        """Wait before the next attempt."""
        await self._pause(seconds)

    def close(self) -> None:
        """Close the embedded server, if it was opened."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def _open(self) -> EmbeddedServer:
        with self._opening:
            if self._server is None:
                # One of the two doors that go up: a flow without a server brings its own.
                from penstock.server.embedded import open_embedded

                self._server = open_embedded(self._settings)
            return self._server
