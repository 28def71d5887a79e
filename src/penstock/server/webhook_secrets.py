"""What webhooks are signed with. A secret is made from the server's key and is stored nowhere.

Whoever has only the database can sign nothing; whoever rotates a secret changes a number.
"""

import base64
import hmac
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final
from uuid import UUID

from msgspec import Struct

from penstock.domain.errors import Conflict
from penstock.settings.tree import Secret

SIGNATURE: Final = "x-penstock-signature"
HUB_SIGNATURE: Final = "x-hub-signature-256"
WINDOW_SECONDS: Final = 300
"""How far the time in a signature may be from ours."""
_MOST_SIGNATURES = 5
_SHORTEST_KEY = 32
_PART = re.compile(r"(t|v1)=([0-9a-f]{1,64})")
_SETTING = "server.webhooks.signing_key"


class ServerKey(Struct, frozen=True, kw_only=True):
    """The key of a server, which servers on one database have in common."""

    secret: Secret | None = None
    """From the settings."""
    file: Path | None = None
    """Where it is kept, and made when it is first needed, where the settings say none."""

    def reveal(self) -> bytes:
        """The key.

        Raises:
            Conflict: There is none, or others may read it.
        """
        if self.secret is not None:
            return self.secret.reveal().encode()
        if self.file is None:
            raise Conflict("This server has no key to make secrets from.", hint=f"Set {_SETTING}.")
        return _key_in(self.file)


@cache
def _key_in(file: Path) -> bytes:
    try:
        if not file.exists():
            _make_key(file)
        if file.stat().st_mode & 0o077:
            message = f"Others may read {file}, which secrets are made from."
            raise Conflict(message, hint=f"chmod 600 {file}, and rotate the secrets of webhooks.")
        key = file.read_bytes().strip()
    except OSError as error:
        message = f"{file} cannot be used: {error.strerror}."
        raise Conflict(message, hint=f"Set {_SETTING}.") from None
    if len(key) < _SHORTEST_KEY:
        message = f"{file} has no key in it."
        raise Conflict(message, hint="Delete it; a new one is made, and all secrets of webhooks are new.")
    return key


def _make_key(file: Path) -> None:
    """Put a key there, whole or not at all: another server may do the same."""
    draft = file.with_name(f"{file.name}.{os.urandom(8).hex()}")
    descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w") as new:
        new.write(os.urandom(32).hex())
    with suppress(FileExistsError):
        os.link(draft, file)
    draft.unlink()


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
