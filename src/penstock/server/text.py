"""Text that came from users' code, made storable: nothing that they print or name may stop a batch."""

import re
from typing import TypeVar

import msgspec

T = TypeVar("T")

_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")
"""As JSON writes it, and not where it writes a backslash before `u0000`."""
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def storable(text: str, at_most: int) -> str:
    """The text without what no database stores, cut after `at_most` characters with a word about it."""
    if len(text) > at_most:
        text = f"{text[:at_most]}… [{len(text) - at_most} more characters were cut off]"
    if "\0" in text:
        text = text.replace("\0", _REPLACEMENT)
    if not text.isascii():
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def without_nul(value: T) -> T:
    """The same value with U+FFFD in the place of each NUL, however deep it is."""
    text = msgspec.json.encode(value)
    if b"\\u0000" not in text:
        return value
    return msgspec.json.decode(_NUL.sub(rb"\1\\ufffd", text), type=type(value))
