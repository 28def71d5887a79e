"""The only file that knows dialects: how values are stored, and what the two databases spell differently.

Column types (`Uuid`, `Timestamp`, …) and SQL constructs (`has_all`, `upsert`, …) mean the same on both, so
that tables and statements are written once. Where SQLAlchemy has a construct that means the same already, it
is used directly: `with_for_update(skip_locked=True)` locks on PostgreSQL and says nothing on SQLite, whose
writers are alone anyway; `icontains` and `returning` work on both.
"""

# ruff: noqa: S608 - SQL is composed here, of other SQL and never of values

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import Insert
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from penstock.db.errors import UnsupportedValue
from penstock.db.port import DialectName

_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]+")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

Codec = Callable[[Any], Any]


# How values are stored.


class _Column(TypeDecorator[Any]):
    """A type with one codec a direction, applied by our adapters."""

    impl: Any = sa.Text
    cache_ok = True
    postgresql: TypeEngine[Any] | None = None
    """What PostgreSQL stores, where that is not `impl`."""

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Which of the database's own types holds the value."""
        if self.postgresql is not None and dialect.name == "postgresql":
            return dialect.type_descriptor(self.postgresql)
        return dialect.type_descriptor(self.impl_instance)


class Uuid(_Column):
    """`uuid.UUID`: 16 bytes on SQLite, `uuid` on PostgreSQL."""

    impl = sa.LargeBinary
    cache_ok = True
    postgresql = sa.Uuid()

    def bind_processor(self, dialect: Dialect) -> Codec:
        """UUID → what the driver takes."""
        return _uuid_to_bytes if dialect.name == "sqlite" else _uuid_itself

    def result_processor(self, dialect: Dialect, coltype: object) -> Codec | None:  # noqa: ARG002
        """What the driver gives → UUID."""
        return _uuid_from_bytes if dialect.name == "sqlite" else None


class Timestamp(_Column):
    """An aware `datetime`, stored as whole microseconds since 1970 on both, read back in UTC."""

    impl = sa.BigInteger
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Codec:  # noqa: ARG002
        """datetime → microseconds. Naive datetimes are refused."""
        return _timestamp_to_int

    def result_processor(self, dialect: Dialect, coltype: object) -> Codec:  # noqa: ARG002
        """Microseconds → datetime."""
        return _timestamp_from_int


class Duration(_Column):
    """A `timedelta`, stored as whole microseconds on both."""

    impl = sa.BigInteger
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Codec:  # noqa: ARG002
        """timedelta → microseconds."""
        return _duration_to_int

    def result_processor(self, dialect: Dialect, coltype: object) -> Codec:  # noqa: ARG002
        """Microseconds → timedelta."""
        return _duration_from_int


class Text(_Column):
    """`str` without NUL (PostgreSQL can't store it, so that SQLite must not either)."""

    impl = sa.Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Codec:  # noqa: ARG002
        """The text, if it can be stored."""
        return _check_text

    def result_processor(self, dialect: Dialect, coltype: object) -> None:
        """Text needs no decoding."""


class Json(_Column):
    """Plain data or msgspec structs, kept as the JSON text that was given, order of keys included.

    None is stored as SQL NULL. What comes back is plain data.
    """

    impl = sa.Text
    cache_ok = True
    postgresql = sa.JSON()

    def bind_processor(self, dialect: Dialect) -> Codec:  # noqa: ARG002
        """Data → JSON text."""
        return _json_encode

    def result_processor(self, dialect: Dialect, coltype: object) -> Codec:  # noqa: ARG002
        """JSON text → data."""
        return _json_decode


class JsonSearchable(Json):
    """As `Json`, but for values that filters look into: an index can serve them where there is one.

    Keys of an object come back in the database's order.
    """

    cache_ok = True
    postgresql = postgresql.JSONB()


def _uuid_to_bytes(value: UUID | None) -> bytes | None:
    return None if value is None else value.bytes


def _uuid_itself(value: UUID | None) -> UUID | None:
    # The driver would take text as well, which SQLite would not find.
    if value is not None and not isinstance(value, UUID):
        raise TypeError("not a UUID")
    return value


