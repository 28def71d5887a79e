"""Parameters that are sent to another process: as JSON that says what they are, or not at all."""

from collections.abc import Mapping
from typing import Any

import msgspec

from penstock.domain.errors import ParameterInvalid
from penstock.domain.json_values import Json


def to_json_parameters(of: str, given: Mapping[str, Any]) -> dict[str, Json]:
    """Parameters as plain JSON.

    Args:
        of: Whose parameters they are, for messages.

    Raises `ParameterInvalid` for a value that has no JSON form; pydantic's models and dataclasses have one.
    """
    return {name: _to_json(of, name, value) for name, value in given.items()}


def _to_json(of: str, name: str, value: Any) -> Json:
    try:
        return msgspec.json.decode(msgspec.json.encode(value, enc_hook=_plain))
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise ParameterInvalid(
            f"The parameter {name!r} of {of!r} cannot be sent as JSON: {error}.", field=f"parameters.{name}"
        ) from None


def _plain(value: Any) -> Any:
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    message = f"a {type(value).__name__} has no JSON form"
    raise TypeError(message)
