"""Is a server there? Asked without a client, so that the answer costs nothing and needs no credential."""

import json
import ssl
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from urllib.parse import urlsplit

from msgspec import Struct

from penstock.client.errors import described

_STEP_SECONDS = 0.03
_PROBE_SECONDS = 5.0
_LONGEST_ANSWER = 10_000


class ServerProbe(Struct, frozen=True):
    """What was found at a URL."""

    healthy: bool
    version: str | None = None
    """Of the product, where it is one of ours."""
    problem: str = ""
    """Why it is not healthy, in a sentence."""


def probe(url: str) -> ServerProbe:
    """Ask the server whose API is at `url` for its health."""
    answered = _ask(url, "health")
    if isinstance(answered, str):
        return ServerProbe(False, problem=answered)
    answer, body = answered
    if answer.status != 200 or body != b"true":
        problem = f"What answers at {url} is no healthy server (status {answer.status})."
        return ServerProbe(False, problem=problem)
    return ServerProbe(True, answer.getheader("x-penstock-version"))


def probe_ready(url: str) -> str:
    """Why the server whose API is at `url` is not ready; empty where it is."""
    answered = _ask(url, "ready")
    if isinstance(answered, str):
        return answered
    answer, body = answered
    if answer.status == 200:
        return ""
    try:
        return str(json.loads(body)["detail"])
    except (ValueError, TypeError, KeyError):
        return f"What answers at {url} is not ready (status {answer.status})."


def _ask(url: str, what: str) -> tuple[HTTPResponse, bytes] | str:
    """The answer of the server and its body, or why there is none."""
    parts = urlsplit(url)
    if not parts.hostname or parts.scheme not in ("http", "https"):
        return f"{url!r} is no URL of a server."
    connect = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = connect(parts.hostname, parts.port, timeout=_PROBE_SECONDS)
    try:
        connection.request("GET", f"{parts.path.rstrip('/')}/{what}")
        answer = connection.getresponse()
        return answer, answer.read(_LONGEST_ANSWER)
    except (OSError, HTTPException, ssl.SSLError) as error:
        return f"No server answers at {url} ({described(error)})."
    finally:
        connection.close()


def wait_until(done: Callable[[], object], seconds: float | None) -> bool:
    """Look again and again whether something is done; whether it was in time. None: wait for ever."""
    deadline = None if seconds is None else time.monotonic() + seconds
    while not done():
        if deadline is not None and time.monotonic() > deadline:
            return False
        time.sleep(_STEP_SECONDS)
    return True