def _uuid_from_bytes(value: bytes | None) -> UUID | None:
    return None if value is None else UUID(bytes=value)


def _timestamp_to_int(value: datetime | None) -> int | None:
    return None if value is None else (value - EPOCH) // _MICROSECOND


def _timestamp_from_int(value: int | None) -> datetime | None:
    return None if value is None else EPOCH + timedelta(microseconds=value)


def _duration_to_int(value: timedelta | None) -> int | None:
    return None if value is None else value // _MICROSECOND


def _duration_from_int(value: int | None) -> timedelta | None:
    return None if value is None else timedelta(microseconds=value)


def _check_text(value: str | None) -> str | None:
    if value is None:
        return None
    if "\0" in value:
        raise UnsupportedValue("Text with a NUL character can't be stored.", hint="Remove U+0000.")
    if not value.isascii():
        value.encode()  # raises on lone surrogates
    return value


def _json_encode(value: Any) -> str | None:
    if value is None:
        return None
    encoded = msgspec.json.encode(value)
    if b"\\u0000" in encoded and _holds_nul(value):
        raise UnsupportedValue("JSON text with a NUL character can't be stored.", hint="Remove U+0000.")
    return encoded.decode()


def check_storable(table: sa.Table, row: Mapping[str, Any]) -> None:
    """Refuse values of a row as inserting it would, without a database.

    Raises:
        UnsupportedValue: A text can't be stored; `field` is its column.
    """
    for name, value in row.items():
        encode = table.c[name].type.bind_processor(_ANY)
        if encode is not None:
            try:
                encode(value)
            except UnsupportedValue as error:
                error.field = name
                raise


_ANY = SQLiteDialect_pysqlite()


def _holds_nul(value: Any) -> bool:
    """Whether a text or key holds U+0000; in JSON an escaped backslash before `u0000` looks the same."""
    plain = msgspec.to_builtins(value)
    pending = [plain]
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            if "\0" in item:
                return True
        elif isinstance(item, dict):
            pending += [*item.keys(), *item.values()]
        elif isinstance(item, list):
            pending += item
    return False


def _json_decode(value: str | None) -> Any:
    return None if value is None else msgspec.json.decode(value)


# What the two spell differently.


class _Test(FunctionElement[bool]):
    """A condition about JSON; its arguments are the column and what is looked for."""

    inherit_cache = True
    type = sa.Boolean()

    def self_group(self, against: Any = None) -> Any:  # noqa: ARG002 - conditions stand in parentheses
        return self


class _HasAll(_Test):
    inherit_cache = True
    name = "has_all"


class _HasAny(_Test):
    inherit_cache = True
    name = "has_any"


class _IsEmpty(_Test):
    inherit_cache = True
    name = "is_empty"


class _ContainsText(_Test):
    inherit_cache = True
    name = "contains_text"


class _JsonText(FunctionElement[str]):
    inherit_cache = True
    type = sa.Text()
    name = "json_text"


class _JsonAt(FunctionElement[str]):
    """What stands at a path that a user gave; its arguments are the column and the keys."""

    inherit_cache = True
    type = sa.Text()


class _JsonTextAt(_JsonAt):
    inherit_cache = True
    name = "json_text_at"


class _JsonTypeAt(_JsonAt):
    inherit_cache = True
    name = "json_type_at"


class _JsonTextAtPlain(_JsonTextAt):
    inherit_cache = True
    name = "json_text_at_plain"


class _JsonTypeAtPlain(_JsonTypeAt):
    inherit_cache = True
    name = "json_type_at_plain"


class _DatabaseName(FunctionElement[str]):
    inherit_cache = True
    type = sa.Text()
    name = "database_name"


class _Greatest(FunctionElement[Any]):
    inherit_cache = True
    name = "greatest_of"


def has_all(column: ColumnElement[Any], wanted: Iterable[str]) -> ColumnElement[bool]:
    """Whether a JSON list of texts holds all of `wanted`."""
    return _HasAll(column, sa.literal(list(wanted), JsonSearchable()))


def has_any(column: ColumnElement[Any], wanted: Iterable[str]) -> ColumnElement[bool]:
    """Whether a JSON list of texts holds at least one of `wanted`."""
    return _HasAny(column, sa.literal(list(wanted), JsonSearchable()))


