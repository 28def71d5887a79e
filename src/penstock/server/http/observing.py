"""What is told of each request: to the metrics, and to the log.

A request is told by its route, never by its path or what it asks for: these may hold what is secret.
"""

import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from msgspec import Struct

from penstock import tracing
from penstock.server.http.answers import Receive, Scope, Send
from penstock.server.log_lines import REQUESTS
from penstock.server.metrics import counted

_SEEN: Final = "penstock.seen"
_TRACEPARENT: Final = tracing.HEADER.encode()
_WITH_RUN: Final = {"flow_runs": "flow_run", "task_runs": "task_run", "deployments": "deployment"}
"""Paths in which `id` is that of such a thing."""

_log = logging.getLogger(REQUESTS)


class Seen(Struct, kw_only=True):
    """A request, as far as it is known."""

    method: str
    request_id: str = ""
    route: str = "none"
    """The path of its endpoint, with `{name}` for what varies."""
    principal: str = "nobody"
    id: str | None = None
    """The id in its path, if there is one."""
    status: int = 0
    """0: its client went away."""
    began: float = 0.0

    @property
    def seconds(self) -> float:
        """How long it has taken."""
        return time.perf_counter() - self.began


Application = Callable[[Scope, Receive, Send], Awaitable[None]]


def observed(application: Application, *, counts: bool) -> Application:
    """The application, whose requests are counted and told to the log, where that is wanted.

    Args:
        counts: Whether requests are counted.
    """
    logs = _log.isEnabledFor(logging.INFO)
    if counts or logs:
        observe = _count_and_tell if counts and logs else _count if counts else _tell
        application = _Observed(application, observe)
    return _Traced(application) if tracing.is_on() else application


def note(scope: Scope, principal: str, route: str, path: Mapping[str, str] = {}) -> None:
    """Say who asks, and what answers, if somebody wants to know.

    Args:
        path: What stands in the path for what varies. Only ids are told, and only to traces.
    """
    seen = scope.get(_SEEN)
    if seen is not None:
        seen.principal, seen.route, seen.id = principal, route, path.get("id")


class _Observed:
    def __init__(self, application: Application, observe: Callable[[Seen], None]) -> None:
        self._application, self._observe = application, observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        seen = Seen(method=scope["method"], began=time.perf_counter())
        scope[_SEEN] = seen

        async def watched(message: Any) -> None:
            if message["type"] == "http.response.start":
                seen.status = message["status"]
                seen.request_id = dict(message["headers"]).get(b"x-request-id", b"").decode("latin-1")
            await send(message)

        try:
            await self._application(scope, receive, watched)
        finally:
            self._observe(seen)


class _Traced:
    """Makes a span of each request, within that of whoever asks."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        caller = dict(scope["headers"]).get(_TRACEPARENT, b"").decode("latin-1")
        method = scope["method"] if scope["method"] in _METHODS else "other"
        # Made here where nobody else wants it, so that the route can be noted.
        seen = scope.setdefault(_SEEN, Seen(method=method))
        asked = {"http.request.method": method}
        with tracing.span(method, asked, parent=caller or None, kind="server") as span:

            async def watched(message: Any) -> None:
                if message["type"] == "http.response.start":
                    seen.status = message["status"]
                await send(message)

            await self._application(scope, receive, watched)
            _tell_span(span, scope[_SEEN])


def _tell_span(span: tracing.Span, seen: Seen) -> None:
    span.rename(f"{_method(seen)} {seen.route}")
    span.add({"http.route": seen.route, "http.response.status_code": seen.status})
    noun = seen.route.split("/")[1] if seen.route.startswith("/") else ""
    if seen.id is not None and noun in _WITH_RUN:
        span.add({f"penstock.{_WITH_RUN[noun]}.id": seen.id})
    if seen.status >= 500:
        span.fail(f"answered with {seen.status}")


def _count_and_tell(seen: Seen) -> None:
    _count(seen)
    _tell(seen)


def _count(seen: Seen) -> None:
    counted.REQUESTS.count(_method(seen), seen.route, str(seen.status))
    counted.REQUEST_SECONDS.observe(seen.seconds, _method(seen), seen.route)


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def _method(seen: Seen) -> str:
    """Callers may make up methods without end."""
    return seen.method if seen.method in _METHODS else "other"


def _tell(seen: Seen) -> None:
    milliseconds = round(1_000 * seen.seconds, 1)
    fields = {
        "request_id": seen.request_id,
        "principal": seen.principal,
        "method": _method(seen),
        "route": seen.route,
        "status": seen.status,
        "milliseconds": milliseconds,
    }
    words = (fields["method"], seen.route, seen.status, milliseconds, seen.principal, seen.request_id)
    _log.info("%s %s: %d in %s ms, of %s, request %s", *words, extra={"fields": fields})
