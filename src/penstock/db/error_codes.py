"""The drivers' errors in the vocabulary of `errors.py`: the one place that knows error codes."""

import re
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa

from penstock.db.dialect import sqlalchemy_dialect
from penstock.db.errors import (
    CheckViolation,
    ConnectionLost,
    Contention,
    DatabaseBusy,
    DatabaseCorrupt,
    DatabaseError,
    DatabaseReadOnly,
    DatabaseUnavailable,
    Deadlock,
    DiskFull,
    ForeignKeyViolation,
    IntegrityViolation,
    NotNullViolation,
    TransactionAborted,
    UniqueViolation,
    UnsupportedValue,
)
from penstock.db.schema import metadata
from penstock.domain.errors import PenstockError

REPAIR_HINT = (
    "Stop everything that uses it and keep a copy of it with its -wal file. "
    "Then restore a backup, or save what can be read: sqlite3 FILE .recover | sqlite3 NEW_FILE"
)

Make = Callable[[str], PenstockError]

_SQLITE: dict[int, Make] = {
    sqlite3.SQLITE_BUSY: lambda text: DatabaseBusy(f"Another process has locked the database: {text}."),
    sqlite3.SQLITE_LOCKED: lambda text: DatabaseBusy(f"The database is locked: {text}."),
    sqlite3.SQLITE_READONLY: lambda text: DatabaseReadOnly(f"The database takes no writes: {text}."),
    sqlite3.SQLITE_FULL: lambda text: DiskFull(
        f"No space is left for the database: {text}.", hint="Free some; nothing else needs to be done."
    ),
    sqlite3.SQLITE_CORRUPT: lambda text: DatabaseCorrupt(
        f"The database file is damaged: {text}.", hint=REPAIR_HINT
    ),
    sqlite3.SQLITE_NOTADB: lambda text: DatabaseCorrupt(
        f"The file is no SQLite database, or is damaged: {text}.", hint=REPAIR_HINT
    ),
    sqlite3.SQLITE_CANTOPEN: lambda text: DatabaseUnavailable(
        f"The database can't be opened: {text}.", hint="Check that its folder exists and may be written to."
    ),
    sqlite3.SQLITE_IOERR: lambda text: DatabaseUnavailable(f"The disk refuses: {text}."),
    sqlite3.SQLITE_NOMEM: lambda text: DatabaseUnavailable(f"Out of memory: {text}."),
    sqlite3.SQLITE_TOOBIG: lambda text: UnsupportedValue(f"A value is too large to be stored: {text}."),
}

_SQLITE_CONSTRAINTS: dict[int, type[IntegrityViolation]] = {
    sqlite3.SQLITE_CONSTRAINT_UNIQUE: UniqueViolation,
    sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY: UniqueViolation,
    sqlite3.SQLITE_CONSTRAINT_ROWID: UniqueViolation,
    sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY: ForeignKeyViolation,
    sqlite3.SQLITE_CONSTRAINT_CHECK: CheckViolation,
    sqlite3.SQLITE_CONSTRAINT_NOTNULL: NotNullViolation,
}

_POSTGRES_CONSTRAINTS: dict[str, type[IntegrityViolation]] = {
    "23502": NotNullViolation,
    "23503": ForeignKeyViolation,
    "23505": UniqueViolation,
    "23514": CheckViolation,
}

# By SQLSTATE, or by its class (the first two characters).
_POSTGRES: dict[str, Make] = {
    "40001": lambda text: Contention(f"Concurrent writes were in each other's way: {text}."),
    "40P01": lambda text: Deadlock(f"Concurrent writes waited for each other: {text}."),
    "55P03": lambda text: DatabaseBusy(f"The rows are locked: {text}."),
    "57014": lambda text: DatabaseBusy(f"The database stopped the statement: {text}."),
    "53300": lambda text: DatabaseBusy(f"The database server has no connection left: {text}."),
    "53100": lambda text: DiskFull(
        f"No space is left for the database: {text}.", hint="Free some; nothing else needs to be done."
    ),
    "53": lambda text: DatabaseUnavailable(f"The database server is short of something: {text}."),
    "25006": lambda text: DatabaseReadOnly(f"The database takes no writes: {text}."),
    "25P02": lambda text: TransactionAborted(f"A statement of the transaction failed before: {text}."),
    "57P01": lambda text: ConnectionLost(f"The database server ended the connection: {text}."),
    "57P02": lambda text: ConnectionLost(f"The database server ended the connection: {text}."),
    "57P03": lambda text: ConnectionLost(f"The database server is not ready: {text}."),
    "57P05": lambda text: ConnectionLost(f"The database server ended the connection: {text}."),
    "08": lambda text: ConnectionLost(f"The connection to the database ended: {text}."),
    "22": lambda text: UnsupportedValue(f"A value can't be stored: {text}."),
    "54": lambda text: UnsupportedValue(f"A value is too large to be stored: {text}."),
    "28": lambda text: DatabaseUnavailable(
        f"The database server refuses us: {text}.", hint="Check user and password in the database's URL."
    ),
    "3D000": lambda text: DatabaseUnavailable(f"{text}.", hint="Create it, or check the database's URL."),
    "XX001": lambda text: DatabaseCorrupt(f"The database is damaged: {text}."),
    "XX002": lambda text: DatabaseCorrupt(f"The database is damaged: {text}."),
}


