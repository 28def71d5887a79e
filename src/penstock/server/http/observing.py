"""What is told of each request: to the metrics, and to the log.

A request is told by its route, never by its path or what it asks for: these may hold what is secret.
"""

import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

from msgspec import Struct

from penstock.server.http.answers import Receive, Scope, Send
from penstock.server.log_lines import REQUESTS
from penstock.server.metrics import counted

_SEEN: Final = "penstock.seen"

_log = logging.getLogger(REQUESTS)


class Seen(Struct, kw_only=True):
    """A request, as far as it is known."""

    method: str
    request_id: str = ""
    route: str = "none"
    """The path of its endpoint, with `{name}` for what varies."""
    principal: str = "nobody"
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
        return _Observed(application, _count_and_tell if counts and logs else _count if counts else _tell)
    return application


def note(scope: Scope, principal: str, route: str) -> None:
    """Say who asks, and what answers, if somebody wants to know."""
    seen = scope.get(_SEEN)
    if seen is not None:
        seen.principal, seen.route = principal, route


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
