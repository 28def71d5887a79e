"""Is a server there? Asked without a client, so that the answer costs nothing and needs no credential."""

import ssl
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from msgspec import Struct

from penstock.client.errors import described

_STEP_SECONDS = 0.03
_PROBE_SECONDS = 5.0


class ServerProbe(Struct, frozen=True):
    """What was found at a URL."""

    healthy: bool
    version: str | None = None
    """Of the product, where it is one of ours."""
    problem: str = ""
    """Why it is not healthy, in a sentence."""


def probe(url: str) -> ServerProbe:
    """Ask the server whose API is at `url` for its health."""
    parts = urlsplit(url)
    if not parts.hostname or parts.scheme not in ("http", "https"):
        return ServerProbe(False, problem=f"{url!r} is no URL of a server.")
    connect = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = connect(parts.hostname, parts.port, timeout=_PROBE_SECONDS)
    try:
        connection.request("GET", f"{parts.path.rstrip('/')}/health")
        answer = connection.getresponse()
        body = answer.read(100)
    except (OSError, HTTPException, ssl.SSLError) as error:
        return ServerProbe(False, problem=f"No server answers at {url} ({described(error)}).")
    finally:
        connection.close()
    if answer.status != 200 or body != b"true":
        problem = f"What answers at {url} is no healthy server (status {answer.status})."
        return ServerProbe(False, problem=problem)
    return ServerProbe(True, answer.getheader("x-penstock-version"))


def wait_until(done: Callable[[], object], seconds: float | None) -> bool:
    """Look again and again whether something is done; whether it was in time. None: wait for ever."""
    deadline = None if seconds is None else time.monotonic() + seconds
    while not done():
        if deadline is not None and time.monotonic() > deadline:
            return False
        time.sleep(_STEP_SECONDS)
    return True
