"""What is wrong with values, as a tree of the values that it is wrong with."""

from collections.abc import Iterable

from penstock.contract.ui import SchemaValueError
from penstock.domain.json_values import Path

_Errors = list[str | SchemaValueError]


def value_errors(found: Iterable[tuple[Path, str]]) -> _Errors:
    """Messages by the paths of what they are about: texts are about the value in which they stand."""
    root: _Errors = []
    places: dict[Path, _Errors] = {(): root}
    for path, message in found:
        for depth, step in enumerate(path):
            if path[: depth + 1] not in places:
                inner = _place(step)
                places[path[:depth]].append(inner)
                places[path[: depth + 1]] = inner.errors
        places[path].append(message)
    return root


def _place(step: str | int) -> SchemaValueError:
    if isinstance(step, int):
        return SchemaValueError(index=step, errors=[])
    return SchemaValueError(property=step, errors=[])
