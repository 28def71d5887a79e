"""The composition root: from settings to a server that is ready to be served.

Settings become a database, a bus, the bounds and the gate; ops and endpoints become routes; and one lifespan
starts and stops them in order.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

import msgspec

from penstock import __version__, tracing
from penstock.contract.openapi import describe
from penstock.contract.registry import ENDPOINTS
from penstock.db.connect import open_database
from penstock.db.port import Database
from penstock.server.bus import Bus
from penstock.server.http.answers import Answer, Receive, Scope, Send, send_answer
from penstock.server.http.api import Api, Document, Route
from penstock.server.http.auth import Gate
from penstock.server.http.lifespan import span
from penstock.server.http.observing import observed
from penstock.server.http.page_files import FOLDER
from penstock.server.http.pages import Pages
from penstock.server.http.sockets import Sockets
from penstock.server.key_ring import KeyRing
from penstock.server.known_blocks import ensure_known
from penstock.server.known_services import kinds_of_services
from penstock.server.limits import limits_from
from penstock.server.ops.registry import OPERATIONS
from penstock.server.rendering.renderer import renderer
from penstock.server.run_tokens import RunTokens
from penstock.server.services.base import Service, running
from penstock.server.sockets.registry import SERVES
from penstock.server.sockets.site import SocketTerms
from penstock.server.traced_database import TracedDatabase
from penstock.settings import Settings
from penstock.settings.tree import ServerApiSettings, ServerSettings, ServerUiSettings

_API = "/api"
_METRICS = "/metrics"
"""Beside the API too: where Prometheus looks without being told."""
_NOTHING = Answer(404, b"Not Found", "text/plain; charset=utf-8")
"""What is beside the API where there are no pages."""


class App:
    """One server, as an ASGI application. Its database is open between the events of its lifespan.

    Args:
        services: Whether the background loops run in this process.
    """

    def __init__(self, settings: Settings, *, services: bool = True) -> None:
        self._settings = settings
        self._base = (settings.server.api.base_path or "").rstrip("/")
        db = open_database(settings.database_url, timeout=settings.server.database.timeout)
        self._db = TracedDatabase(db) if tracing.begin("penstock-server") else db
        self._bus = Bus()
        self._limits = limits_from(settings)
        self._kinds = list(kinds_of_services(settings.server.services)) if services else []
        self.services: list[Service] = []
        self._gate = _gate(settings.server.api, self._db)
        self._api = self._bind()
        self._answers = observed(self._api, counts=self._limits.metrics)
        self._sockets = self._bind_sockets()
        self._pages = self._pages_of(settings.server.ui)

    def _bind(self) -> Api:
        api = Api(
            routes(),
            [Document("/openapi.json", "server:read", openapi)],
            db=self._db,
            bus=self._bus,
            gate=self._gate,
            limits=self._limits,
            max_body_size=self._settings.server.api.max_body_size,
        )
        if self._settings.server.metrics_public:
            api.open_actions = frozenset({"metrics:read"})
        return api

    def _bind_sockets(self) -> Sockets:
        return Sockets(
            SERVES,
            db=self._db,
            bus=self._bus,
            gate=self._gate,
            limits=self._limits,
            terms=socket_terms(self._settings.server),
        )

    def _pages_of(self, ui: ServerUiSettings) -> Pages | None:
        return Pages(self._gate, ui.static_directory or FOLDER, self._base) if ui.enabled else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand what is asked to whom it concerns: the API, the pages, or the lifespan."""
        root = self._base + _API
        if scope["type"] == "lifespan":
            await span(self.running, receive, send)
        elif scope["type"] == "websocket":
            await self._sockets({**scope, "root_path": root}, receive, send)
        elif scope["type"] == "http" and f"{scope['path']}/".startswith(f"{root}/"):
            await self._answers({**scope, "root_path": root}, receive, send)
        elif scope["type"] == "http" and scope["path"] == self._base + _METRICS and self._limits.metrics:
            raw = (root + _METRICS).encode()
            await self._answers({**scope, "root_path": root, "raw_path": raw}, receive, send)
        elif scope["type"] == "http" and self._pages is not None:
            await self._pages(scope, receive, send)
        elif scope["type"] == "http":
            await send_answer(_NOTHING, [], send)

    def end_polls(self) -> None:
        """Answer everybody who waits: the server goes away."""
        self._bus.close()
        self._api.polls.close()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Everything that a request needs, for as long as this is entered.

        Raises:
            PenstockError: The database cannot be used.
        """
        await self._db.start()
        await ensure_known(self._db)
        end_listening = await self._db.listen(self._bus.on_notice)
        self.services = [kind(self._db, self._limits) for kind in self._kinds]
        try:
            async with running(self.services, self._bus, self._db):
                yield
        finally:
            await end_listening()
            renderer.close()
            await self._db.close()


def socket_terms(server: ServerSettings) -> SocketTerms:
    """The bounds that the settings give to websockets."""
    return SocketTerms(
        connections=server.api.websocket_max_connections,
        patience=server.api.websocket_send_timeout,
        backfill=server.events.maximum_websocket_backfill,
        page=server.events.websocket_backfill_page_size,
        events_out=server.events.stream_out_enabled,
        logs_out=server.logs.stream_out_enabled,
    )


def _gate(api: ServerApiSettings, db: Database) -> Gate:
    secret = api.auth_string.reveal() if api.auth_string else None
    return Gate(
        secret, api.host, api.allowed_hosts, keys=KeyRing(db), runs=RunTokens(db), is_needed=api.require_auth
    )


def routes() -> Iterator[Route]:
    """Every endpoint of the contract that has an op; that all have one is a test."""
    return (Route(endpoint, OPERATIONS[name]) for name, endpoint in ENDPOINTS.items() if name in OPERATIONS)


@cache
def openapi() -> bytes:
    """The description of the API, made when somebody first asks for it."""
    document: dict[str, Any] = describe(ENDPOINTS.values(), __version__)
    return msgspec.json.encode(document)
