"""The schema's history: it adds up to what the code says, is applied once, and survives who applies it."""

import asyncio
import contextlib
import itertools
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.schema import CreateIndex, CreateTable
from tests.db.conftest import Clock
from tests.db.rows import adding, count_flows

from penstock.db import migrations
from penstock.db.connect import open_database
from penstock.db.errors import SchemaMismatch
from penstock.db.migrations import HISTORY, Migration, all_migrations, newest_version, pending
from penstock.db.schema import metadata

ROOT = Path(__file__).parents[2]


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request, tmp_path):
    """URL of a database without a schema."""
    if request.param == "postgres":
        return request.getfixturevalue("empty_postgres_url")
    return f"sqlite:///{tmp_path}/penstock.db"


def query(url, sql):
    """Rows, around all of our code."""
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        rows = connection.execute(sql).fetchall()
        connection.commit()
        connection.close()
        return rows

    async def fetch():
        connection = await asyncpg.connect(url)
        rows = await connection.fetch(sql)
        await connection.close()
        return [tuple(row) for row in rows]

    return asyncio.run(fetch())


async def start(url):
    database = open_database(url, Clock())
    try:
        await database.start()
        await database.write(adding("works"))
        return await database.read(count_flows)
    finally:
        await database.close()


def versions(url):
    return [version for (version,) in query(url, f"SELECT version FROM {HISTORY} ORDER BY version")]


def test_versions_have_no_gaps():
    assert [migration.version for migration in all_migrations()] == list(range(1, newest_version() + 1))


def test_a_new_database_has_the_whole_history(empty_url):
    assert asyncio.run(start(empty_url)) == 1
    assert versions(empty_url) == list(range(1, newest_version() + 1))


def create_all(url):
    """The schema as `tables.py` says it, made by SQLAlchemy."""
    dialect = sqlite.dialect() if url.startswith("sqlite") else PGDialect()
    for table in metadata.sorted_tables:
        query(url, str(CreateTable(table).compile(dialect=dialect)))
        for index in table.indexes:
            if index._ddl_if is None or index._ddl_if.dialect == dialect.name:
                query(url, str(CreateIndex(index).compile(dialect=dialect)))


def test_the_sum_of_the_migrations_is_the_schema_on_sqlite(tmp_path):
    migrated, fresh = (f"sqlite:///{tmp_path}/{name}.db" for name in ("migrated", "fresh"))
    asyncio.run(start(migrated))
    create_all(fresh)
    assert sqlite_schema(migrated) == sqlite_schema(fresh)


def sqlite_schema(url):
    """Everything that SQLite knows of the schema, whatever order and words it was made with."""
    schema = {}
    for (table,) in query(url, "SELECT name FROM sqlite_master WHERE type = 'table'"):
        if table == HISTORY:
            continue
        (sql,) = query(url, f"SELECT sql FROM sqlite_master WHERE name = '{table}'")[0]
        schema[table] = {
            "columns": {row[1]: row[2:] for row in query(url, f"PRAGMA table_xinfo({table})")},
            "keys": {row[2:] for row in query(url, f"PRAGMA foreign_key_list({table})")},
            "indexes": sqlite_indexes(url, table),
            "constraints": set(constraints(sql)),
            "without rowid": "WITHOUT ROWID" in sql,
        }
    return schema


def sqlite_indexes(url, table):
    found = {}
    for _, name, unique, origin, partial in query(url, f"PRAGMA index_list({table})"):
        columns = tuple(row[2] for row in query(url, f"PRAGMA index_xinfo('{name}')") if row[5])
        key = columns if name.startswith("sqlite_autoindex") else name
        ((sql,),) = query(url, f"SELECT sql FROM sqlite_master WHERE name = '{name}'") or [(None,)]
        found[key] = (unique, origin, partial, columns, squeezed(sql.partition("WHERE")[2]) if sql else None)
    return found


def constraints(sql):
    """`CONSTRAINT name …` clauses of a CREATE TABLE."""
    body = squeezed(sql[sql.index("(") + 1 : sql.rindex(")")])
    return re.split(r",(?=CONSTRAINT)", body.partition("CONSTRAINT")[2])


