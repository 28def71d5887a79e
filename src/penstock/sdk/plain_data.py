"""Structs, sets, times and ids, as people write them in Python, as the plain data that a file would have."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from penstock.domain.errors import InvalidInput


def plain_data(value: Any) -> Any:
    """A copy of a value in which all is plain JSON; sets are sorted, so that it is the same each time.

    Raises `InvalidInput` for what has no JSON form; pydantic's models and dataclasses have one.
    """
    try:
        return msgspec.to_builtins(value, str_keys=True, order="deterministic", enc_hook=_plain)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        message = f"This cannot be written as JSON: {error}."
        raise InvalidInput(message) from None


def json_text(value: Any) -> str:
    """A value as JSON, whose keys stand in the order that they have; numbers that JSON has not are null.

    Raises `InvalidInput` as `plain_data` does.
    """
    try:
        return msgspec.json.encode(value, enc_hook=_plain).decode()
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        message = f"This cannot be written as JSON: {error}."
        raise InvalidInput(message) from None


def _plain(value: Any) -> Any:
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    message = f"a {type(value).__name__} has no JSON form"
    raise TypeError(message)


@contextmanager
def field_told() -> Iterator[None]:
    """Where nothing else shows the field that a refusal speaks of, its text does."""
    try:
        yield
    except InvalidInput as error:
        if error.field:
            error.message = f"{error.field}: {error.message}"
        raise
