"""What a request's body may be, looked at before anything parses it: its size, and how deep it is nested."""

import re
from itertools import accumulate
from typing import Any

from penstock.domain.errors import InvalidInput, TooLarge
from penstock.domain.parameters import BY_REFERENCE

MAX_DEPTH = 100
"""Levels of lists and maps in one JSON document, so that whatever is stored can be read by everybody."""

_TEXT = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)
_NOT_A_BRACKET = bytes(set(range(256)) - set(b"[]{}"))
_STEPS = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")
"""An opening bracket goes one level down, a closing one up: +1 and -1 as signed bytes."""


class Disconnected(Exception):
    """The client went away before its request was whole."""


_SETTING = "server.api.max_body_size"


async def read_body(
    receive: Any, headers: dict[bytes, bytes], limit: int, *, setting: str | None = _SETTING
) -> bytes:
    """The whole body.

    Args:
        setting: By which the limit is changed, if by any.

    Raises:
        TooLarge: It has more than `limit` bytes, or says so.
        Disconnected: The client went away.
    """
    if int(headers.get(b"content-length", b"0")) > limit:
        raise too_large(limit, setting)
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        more = message.get("more_body", False)
        if size > limit:
            raise too_large(limit, setting)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def too_large(limit: int, setting: str | None = _SETTING) -> TooLarge:
    """The refusal of a body of more than `limit` bytes."""
    changed_by = f" The limit is the setting {setting}." if setting else ""
    return TooLarge(
        f"The request is larger than {limit} bytes.",
        hint=f"If one value is so large: {BY_REFERENCE[0].lower()}{BY_REFERENCE[1:]}{changed_by}",
        detail={"limit": limit, "setting": setting},
    )


def check_depth(body: bytes) -> None:
    """Refuse JSON that is nested deeper than `MAX_DEPTH`, in time that grows with its length only.

    Raises:
        InvalidInput: It is too deep.
    """
    if body.count(b"[") + body.count(b"{") <= MAX_DEPTH:
        return
    brackets = _TEXT.sub(b"", body).translate(None, _NOT_A_BRACKET)
    steps = memoryview(brackets.translate(_STEPS)).cast("b")
    if max(accumulate(steps), default=0) <= MAX_DEPTH:
        return
    message = f"The body is nested deeper than {MAX_DEPTH} levels."
    raise InvalidInput(message, field="body", detail=[{"type": "too_deep", "loc": ["body"], "msg": message}])