def squeezed(sql):
    return re.sub(r"\s+", "", sql)


def test_the_sum_of_the_migrations_is_the_schema_on_postgresql(postgres_server):
    with postgres_server.database("template0") as migrated, postgres_server.database("template0") as fresh:
        asyncio.run(start(migrated))
        create_all(fresh)
        assert postgres_schema(migrated) == postgres_schema(fresh)


def postgres_schema(url):
    columns = query(
        url,
        "SELECT table_name, column_name, data_type, is_nullable, column_default"
        " FROM information_schema.columns WHERE table_schema = 'public'",
    )
    indexes = query(url, "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'")
    rules = query(
        url,
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace",
    )
    return {row for row in (*columns, *indexes, *rules) if row[0] != HISTORY}


def test_a_second_start_changes_nothing(empty_url):
    asyncio.run(start(empty_url))
    applied = query(empty_url, f"SELECT version, applied FROM {HISTORY}")

    async def again():
        database = open_database(empty_url)
        await database.start()
        count = await database.read(count_flows)
        await database.close()
        return count

    assert asyncio.run(again()) == 1
    assert query(empty_url, f"SELECT version, applied FROM {HISTORY}") == applied


def test_servers_that_start_together_migrate_once(empty_url):
    async def together():
        databases = [open_database(empty_url) for _ in range(4)]
        if empty_url.startswith("sqlite"):
            await asyncio.gather(*(asyncio.to_thread(asyncio.run, a_start(each)) for each in databases))
        else:
            await asyncio.gather(*(a_start(each) for each in databases))

    async def a_start(database):
        await database.start()
        await database.close()

    asyncio.run(together())
    assert versions(empty_url) == list(range(1, newest_version() + 1))


def test_a_newer_schema_is_refused_with_both_versions(empty_url):
    asyncio.run(start(empty_url))
    query(empty_url, f"INSERT INTO {HISTORY} (version, name, applied) VALUES (900, 'future', 0) RETURNING 1")
    with pytest.raises(
        SchemaMismatch, match=f"version 900; this Penstock knows versions up to {newest_version()}"
    ):
        asyncio.run(start(empty_url))


def test_tables_of_somebody_else_are_refused(empty_url):
    query(empty_url, "CREATE TABLE songs (title TEXT)")
    with pytest.raises(SchemaMismatch, match="holds songs"):
        asyncio.run(start(empty_url))


