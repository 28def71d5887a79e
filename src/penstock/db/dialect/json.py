"""Conditions and values that look into JSON."""

# ruff: noqa: S608 - SQL is composed here, of other SQL and never of values

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import ColumnElement, TableValuedAlias
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from penstock.db.dialect.elements import Condition, parts
from penstock.db.dialect.types import JsonSearchable, Text

INDEXED_LISTS = frozenset({"flow_runs.tags", "task_runs.tags"})
"""The columns whose lists are an index on SQLite, but for the empty ones."""

_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]+")


class _HasAll(Condition):
    inherit_cache = True
    name = "has_all"


class _HasAny(Condition):
    inherit_cache = True
    name = "has_any"


class _AmongLists(Condition):
    """Its argument is one of the two above."""

    inherit_cache = True
    name = "among_lists"


class _IsEmpty(Condition):
    inherit_cache = True
    name = "is_empty"


class _EachText(FunctionElement[str]):
    inherit_cache = True
    name = "each_text"


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


def has_all(column: ColumnElement[Any], wanted: Iterable[str]) -> ColumnElement[bool]:
    """Whether a JSON list of texts holds all of `wanted`."""
    return _HasAll(column, *_wanted(list(wanted)))


def has_any(column: ColumnElement[Any], wanted: Iterable[str]) -> ColumnElement[bool]:
    """Whether a JSON list of texts holds at least one of `wanted`."""
    return _HasAny(column, *_wanted(list(wanted)))


def among_lists(conditions: Sequence[ColumnElement[bool]]) -> Sequence[ColumnElement[bool]]:
    """The same conditions, for rows of which nothing but what a list holds is asked, if that is so.

    Rows of `INDEXED_LISTS` are many and have few different lists: SQLite looks through these alone.
    """
    if len(conditions) != 1 or not isinstance(conditions[0], _HasAll | _HasAny):
        return conditions
    column, _, *texts = conditions[0].clauses
    return [_AmongLists(*conditions)] if texts and str(column) in INDEXED_LISTS else conditions


def _wanted(texts: list[str]) -> Iterator[ColumnElement[Any]]:
    """The list as JSON, then each text as it is written in JSON, where that can be said of all."""
    yield sa.literal(texts, JsonSearchable())
    # Control characters may be written in several ways.
    if all(text.isprintable() for text in texts):
        for text in texts:
            yield sa.literal(msgspec.json.encode(text).decode(), Text())


def each_text(column: ColumnElement[Any], name: str) -> TableValuedAlias:
    """The elements of a JSON list of texts as rows of something to select from, each its `c.value`."""
    return _EachText(column).table_valued(sa.column("value", Text())).alias(name)


