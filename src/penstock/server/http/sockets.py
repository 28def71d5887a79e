"""Websockets below `/api`, through the same gate as every request.

What can be looked at before a websocket is accepted, is: the name that the server is called by, and the page
that asks. Then whoever opens it says who it is; until that is known, and may do what the matched socket
declares, nothing else is read or sent.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from penstock.contract.sockets import SOCKETS, SUBPROTOCOL, Auth, AuthSuccess, Policy, Socket
from penstock.db.port import Database
from penstock.domain.errors import (
    Fenced,
    NotFound,
    PenstockError,
    PermissionDenied,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
)
from penstock.server.bus import Bus
from penstock.server.caller import Caller
from penstock.server.http.answers import Headers, Receive, Scope, Send
from penstock.server.http.auth import Gate, address_of, authorize
from penstock.server.http.errors import headers_of, refusal, status_of
from penstock.server.http.matching import Matcher
from penstock.server.limits import Limits
from penstock.server.principals import ANONYMOUS, Principal
from penstock.server.scopes import check_socket
from penstock.server.session_events import tell_refused
from penstock.server.sockets.arrivals import Arrivals
from penstock.server.sockets.connection import Closed, Connection, Gone
from penstock.server.sockets.site import Site, SocketTerms

Serve = Callable[[Connection, Site], Awaitable[None]]

MOST_BYTES = 4_194_304
"""Of one message. A larger one closes its websocket with 1009."""
_AUTH_SECONDS = 10.0
"""For whoever opens a websocket to say who it is."""
_SESSION_SECONDS = 3_600.0
"""After which a page opens its websocket anew, and shows again that it may."""
_LOOK_SECONDS = 2.0
"""Between two looks whether a key, or the token of a run, is still good."""
_ACTION_OF_NOTHING = "server:read"
_METHOD = "GET"

_log = logging.getLogger(__name__)


class Sockets:
    """Opens websockets. Made on the event loop that they live on.

    Args:
        serves: What serves each of them, by path.
    """

    def __init__(
        self,
        serves: Mapping[str, Serve],
        *,
        db: Database,
        bus: Bus,
        gate: Gate,
        limits: Limits,
        terms: SocketTerms,
    ) -> None:
        self._sockets: Matcher[tuple[Socket, Serve]] = Matcher()
        for socket in SOCKETS:
            self._sockets.add(_METHOD, socket.path, (socket, serves[socket.path]))
        self._db, self._bus, self._gate, self._limits, self._terms = db, bus, gate, limits, terms
        self._arrivals = Arrivals(db, bus)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one websocket, from its request to its end."""
        headers: Headers = dict(scope["headers"])
        try:
            (socket, serve), path = await self._match(scope, headers)
            self._check_room()
        except PenstockError as error:
            await tell_refused(self._db, self._gate.credential)
            await _refuse(error, scope, send)
            return
        counts = self._bus.sockets
        counts.open += 1
        try:
            await self._serve(socket, path, serve, scope, headers, receive, send)
        finally:
            counts.open -= 1

    async def _match(self, scope: Scope, headers: Headers) -> tuple[tuple[Socket, Serve], dict[str, str]]:
        """What is asked for, if the request is not one that somebody else made them send."""
        self._gate.check_host(headers.get(b"host"))
        if b"origin" in headers:
            self._gate.check_origin(headers[b"origin"], headers.get(b"host"))
        raw: str = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
        found = (
            None if raw.endswith("/") else self._sockets.find(_METHOD, raw.removeprefix(scope["root_path"]))
        )
        if found is None:
            principal = await self._gate.whoever(headers.get(b"authorization"), address=address_of(scope))
            authorize(principal, _ACTION_OF_NOTHING)
            raise NotFound(f"There is no websocket at {scope['path']}.")
        self._check_offered(found[0][0])
        return found

    def _check_offered(self, socket: Socket) -> None:
        offered = {"/events/out": self._terms.events_out, "/logs/out": self._terms.logs_out}
        if not offered.get(socket.path, True):
            noun = socket.path.split("/")[1]
            message = f"{noun.capitalize()} can't be followed at this server."
            raise NotFound(message, hint=f"That is the setting server.{noun}.stream_out_enabled.")

    def _check_room(self) -> None:
        counts = self._bus.sockets
        if counts.open >= self._terms.connections:
            counts.refused += 1
            message = f"{counts.open} websockets are open, and this server has no more."
            hint = "Their number is the setting server.api.websocket_max_connections."
            raise Unavailable(message, hint=hint, retry_after=10.0)

    async def _serve(
        self,
        socket: Socket,
        path: Mapping[str, str],
        serve: Serve,
        scope: Scope,
        headers: Headers,
        receive: Receive,
        send: Send,
    ) -> None:
        connection = Connection(receive, send, self._terms.patience)
        try:
            caller, token = await self._let_in(socket, path, scope, headers, connection, receive, send)
            site = Site(self._db, self._bus, caller, self._terms, self._arrivals, path)
            await self._while_let_in(serve(connection, site), token)
        except Gone:
            return
        except Closed as closed:
            await connection.close(closed.code, closed.reason)
        except PenstockError as error:
            _log.warning("The websocket %s ended: %s", socket.path, error)
            await connection.close(Policy.TRY_AGAIN_LATER, error.message)
        except Exception:
            _log.exception("The websocket %s failed.", socket.path)
            await connection.close(Policy.FAILED, "The server failed; its log says how.")

    async def _let_in(
        self,
        socket: Socket,
        path: Mapping[str, str],
        scope: Scope,
        headers: Headers,
        connection: Connection,
        receive: Receive,
        send: Send,
    ) -> tuple[Caller, str | None]:
        """Who has opened it, and the token that was shown; empty where there was a session instead.

        Raises:
            Gone: They went away.
            Closed: They may not, or did not say.
        """
        asks = self._gate.sessions.are_needed
        speaks = SUBPROTOCOL in scope["subprotocols"]
        if (await receive())["type"] != "websocket.connect":
            raise Gone
        await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL if speaks else None})
        if asks and not speaks:
            message = f"This server asks for a credential: offer the subprotocol {SUBPROTOCOL!r}."
            raise Closed(Policy.PROTOCOL_ERROR, message)
        auth = await _said(connection) if speaks else None
        principal = ANONYMOUS
        try:
            principal = await self._gate.whoever_at_socket(
                auth.token if auth else None,
                headers.get(b"origin"),
                headers.get(b"cookie"),
                address=address_of(scope),
            )
            authorize(principal, socket.action)
            caller = self._caller(principal, scope)
            check_socket(caller, socket, path)
        except (Unauthenticated, PermissionDenied, TooManyRequests, Fenced) as error:
            await self._tell_refused(error, principal, socket, scope)
            if isinstance(error, TooManyRequests):
                raise Closed(Policy.TRY_AGAIN_LATER, str(error)) from None
            raise Closed(Policy.REFUSED, error.message) from None
        if speaks:
            await connection.send(AuthSuccess())
        if not asks:
            return caller, None
        return caller, (auth.token if auth is not None else None) or ""

    async def _while_let_in(self, work: Awaitable[None], token: str | None) -> None:
        """Do the work, for as long as who has opened the websocket may."""
        if not token:
            await _for_a_while(work, None if token is None else _SESSION_SECONDS)
            return
        working, watching = asyncio.ensure_future(work), asyncio.create_task(self._watch(token))
        try:
            await asyncio.wait((working, watching), return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                watching.result()
            working.result()
        finally:
            working.cancel()
            watching.cancel()
            await asyncio.gather(working, watching, return_exceptions=True)

    async def _watch(self, token: str) -> None:
        """Return never; raise once a token is good no more."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            try:
                is_good = await self._gate.is_still_good(token)
            except PenstockError:
                continue  # that can't be told now
            if not is_good:
                raise Closed(Policy.REFUSED, "What was shown is not good any more.")

    async def _tell_refused(
        self, error: PenstockError, principal: Principal, socket: Socket, scope: Scope
    ) -> None:
        await tell_refused(self._db, self._gate.credential)
        if isinstance(error, PermissionDenied):
            caller = self._caller(principal, scope)
            await self._gate.denials.tell(self._db, caller, socket.action, socket.path)

    def _caller(self, principal: Principal, scope: Scope) -> Caller:
        return Caller(
            principal=principal.name,
            role=principal.role,
            key=principal.key,
            work_pools=principal.work_pools,
            run=principal.run,
            is_over=principal.is_over,
            scopes=principal.scopes,
            origin="websocket",
            address=address_of(scope),
            limits=self._limits,
        )


async def _said(connection: Connection) -> Auth:
    """Who they say that they are."""
    try:
        async with asyncio.timeout(_AUTH_SECONDS):
            said: Auth = await connection.read(Auth)
    except TimeoutError:
        raise Closed(Policy.REFUSED, "Nobody said who opens this websocket.") from None
    except Closed as closed:
        raise Closed(Policy.REFUSED, f"The first message says who you are. {closed.reason}") from None
    return said


async def _for_a_while(work: Awaitable[None], seconds: float | None) -> None:
    """Do the work, and close the websocket after so long."""
    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            await work
    except TimeoutError:
        if not limit.expired():
            raise
        raise Closed(Policy.GOING_AWAY, "Open it again, to show that you still may.") from None


async def _refuse(error: PenstockError, scope: Scope, send: Send) -> None:
    """Answer the request with a refusal, and no websocket."""
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": Policy.REFUSED, "reason": error.message})
        return
    body = refusal(error, b"")
    headers: list[tuple[bytes, bytes]] = [
        (b"content-type", b"application/json"),
        *headers_of(error, to_page=True),
    ]
    start: dict[str, Any] = {"type": "websocket.http.response.start", "status": status_of(error)}
    await send(start | {"headers": headers})
    await send({"type": "websocket.http.response.body", "body": body})
