"""The schema's history: one list of SQL files for both databases, applied once, in order, under a lock.

A file's name is its number and what it does: `0001_initial.sql`. Its statements end with a semicolon at the
end of a line. `$uuid`, `$json`, `$jsonb`, `$serial` and `$without_rowid` stand for what each database says
(`DDL_WORDS` in `dialect`); a statement after the line `-- only postgresql` or `-- only sqlite` is for that
one. A file that was released is never changed: the next one changes the schema.

All that is pending is applied in one transaction, together with the rows that say so. Whoever is killed in
between has changed nothing.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache
from importlib import resources
from string import Template
from typing import Any, Protocol

from msgspec import Struct

from penstock.db.dialect import DDL_WORDS, DROP_TABLE, EPOCH, LIST_TABLES
from penstock.db.errors import SchemaMismatch
from penstock.db.port import DialectName

HISTORY = "schema_migrations"
"""The table that says which migrations a database has had."""

_FILE_NAME = re.compile(r"(?P<version>\d{4})_(?P<name>\w+)\.sql")
_STATEMENT_END = re.compile(r";[ \t]*$", re.MULTILINE)
_ONLY = re.compile(r"^-- only (?P<dialect>\w+)$", re.MULTILINE)
_COMMENT = re.compile(r"^\s*--.*\n?", re.MULTILINE)


class Migration(Struct, frozen=True):
    """One step of the schema."""

    version: int
    name: str
    text: str

    def statements(self, dialect: DialectName) -> Iterator[str]:
        """The SQL of this step for one database."""
        for part in _STATEMENT_END.split(self.text):
            only = _ONLY.search(part)
            statement = _COMMENT.sub("", part).strip()
            if statement and (only is None or only["dialect"] == dialect):
                yield Template(statement).substitute(DDL_WORDS[dialect])


class Connection(Protocol):
    """What a migration needs of a database: a transaction that is open already."""

    async def command(self, sql: str) -> None:
        """Run SQL."""

    async def query(self, sql: str) -> Sequence[Sequence[Any]]:
        """Rows of SQL."""


@cache
def all_migrations() -> tuple[Migration, ...]:
    """The whole history, oldest first."""
    found = []
    for file in resources.files(__package__).iterdir():
        if match := _FILE_NAME.fullmatch(file.name):
            text = file.read_text(encoding="utf-8")
            found.append(Migration(int(match["version"]), match["name"], text))
    return tuple(sorted(found, key=lambda migration: migration.version))


def newest_version() -> int:
    """The version of the schema that this code knows."""
    return all_migrations()[-1].version


def pending(applied: Collection[int]) -> list[Migration]:
    """What a database still needs that has had the migrations `applied`.

    Raises:
        SchemaMismatch: It has had one that this code does not know.
    """
    newest, known = max(applied, default=0), newest_version()
    if newest > known:
        raise SchemaMismatch(
            f"The database has schema version {newest}; this Penstock knows versions up to {known}.",
            hint="Upgrade Penstock, or use another database.",
            detail={"database": newest, "code": known},
        )
    return [migration for migration in all_migrations() if migration.version not in applied]


async def needs_migration(connection: Connection, dialect: DialectName) -> bool:
    """Whether there is anything to do; takes no lock.

    Raises:
        SchemaMismatch: The schema is newer, or the database holds something else.
    """
    return bool(pending(await _applied(connection, dialect)))


async def start_over(connection: Connection, dialect: DialectName, now: datetime) -> None:
    """Drop every table with all that is in it, and make the schema anew.

    It happens in the transaction that `connection` is in; the caller holds the lock, and commits.

    Raises:
        SchemaMismatch: The database holds something else.
    """
    tables = sorted(name for (name,) in await connection.query(LIST_TABLES[dialect]))
    if has_history(tables):
        for table in tables:
            await connection.command(DROP_TABLE[dialect].format(table))
    await migrate(connection, dialect, now)


async def migrate(connection: Connection, dialect: DialectName, now: datetime) -> list[Migration]:
    """Apply what is pending, in the transaction that `connection` is in, and return it.

    The caller holds the lock that lets only one migrate, and commits.

    Raises:
        SchemaMismatch: The schema is newer, or the database holds something else.
    """
    steps = pending(await _applied(connection, dialect))
    if steps:
        await connection.command(
            f"CREATE TABLE IF NOT EXISTS {HISTORY}"
            " (version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, applied BIGINT NOT NULL)"
        )
    for step in steps:
        for statement in step.statements(dialect):
            await connection.command(statement)
        applied = (now - EPOCH) // timedelta(microseconds=1)
        values = f"({step.version}, '{step.name}', {applied})"
        await connection.command(f"INSERT INTO {HISTORY} (version, name, applied) VALUES {values}")  # noqa: S608
    return steps


async def _applied(connection: Connection, dialect: DialectName) -> set[int]:
    if has_history({name for (name,) in await connection.query(LIST_TABLES[dialect])}):
        return {version for (version,) in await connection.query(f"SELECT version FROM {HISTORY}")}  # noqa: S608
    return set()


def has_history(tables: Collection[str]) -> bool:
    """Whether a database with these tables has had migrations; one without any tables has not.

    Raises:
        SchemaMismatch: The tables are somebody else's.
    """
    if HISTORY not in tables and tables:
        raise SchemaMismatch(
            f"The database is not Penstock's: it holds {_some(tables)}.",
            hint="Give Penstock a database (on PostgreSQL, at least a schema) of its own.",
        )
    return HISTORY in tables


def _some(names: Collection[str]) -> str:
    first = sorted(names)[:3]
    rest = len(names) - len(first)
    return ", ".join(first) + (f" and {rest} more tables" if rest else "")
