"""What webhooks are signed with. A secret is made from the server's key and is stored nowhere.

Whoever has only the database can sign nothing; whoever rotates a secret changes a number.
"""

import base64
import hmac
import os
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

SIGNATURE: Final = "x-penstock-signature"
HUB_SIGNATURE: Final = "x-hub-signature-256"
WINDOW_SECONDS: Final = 300
"""How far the time in a signature may be from ours."""
_MOST_SIGNATURES = 5
_PART = re.compile(r"(t|v1)=([0-9a-f]{1,64})")


def new_slug() -> str:
    """The part of a URL that nobody can guess."""
    return base64.urlsafe_b64encode(os.urandom(24)).decode()


def secret_of(key: bytes, id: UUID, version: int) -> str:
    """The secret of a webhook."""
    made = hmac.digest(key, f"penstock webhook {id} {version}".encode(), "sha256")
    return f"whsec_{base64.urlsafe_b64encode(made).decode().rstrip('=')}"


def signed_by(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> str | None:
    """The signature of the request that is good, or None."""
    if SIGNATURE in headers:
        return _good(_ours(secret, headers[SIGNATURE], body, now))
    if HUB_SIGNATURE in headers:
        kind, _, given = headers[HUB_SIGNATURE].partition("=")
        return _good([(given, _signature(secret, body))]) if kind == "sha256" else None
    return None


def _ours(secret: str, header: str, body: bytes, now: datetime) -> Iterator[tuple[str, str]]:
    parts = [found.groups() for part in header.split(",") if (found := _PART.fullmatch(part.strip()))]
    times = [value for name, value in parts if name == "t" and value.isdigit() and len(value) <= 12]
    if len(times) != 1 or abs(now.timestamp() - int(times[0])) > WINDOW_SECONDS:
        return
    expected = _signature(secret, times[0].encode() + b"." + body)
    for given in [value for name, value in parts if name == "v1"][:_MOST_SIGNATURES]:
        yield given, expected


def _good(pairs: Iterator[tuple[str, str]] | list[tuple[str, str]]) -> str | None:
    found = None
    for given, expected in pairs:
        if hmac.compare_digest(given.encode("latin-1", "replace"), expected.encode()):
            found = expected
    return found


def _signature(secret: str, signed: bytes) -> str:
    return hmac.digest(secret.encode(), signed, "sha256").hex()
