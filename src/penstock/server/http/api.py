"""The HTTP API as an ASGI application: every endpoint of the contract, bound to the op of its name.

Every request takes this path, so it does only what each one needs: match, let in, read, perform, answer.
"""

import logging
import os
import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from msgspec import Struct

from penstock.contract.codec import decode_body, decode_parameters, encode
from penstock.contract.endpoint import JSON, Endpoint, Upserted, is_new
from penstock.contract.headers import API_VERSION_HEADER, LEASE_HEADER, ORIGIN_HEADER, PAGE_HEADER
from penstock.db.port import Database
from penstock.domain.errors import InvalidInput, NotFound, PenstockError, PermissionDenied
from penstock.domain.problems import JobVariablesForbidden
from penstock.server.bus import Bus
from penstock.server.caller import Caller
from penstock.server.downloads import Download
from penstock.server.http.answers import (
    Answer,
    Headers,
    Receive,
    Scope,
    Send,
    Stream,
    api_headers,
    send_answer,
)
from penstock.server.http.auth import Gate, address_of, authorize
from penstock.server.http.bodies import Disconnected, check_depth, read_body
from penstock.server.http.cookies import set_cookie
from penstock.server.http.errors import MethodNotAllowed, failure, headers_of, refusal, status_of
from penstock.server.http.matching import Matcher
from penstock.server.http.observing import note
from penstock.server.http.polls import Polls
from penstock.server.http.streams import as_file, send_stream
from penstock.server.http.versions import check_version
from penstock.server.incoming import Incoming
from penstock.server.limits import Limits
from penstock.server.ops.registry import Operation, perform
from penstock.server.principals import ANONYMOUS, Principal
from penstock.server.session_events import tell_refused
from penstock.server.sessions import Ticket

_log = logging.getLogger(__name__)
_LEASE = LEASE_HEADER.lower().encode()
_ORIGIN = ORIGIN_HEADER.lower().encode()
_PAGE = PAGE_HEADER.lower().encode()
_VERSION = API_VERSION_HEADER.lower().encode()
_YES = (b"true", b"True", b"1")
_WORD = re.compile(rb"[A-Za-z0-9_.:-]{1,64}")
_LONGEST_REQUEST_ID = 64
_ACTION_OF_NOTHING = "server:read"
"""What it takes to be told that a path does not exist: nobody without a credential may go and look."""


class Route(Struct, frozen=True, eq=False):
    """An endpoint and the op that answers it."""

    endpoint: Endpoint[..., Any]
    op: Operation

    def answer(self, value: Any, headers: Headers) -> Answer | Stream:
        """The op's answer as HTTP, to a request with these headers."""
        if self.op.access == "stream":
            return Stream(value, self.endpoint.media_type, is_endless=True)
        if isinstance(value, Download):
            return as_file(value, self.endpoint.media_type, headers)
        status = self.endpoint.statuses[0 if is_new(value) else -1]
        if isinstance(value, Upserted):
            value = value.value
        if status == 204:
            return Answer(status)
        body = encode(value) if self.endpoint.media_type == JSON else value
        return Answer(status, body, self.endpoint.media_type)


class Document(Struct, frozen=True, eq=False):
    """A path that always answers the same, such as the description of the API."""

    path: str
    action: str
    read: Callable[[], bytes]


