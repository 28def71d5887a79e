"""What the two spell differently, JSON aside."""

from collections.abc import Iterable
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ClauseElement, ColumnElement, Executable, Select
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import Insert
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from penstock.db.dialect.elements import Condition, parts
from penstock.db.dialect.types import Text

SHA256 = "penstock_sha256"
"""What the function is called that each connection to SQLite brings."""


class _ContainsText(Condition):
    inherit_cache = True
    name = "contains_text"


class _ContainsAscii(Condition):
    inherit_cache = True
    name = "contains_ascii"


class _ContainsCaseless(Condition):
    inherit_cache = True
    name = "contains_caseless"


class _DatabaseName(FunctionElement[str]):
    inherit_cache = True
    type = sa.Text()
    name = "database_name"


class _Greatest(FunctionElement[Any]):
    inherit_cache = True
    name = "greatest_of"


class _Lock(FunctionElement[bool]):
    inherit_cache = True
    type = sa.Boolean()
    name = "lock"


class _Sha256(FunctionElement[str]):
    inherit_cache = True
    type = sa.Text()
    name = "sha256_of"


class LockedTable(Executable, ClauseElement):
    """Keep others from writing to a table until the end of the transaction. On SQLite they can't anyway."""

    inherit_cache = False

    def __init__(self, table: sa.Table) -> None:
        self.table = table


class _TryLock(_Lock):
    inherit_cache = True
    name = "try_lock"


@cache
def lock() -> Select[Any]:
    """Wait for the lock `number`, and hold it to the end of the transaction. On SQLite who writes has it."""
    return sa.select(_Lock(sa.bindparam("number", type_=sa.BigInteger)).label("held"))


@cache
def try_lock() -> Select[Any]:
    """Hold the lock `number` to the end of the transaction; false where somebody else does."""
    return sa.select(_TryLock(sa.bindparam("number", type_=sa.BigInteger)).label("held"))