def is_empty(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a JSON list has no elements, or is NULL."""
    return _IsEmpty(column)


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


@compiles(_HasAll, "sqlite")
def _has_all_sqlite(element: _HasAll, compiler: SQLCompiler, **kw: Any) -> str:
    return _holds_all(*parts(element, compiler, **kw))


def _holds_all(column: str, wanted: str, *texts: str) -> str:
    held = f"SELECT value FROM json_each({column})"
    missing = f"SELECT 1 FROM json_each({wanted}) AS wanted WHERE wanted.value NOT IN ({held})"
    # A look for the text is ten times quicker; and only so the partial index of what has tags can serve.
    first = "".join(f"instr({column}, {text}) > 0 AND " for text in texts)
    return f"({column} <> '[]' AND {first}NOT EXISTS ({missing}))" if texts else f"(NOT EXISTS ({missing}))"


@compiles(_HasAll, "postgresql")
def _has_all_postgresql(element: _HasAll, compiler: SQLCompiler, **kw: Any) -> str:
    column, wanted, *texts = parts(element, compiler, **kw)
    # The index of task runs is one of those with tags.
    has_some = "".join(f" AND {text}::text IS NOT NULL" for text in texts)  # SQLite alone needs them
    return f"({column} @> {wanted} AND {column} <> '[]'{has_some})" if texts else f"({column} @> {wanted})"


@compiles(_HasAny, "sqlite")
def _has_any_sqlite(element: _HasAny, compiler: SQLCompiler, **kw: Any) -> str:
    return _holds_any(*parts(element, compiler, **kw))


def _holds_any(column: str, wanted: str, *texts: str) -> str:
    among = f"SELECT value FROM json_each({wanted})"
    has_one = f"EXISTS (SELECT 1 FROM json_each({column}) AS held WHERE held.value IN ({among}))"
    # As above.
    first = " OR ".join(f"instr({column}, {text}) > 0" for text in texts) or "1"
    return f"({column} <> '[]' AND ({first}) AND {has_one})"


@compiles(_HasAny, "postgresql")
def _has_any_postgresql(element: _HasAny, compiler: SQLCompiler, **kw: Any) -> str:
    column, wanted, *texts = parts(element, compiler, **kw)
    has_one = f"{column} ?| ARRAY(SELECT jsonb_array_elements_text({wanted}))"
    has_some = "".join(f" AND {text}::text IS NOT NULL" for text in texts)
    return f"({has_one} AND {column} <> '[]'{has_some})"


@compiles(_AmongLists, "sqlite")
def _among_lists_sqlite(element: _AmongLists, compiler: SQLCompiler, **kw: Any) -> str:
    condition: Any = next(iter(element.clauses))
    column, *wanted = parts(condition, compiler, **kw)
    table, _, name = column.rpartition(".")
    # The limit keeps SQLite from asking each row before lists that are the same become one.
    lists = f"SELECT {name} FROM {table} WHERE {name} <> '[]' GROUP BY {name} LIMIT -1"
    holds = (_holds_all if isinstance(condition, _HasAll) else _holds_any)(f"lists.{name}", *wanted)
    return f"({column} <> '[]' AND {column} IN (SELECT lists.{name} FROM ({lists}) AS lists WHERE {holds}))"


@compiles(_AmongLists, "postgresql")
def _among_lists_postgresql(element: _AmongLists, compiler: SQLCompiler, **kw: Any) -> str:
    (condition,) = parts(element, compiler, **kw)
    return condition


@compiles(_EachText, "sqlite")
def _each_text_sqlite(element: _EachText, compiler: SQLCompiler, **kw: Any) -> str:
    (column,) = parts(element, compiler, **kw)
    return f"json_each({column})"


@compiles(_EachText, "postgresql")
def _each_text_postgresql(element: _EachText, compiler: SQLCompiler, **kw: Any) -> str:
    (column,) = parts(element, compiler, **kw)
    return f"jsonb_array_elements_text({column})"


@compiles(_IsEmpty, "sqlite")
def _is_empty_sqlite(element: _IsEmpty, compiler: SQLCompiler, **kw: Any) -> str:
    (column,) = parts(element, compiler, **kw)
    return f"(coalesce(json_array_length({column}), 0) = 0)"


@compiles(_IsEmpty, "postgresql")
def _is_empty_postgresql(element: _IsEmpty, compiler: SQLCompiler, **kw: Any) -> str:
    (column,) = parts(element, compiler, **kw)
    return f"(coalesce(jsonb_array_length({column}), 0) = 0)"


@compiles(_JsonText, "sqlite")
def _json_text_sqlite(element: _JsonText, compiler: SQLCompiler, **kw: Any) -> str:
    column, *keys = parts(element, compiler, **kw)
    path = " || ".join(["'$'", *(f"'.\"' || {key} || '\"'" for key in keys)])
    value = f"CAST(json_extract({column}, {path}) AS TEXT)"
    # SQLite extracts booleans as 1 and 0.
    truth = f"json_type({column}, {path})"
    return f"(CASE WHEN {truth} IN ('true', 'false') THEN {truth} ELSE {value} END)"


@compiles(_JsonText, "postgresql")
def _json_text_postgresql(element: _JsonText, compiler: SQLCompiler, **kw: Any) -> str:
    column, *keys = parts(element, compiler, **kw)
    return f"({column} #>> ARRAY[{', '.join(keys)}])"


def _walk(element: _JsonAt, wanted: str, compiler: SQLCompiler, **kw: Any) -> str:
    """A query for `wanted` of the last step."""
    column, *keys = parts(element, compiler, **kw)
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
    column, *keys = parts(element, compiler, **kw)
    path = " || ".join(["'$'", *(f"'.\"' || {key} || '\"'" for key in keys)])
    return f"{function}({column}, {path})"


def _path(element: _JsonAt, compiler: SQLCompiler, **kw: Any) -> tuple[str, str]:
    column, *keys = parts(element, compiler, **kw)
    return column, f"ARRAY[{', '.join(f'{key}::text' for key in keys)}]"


@compiles(_JsonTextAt, "postgresql")
def _json_text_at_postgresql(element: _JsonTextAt, compiler: SQLCompiler, **kw: Any) -> str:
    column, path = _path(element, compiler, **kw)
    return f"({column} #>> {path})"


@compiles(_JsonTypeAt, "postgresql")
def _json_type_at_postgresql(element: _JsonTypeAt, compiler: SQLCompiler, **kw: Any) -> str:
    column, path = _path(element, compiler, **kw)
    return f"json_typeof({column} #> {path})"
