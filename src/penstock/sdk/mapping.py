"""`map`: one call's parameters, some of which are to be iterated over, as the parameters of many calls."""

from collections.abc import Iterable, Mapping
from typing import Any

from penstock.domain.states import State
from penstock.sdk.annotations import Annotation, allow_failure, unmapped
from penstock.sdk.engine.upstream import result_of
from penstock.sdk.exceptions import MappingLengthMismatch, MappingMissingIterable
from penstock.sdk.futures import Future

_WHOLE = (str, bytes, bytearray, Mapping)
"""Can be iterated over, but are one value."""


def split(parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The parameters of each call of a `map`.

    What can be iterated over is, all in step; text, bytes and maps are the same for each call, as is whatever
    is marked `unmapped`. A future is waited for, and its result iterated over.

    Raises:
        MappingMissingIterable: There is nothing to iterate over.
        MappingLengthMismatch: Not all are of the same length.
        UpstreamTaskError: A future that is to be iterated over failed.
    """
    mapped: dict[str, list[Any]] = {}
    same: dict[str, Any] = {}
    for name, value in parameters.items():
        elements = _elements(value)
        if elements is None:
            same[name] = value.value if isinstance(value, unmapped) else value
        else:
            mapped[name] = elements
    if not mapped:
        raise MappingMissingIterable(
            "map() was given nothing to iterate over.",
            hint="Give it a list or another iterable, or call submit() for a single run.",
        )
    lengths = {name: len(elements) for name, elements in mapped.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name}: {length}" for name, length in lengths.items())
        raise MappingLengthMismatch(
            f"map() was given iterables of different lengths ({told}).",
            hint="Mark what is the same for each call with unmapped().",
        )
    length = next(iter(lengths.values()))
    return [
        {name: mapped[name][i] if name in mapped else same[name] for name in parameters}
        for i in range(length)
    ]


def _elements(value: Any) -> list[Any] | None:
    """What to iterate over; None for what is the same for each call."""
    if isinstance(value, allow_failure):
        inner = _elements(value.value)
        return None if inner is None else [allow_failure(element) for element in inner]
    if isinstance(value, Annotation):
        return None
    if isinstance(value, Future | State):
        return _elements(result_of(value))
    if isinstance(value, _WHOLE) or not isinstance(value, Iterable):
        return None
    return list(value)
