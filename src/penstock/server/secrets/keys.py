"""Keys of a server: from the settings, or from a file that only it may read. Never in the database."""

import os
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Final

from msgspec import Struct

from penstock.domain.errors import Conflict
from penstock.settings.tree import Secret

_SHORTEST_KEY: Final = 32


class ServerKey(Struct, frozen=True, kw_only=True):
    """A key of a server, which servers on one database have in common."""

    secret: Secret | None = None
    """From the settings."""
    file: Path | None = None
    """Where it is kept, and made when it is first needed, where the settings say none."""
    setting: str = "server.webhooks.signing_key"
    """Which setting gives it."""
    previous: Secret | None = None
    """The key before it, which still opens what was closed with it."""

    def reveal(self) -> bytes:
        """The key.

        Raises:
            Conflict: There is none, or others may read it.
        """
        if self.secret is not None:
            return self.secret.reveal().encode()
        if self.file is None:
            raise Conflict("This server has no key to make secrets from.", hint=f"Set {self.setting}.")
        return _key_in(self.file, self.setting)


@cache
def _key_in(file: Path, setting: str) -> bytes:
    try:
        if not file.exists():
            _make_key(file)
        if file.stat().st_mode & 0o077:
            message = f"Others may read {file}, a key of this server."
            raise Conflict(message, hint=f"chmod 600 {file}, and take what it kept secret for known.")
        key = file.read_bytes().strip()
    except OSError as error:
        message = f"{file} cannot be used: {error.strerror}."
        raise Conflict(message, hint=f"Set {setting}.") from None
    if len(key) < _SHORTEST_KEY:
        message = f"{file} has no key in it."
        raise Conflict(message, hint=f"Put back the file that was there, or set {setting}.")
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
