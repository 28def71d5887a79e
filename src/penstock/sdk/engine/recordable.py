"""Parameters as they can be kept with a run: plain JSON, and not too much of it."""

from collections.abc import Mapping
from typing import Any

import msgspec

from penstock.domain.json_values import Json, survey

MAX_BYTES = 512 * 1024
"""Of one run's parameters as JSON, unless the server says otherwise."""


def to_recordable(parameters: Mapping[str, Any], limit: int = MAX_BYTES) -> dict[str, Json]:
    """`parameters` as they can be sent: plain JSON, and not more of it than `limit` bytes.

    A value that JSON has no form for, or that a server would refuse, becomes text that describes it; so do
    the biggest, where all together are too big. The run itself gets the values.
    """
    recorded = {name: _to_json(value) for name, value in parameters.items()}
    sizes = {name: len(msgspec.json.encode(value)) for name, value in recorded.items()}
    for name in sorted(sizes, key=lambda each: -sizes[each]):
        if sum(sizes.values()) <= limit:
            break
        recorded[name] = _description(parameters[name], f"{sizes[name]:,} bytes of JSON")
        sizes[name] = len(recorded[name])
    return recorded


def _to_json(value: Any) -> Json:
    try:
        plain = msgspec.json.decode(msgspec.json.encode(value, enc_hook=_plain))
    except (TypeError, ValueError, OverflowError, RecursionError):
        return _description(value, "has no form in JSON")
    fault = survey(plain).fault
    return plain if fault is None else _description(value, fault.message)


def _plain(value: Any) -> Any:
    """What JSON shall have in place of an object that msgspec does not know."""
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    return list(value) if isinstance(value, range) else _description(value)


def _description(value: Any, why: str | None = None) -> str:
    kind = type(value).__name__
    return f"<{kind}: {why}>" if why else f"<{kind}>"
