"""What an API key looks like: a mark by which it is known when it is found somewhere, an id, and a secret.

    psk_0198c2d6b7a47f0c8e2d4a6b8c0d2e4f_n3Vb0Rk…

The secret is 32 random bytes, of which only the hash is kept: it can be shown once, and guessed by nobody.
"""

import hashlib
import hmac
import re
import secrets
from typing import Final
from uuid import UUID

from msgspec import Struct

MARK: Final = "psk_"
_FORM: Final = re.compile(r"psk_(?P<id>[0-9a-f]{32})_(?P<secret>[A-Za-z0-9_-]{43})")


class ShownKey(Struct, frozen=True):
    """A key that somebody shows."""

    id: UUID
    secret: str

    def is_of(self, kept_hash: str) -> bool:
        """Whether its secret is the one that was hashed; takes as long if it isn't."""
        return hmac.compare_digest(hash_of(self.secret), kept_hash)


def new_secret() -> str:
    """A secret that nobody has had yet."""
    return secrets.token_urlsafe(32)


def key_text(id: UUID, secret: str) -> str:
    """The key as people carry it."""
    return f"{MARK}{id.hex}_{secret}"


def read_key(text: str) -> ShownKey | None:
    """The key that is shown; None where the text is none."""
    found = _FORM.fullmatch(text)
    return ShownKey(UUID(hex=found["id"]), found["secret"]) if found else None


def hash_of(secret: str) -> str:
    """What is kept of a secret. It is random and long, so that a plain hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()