@pytest.mark.parametrize("part", [0.0, 0.03, 0.5, 1.0])
def test_a_migration_that_is_killed_leaves_nothing_behind(empty_url, part):
    dialect = "sqlite" if empty_url.startswith("sqlite") else "postgresql"
    step = round(part * sum(len(list(migration.statements(dialect))) for migration in all_migrations()))
    victim = subprocess.run(
        [sys.executable, "-m", "tests.db.victims", "die_in_migration", empty_url, str(step)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert victim.returncode == -9, victim.stderr
    assert "survived" not in victim.stdout
    assert asyncio.run(start(empty_url)) == 1
    assert versions(empty_url) == list(range(1, newest_version() + 1))


def more_history(monkeypatch, *steps):
    extended = all_migrations() + tuple(
        Migration(newest_version() + 1 + number, f"step_{number}", text) for number, text in enumerate(steps)
    )
    monkeypatch.setattr(migrations, "all_migrations", lambda: extended)


def test_the_next_step_is_applied_to_a_database_with_rows(empty_url, monkeypatch):
    asyncio.run(start(empty_url))
    more_history(
        monkeypatch,
        "ALTER TABLE flows ADD COLUMN note TEXT DEFAULT 'none' NOT NULL;\n"
        "-- only sqlite\nCREATE INDEX ix_note_sqlite ON flows (note);\n"
        "-- only postgresql\nCREATE INDEX ix_note_postgresql ON flows (note);\n",
        "CREATE TABLE notes (id $uuid NOT NULL PRIMARY KEY, note $jsonb);\n",
    )

    async def run():
        database = open_database(empty_url)
        await database.start()
        await database.close()

    asyncio.run(run())
    assert query(empty_url, "SELECT name, note FROM flows") == [("works", "none")]
    assert versions(empty_url)[-2:] == [newest_version() - 1, newest_version()]


def test_names_of_runs_that_are_there_already_get_stems(empty_url, monkeypatch):
    whole = all_migrations()
    older = tuple(itertools.takewhile(lambda migration: migration.name != "name_stems", whole))
    monkeypatch.setattr(migrations, "all_migrations", lambda: older)
    asyncio.run(start(empty_url))
    id = "randomblob(16)" if empty_url.startswith("sqlite") else "gen_random_uuid()"
    for name in ("train-1", "train-1f", "beef"):
        values = f"({id}, 0, 0, '{name}', 't', '{name}')"
        columns = "(id, created, updated, name, task_key, dynamic_key)"
        query(empty_url, f"INSERT INTO task_runs {columns} VALUES {values} RETURNING 1")
    monkeypatch.setattr(migrations, "all_migrations", lambda: whole)

    async def run():
        database = open_database(empty_url)
        await database.start()
        await database.close()

    asyncio.run(run())
    found = query(empty_url, "SELECT runs, stem FROM run_name_stems ORDER BY runs, stem")
    assert found == [("task_runs", ""), ("task_runs", "train-")]


def test_a_step_that_fails_leaves_the_schema_as_it_was(empty_url, monkeypatch):
    asyncio.run(start(empty_url))
    before = versions(empty_url)
    with monkeypatch.context() as patch:
        more_history(patch, "CREATE TABLE notes (id $uuid);\n", "CREATE TABLE flows (id $uuid);\n")
        with pytest.raises(Exception, match="flows"):
            asyncio.run(start(empty_url))
    assert versions(empty_url) == before
    assert asyncio.run(start_again(empty_url)) == 1
    query(empty_url, "CREATE TABLE notes (id TEXT)")


async def start_again(url):
    database = open_database(url)
    await database.start()
    count = await database.read(count_flows)
    await database.close()
    return count


def test_a_step_that_would_orphan_rows_is_refused_on_sqlite(tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path}/penstock.db"
    asyncio.run(start(url))
    orphan = (
        "INSERT INTO workers (id, created, updated, work_pool_id, name) VALUES (x'01', 0, 0, x'02', 'w');\n"
    )
    with monkeypatch.context() as patch:
        more_history(patch, orphan)
        with pytest.raises(Exception, match="refer to nothing"):
            asyncio.run(start(url))
    assert asyncio.run(start_again(url)) == 1


def test_a_deadlock_with_an_older_server_is_borne(empty_postgres_url, monkeypatch):
    """A transaction has changed one table when the migration comes, and then wants what that has locked."""
    url = empty_postgres_url
    asyncio.run(start(url))
    more_history(monkeypatch, "LOCK flow_runs IN EXCLUSIVE MODE;\nLOCK task_runs IN EXCLUSIVE MODE;\n")

    async def run():
        older, watcher = await asyncpg.connect(url), await asyncpg.connect(url)
        await older.execute("BEGIN; UPDATE task_runs SET name = name")
        database = open_database(url)
        starting = asyncio.create_task(database.start())
        while not await watcher.fetchval(
            "SELECT count(*) FROM pg_locks WHERE relation = 'task_runs'::regclass AND NOT granted"
        ):
            pass
        # PostgreSQL ends one of the two: whoever has waited for a second, and that is the migration.
        with contextlib.suppress(asyncpg.DeadlockDetectedError):
            await older.execute("UPDATE flow_runs SET name = name")
        await older.execute("ROLLBACK")
        await starting
        await database.close()
        await older.close()
        await watcher.close()

    asyncio.run(run())
    assert versions(url)[-1] == newest_version()


def test_what_is_pending():
    assert pending([]) == list(all_migrations())
    assert pending(range(1, newest_version() + 1)) == []