class Api:
    """Answers what is asked below `/api`. Made on the event loop that it answers on.

    Args:
        max_body_size: Of a request, in bytes.
    """

    def __init__(
        self,
        routes: Iterable[Route],
        documents: Iterable[Document] = (),
        *,
        db: Database,
        bus: Bus,
        gate: Gate,
        limits: Limits,
        max_body_size: int,
    ) -> None:
        self._matcher: Matcher[Route | Document] = Matcher()
        for route in routes:
            self._matcher.add(route.endpoint.method, route.endpoint.path, route)
        for document in documents:
            self._matcher.add("GET", document.path, document)
        self._db, self._bus, self._gate, self._limits = db, bus, gate, limits
        self._max_body_size = max_body_size
        self.polls = Polls()
        self.open_actions: frozenset[str] = frozenset()
        """What everybody may do here, by a setting of its own."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. The API's own part of the path is what follows `scope["root_path"]`."""
        headers: Headers = dict(scope["headers"])
        request_id = _request_id(headers)
        answer: Answer | Stream
        try:
            answer = await self._answer(scope, headers, receive)
        except Disconnected:
            return
        except Exception:
            text = request_id.decode("latin-1")
            _log.exception("%s %s failed, request %s", scope["method"], scope["path"], text)
            answer = Answer(500, failure(text))
        sent = api_headers(request_id)
        if isinstance(answer, Stream):
            await send_stream(answer, sent, self.polls, receive, send, head=scope["method"] == "HEAD")
        else:
            await send_answer(answer, sent, send)
        # Whoever asks next brings it about that the last of many refusals are told.
        await tell_refused(self._db, self._gate.credential)

    async def _answer(self, scope: Scope, headers: Headers, receive: Receive) -> Answer | Stream:
        body, principal = b"", ANONYMOUS
        try:
            principal = await self._let_in(scope, headers)
            target, path = self._match(scope, principal)
            check_version(headers.get(_VERSION))
            if isinstance(target, Document):
                return Answer(200, target.read())
            body = await self._read(target.endpoint, headers, receive)
            arguments = _arguments(target.endpoint, path, scope["query_string"], body)
            caller = self._caller(principal, headers, scope)
            if target.op.access == "request":
                value = await target.op.function(self._db, _incoming(scope, headers), caller, **arguments)
            else:
                value = await self._perform(target.op, caller, arguments, receive)
            if isinstance(value, Ticket):
                base_path = scope["root_path"].removesuffix("/api")
                return Answer(204, headers=[set_cookie(value, scope, headers, base_path)])
            return target.answer(value, headers)
        except PenstockError as error:
            if isinstance(error, PermissionDenied | JobVariablesForbidden):
                await self._note_denial(scope, headers, principal)
            return _refused(error, body, headers)

    async def _note_denial(self, scope: Scope, headers: Headers, principal: Principal) -> None:
        """Audit that somebody may not do what they asked for."""
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        target, path = self._matcher.find(method, _path_below(scope)) or (None, {})
        caller = self._caller(principal, {**headers, _LEASE: b""}, scope)
        action = _ACTION_OF_NOTHING if target is None else _action_of(target)
        operation = target.endpoint.name if isinstance(target, Route) else "none"
        await self._gate.denials.tell(self._db, caller, action, operation, path)

    async def _read(self, endpoint: Endpoint[..., Any], headers: Headers, receive: Receive) -> bytes:
        own, most = endpoint.max_body_size, self._max_body_size
        if own is None or own > most:
            return await read_body(receive, headers, most)
        return await read_body(receive, headers, own, setting=None)

    async def _let_in(self, scope: Scope, headers: Headers) -> Principal:
        """Who asks, if that can be told and the request is not one that somebody else made them send."""
        self._gate.check_host(headers.get(b"host"))
        if b"origin" in headers:
            self._gate.check_origin(headers[b"origin"], headers.get(b"host"))
        is_ours = scope["method"] in ("GET", "HEAD") or _ORIGIN in headers
        return await self._gate.whoever(
            headers.get(b"authorization"), headers.get(b"cookie"), is_ours=is_ours, address=address_of(scope)
        )

    def _match(self, scope: Scope, principal: Principal) -> tuple[Route | Document, dict[str, str]]:
        """What answers the request, if `principal` may ask it."""
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        path = _path_below(scope)
        found = self._matcher.find(method, path)
        if found is None:
            note(scope, principal.name, "none")
            authorize(principal, _ACTION_OF_NOTHING)
            raise self._nothing(scope, path)
        target = found[0]
        path, action = (target.endpoint if isinstance(target, Route) else target).path, _action_of(target)
        note(scope, principal.name, path, found[1])
        if action not in self.open_actions:
            authorize(principal, action)
        return found

    def _nothing(self, scope: Scope, path: str) -> PenstockError:
        shown = scope["path"]
        if allowed := self._matcher.methods(path):
            return MethodNotAllowed(f"{shown} cannot be asked by {scope['method']}.", allowed)
        return NotFound(f"There is nothing at {shown}.", hint="All paths: /api/openapi.json.")

    def _caller(self, principal: Principal, headers: Headers, scope: Scope) -> Caller:
        lease = headers.get(_LEASE)
        return Caller(
            principal=principal.name,
            role=principal.role,
            key=principal.key,
            work_pools=principal.work_pools,
            run=principal.run,
            is_over=principal.is_over,
            scopes=principal.scopes,
            lease=_uuid(lease) if lease else None,
            origin=_entrance(headers),
            address=address_of(scope),
            api_url=_api_url(scope, headers),
            limits=self._limits,
        )

    async def _perform(
        self, op: Operation, caller: Caller, arguments: dict[str, Any], receive: Receive
    ) -> Any:
        if op.access == "session":
            return await op.function(self._db, self._gate.sessions, caller, **arguments)
        work = perform(op, self._db, self._bus, caller, arguments)
        return await (self.polls.wait(work, receive) if op.access == "poll" else work)


