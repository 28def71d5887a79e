"""Parameters as they can be kept with a run: plain JSON, and not too much of it."""

from collections.abc import Mapping
from typing import Any

import msgspec

MAX_BYTES = 512 * 1024
"""Of one run's parameters as JSON, unless the server says otherwise."""


def to_recordable(parameters: Mapping[str, Any], limit: int = MAX_BYTES) -> dict[str, Any]:
    """`parameters` as they can be sent: plain JSON, and not more of it than `limit` bytes.

    A value that JSON has no form for becomes text that describes it; so does the biggest, where all
    together are too big. The run itself gets the values.
    """
    recorded = {name: _to_json(value) for name, value in parameters.items()}
    sizes = {name: len(encoded) for name, encoded in recorded.items()}
    for name in sorted(sizes, key=lambda each: -sizes[each]):
        if sum(sizes.values()) <= limit:
            break
        recorded[name] = msgspec.json.encode(_description(parameters[name], f"{sizes[name]:,} bytes of JSON"))
        sizes[name] = len(recorded[name])
    return {name: msgspec.json.decode(encoded) for name, encoded in recorded.items()}


def _to_json(value: Any) -> bytes:
    try:
        return msgspec.json.encode(value, enc_hook=_plain)
    except (TypeError, ValueError, OverflowError, RecursionError):
        return msgspec.json.encode(_description(value, "no JSON"))


def _plain(value: Any) -> Any:
    """What JSON shall have in place of an object that msgspec does not know."""
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if isinstance(value, range | frozenset):
        return list(value)
    return _description(value, None)


def _description(value: Any, why: str | None) -> str:
    kind = type(value).__name__
    return f"<{kind}: {why}>" if why else f"<{kind}>"
