"""Artifacts: how those are called that have versions, and how long what is said beside their data may be."""

import re
from collections.abc import Mapping
from typing import Final

from penstock.domain.errors import InvalidInput

MAX_KEY_LENGTH: Final = 1_000
MAX_METADATA_LENGTH: Final = 500
"""Of one value. What is longer is cut, and ends in three dots."""

_KEY: Final = re.compile(r"[a-z0-9-]+")


def check_key(key: str) -> str:
    """Return `key` if artifacts can be versions of it; else raise `InvalidInput`."""
    if not _KEY.fullmatch(key):
        message = f"{key[:80]!r} is no key of artifacts: it has lower-case letters, digits and `-` alone."
        raise InvalidInput(message, field="key", hint="For example 'daily-report'.")
    return _short(key, "key")


def check_type(type: str) -> str:
    """Return `type` if it is one; else raise `InvalidInput`. Types of makers' own are welcome."""
    return _short(type, "type")


def _short(text: str, field: str) -> str:
    if len(text) > MAX_KEY_LENGTH:
        message = (
            f"The {field} of an artifact has at most {MAX_KEY_LENGTH:,} characters, and not {len(text):,}."
        )
        raise InvalidInput(message, field=field)
    return text


def cut_metadata(metadata: Mapping[str, str]) -> dict[str, str]:
    """The metadata, no value of which is long."""
    return {name: _cut(value) for name, value in metadata.items()}


def _cut(value: str) -> str:
    return value if len(value) <= MAX_METADATA_LENGTH else f"{value[:MAX_METADATA_LENGTH]}..."
