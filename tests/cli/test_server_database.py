"""`penstock server database`, as people type it, on both kinds of database."""

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path

import asyncpg
import psutil
import pytest
from tests.db.conftest import (  # noqa: F401 - fixtures
    empty_postgres_url,
    postgres_server,
    postgres_template,
    postgres_url,
)
from tests.db.whole_database import every_row, seed
from tests.faults.processes import eventually

from penstock.cli.exits import ExitCode
from penstock.db.connect import open_database
from penstock.db.migrations import HISTORY, all_migrations, newest_version

ROOT = Path(__file__).parents[2]


@pytest.fixture(params=["sqlite", "postgres"])
def url(request, tmp_path):
    """A database without a schema; on SQLite not even a file."""
    if request.param == "postgres":
        return request.getfixturevalue("empty_postgres_url")
    return f"sqlite:///{tmp_path}/penstock.db"


@pytest.fixture
def database(penstock, url):
    """Run `penstock server database` on it."""

    def run(*arguments, code=0, of=None):
        where = {"PENSTOCK_SERVER_DATABASE_CONNECTION_URL": of or url}
        return penstock("server", "database", *arguments, code=code, **where)

    return run


def on(url, body):
    async def run():
        db = open_database(url)
        try:
            await db.start()
            return await body(db)
        finally:
            await db.close()

    return asyncio.run(run())


def has_schema(url):
    if url.startswith("sqlite"):
        return Path(url.removeprefix("sqlite:///")).exists()
    return bool(query(url, "SELECT 1 FROM pg_tables WHERE schemaname = 'public'"))


def query(url, sql):
    async def fetch():
        connection = await asyncpg.connect(url)
        rows = await connection.fetch(sql)
        await connection.close()
        return [tuple(row) for row in rows]

    return asyncio.run(fetch())


def test_a_dry_run_prints_what_would_be_applied_and_does_nothing(database, url):
    printed = database("upgrade", "--dry-run").stdout
    for migration in all_migrations():
        assert f"-- {migration.version:04}_{migration.name}\n" in printed
    assert "CREATE TABLE flows (" in printed
    assert not has_schema(url)
    assert f"{newest_version():04}_" in database("upgrade", "-y").stdout
    again = database("upgrade", "--dry-run")
    assert again.stdout == ""
    assert "Nothing is to be done" in again.stderr
    assert database("upgrade").stdout == "The database is up to date.\n"


def test_only_the_newest_schema_can_be_asked_for(database, url):
    refused = database("upgrade", "--revision", "1", code=ExitCode.USAGE)
    assert f"works with schema version {newest_version()} alone" in refused.stderr
    assert "is no version of the schema" in database("upgrade", "-r", "a1b2", code=ExitCode.USAGE).stderr
    assert not has_schema(url)
    database("upgrade", "-r", "head")
    database("upgrade", "-r", str(newest_version()))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["downgrade", "-y", "-r", "-1"], "Restore a backup from before the upgrade"),
        (["downgrade", "--dry-run"], "Restore a backup"),
        (["revision", "-m", "mine", "--autogenerate"], "penstock server database check"),
    ],
)
def test_what_goes_backward_is_refused_with_a_way_out(penstock, arguments, words):
    refused = penstock("server", "database", *arguments, code=ExitCode.CONFLICT)
    assert "Nothing was changed." in refused.stderr
    assert words in refused.stderr


def test_a_stamp_only_looks(database):
    assert "schema version 0, not" in database("stamp", "head", code=ExitCode.CONFLICT).stderr
    database("upgrade")
    assert f"has schema version {newest_version()}" in database("stamp", "head").stdout
    database("stamp", "--revision", str(newest_version()))
    assert "not 1." in database("stamp", "1", code=ExitCode.CONFLICT).stderr


def test_a_reset_asks_and_empties(database, url):
    on(url, lambda db: db.write(seed))
    refused = database("reset", code=ExitCode.USAGE)
    assert "say yes by --yes" in refused.stderr
    assert any(on(url, lambda db: db.read(every_row)).values())
    assert "is empty" in database("reset", "-y").stdout
    assert not any(on(url, lambda db: db.read(every_row)).values())
    assert database("check").returncode == 0


def test_a_reset_of_a_database_of_others_is_refused(database, postgres_server):  # noqa: F811
    with postgres_server.database("template0") as theirs:
        query(theirs, "CREATE TABLE songs (title TEXT)")
        assert "holds songs" in database("reset", "-y", code=ExitCode.FAILED, of=theirs).stderr
        assert query(theirs, "SELECT count(*) FROM songs") == [(0,)]


