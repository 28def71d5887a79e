"""No filter that a request may have is passed over: each operator becomes a condition."""

import enum
import types
import typing
from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest
from msgspec import Struct

from penstock.db.statements import filters

SAMPLES = {
    bool: True,
    int: 1,
    float: 1.0,
    str: "x",
    UUID: UUID(int=1),
    datetime: datetime(2024, 1, 1, tzinfo=UTC),
}
ELSEWHERE = "WorkerFilter.status."
"""Asked of rows that were read: how long a worker may be silent is the server's to say."""


def sample(kind):
    """A value of a type that says something."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Annotated:
        return sample(arguments[0])
    if origin in (typing.Union, types.UnionType):
        return sample(next(a for a in arguments if a not in (type(None), msgspec.UnsetType)))
    if origin is list:
        return [sample(arguments[0])]
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return next(iter(kind))
    return SAMPLES[kind]


def said(kind):
    """One instance for each operator that an instance of `kind` can have, nested ones too, by its path."""
    hints = typing.get_type_hints(kind, include_extras=True)
    for field in msgspec.structs.fields(kind):
        if field.name == "operator":
            continue
        of = [a for a in (hints[field.name], *typing.get_args(hints[field.name])) if isinstance(a, type)]
        inner = next((a for a in of if issubclass(a, Struct)), None)
        if inner is None:
            yield field.name, kind(**{field.name: sample(hints[field.name])})
            continue
        for path, value in said(inner):
            yield f"{field.name}.{path}", kind(**{field.name: value})


CASES = [
    pytest.param(value, id=f"{kind.__name__}.{path}")
    for kind in filters._CONDITIONS
    for path, value in said(kind)
    if not f"{kind.__name__}.{path}".startswith(ELSEWHERE)
]


@pytest.mark.parametrize("filter_", CASES)
def test_every_operator_of_every_filter_is_a_condition(filter_):
    assert filters.matching(filter_)