_ASKS_TOO_MUCH = re.compile(r"too many SQL variables|Expression tree is too large|too many terms in")
"""Of what has a code of its own only on PostgreSQL."""


def from_sqlite(error: Exception) -> PenstockError:
    """What an error of the module `sqlite3` means."""
    text = str(error)
    if isinstance(error, OverflowError):
        return UnsupportedValue(f"A number is too large to be stored: {text}.")
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    if code & 0xFF == sqlite3.SQLITE_CONSTRAINT:
        kind = _SQLITE_CONSTRAINTS.get(code, IntegrityViolation)
        return kind(f"{text}.", constraint=_sqlite_constraint(text))
    if _ASKS_TOO_MUCH.search(text):
        return UnsupportedValue(f"More is asked for than fits one statement: {text}.")
    make = _SQLITE.get(code & 0xFF)
    return make(text) if make else DatabaseError(f"The database refused a statement: {text}.")


def _sqlite_constraint(text: str) -> str | None:
    """The constraint's name, from `CHECK constraint failed: name` or `UNIQUE constraint failed: t.a, t.b`."""
    kind, _, what = text.partition(" constraint failed: ")
    if kind == "UNIQUE":
        return _unique_names().get(frozenset(what.split(", ")))
    return what or None


def _unique_names() -> dict[frozenset[str], str]:
    """Names of what must be unique, by the columns that SQLite names instead."""
    if not _UNIQUE_NAMES:
        for table in metadata.tables.values():
            for name, columns in _unique(table):
                _UNIQUE_NAMES[frozenset(f"{table.name}.{column}" for column in columns)] = name
    return _UNIQUE_NAMES


_UNIQUE_NAMES: dict[frozenset[str], str] = {}


def _unique(table: sa.Table) -> Iterator[tuple[str, list[str]]]:
    for constraint in table.constraints:
        if isinstance(constraint, sa.UniqueConstraint | sa.PrimaryKeyConstraint):
            yield _plain_name(constraint), list(constraint.columns.keys())
    for index in table.indexes:
        if index.unique:
            yield str(index.name), list(index.columns.keys())


def _plain_name(constraint: sa.Constraint) -> str:
    """The name that the naming convention gives."""
    return str(sqlalchemy_dialect("sqlite").identifier_preparer.format_constraint(constraint))


def from_postgres(error: BaseException) -> PenstockError:
    """What an error of asyncpg, or of the network under it, means. asyncpg itself need not be installed."""
    text = str(error).rstrip(".") or type(error).__name__
    state: str | None = getattr(error, "sqlstate", None)
    if state is None:
        return _from_network(error, text)
    if state.startswith("23"):
        kind = _POSTGRES_CONSTRAINTS.get(state, IntegrityViolation)
        return kind(f"{text}.", constraint=_postgres_constraint(error))
    make = _POSTGRES.get(state) or _POSTGRES.get(state[:2])
    return make(text) if make else DatabaseError(f"The database refused a statement: {text}.")


def _postgres_constraint(error: Any) -> str | None:
    if error.constraint_name:
        return str(error.constraint_name)
    return f"{error.table_name}.{error.column_name}" if error.column_name else None


def _from_network(error: BaseException, text: str) -> PenstockError:
    if isinstance(error, TimeoutError):
        return DatabaseBusy("The database server did not answer in time.")
    return ConnectionLost(f"The database server can't be reached: {text}.")
