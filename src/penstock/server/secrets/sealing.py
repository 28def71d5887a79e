"""Values that are encrypted before they are stored: AES-256-GCM, with the id of the key beside each.

What encrypts is a library that only those install who store secrets, imported when there is one to store.
"""

import base64
import hmac
import os
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import Struct

from penstock.domain.errors import Conflict, InvalidInput
from penstock.server.secrets.keys import ServerKey

_INSTALL: Final = "pip install 'penstock[secrets]'"
_NONCE_BYTES: Final = 12
_SHORTEST_KEY: Final = 32


class NotEncrypted(InvalidInput):
    """A secret that is not stored, since it can't be encrypted.

    It is no conflict: clients of the reference take that for a name that is taken, and say so.
    """

    code = "not-encrypted"


class Sealed(Struct, frozen=True):
    """Something encrypted."""

    text: str
    key_id: str
    """Which key opens it."""


def seal(key: ServerKey, about: UUID, value: Any) -> Sealed:
    """Encrypt a JSON value.

    Args:
        about: The id of the row that it is stored in; in another row it can't be opened.

    Raises:
        NotEncrypted: The library is not installed, or there is no key. The value is not to be stored then.
    """
    try:
        cipher, secret = _cipher(key)
    except Conflict as error:
        raise NotEncrypted(error.message, field="data", hint=error.hint) from None
    nonce = os.urandom(_NONCE_BYTES)
    encrypted = cipher.encrypt(nonce, msgspec.json.encode(value), about.bytes)
    return Sealed(base64.b64encode(nonce + encrypted).decode(), _id_of(secret))


def unseal(key: ServerKey, about: UUID, sealed: Sealed) -> Any:
    """What was encrypted.

    Raises:
        Conflict: It was encrypted with another key, or is damaged. What is stored stays as it is.
    """
    cipher, secret = _cipher(key)
    if sealed.key_id != _id_of(secret):
        if key.previous is not None:
            older = ServerKey(secret=key.previous, setting=key.setting)
            return unseal(older, about, sealed)
        message = f"The secrets of {about} were encrypted with the key {sealed.key_id}, not {_id_of(secret)}."
        hint = f"Give the server the key that it had, by {key.setting} or its file; or set the secrets anew."
        raise Conflict(message, hint=hint)
    from cryptography.exceptions import InvalidTag

    stored = base64.b64decode(sealed.text)
    try:
        opened = cipher.decrypt(stored[:_NONCE_BYTES], stored[_NONCE_BYTES:], about.bytes)
    except InvalidTag:
        message = f"The secrets of {about} are damaged, or were copied from another row."
        raise Conflict(message, hint="Set them anew.") from None
    return msgspec.json.decode(opened)


def key_id(key: ServerKey) -> str:
    """Which key it is. Raises `Conflict` where there is none."""
    return _id_of(key.reveal())


def _cipher(key: ServerKey) -> tuple[Any, bytes]:
    try:
        # Half of what a server's start may cost, and not there in every installation.
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    except ImportError:
        message = "Secrets are stored encrypted, and what encrypts them is not installed on this server."
        raise Conflict(message, hint=f"Install it there, and start the server again: {_INSTALL}") from None
    secret = key.reveal()
    if len(secret) < _SHORTEST_KEY:
        message = f"{key.setting} has {len(secret)} characters, which is too short for a key."
        raise Conflict(message, hint=f"Give it {_SHORTEST_KEY} or more, as of `openssl rand -hex 32`.")
    return AESGCM(hmac.digest(secret, b"penstock secrets of blocks", "sha256")), secret


def _id_of(secret: bytes) -> str:
    return hmac.digest(secret, b"penstock id of key", "sha256").hex()[:16]
