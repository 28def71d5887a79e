"""Where a list goes on: an opaque text that holds the place of the last row that was shown."""

import base64
import binascii
from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

from penstock.domain.errors import InvalidInput

T = TypeVar("T", bound=msgspec.Struct)


def to_cursor(order: str, place: msgspec.Struct) -> str:
    """A place in an order as a text for URLs and JSON."""
    packed = msgspec.json.encode([order, place])
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def from_cursor(text: str, order: str, type: type[T]) -> T:
    """The place that a cursor holds.

    Raises:
        InvalidInput: It is no cursor of ours, or one of another order; `field` is `cursor`.
    """
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        of_order, place = _parts(msgspec.json.decode(packed))
        if of_order != order:
            message = f"The cursor is one of the order {of_order}, and {order} is asked for."
            raise InvalidInput(message, field="cursor", hint="Begin again without a cursor.")
        return msgspec.convert(place, type)
    except (ValueError, binascii.Error, RecursionError):
        message = "This is no cursor of such a list."
        raise InvalidInput(message, field="cursor", hint="Begin again without a cursor.") from None


def _parts(decoded: Any) -> Sequence[Any]:
    if isinstance(decoded, list) and len(decoded) == len(("order", "place")):
        return decoded
    raise ValueError
