"""Every shape that pydantic gives to flow parameters: (name, flow function, values that fit)."""

# ruff: noqa: B006, B008, PYI041, PYI061 - written as users of pydantic write, redundant unions and all

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from fractions import Fraction
from ipaddress import IPv4Address, IPv6Network
from pathlib import Path
from re import Pattern
from typing import Annotated, Any, Literal, NamedTuple, NotRequired

from pydantic import (
    AnyUrl,
    AwareDatetime,
    Base64Bytes,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    FutureDate,
    HttpUrl,
    Json,
    NaiveDatetime,
    PostgresDsn,
    RootModel,
    SecretBytes,
    SecretStr,
    StringConstraints,
    Tag,
    WithJsonSchema,
    conlist,
)
from typing_extensions import TypedDict

Shape = tuple[str, Callable[..., Any], list[dict[str, Any]]]
SHAPES: list[Shape] = []


def shape(*values: dict[str, Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Take the decorated flow into the corpus, with arguments that it takes."""

    def add(fn: Callable[..., Any]) -> Callable[..., Any]:
        SHAPES.append((fn.__name__.strip("_"), fn, list(values)))
        return fn

    return add


class Colour(StrEnum):
    """A colour."""

    RED = "red"
    BLUE = "blue"


class Level(IntEnum):
    """A level."""

    LOW = 1
    HIGH = 2


class Mixed(Enum):
    """Values of several types."""

    ONE = 1
    TEXT = "text"
    NOTHING = None
    YES = True


class Retry(BaseModel):
    """How often, and how long between."""

    attempts: int = Field(3, ge=0, le=100, description="How often.")
    delay: timedelta = timedelta(seconds=30)
    jitter: float | None = None


class Config(BaseModel):
    """What to load, and how."""

    table: str
    columns: list[str] = []
    retry: Retry = Retry()
    fallback: Retry | None = None
    labels: dict[str, str] = Field(default_factory=dict)


class Strict(BaseModel):
    """Nothing but its fields."""

    model_config = ConfigDict(extra="forbid")
    name: str


class Open(BaseModel):
    """More than its fields."""

    model_config = ConfigDict(extra="allow")
    name: str


class Tree(BaseModel):
    """A tree of itself."""

    name: str
    children: list[Tree] = []
    parent: Tree | None = None


class Cat(BaseModel):
    """A cat."""

    kind: Literal["cat"] = "cat"
    lives: int = 9


class Dog(BaseModel):
    """A dog."""

    kind: Literal["dog", "wolf"]
    good: bool = True


class Aliased(BaseModel):
    """Fields with other names on the wire."""

    from_: str = Field(alias="from")
    class_: int = Field(1, alias="class")
    one: int = Field(1, alias="1")
    dotted: str = Field("", alias="a.b")


class Point(NamedTuple):
    """Two numbers."""

    x: float
    y: float = 0.0


class Options(TypedDict):
    """A typed dict."""

    path: str
    depth: NotRequired[int]


@dataclass
class Window:
    """A dataclass."""

    begin: date
    days: int = 7
    tags: list[str] = field(default_factory=list)


class Names(RootModel[list[str]]):
    """A list with a name."""


class Examples(BaseModel):
    """Words for the form."""

    host: str = Field(..., title="Database host", description="Where it is.", examples=["db.internal"])
    old: str | None = Field(None, deprecated=True)


@shape({}, {"a": 1, "b": [1, "x"], "c": None})
def unannotated(a=1, b=None, c="x"):  # noqa: ANN001, ANN201
    """Anything goes."""


@shape({"name": "", "text": "a\nb"}, {"name": "é ‘x’", "greeting": "null", "text": ""})
def text(name: str, text: str = "two\nlines", greeting: str = "hello", long: str = "x" * 200) -> None:
    """Texts.

    Args:
        name: Who.
        greeting: What to say.
    """


@shape({"code": "AB-12", "short": "abc"})
def text_rules(
    code: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}-\d+$")],
    short: Annotated[str, Field(min_length=1, max_length=5)] = "a",
) -> None: ...


@shape({"n": 0}, {"n": 12345678901234567890, "bounded": 10, "step": 9}, {"n": -5, "exact": 1e300})
def numbers(
    n: int,
    bounded: Annotated[int, Field(ge=1, le=10)] = 5,
    step: Annotated[int, Field(multiple_of=3)] = 3,
    big: int = 123456789012345678901234567890,
    exact: float = 0.1,
    open_: Annotated[float, Field(gt=0, lt=1)] = 0.5,
) -> None: ...


@shape({"amount": "12345678901234567890.12345678901234567890"}, {"amount": 1.5, "price": "0.10"})
def decimals(
    amount: Decimal, price: Annotated[Decimal, Field(ge=0, decimal_places=2)] = Decimal("9.99")
) -> None: ...


@shape({"flag": True}, {"flag": False, "on": False})
def booleans(flag: bool, on: bool = True) -> None: ...


@shape({"nothing": None})
def none(nothing: None = None) -> None: ...


@shape({}, {"limit": None, "name": "x"}, {"limit": 5, "since": "2026-01-01", "config": {"attempts": 1}})
def optional(
    limit: int | None = 10,
    name: str | None = None,
    since: date | None = None,
    config: Retry | None = None,
    flags: list[bool] | None = None,
) -> None: ...


@shape({"value": 5}, {"value": "5"}, {"value": True}, {"value": [1, 2]}, {"value": {"a": 1}}, {"number": 1.5})
def unions(
    value: int | str | bool | list[int] | dict[str, int] = 1,
    number: int | float = 1,
    paths: str | list[str] | None = None,
) -> None: ...


@shape(
    {"pet": {"kind": "cat", "lives": 3}}, {"pet": {"kind": "wolf", "good": False}, "pets": [{"kind": "dog"}]}
)
def discriminated(
    pet: Annotated[Cat | Dog, Field(discriminator="kind")],
    pets: list[Annotated[Cat | Dog, Field(discriminator="kind")]] = [],
) -> None: ...


def _form_of(value: Any) -> str:
    return "one" if isinstance(value, (str, int)) else "many"


@shape({"value": 1}, {"value": [1]})
def callable_discriminator(
    value: Annotated[Annotated[int, Tag("one")] | Annotated[list[int], Tag("many")], Discriminator(_form_of)],
) -> None: ...


@shape({"either": {"kind": "cat"}}, {"either": {"name": "x"}}, {"either": {"attempts": 2}})
def models_union(either: Cat | Strict | Retry) -> None: ...


@shape(
    {"mode": "fast"},
    {"mode": "slow", "level": 2, "only": "this", "mixed": None, "colour": "blue", "many": [1, "a"]},
)
def choices(
    mode: Literal["fast", "slow"],
    level: Level = Level.LOW,
    only: Literal["this"] = "this",
    mixed: Mixed = Mixed.ONE,
    colour: Colour | None = Colour.RED,
    many: list[Literal[1, "a", None]] = [],
    numbers: Literal[1, 2, 3] = 2,
) -> None: ...


@shape(
    {"items": []}, {"items": ["a", "b"], "matrix": [[1, 2], []], "bounded": [3], "models": [{"attempts": 1}]}
)
def lists(
    items: list[str],
    matrix: list[list[int]] = [[1]],
    bounded: conlist(int, min_length=1, max_length=3) = [1],  # type: ignore[valid-type]
    models: list[Retry] = [],
    any_: list = [],
    sequence: Sequence[float] = (),
    queue: deque[int] | None = None,
) -> None: ...


@shape({"tags": ["a", "b"], "frozen": [1]}, {"tags": []})
def sets(tags: set[str], frozen: frozenset[int] = frozenset()) -> None: ...


@shape({"pair": ["a", 1]}, {"pair": ["", 0], "many": [1, 2, 3], "point": [1.5, 2], "empty": []})
def tuples(
    pair: tuple[str, int],
    many: tuple[int, ...] = (),
    point: Point = Point(0, 0),
    empty: tuple[()] = (),
    nested: tuple[tuple[int, int], Literal["x", "y"]] = ((1, 2), "x"),
) -> None: ...


@shape(
    {"counts": {}}, {"counts": {"2": 1, "10": 2, "1": 3, "": 4, "a.b": 5}, "models": {"x": {"attempts": 1}}}
)
def maps(
    counts: dict[str, int],
    by_number: dict[int, str] = {1: "a"},
    models: Mapping[str, Retry] = {},
    plain: dict = {"a": [1, {"b": None}]},
    limited: Annotated[dict[str, int], Field(min_length=0, max_length=2)] = {},
) -> None: ...


@shape({"by_choice": {"fast": 1}, "by_pattern": {"ab": "x"}, "by_colour": {"red": 5}})
def map_keys(
    by_choice: dict[Literal["fast", "slow"], int],
    by_pattern: dict[Annotated[str, StringConstraints(pattern=r"^[a-z]+$")], str] = {},
    by_colour: dict[Colour, int] = {},
) -> None: ...


@shape(
    {"config": {"table": "t"}},
    {
        "config": {
            "table": "t",
            "columns": ["a"],
            "retry": {"attempts": 1},
            "fallback": None,
            "labels": {"2": "x"},
        }
    },
    {
        "config": {"table": "t", "unknown": [1, {"x": None}]},
        "ready": {"table": "u", "fallback": {"jitter": 0.5}},
    },
)
def models(config: Config, ready: Config = Config(table="x", retry=Retry(attempts=1))) -> None: ...


@shape({"strict": {"name": "x"}}, {"strict": {"name": ""}, "open_": {"name": "x", "more": {"y": 1}, "1": 2}})
def extras(strict: Strict, open_: Open | None = None) -> None: ...


@shape({"tree": {"name": "a"}}, {"tree": {"name": "a", "children": [{"name": "b", "parent": {"name": "c"}}]}})
def recursive(tree: Tree) -> None: ...


@shape({"a": {"from": "x"}}, {"a": {"from": "x", "class": 2, "1": 3, "a.b": "y"}})
def aliases(a: Aliased) -> None: ...


@shape({"options": {"path": "x"}, "window": {"begin": "2026-01-01"}}, {"options": {"path": "", "depth": 2}})
def other_records(options: Options, window: Window | None = None, names: Names = Names(["a"])) -> None: ...


@shape(
    {"day": "2026-02-28", "at": "09:30:00"},
    {"day": "2024-02-29", "at": "09:30:00.123456+02:00", "next_": "2999-01-01"},
)
def dates(day: date, at: time, next_: FutureDate | None = None) -> None: ...


@shape(
    {"at": "2026-08-22T09:00:00+02:00"},
    {"at": "2026-08-22T09:00:00"},
    {
        "at": "2026-08-22T09:00:00.000001Z",
        "aware": "2026-08-22T09:00:00-03:30",
        "naive": "2026-08-22T09:00:00",
    },
    {"at": "2026-08-22 09:00Z", "either": "2026-08-22"},
)
def moments(
    at: datetime,
    aware: AwareDatetime | None = None,
    naive: NaiveDatetime | None = None,
    either: datetime | date | None = None,
) -> None: ...


@shape({"wait": "PT10M"}, {"wait": "P1DT2H3M4.5S", "short": "PT0S"}, {"wait": "-PT1H"}, {"wait": "P2W"})
def durations(wait: timedelta, short: timedelta = timedelta(hours=1, minutes=30)) -> None: ...


@shape({"id": "6f1c2a0e-3b5d-4c8e-9f70-123456789abc", "data": "text", "coded": "aGVsbG8="})
def identifiers(id: uuid.UUID, data: bytes = b"x", coded: Base64Bytes | None = None) -> None: ...


@shape(
    {"path": "/data/x", "url": "https://example.org/a?b=c"},
    {"path": "C:\\x", "address": "10.0.0.1", "net": "fd00::/8"},
)
def addresses(
    path: Path,
    url: HttpUrl | None = None,
    any_url: AnyUrl | None = None,
    dsn: PostgresDsn | None = None,
    address: IPv4Address | None = None,
    net: IPv6Network | None = None,
    mail: Annotated[str, WithJsonSchema({"type": "string", "format": "email"})] = "a@example.org",
) -> None: ...


@shape({"password": "hunter2"}, {"password": "", "token": "abc", "optional_": None})
def secrets(
    password: SecretStr, token: SecretBytes = SecretBytes(b"x"), optional_: SecretStr | None = None
) -> None: ...


@shape({"value": [1, {"a": None}], "json_": '{"a": 1}'}, {"value": "x"}, {"value": {"2": 1, "1": 2}})
def anything(
    value: Any,
    json_: Json[dict[str, int]] = {"a": 1},  # type: ignore[assignment]
    object_: object = None,
    pattern: Pattern[str] | None = None,
    ratio: Annotated[Fraction | None, WithJsonSchema({})] = None,
) -> None: ...


@shape({"args": [1, 2], "kwargs": {"x": "y"}}, {})
def collected(*args: int, key: str = "a", **kwargs: str) -> None: ...


@shape({"words": {"host": "x"}})
def words(words: Examples) -> None: ...


@shape({})
def nothing_to_say() -> None: ...