def is_empty(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a JSON list has no elements, or is NULL."""
    return _IsEmpty(column)


def contains_text(column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
    """Whether a text has another one in it, whatever the case of its letters.

    Means the same as `icontains`, and is twice as fast on SQLite, where LIKE does not mind case by itself.
    """
    escaped = text.replace("/", "//").replace("%", "/%").replace("_", "/_")
    return _ContainsText(column, sa.literal(f"%{escaped}%", Text()))


def json_text(column: ColumnElement[Any], *path: str) -> ColumnElement[str]:
    """The scalar under `path` of a JSON object as text (`true`, `1`, `abc`); NULL where there is none.

    `path` is part of the statement: it must come from the code, not from a user.
    """
    if not all(_PLAIN_KEY.fullmatch(key) for key in path):
        raise ValueError(f"not a plain path: {path!r}")
    return _JsonText(column, *(sa.literal_column(f"'{key}'") for key in path))


def json_text_at(column: ColumnElement[Any], path: Iterable[str]) -> ColumnElement[str]:
    """What stands at any path of a `Json` column, as text; NULL where there is nothing or null.

    Keys may be any texts; in a list they are places, from 0. The text of a truth value is `true` or `false`.
    """
    return _at(_JsonTextAtPlain, _JsonTextAt, column, list(path))


def json_type_at(column: ColumnElement[Any], path: Iterable[str]) -> ColumnElement[str]:
    """What kind of JSON stands at any path of a `Json` column; SQL's NULL where there is nothing.

    It is one of `object`, `array`, `string`, `number`, `boolean` and `null`.
    """
    return _at(_JsonTypeAtPlain, _JsonTypeAt, column, list(path))


def _at(plain: type[_JsonAt], other: type[_JsonAt], column: ColumnElement[Any], path: list[str]) -> _JsonAt:
    # SQLite's own paths are fast, but can't say keys with quotes in them, or such as may be places in a list.
    is_plain = all(_PLAIN_KEY.fullmatch(key) and not key.isdigit() for key in path)
    return (plain if is_plain else other)(column, *(sa.literal(key, Text()) for key in path))


def database_name() -> ColumnElement[str]:
    """The name of the database that answers, for people: `sqlite` or `postgresql`."""
    return _DatabaseName()


def greatest(first: ColumnElement[Any], second: Any) -> ColumnElement[Any]:
    """The greater of two values; where one is NULL, the other."""
    other = second if isinstance(second, ColumnElement) else sa.literal(second, first.type)
    element = _Greatest(first, other)
    element.type = first.type
    return element


def upsert(
    table: sa.Table, *, key: Iterable[str], update: Iterable[str], where: ColumnElement[bool] | None = None
) -> Insert:
    """INSERT; where a row with the same `key` is there, set its columns `update` to the new values instead.

    Args:
        key: Columns of a primary key or unique constraint.
        update: May be empty: then the row that is there stays as it is.
        where: Update only rows that meet this.
    """
    # PostgreSQL's construct, but SQLite's compiler reads it as well: the syntax comes from there.
    insert = postgresql.insert(table)
    new_values = {name: insert.excluded[name] for name in update}
    if not new_values:
        return insert.on_conflict_do_nothing(index_elements=list(key))
    return insert.on_conflict_do_update(index_elements=list(key), set_=new_values, where=where)


def _parts(element: FunctionElement[Any], compiler: SQLCompiler, **kw: Any) -> list[str]:
    return [compiler.process(part, **kw) for part in element.clauses]


@compiles(_HasAll, "sqlite")
def _has_all_sqlite(element: _HasAll, compiler: SQLCompiler, **kw: Any) -> str:
    column, wanted = _parts(element, compiler, **kw)
    held = f"SELECT value FROM json_each({column})"
    return f"(NOT EXISTS (SELECT 1 FROM json_each({wanted}) AS wanted WHERE wanted.value NOT IN ({held})))"


@compiles(_HasAll, "postgresql")
def _has_all_postgresql(element: _HasAll, compiler: SQLCompiler, **kw: Any) -> str:
    column, wanted = _parts(element, compiler, **kw)
    return f"({column} @> {wanted})"


@compiles(_HasAny, "sqlite")
def _has_any_sqlite(element: _HasAny, compiler: SQLCompiler, **kw: Any) -> str:
    column, wanted = _parts(element, compiler, **kw)
    among = f"SELECT value FROM json_each({wanted})"
    return f"(EXISTS (SELECT 1 FROM json_each({column}) AS held WHERE held.value IN ({among})))"


@compiles(_HasAny, "postgresql")
def _has_any_postgresql(element: _HasAny, compiler: SQLCompiler, **kw: Any) -> str:
    column, wanted = _parts(element, compiler, **kw)
    return f"({column} ?| ARRAY(SELECT jsonb_array_elements_text({wanted})))"


@compiles(_IsEmpty, "sqlite")
def _is_empty_sqlite(element: _IsEmpty, compiler: SQLCompiler, **kw: Any) -> str:
    (column,) = _parts(element, compiler, **kw)
    return f"(coalesce(json_array_length({column}), 0) = 0)"


@compiles(_IsEmpty, "postgresql")
def _is_empty_postgresql(element: _IsEmpty, compiler: SQLCompiler, **kw: Any) -> str:
    (column,) = _parts(element, compiler, **kw)
    return f"(coalesce(jsonb_array_length({column}), 0) = 0)"


@compiles(_ContainsText, "sqlite")
def _contains_text_sqlite(element: _ContainsText, compiler: SQLCompiler, **kw: Any) -> str:
    column, pattern = _parts(element, compiler, **kw)
    return f"({column} LIKE {pattern} ESCAPE '/')"


@compiles(_ContainsText, "postgresql")
def _contains_text_postgresql(element: _ContainsText, compiler: SQLCompiler, **kw: Any) -> str:
    column, pattern = _parts(element, compiler, **kw)
    return f"(lower({column}) LIKE lower({pattern}) ESCAPE '/')"


@compiles(_JsonText, "sqlite")
def _json_text_sqlite(element: _JsonText, compiler: SQLCompiler, **kw: Any) -> str:
    column, *keys = _parts(element, compiler, **kw)
    path = " || ".join(["'$'", *(f"'.\"' || {key} || '\"'" for key in keys)])
    value = f"CAST(json_extract({column}, {path}) AS TEXT)"
    # SQLite extracts booleans as 1 and 0.
    truth = f"json_type({column}, {path})"
    return f"(CASE WHEN {truth} IN ('true', 'false') THEN {truth} ELSE {value} END)"


@compiles(_JsonText, "postgresql")
def _json_text_postgresql(element: _JsonText, compiler: SQLCompiler, **kw: Any) -> str:
    column, *keys = _parts(element, compiler, **kw)
    return f"({column} #>> ARRAY[{', '.join(keys)}])"


def _walk(element: _JsonAt, wanted: str, compiler: SQLCompiler, **kw: Any) -> str:
    """A query for `wanted` of the last step."""
    column, *keys = _parts(element, compiler, **kw)
    # A step into what is no object and no list finds nothing; as JSON, plain text would be an error.
    into = [column] + [
        f"CASE WHEN step{n}.type IN ('object', 'array') THEN step{n}.value END" for n in range(1, len(keys))
    ]
    steps = ", ".join(f"json_each({value}) AS step{n}" for n, value in enumerate(into, start=1))
    is_way = " AND ".join(f"CAST(step{n}.key AS TEXT) = {key}" for n, key in enumerate(keys, start=1))
    last = f"step{len(keys)}"
    return f"(SELECT {wanted.replace('last', last)} FROM {steps} WHERE {is_way} LIMIT 1)"


@compiles(_JsonTextAt, "sqlite")
def _json_text_at_sqlite(element: _JsonTextAt, compiler: SQLCompiler, **kw: Any) -> str:
    # SQLite gives booleans as 1 and 0.
    text = "CASE WHEN last.type IN ('true', 'false') THEN last.type ELSE CAST(last.value AS TEXT) END"
    return _walk(element, text, compiler, **kw)


_KINDS = {"text": "string", "integer": "number", "real": "number", "true": "boolean", "false": "boolean"}


def _kind(type_: str) -> str:
    """What others call a type that SQLite names."""
    whens = " ".join(f"WHEN '{theirs}' THEN '{ours}'" for theirs, ours in _KINDS.items())
    return f"(CASE {type_} {whens} ELSE {type_} END)"


@compiles(_JsonTypeAt, "sqlite")
def _json_type_at_sqlite(element: _JsonTypeAt, compiler: SQLCompiler, **kw: Any) -> str:
    return _walk(element, _kind("last.type"), compiler, **kw)


@compiles(_JsonTextAtPlain, "sqlite")
def _json_text_at_plain_sqlite(element: _JsonTextAtPlain, compiler: SQLCompiler, **kw: Any) -> str:
    # SQLite gives booleans as 1 and 0.
    value, type_ = (_plainly(name, element, compiler, **kw) for name in ("json_extract", "json_type"))
    return f"(CASE WHEN {type_} IN ('true', 'false') THEN {type_} ELSE CAST({value} AS TEXT) END)"


@compiles(_JsonTypeAtPlain, "sqlite")
def _json_type_at_plain_sqlite(element: _JsonTypeAtPlain, compiler: SQLCompiler, **kw: Any) -> str:
    return _kind(_plainly("json_type", element, compiler, **kw))


def _plainly(function: str, element: _JsonAt, compiler: SQLCompiler, **kw: Any) -> str:
    column, *keys = _parts(element, compiler, **kw)
    path = " || ".join(["'$'", *(f"'.\"' || {key} || '\"'" for key in keys)])
    return f"{function}({column}, {path})"


def _path(element: _JsonAt, compiler: SQLCompiler, **kw: Any) -> tuple[str, str]:
    column, *keys = _parts(element, compiler, **kw)
    return column, f"ARRAY[{', '.join(f'{key}::text' for key in keys)}]"


@compiles(_JsonTextAt, "postgresql")
def _json_text_at_postgresql(element: _JsonTextAt, compiler: SQLCompiler, **kw: Any) -> str:
    column, path = _path(element, compiler, **kw)
    return f"({column} #>> {path})"


@compiles(_JsonTypeAt, "postgresql")
def _json_type_at_postgresql(element: _JsonTypeAt, compiler: SQLCompiler, **kw: Any) -> str:
    column, path = _path(element, compiler, **kw)
    return f"json_typeof({column} #> {path})"


@compiles(_DatabaseName, "sqlite")
def _database_name_sqlite(element: _DatabaseName, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ARG001
    return "'sqlite'"


@compiles(_DatabaseName, "postgresql")
def _database_name_postgresql(element: _DatabaseName, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ARG001
    return "'postgresql'"


@compiles(_Greatest, "sqlite")
def _greatest_sqlite(element: _Greatest, compiler: SQLCompiler, **kw: Any) -> str:
    # SQLite's max() of two values is NULL where one of them is.
    first, second = _parts(element, compiler, **kw)
    return f"max(coalesce({first}, {second}), coalesce({second}, {first}))"


@compiles(_Greatest, "postgresql")
def _greatest_postgresql(element: _Greatest, compiler: SQLCompiler, **kw: Any) -> str:
    return f"greatest({', '.join(_parts(element, compiler, **kw))})"


# The two as a whole.


def sqlalchemy_dialect(name: DialectName) -> Dialect:
    """How SQLAlchemy is to compile for a database's driver; the driver itself need not be installed."""
    if name == "sqlite":
        return SQLiteDialect_pysqlite(paramstyle="qmark")
    return PGDialect_asyncpg()  # type: ignore[no-untyped-call]


DDL_WORDS: dict[DialectName, dict[str, str]] = {
    "sqlite": {"uuid": "BLOB", "json": "TEXT", "jsonb": "TEXT", "without_rowid": " WITHOUT ROWID"},
    "postgresql": {"uuid": "UUID", "json": "JSON", "jsonb": "JSONB", "without_rowid": ""},
}
"""What the words of migrations (`$uuid`, …) stand for."""

LIST_TABLES: dict[DialectName, str] = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    "postgresql": "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()",
}
"""Query for the names of all tables that are there."""
