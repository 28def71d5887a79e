"""Texts in the order of their code points, whatever the order of words is in the database's language.

On PostgreSQL an index serves these where it has `text_pattern_ops`.
"""

import sys
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, FromClause, TableValuedAlias
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from penstock.db.dialect.elements import Condition, parts
from penstock.db.dialect.types import JsonSearchable, Text

PATTERN_OPS = "text_pattern_ops"
"""What a column of an index on PostgreSQL needs, so that the index serves what is here."""

_FIRST_SURROGATE, _LAST_SURROGATE = 0xD800, 0xDFFF


class _From(Condition):
    inherit_cache = True
    name = "text_from"


class _Before(Condition):
    inherit_cache = True
    name = "text_before"


class _After(Condition):
    inherit_cache = True
    name = "text_after"


class _InOrder(FunctionElement[str]):
    inherit_cache = True
    type = sa.Text()
    name = "text_in_order"


class _Spans(FunctionElement[str]):
    inherit_cache = True
    name = "text_spans"


def begins_with(column: ColumnElement[Any], beginning: str) -> ColumnElement[bool]:
    """Whether a text begins with another; found by an index of the column."""
    found: list[ColumnElement[bool]] = [_From(column, sa.literal(beginning, Text()))]
    if (end := _end_of(beginning)) is not None:
        found.append(_Before(column, sa.literal(end, Text())))
    return sa.and_(*found)


def spans(beginnings: Iterable[str]) -> TableValuedAlias:
    """Rows to select from: for each beginning the `first` text that begins so, and one `past` all that do.

    Raises:
        ValueError: No text comes after all that begin so.
    """
    ends = [(beginning, _end_of(beginning)) for beginning in beginnings]
    if any(past is None for _, past in ends):
        raise ValueError("nothing comes after these")
    given = sa.literal(ends, JsonSearchable())
    return _Spans(given).table_valued(sa.column("first", Text()), sa.column("past", Text())).alias("spans")


def is_in(column: ColumnElement[Any], span: FromClause) -> ColumnElement[bool]:
    """Whether a text begins as one of `spans` says."""
    return sa.and_(_From(column, span.c.first), _Before(column, span.c.past))


def comes_after(column: ColumnElement[Any], text: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a text comes after another."""
    return _After(column, text)


def in_order(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """For ORDER BY: texts by their code points."""
    return _InOrder(column)


def _end_of(beginning: str) -> str | None:
    """The first text after all that begin so; None where there is none."""
    for place in range(len(beginning) - 1, -1, -1):
        code = ord(beginning[place]) + 1
        if code <= sys.maxunicode:
            return beginning[:place] + chr(_LAST_SURROGATE + 1 if code == _FIRST_SURROGATE else code)
    return None


def _compared(element: FunctionElement[Any], compiler: SQLCompiler, operator: str, **kw: Any) -> str:
    first, second = parts(element, compiler, **kw)
    return f"({first} {operator} {second})"


@compiles(_From, "sqlite")
def _from_sqlite(element: _From, compiler: SQLCompiler, **kw: Any) -> str:
    return _compared(element, compiler, ">=", **kw)


@compiles(_From, "postgresql")
def _from_postgresql(element: _From, compiler: SQLCompiler, **kw: Any) -> str:
    return _compared(element, compiler, "~>=~", **kw)


@compiles(_Before, "sqlite")
def _before_sqlite(element: _Before, compiler: SQLCompiler, **kw: Any) -> str:
    return _compared(element, compiler, "<", **kw)


@compiles(_Before, "postgresql")
def _before_postgresql(element: _Before, compiler: SQLCompiler, **kw: Any) -> str:
    return _compared(element, compiler, "~<~", **kw)


@compiles(_After, "sqlite")
def _after_sqlite(element: _After, compiler: SQLCompiler, **kw: Any) -> str:
    return _compared(element, compiler, ">", **kw)


@compiles(_After, "postgresql")
def _after_postgresql(element: _After, compiler: SQLCompiler, **kw: Any) -> str:
    return _compared(element, compiler, "~>~", **kw)


@compiles(_Spans, "sqlite")
def _spans_sqlite(element: _Spans, compiler: SQLCompiler, **kw: Any) -> str:
    (given,) = parts(element, compiler, **kw)
    each = "json_extract(value, '$[0]') AS first, json_extract(value, '$[1]') AS past"
    return f"(SELECT {each} FROM json_each({given}))"  # noqa: S608 - SQL of SQL


@compiles(_Spans, "postgresql")
def _spans_postgresql(element: _Spans, compiler: SQLCompiler, **kw: Any) -> str:
    (given,) = parts(element, compiler, **kw)
    each = "value->>0 AS first, value->>1 AS past"
    return f"(SELECT {each} FROM jsonb_array_elements({given}))"  # noqa: S608 - SQL of SQL


@compiles(_InOrder, "sqlite")
def _in_order_sqlite(element: _InOrder, compiler: SQLCompiler, **kw: Any) -> str:
    (column,) = parts(element, compiler, **kw)
    return column


@compiles(_InOrder, "postgresql")
def _in_order_postgresql(element: _InOrder, compiler: SQLCompiler, **kw: Any) -> str:
    (column,) = parts(element, compiler, **kw)
    return f"{column} USING ~<~"