def _action_of(target: Route | Document) -> str:
    return target.endpoint.action if isinstance(target, Route) else target.action


def _path_below(scope: Scope) -> str:
    """The path as it came, still encoded, without what the API is mounted at."""
    raw: str = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
    return raw.removeprefix(scope.get("root_path", ""))


def _arguments(
    endpoint: Endpoint[..., Any], path: dict[str, str], query: bytes, body: bytes
) -> dict[str, Any]:
    """What the op is called with, by name."""
    given = dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True)) if query else {}
    arguments = decode_parameters(endpoint, path, given)
    if endpoint.body is not None:
        if endpoint.body.type is not bytes:
            check_depth(body)
        arguments["body"] = decode_body(endpoint, body)
    return arguments


def _incoming(scope: Scope, headers: Headers) -> Incoming:
    text = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers.items()}
    query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
    return Incoming(method=scope["method"], query=query, headers=text)


def _entrance(headers: Headers) -> str:
    """Which entrance the request says that it came through: a word, which is kept with what it makes."""
    said = headers.get(_ORIGIN) or (b"ui" if headers.get(_PAGE) in _YES else b"")
    return said.decode("ascii") if _WORD.fullmatch(said) else "rest"


def _api_url(scope: Scope, headers: Headers) -> str:
    """Where the caller reached the API, as it says itself: told to nobody else."""
    scheme = headers.get(b"x-forwarded-proto", b"").decode("latin-1")
    host = headers.get(b"host", b"localhost").decode("latin-1")
    return f"{scheme if scheme == 'https' else scope['scheme']}://{host}{scope.get('root_path', '')}"


def _uuid(header: bytes) -> UUID:
    try:
        return UUID(header.decode("latin-1"))
    except ValueError:
        message = f"{LEASE_HEADER} must be the id of a lease."
        raise InvalidInput(message, field=LEASE_HEADER) from None


def _refused(error: PenstockError, body: bytes, headers: Headers) -> Answer:
    status = status_of(error)
    if status >= 500:
        _log.warning("%s: %s", error.code, error)
    return Answer(status, refusal(error, body), headers=headers_of(error, to_page=_is_of_page(headers)))


def _is_of_page(headers: Headers) -> bool:
    """Whether a script of a page asks: it says so, or its browser does."""
    return headers.get(_ORIGIN) == b"ui" or headers.get(b"sec-fetch-mode", b"navigate") != b"navigate"


def _request_id(headers: Headers) -> bytes:
    """The id that the client gave, so that logs of both sides can be matched, or a fresh one."""
    given = headers.get(b"x-request-id", b"")
    fit = given and len(given) <= _LONGEST_REQUEST_ID and given.replace(b"-", b"").isalnum()
    return given if fit else os.urandom(8).hex().encode()