def test_a_check_tells_people_and_programs(database, url):
    if url.startswith("sqlite"):
        assert "there is no such database" in database("check", code=ExitCode.UNREACHABLE).stderr
    database("upgrade")
    lines = database("check").stdout.splitlines()
    assert len(lines) == 9
    assert all(line.startswith("ok ") for line in lines)
    on(url, lambda db: db.command("DROP INDEX ix_logs_timestamp"))
    found = json.loads(database("check", "--json", code=ExitCode.FAILED).stdout)
    assert found["ok"] is False
    (problem,) = [each for each in found["findings"] if each["verdict"] == "problem"]
    assert problem["check"] == "schema"
    assert problem["details"] == ["the index ix_logs_timestamp is missing"]
    people = database("check", code=ExitCode.FAILED).stdout
    assert "the index ix_logs_timestamp is missing" in people


def test_a_vacuum_removes_what_is_old_and_tells_sizes(database, url):
    on(url, lambda db: db.write(seed))
    printed = database("vacuum").stdout
    assert "that were older than they are kept" in printed
    assert "MiB became" in printed
    left = on(url, lambda db: db.read(every_row))
    assert (left["events"], len(left["automation_firings"])) == ([], 1)  # whose action has not ended
    assert left["flow_runs"] != []


def test_a_vacuum_of_sqlite_drops_statistics_that_somebody_made(tmp_path, penstock):
    file = tmp_path / "some.db"
    url = f"sqlite:///{file}"
    on(url, lambda db: db.write(seed))
    with closing(sqlite3.connect(file)) as made:
        made.execute("ANALYZE")
    penstock("server", "database", "vacuum", PENSTOCK_SERVER_DATABASE_CONNECTION_URL=url)
    with closing(sqlite3.connect(file)) as kept:
        found = kept.execute("SELECT name FROM sqlite_master WHERE name LIKE 'sqlite_stat%'").fetchall()
    assert found == []


def test_an_export_is_imported_into_the_other_kind(database, url, tmp_path, request):
    on(url, lambda db: db.write(seed))
    before = on(url, lambda db: db.read(every_row))
    exported = database("export", "all.export")
    assert "flow_runs:" in exported.stdout
    assert "`penstock server database import` reads it" in exported.stderr
    if url.startswith("sqlite"):
        target = request.getfixturevalue("empty_postgres_url")
    else:
        target = f"sqlite:///{tmp_path}/other.db"
    imported = database("import", "all.export", of=target)
    assert imported.stdout == exported.stdout
    assert "the counts are the same" in imported.stderr
    assert "postgres:" not in imported.stderr
    assert on(target, lambda db: db.read(every_row)) == before
    again = database("import", "all.export", of=target, code=ExitCode.CONFLICT)
    assert "penstock server database reset" in again.stderr


def test_a_bad_file_is_one_clear_error(database, tmp_path):
    (tmp_path / "bad").write_bytes(b"nonsense")
    refused = database("import", "bad", code=ExitCode.USAGE)
    assert "is no export of Penstock" in refused.stderr


@contextmanager
def upgrading(url, home, *arguments):
    """A process that upgrades the database."""
    process = subprocess.Popen(
        [sys.executable, *(arguments or ("-m", "penstock.cli.main", "server", "database", "upgrade"))],
        env=os.environ | {"PENSTOCK_HOME": str(home), "PENSTOCK_SERVER_DATABASE_CONNECTION_URL": url},
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def is_stopped(pid):
    return psutil.Process(pid).status() == psutil.STATUS_STOPPED


def waiting_for_the_lock(url):
    return query(url, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")[0][0]


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGCONT], ids=["killed", "goes-on"])
def test_of_several_one_migrates_under_the_lock_and_the_others_wait(empty_postgres_url, tmp_path, end):  # noqa: F811
    # F25: whether the first one dies half-way or comes to its end, all others find the whole schema.
    url = empty_postgres_url
    stopped = ("-m", "tests.db.victims", "stop_in_migration", url, "40")
    with upgrading(url, tmp_path, *stopped) as first:
        eventually(lambda: is_stopped(first.pid), "the first one stands still")
        with upgrading(url, tmp_path) as second, upgrading(url, tmp_path) as third:
            eventually(lambda: waiting_for_the_lock(url) == 2, "the others wait")
            assert not has_schema(url)  # nothing of a migration is seen before all of it
            first.send_signal(end)
            for other in (second, third):
                out, err = other.communicate(timeout=60)
                assert other.returncode == 0, err
                assert "The database is up to date." in out
                assert "waiting for it" in err
            first.communicate(timeout=60)
            assert first.returncode == (0 if end == signal.SIGCONT else -signal.SIGKILL)
    versions = query(url, f"SELECT version FROM {HISTORY} ORDER BY version")
    assert versions == [(migration.version,) for migration in all_migrations()]
