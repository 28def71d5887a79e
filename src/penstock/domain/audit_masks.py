"""What is kept of what somebody said: plain data of a bounded size, with masks in the place of secrets.

A secret is known by the name that it has, by where it stands, and in a URL by its form. What is masked here
is only ever shown: it never takes the place of what is worked with.
"""

import hashlib
import re
from collections.abc import Collection, Mapping
from typing import Any, Final

import msgspec

from penstock.domain.blocks import MASK

MOST_BYTES: Final = 4_096
_MOST_TEXT: Final = 200
_MOST_ITEMS: Final = 20
_DEEPEST: Final = 6
_SECRET: Final = re.compile(
    r"auth|cookie|credential|dsn|key|passphrase|passw|private|pwd|secret|signature|token", re.IGNORECASE
)
_NO_SECRET: Final = frozenset(
    {"auth_required", "cache_key", "dynamic_key", "idempotency_key", "keys", "task_key", "work_pools"}
)
_IN_URL: Final = re.compile(r"(?<=://)[^/\s@]+(?=@)")


def looks_secret(name: str) -> bool:
    """Whether what has this name is probably a secret."""
    return name not in _NO_SECRET and _SECRET.search(name) is not None


def masked(value: Any, hidden: Collection[str] = ()) -> Any:
    """Plain data without its secrets.

    Args:
        hidden: Names whose values are secret whatever they are called inside; what they hold has its shape.
    """
    if isinstance(value, Mapping):
        return _masked_map(value, hidden)
    if isinstance(value, list | tuple):
        return [masked(each, hidden) for each in value]
    return _IN_URL.sub(MASK, value) if isinstance(value, str) else value


def _masked_map(given: Mapping[str, Any], hidden: Collection[str]) -> dict[str, Any]:
    # A name and a value beside each other, as variables and headers have them, are a pair too.
    name = given.get("name")
    is_pair = isinstance(name, str) and looks_secret(name)
    shown: dict[str, Any] = {}
    for key, value in given.items():
        if key in hidden:
            shown[key] = _hidden(value)
        elif looks_secret(key) or (is_pair and key == "value"):
            shown[key] = value if value is None or isinstance(value, bool) else MASK
        else:
            shown[key] = masked(value, hidden)
    return shown


def _hidden(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _hidden(each) for key, each in value.items()}
    return None if value is None else MASK


def bounded(value: Any) -> str:
    """Plain data as JSON of at most `MOST_BYTES`: cut where it is long, and at last only counted."""
    text = _json(value)
    if len(text.encode()) > MOST_BYTES:
        whole = text.encode()
        text = _json(_cut(value, _DEEPEST))
        if len(text.encode()) > MOST_BYTES:
            text = _json({"bytes": len(whole), "sha256": hashlib.sha256(whole).hexdigest()})
    return text


def _cut(value: Any, depth: int) -> Any:
    if isinstance(value, str) and len(value) > _MOST_TEXT:
        return f"{value[:_MOST_TEXT]}… ({len(value):,} characters)"
    if not depth and isinstance(value, dict | list):
        return "…"
    if isinstance(value, dict):
        kept = {key[:_MOST_TEXT]: _cut(each, depth - 1) for key, each in list(value.items())[:_MOST_ITEMS]}
        return kept if len(value) <= _MOST_ITEMS else kept | {"…": len(value) - _MOST_ITEMS}
    if isinstance(value, list):
        kept_items = [_cut(each, depth - 1) for each in value[:_MOST_ITEMS]]
        return (
            kept_items if len(value) <= _MOST_ITEMS else [*kept_items, f"… {len(value) - _MOST_ITEMS} more"]
        )
    return value


def _json(value: Any) -> str:
    return msgspec.json.encode(value, order="sorted").decode()
