"""JSON values: which ones are acceptable, what their types are called, and their one canonical text.

Everything here is safe on hostile input: the walk is a loop, so that nesting cannot exhaust the stack, and
nesting, number of values and length of text are bounded by names that the refusals mention.
"""

from hashlib import sha256
from math import isfinite
from typing import Any, NamedTuple, TypeAlias

import msgspec

Json: TypeAlias = Any
"""A decoded JSON value: None, bool, int, float, str, list, or dict with str keys."""

MAX_DEPTH = 64
"""How many containers may be nested in one another. Real templates stay below 20."""
MAX_VALUES = 20_000
"""How many values one document may have in all."""
MAX_CHARACTERS = 1_000_000
"""How much text one document may have in all, keys included."""

_INTEGERS = range(-(2**63), 2**64)
"""What every JSON library on the way can hold without rounding."""

_TYPE_NAMES = {
    type(None): "null",
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}

Path: TypeAlias = tuple[str | int, ...]
"""Where a value stands: keys and list indexes from the outermost container inward."""


class Fault(NamedTuple):
    """Why a value is not acceptable JSON, and where. The message never repeats the value."""

    path: Path
    rule: str
    message: str
    value_type: str


class Survey(NamedTuple):
    """What one walk over a document found."""

    fault: Fault | None
    has_braces: bool
    """Whether any text holds `{{`, that is, whether looking for placeholders is worth the time."""


def type_name(value: Json) -> str:
    """JSON Schema's name for the type of `value`; Python's own name where it is not JSON."""
    return _TYPE_NAMES.get(type(value)) or type(value).__name__


def canonical(value: Json) -> bytes:
    """The one text of a value that the order of its keys does not change. Raises what msgspec raises."""
    return msgspec.json.encode(value, order="sorted")


def digest(value: Json) -> str:
    """SHA-256 of the canonical text, in hexadecimal."""
    return sha256(canonical(value)).hexdigest()


def as_text(value: Json) -> str:
    """A value as a piece of text: text as it is, null as nothing, everything else as its JSON."""
    if isinstance(value, str):
        return value
    return "" if value is None else canonical(value).decode()


def survey(root: Json) -> Survey:
    """Walk over a document once: find a fault, if there is one, and whether it may hold placeholders."""
    pending: list[tuple[Json, Path]] = [(root, ())]
    count = characters = 0
    has_braces = False
    while pending:
        value, path = pending.pop()
        kind = type(value)
        if kind is str:
            characters += len(value)
            has_braces = has_braces or "{{" in value
            fault = _text_fault(value, path)
        elif kind is dict or kind is list:
            count += len(value)
            fault = _container_fault(value, path, count)
            if fault is None:
                characters += sum(map(len, value)) if kind is dict else 0
                pending += _children(value, path)
        else:
            fault = _scalar_fault(value, path)
        if fault is not None or characters > MAX_CHARACTERS:
            return Survey(fault or _too_much(f"{MAX_CHARACTERS:,} characters of text"), has_braces)
    return Survey(None, has_braces)


def _children(value: Json, path: Path) -> list[tuple[Json, Path]]:
    if type(value) is dict:
        return [(item, (*path, key)) for key, item in value.items()]
    return [(item, (*path, index)) for index, item in enumerate(value)]


def _container_fault(value: Json, path: Path, count: int) -> Fault | None:
    if len(path) >= MAX_DEPTH:
        return Fault(path, "depth", f"is nested deeper than {MAX_DEPTH} levels", type_name(value))
    if count > MAX_VALUES:
        return _too_much(f"{MAX_VALUES:,} values")
    if type(value) is dict:
        for key in value:
            if type(key) is not str:
                return Fault(path, "json", f"has a key of the Python type {type_name(key)}", "object")
            if fault := _text_fault(key, path):
                return fault
    return None


def _too_much(what: str) -> Fault:
    return Fault((), "size", f"has more than {what}", "object")


def _text_fault(text: str, path: Path) -> Fault | None:
    if "\0" in text:
        return Fault(path, "nul", "has a NUL character", "string")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return Fault(path, "unicode", "has half a surrogate pair, which is not a character", "string")
    return None


def _scalar_fault(value: Json, path: Path) -> Fault | None:
    if value is None or type(value) is bool:
        return None
    if type(value) is int:
        in_range = value in _INTEGERS
        return None if in_range else Fault(path, "range", "is an integer of more than 64 bits", "integer")
    if type(value) is float:
        return None if isfinite(value) else Fault(path, "range", "is not a finite number", "number")
    name = type_name(value)
    return Fault(path, "json", f"is of the Python type {name}, which JSON does not have", name)