def contains_text(column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
    """Whether a text has another one in it, whatever the case of its letters.

    Means the same as `icontains`, and is faster: SQLite's LIKE does not mind case by itself, and PostgreSQL
    takes three times as long for letters of all the world as for those of ASCII.
    """
    return _like(column, text, "%{}%")


def ends_with_text(column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
    """Whether a text ends with another one, whatever the case of its letters: as `contains_text` compares."""
    return _like(column, text, "%{}")


def _like(column: ColumnElement[Any], text: str, pattern: str) -> ColumnElement[bool]:
    escaped = text.replace("/", "//").replace("%", "/%").replace("_", "/_")
    found: type[Condition] = _ContainsAscii if text.isascii() else _ContainsText
    if text.upper() == text.lower():
        found = _ContainsCaseless
    return found(column, sa.literal(pattern.format(escaped), Text()))


def database_name() -> ColumnElement[str]:
    """The name of the database that answers, for people: `sqlite` or `postgresql`."""
    return _DatabaseName()


def sha256_of(text: ColumnElement[Any]) -> ColumnElement[str]:
    """The SHA-256 of a text as UTF-8, in hexadecimal digits. Connections to SQLite bring the function."""
    return _Sha256(text)


def greatest(first: ColumnElement[Any], second: Any) -> ColumnElement[Any]:
    """The greater of two values; where one is NULL, the other."""
    other = second if isinstance(second, ColumnElement) else sa.literal(second, first.type)
    element = _Greatest(first, other)
    element.type = first.type
    return element


def upsert(
    table: sa.Table,
    *,
    key: Iterable[str],
    update: Iterable[str] = (),
    add: Iterable[str] = (),
    where: ColumnElement[bool] | None = None,
) -> Insert:
    """INSERT; where a row with the same `key` is there, set its columns `update` to the new values instead.

    Args:
        key: Columns of a primary key or unique constraint.
        update: May be empty: then the row that is there stays as it is, but for `add`.
        add: Columns to which the new values are added.
        where: Update only rows that meet this.
    """
    # PostgreSQL's construct, but SQLite's compiler reads it as well: the syntax comes from there.
    insert = postgresql.insert(table)
    new_values: dict[str, ColumnElement[Any]] = {name: insert.excluded[name] for name in update}
    new_values |= {name: table.c[name] + insert.excluded[name] for name in add}
    if not new_values:
        return insert.on_conflict_do_nothing(index_elements=list(key))
    return insert.on_conflict_do_update(index_elements=list(key), set_=new_values, where=where)


@compiles(_ContainsText, "sqlite")
@compiles(_ContainsAscii, "sqlite")
@compiles(_ContainsCaseless, "sqlite")
def _contains_text_sqlite(element: _ContainsText, compiler: SQLCompiler, **kw: Any) -> str:
    column, pattern = parts(element, compiler, **kw)
    return f"({column} LIKE {pattern} ESCAPE '/')"


@compiles(_ContainsText, "postgresql")
def _contains_text_postgresql(element: _ContainsText, compiler: SQLCompiler, **kw: Any) -> str:
    column, pattern = parts(element, compiler, **kw)
    return f"(lower({column}) LIKE lower({pattern}) ESCAPE '/')"


@compiles(_ContainsAscii, "postgresql")
def _contains_ascii_postgresql(element: _ContainsAscii, compiler: SQLCompiler, **kw: Any) -> str:
    column, pattern = parts(element, compiler, **kw)
    return f"""(lower({column} COLLATE "C") LIKE lower({pattern} COLLATE "C") ESCAPE '/')"""


@compiles(_ContainsCaseless, "postgresql")
def _contains_caseless_postgresql(element: _ContainsCaseless, compiler: SQLCompiler, **kw: Any) -> str:
    column, pattern = parts(element, compiler, **kw)
    return f"""({column} COLLATE "C" LIKE {pattern} ESCAPE '/')"""


@compiles(LockedTable, "sqlite")
def _locked_table_sqlite(element: LockedTable, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ARG001
    return "SELECT 1"


@compiles(LockedTable, "postgresql")
def _locked_table_postgresql(element: LockedTable, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ARG001
    return f"LOCK TABLE {element.table.name} IN SHARE ROW EXCLUSIVE MODE"


@compiles(_DatabaseName, "sqlite")
def _database_name_sqlite(element: _DatabaseName, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ARG001
    return "'sqlite'"


@compiles(_DatabaseName, "postgresql")
def _database_name_postgresql(element: _DatabaseName, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ARG001
    return "'postgresql'"


@compiles(_Sha256, "sqlite")
def _sha256_sqlite(element: _Sha256, compiler: SQLCompiler, **kw: Any) -> str:
    return f"{SHA256}({compiler.process(element.clauses, **kw)})"


@compiles(_Sha256, "postgresql")
def _sha256_postgresql(element: _Sha256, compiler: SQLCompiler, **kw: Any) -> str:
    return f"encode(sha256(convert_to({compiler.process(element.clauses, **kw)}, 'UTF8')), 'hex')"


@compiles(_Greatest, "sqlite")
def _greatest_sqlite(element: _Greatest, compiler: SQLCompiler, **kw: Any) -> str:
    # SQLite's max() of two values is NULL where one of them is.
    first, second = parts(element, compiler, **kw)
    return f"max(coalesce({first}, {second}), coalesce({second}, {first}))"


@compiles(_Greatest, "postgresql")
def _greatest_postgresql(element: _Greatest, compiler: SQLCompiler, **kw: Any) -> str:
    return f"greatest({', '.join(parts(element, compiler, **kw))})"


@compiles(_Lock, "sqlite")
def _lock_sqlite(element: _Lock, compiler: SQLCompiler, **kw: Any) -> str:
    (number,) = parts(element, compiler, **kw)
    return f"({number} IS NOT NULL)"


@compiles(_Lock, "postgresql")
def _lock_postgresql(element: _Lock, compiler: SQLCompiler, **kw: Any) -> str:
    (number,) = parts(element, compiler, **kw)
    return f"(pg_advisory_xact_lock({number}) IS NOT NULL)"


@compiles(_TryLock, "postgresql")
def _try_lock_postgresql(element: _TryLock, compiler: SQLCompiler, **kw: Any) -> str:
    (number,) = parts(element, compiler, **kw)
    return f"pg_try_advisory_xact_lock({number})"
