"""Requests that are nearly right: values of the types that endpoints declare, and some that are not."""

import enum
import types
import typing
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any
from urllib.parse import quote
from uuid import UUID

import msgspec
from msgspec import Struct

from penstock.contract.endpoint import Endpoint, Parameter

NAMES = ["n0", "n1", "n2"]
ODD_TEXTS = [
    "",
    "\x00",
    "a\x00b",
    "\u202e",
    "é",
    "😀",
    "a" * 10_000,
    "../",
    "%2f",
    "?",
    "#",
    "\n",
    "health",
    " ",
    "x/y",
]
ODD_TEXTS += [
    "null",
    "0",
    "-1",
    "true",
    "2026-13-01",
    "env.A",
    "{{ a }}",
    "{{ $A }}",
    "* * * * *",
    "FREQ=DAILY",
]
INTEGERS = [0, 1, 2, 5, -1, 10**12, 2**63 - 1, 2**63, -(2**63) - 1, 10**30]
NUMBERS = [0, 1.5, -1, 60, 1e12, 1e300, -1e-300]
MOMENTS = [
    "2026-01-01T00:00:00Z",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "2026-06-01T12:00:00+14:00",
]
WRONG = 0.05
"""How often a value is not of its type."""


class Nonsense:
    """Makes requests.

    Args:
        ids: Of things that exist, by noun.
        texts: What stands where a text is to stand.
        integers: The same of whole numbers.
        wrong: How often a value is not of its type.
    """

    def __init__(
        self,
        random: Random,
        ids: dict[str, list[str]],
        *,
        texts: Sequence[str] = (*ODD_TEXTS, *20 * NAMES),
        integers: Sequence[int] = INTEGERS,
        wrong: float = WRONG,
    ) -> None:
        self._random, self._ids = random, ids
        self._texts, self._integers, self._wrong = texts, integers, wrong

    def path(self, endpoint: Endpoint[..., Any]) -> str:
        """The endpoint's path and query."""
        path = endpoint.path
        for parameter in endpoint.path_params:
            path = path.replace(f"{{{parameter.name}}}", _quoted(self._segment(endpoint, parameter)) or "x")
        query = [f"{p.sent_as}={_quoted(str(self.value(p.type)))}" for p in endpoint.query_params]
        return f"{path}?{'&'.join(query)}" if query else path

    def _segment(self, endpoint: Endpoint[..., Any], parameter: Parameter) -> str:
        if self._random.random() < self._wrong:
            return self._random.choice(ODD_TEXTS)
        if parameter.type is UUID:
            return self._random.choice(self._ids.get(endpoint.noun) or [str(UUID(int=1))])
        return self._random.choice([*NAMES, self._random.choice(self._texts)])

    def body(self, endpoint: Endpoint[..., Any]) -> Any:
        """A body for it; None where it takes none. It asks nobody to wait."""
        if endpoint.body is None:
            return None
        body = self.value(endpoint.body.type)
        return body | {"wait_seconds": 0} if isinstance(body, dict) and "wait_seconds" in body else body

    def value(self, kind: Any) -> Any:
        """A value of type `kind`, or nearly."""
        if self._random.random() < self._wrong:
            return self._anything()
        origin, arguments = typing.get_origin(kind), typing.get_args(kind)
        if origin is typing.Annotated:
            return self.value(arguments[0])
        if origin in (typing.Union, types.UnionType):
            return self.value(self._random.choice([a for a in arguments if a is not msgspec.UnsetType]))
        if origin is typing.Literal:
            return self._random.choice(arguments)
        if origin in (list, tuple, frozenset, set):
            return [self.value(arguments[0]) for _ in range(self._random.randrange(3))]
        if origin is dict:
            return {
                key: self.value(arguments[1])
                for key in ["a", "env", self._random.choice(self._texts)][: self._random.randrange(4)]
            }
        return self._plain(kind)

    def _plain(self, kind: Any) -> Any:
        if isinstance(kind, type) and issubclass(kind, Struct):
            return self._fields(kind)
        if isinstance(kind, type) and issubclass(kind, enum.Enum):
            return self._random.choice(list(kind)).value
        everything = [each for ids in self._ids.values() for each in ids]
        samples: dict[Any, list[Any]] = {
            type(None): [None],
            bool: [True, False],
            int: self._integers,
            float: NUMBERS,
            str: self._texts,
            UUID: everything or [str(UUID(int=1))],
            datetime: MOMENTS,
            timedelta: [*NUMBERS, "PT1H"],
        }
        return self._random.choice(samples[kind]) if kind in samples else self._anything()

    def _fields(self, kind: type[Struct]) -> dict[str, Any]:
        density = self._random.choice([0.05, 0.2, 0.5, 0.9])
        hints = typing.get_type_hints(kind, include_extras=True)
        fields = msgspec.structs.fields(kind)
        return {
            f.encode_name: self.value(hints[f.name])
            for f in fields
            if f.required or self._random.random() < density
        }

    def _anything(self, depth: int = 0) -> Any:
        match self._random.randrange(8 if depth < 3 else 4):
            case 0 | 1:
                return self._random.choice(self._texts)
            case 2:
                return self._random.choice([*self._integers, *NUMBERS])
            case 3:
                return self._random.choice([True, False, None])
            case 4 | 5:
                return [self._anything(depth + 1) for _ in range(self._random.randrange(4))]
        keys = self._random.sample(["a", "type", "name", "id", "a\x00b", ""], self._random.randrange(4))
        return {key: self._anything(depth + 1) for key in keys}


def _quoted(text: str) -> str:
    """Text as it stands in a URL. Half a pair of UTF-16 is no text, and sent as some clients would."""
    return quote(text.encode("utf-8", "surrogatepass"), safe="")
