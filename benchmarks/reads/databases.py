"""The two databases that are filled, and where they are kept meanwhile."""

import asyncio
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from tests.postgres_server import PostgresServer, server_in

from benchmarks.reads.seed import ID_IN_POSTGRESQL, identity
from penstock.db.connect import open_database
from penstock.db.dialect import DDL_WORDS
from penstock.db.port import DialectName
from penstock.db.sqlite import bring_up_to_date

QUICKLY = {
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "8GB",
    "shared_buffers": "1GB",
    "maintenance_work_mem": "1GB",
    "synchronous_commit": "off",
}
"""While PostgreSQL is filled. It is measured with the settings that it has from the start."""


def _worded(sql: str, dialect: DialectName) -> str:
    for word in ("id", "text"):
        sql = sql.replace(f"${word}(", f"seed_{word}(")
    for word, meaning in sorted(DDL_WORDS[dialect].items(), reverse=True):
        sql = sql.replace(f"${word}", meaning)
    return sql


def _as_text(id: bytes) -> str:
    return str(UUID(bytes=id))


class SqliteSeed:
    """A file that is being filled."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.create_function("seed_id", 3, identity, deterministic=True)
        connection.create_function("seed_text", 1, _as_text, deterministic=True)

    def execute(self, sql: str) -> None:
        """Run a statement."""
        self._connection.execute(_worded(sql, "sqlite"))

    def ids(self, sql: str) -> list[str]:
        """The ids that a query finds, as texts."""
        return [str(UUID(bytes=id)) for (id,) in self._connection.execute(_worded(sql, "sqlite"))]

    def add(self, table: str, columns: tuple[str, ...], records: list[tuple[Any, ...]]) -> None:
        """Insert rows."""
        values = ([v.bytes if isinstance(v, UUID) else v for v in record] for record in records)
        places = ", ".join("?" * len(columns))
        self._connection.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})", values)


@contextmanager
def sqlite_seed(path: Path) -> Iterator[SqliteSeed]:
    """A new file with its schema, whose indexes are made when all is in it."""
    bring_up_to_date(path, lambda: datetime.now(UTC), 10.0)
    pragmas = ("journal_mode = OFF", "synchronous = OFF", "cache_size = -2000000", "foreign_keys = OFF")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for pragma in (*pragmas, "temp_store = FILE", "threads = 2"):
            connection.execute(f"PRAGMA {pragma}")
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        indexes = connection.execute(query).fetchall()
        for name, _ in indexes:
            connection.execute(f'DROP INDEX "{name}"')
        connection.execute("BEGIN")
        yield SqliteSeed(connection)
        connection.execute("COMMIT")
        _timed(indexes, connection.execute)
    # As a server leaves it.
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")


class PostgresSeed:
    """A database that is being filled."""

    def __init__(self, connection: Any, runner: asyncio.Runner) -> None:
        self._connection, self._runner = connection, runner

    def execute(self, sql: str) -> None:
        """Run a statement."""
        self._runner.run(self._connection.execute(_worded(sql, "postgresql"), timeout=3600))

    def ids(self, sql: str) -> list[str]:
        """The ids that a query finds, as texts."""
        found = self._runner.run(self._connection.fetch(_worded(sql, "postgresql")))
        return [str(id) for (id,) in found]

    def add(self, table: str, columns: tuple[str, ...], records: list[tuple[Any, ...]]) -> None:
        """Insert rows."""
        copy = self._connection.copy_records_to_table
        self._runner.run(copy(table, records=records, columns=columns, timeout=3600))


@contextmanager
def postgres_seed(server: PostgresServer, name: str) -> Iterator[PostgresSeed]:
    """A new database with its schema, whose indexes are made when all is in it."""
    server.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    with asyncio.Runner() as runner:
        database = open_database(server.url(name))
        runner.run(database.start())
        runner.run(database.close())
        connection = runner.run(asyncpg.connect(server.url(name)))

        def execute(sql: str) -> None:
            runner.run(connection.execute(sql, timeout=3600))

        for sql in (
            ID_IN_POSTGRESQL,
            "CREATE FUNCTION seed_text(id uuid) RETURNS text LANGUAGE SQL AS $$ SELECT id::text $$",
            # Rows that refer to nothing would be found by whoever makes the indexes again.
            "SET session_replication_role = replica",
            "SET max_parallel_maintenance_workers = 2",
        ):
            execute(sql)
        query = """SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
            AND indexname NOT IN (SELECT conname FROM pg_constraint)"""
        indexes = [tuple(row) for row in runner.run(connection.fetch(query))]
        for index, _ in indexes:
            execute(f'DROP INDEX "{index}"')
        yield PostgresSeed(connection, runner)
        _timed(indexes, execute)
        for sql in ("DROP FUNCTION seed_id", "DROP FUNCTION seed_text", "VACUUM (ANALYZE)"):
            execute(sql)
        runner.run(connection.close())


def _timed(indexes: list[Any], execute: Any) -> None:
    began = time.perf_counter()
    for _, made_by in indexes:
        execute(made_by)
    print(f"seed: {len(indexes)} indexes: {time.perf_counter() - began:.0f} s", flush=True)


@contextmanager
def postgres_at(folder: Path, *, is_filled: bool) -> Iterator[PostgresServer]:
    """A server of its own, whose files stay where they are."""
    with server_in(folder, {} if is_filled else QUICKLY) as server:
        yield server


def room_for(folder: Path) -> float:
    """How many bytes are free there."""
    folder.mkdir(parents=True, exist_ok=True)
    return shutil.disk_usage(folder).free
