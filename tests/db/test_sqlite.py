"""SQLite alone: the file, the lock, the threads, the deaths."""

import asyncio
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.db.conftest import Clock, Store, in_thread
from tests.db.rows import add_flow, adding, count_flows, flow_names
from tests.db.victims import ROOT, victim

from penstock.colourless import ForeignAwait, run_sync
from penstock.db.errors import (
    DatabaseBusy,
    DatabaseCorrupt,
    DatabaseError,
    DatabaseUnavailable,
    DiskFull,
    SchemaMismatch,
    UniqueViolation,
)
from penstock.db.sqlite import EmbeddedSqlite
from penstock.db.sqlite_server import ServerSqlite


def file_of(store):
    return Path(store.url.removeprefix("sqlite:///"))


@contextmanager
def locked_by_another_process(path):
    with victim("hold_lock", path) as process:
        assert process.stdout.readline() == "locked\n"
        yield


# The file.


def test_only_the_owner_may_read_the_file(store_on_sqlite):
    store_on_sqlite.write(adding("a"))
    path = file_of(store_on_sqlite)
    for file in path.parent.glob("penstock.db*"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name
    assert {file.name for file in path.parent.iterdir()} >= {"penstock.db", "penstock.db-wal"}


@pytest.fixture(params=["embedded", "server"])
def store_on_sqlite(request, tmp_path):
    with Store(f"sqlite:///{tmp_path}/penstock.db", request.param).started() as started:
        yield started


def test_the_folder_is_made(tmp_path):
    path = tmp_path / "deep" / "down" / "penstock.db"
    database = EmbeddedSqlite(path, Clock())
    run_sync(database.start())
    run_sync(database.close())
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_clean_end_leaves_one_file(store_on_sqlite):
    store_on_sqlite.write(adding("a"))
    store_on_sqlite.run(store_on_sqlite.db.close())
    path = file_of(store_on_sqlite)
    assert [file.name for file in path.parent.iterdir()] == ["penstock.db"]


def test_every_commit_is_synced_and_the_log_is_kept_apart(embedded):
    async def pragmas(tx):
        names = ("journal_mode", "synchronous", "foreign_keys")
        return [(await tx.query(f"PRAGMA {name}"))[0][0] for name in names]

    assert embedded.write(pragmas) == ["wal", 2, 1]


@pytest.mark.parametrize("content", [b"not a database" * 90, b"SQLite format 3\0" + b"\xff" * 9000])
@pytest.mark.parametrize("kind", [EmbeddedSqlite, ServerSqlite])
def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path, content, kind):
    path = tmp_path / "penstock.db"
    path.write_bytes(content)
    with pytest.raises(DatabaseCorrupt, match="recover") as refused:
        asyncio.run(kind(path, Clock()).start())
    assert str(path) in str(refused.value)
    assert path.read_bytes() == content


def test_a_damaged_page_is_found_before_a_server_serves(sqlite_server):
    async def fill(tx):
        for number in range(300):
            await add_flow(tx, f"flow-{number}")

    sqlite_server.write(fill)
    sqlite_server.run(sqlite_server.db.close())
    path = file_of(sqlite_server)
    content = bytearray(path.read_bytes())
    for start in range(len(content) // 2, len(content), 4096):
        content[start : start + 200] = b"\xaa" * 200
    path.write_bytes(content)
    with pytest.raises(DatabaseCorrupt, match="damaged"):
        sqlite_server.run(sqlite_server.open().start())
    assert path.read_bytes() == content


def test_somebody_elses_database_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE songs (title TEXT)")
    other.close()
    with pytest.raises(SchemaMismatch, match="songs"):
        run_sync(EmbeddedSqlite(path, Clock()).start())
    reader = sqlite3.connect(path)
    assert reader.execute("SELECT name FROM sqlite_master").fetchall() == [("songs",)]
    reader.close()


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DatabaseUnavailable, match="can't be opened"):
        run_sync(EmbeddedSqlite(tmp_path / "file" / "penstock.db", Clock()).start())


def test_a_database_that_is_not_started_says_so(tmp_path):
    database = ServerSqlite(tmp_path / "penstock.db", Clock())

    async def scenario():
        with pytest.raises(DatabaseUnavailable, match="not started"):
            await database.read(count_flows)
        await database.start()
        await database.close()
        await database.close()
        with pytest.raises(DatabaseUnavailable, match="closed"):
            await database.write(adding("a"))

    asyncio.run(scenario())


def test_what_was_accepted_before_the_end_is_answered(sqlite_server):
    async def scenario():
        writes = [asyncio.ensure_future(sqlite_server.db.write(adding(f"f{number}"))) for number in range(50)]
        await asyncio.sleep(0)
        await sqlite_server.db.close()
        return await asyncio.gather(*writes)

    assert len(set(sqlite_server.run(scenario()))) == 50


# The lock.


@pytest.mark.parametrize("mode", ["embedded", "server"])
def test_locked_by_another_process(tmp_path, mode):
    kind = EmbeddedSqlite if mode == "embedded" else ServerSqlite
    path = tmp_path / "penstock.db"
    database = kind(path, Clock(), busy_timeout=0.6)

    async def scenario():
        await database.start()
        await database.write(adding("before"))
        with locked_by_another_process(path):
            started = time.monotonic()
            with pytest.raises(DatabaseBusy, match="locked") as refused:
                await database.write(adding("refused"))
            waited = time.monotonic() - started
            assert await database.read(count_flows) == 1
        await database.write(adding("after"))
        names = await database.read(flow_names)
        await database.close()
        return waited, refused.value, names

    waited, error, names = asyncio.run(scenario())
    assert 0.5 < waited < 5
    assert error.retry_after == 1.0
    assert names == ["after", "before"]


def test_whoever_waits_for_the_lock_waits_no_longer_than_the_timeout(tmp_path):
    """Requests that arrive while the writer waits already have a full wait of their own, and no more."""
    path = tmp_path / "penstock.db"
    database = ServerSqlite(path, Clock(), busy_timeout=1.0)

    async def timed(name):
        started = time.monotonic()
        with pytest.raises(DatabaseBusy):
            await database.write(adding(name))
        return time.monotonic() - started

    async def scenario():
        await database.start()
        with locked_by_another_process(path):
            first = asyncio.create_task(timed("first"))
            await asyncio.sleep(0.5)
            return await asyncio.gather(first, *(timed(f"later-{number}") for number in range(5)))

    async def everything():
        try:
            return await scenario()
        finally:
            await database.close()

    waits = asyncio.run(everything())
    assert all(0.9 < wait < 4 for wait in waits), waits


def test_a_lock_that_is_given_back_in_time_is_only_waited_for(tmp_path):
    path = tmp_path / "penstock.db"
    database = ServerSqlite(path, Clock())

    async def scenario():
        await database.start()
        with locked_by_another_process(path):
            write = asyncio.create_task(database.write(adding("a")))
            await asyncio.sleep(0.4)
            assert not write.done()
        await write
        count = await database.read(count_flows)
        await database.close()
        return count

    assert asyncio.run(scenario()) == 1


def test_a_server_and_flows_without_one_share_a_file(sqlite_server):
    async def scenario():
        with ThreadPoolExecutor(3) as processes:
            loop = asyncio.get_running_loop()
            others = [
                loop.run_in_executor(processes, run_victim, "embedded_writes", sqlite_server.url, name, 20)
                for name in ("x", "y")
            ]
            for number in range(100):
                await sqlite_server.db.write(adding(f"server-{number}"))
            await asyncio.gather(*others)
        return await sqlite_server.db.read(count_flows)

    assert sqlite_server.run(scenario()) == 140


def run_victim(*args):
    return subprocess.run(
        [sys.executable, "-m", "tests.db.victims", *map(str, args)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    ).stdout


# Threads and processes.


def test_threads_share_an_embedded_database(embedded):
    def work(number):
        for count in range(25):
            run_sync(embedded.db.write(adding(f"{number}-{count}")))
            run_sync(embedded.db.read(count_flows))

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(work, range(16)))
    assert embedded.read(count_flows) == 400


def test_sixteen_event_loops_share_a_server_and_its_commits(sqlite_server):
    commits = count_commits(sqlite_server)

    def caller(number):
        async def scenario():
            for count in range(10):
                await sqlite_server.db.write(adding(f"{number}-{count}"))

        asyncio.run(scenario())

    async def scenario():
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(16) as threads:
            await asyncio.gather(*(loop.run_in_executor(threads, caller, number) for number in range(16)))
        return await sqlite_server.db.read(count_flows)

    assert sqlite_server.run(scenario()) == 160
    assert len(commits) <= 160


def count_commits(store):
    """A list that grows with each commit of the writer."""
    commits = []
    writer = store.db._writer._connection
    writer.set_trace_callback(lambda sql: commits.append(sql) if sql == "COMMIT" else None)
    return commits


def test_requests_that_wait_together_share_a_commit(sqlite_server):
    commits = count_commits(sqlite_server)

    async def scenario():
        await asyncio.gather(*(sqlite_server.db.write(adding(f"flow-{number}")) for number in range(200)))

    sqlite_server.run(scenario())
    assert sqlite_server.read(count_flows) == 200
    assert len(commits) < 40


def test_one_bad_request_does_not_sink_the_others_of_its_commit(sqlite_server):
    async def scenario():
        names = [f"flow-{number}" for number in range(20)] + ["flow-3", "flow-7"]
        writes = [sqlite_server.db.write(adding(name)) for name in names]
        foreign = sqlite_server.db.write(lambda tx: asyncio.sleep(0))
        return await asyncio.gather(*writes, foreign, return_exceptions=True)

    *answers, foreign = sqlite_server.run(scenario())
    refused = [answer for answer in answers if isinstance(answer, BaseException)]
    assert [type(error) for error in refused] == [UniqueViolation, UniqueViolation]
    assert isinstance(foreign, ForeignAwait)
    assert sqlite_server.read(count_flows) == 20


def test_a_transaction_inside_another_is_refused(embedded):
    async def body(tx):
        await embedded.db.write(adding("inner"))

    with pytest.raises(RuntimeError, match="inside another"):
        embedded.write(body)


def test_a_transaction_inside_another_is_refused_by_a_server_too(sqlite_server):
    async def body(tx):
        await sqlite_server.db.write(adding("inner"))

    with pytest.raises(RuntimeError):
        sqlite_server.write(body)


def test_a_thread_that_takes_too_long_is_not_waited_for_forever(tmp_path):
    database = EmbeddedSqlite(tmp_path / "penstock.db", Clock(), busy_timeout=0.2)
    run_sync(database.start())

    async def slow(tx):
        with pytest.raises(DatabaseBusy, match="thread"):
            in_thread(lambda: run_sync(database.write(adding("a"))))
        await add_flow(tx, "b")

    run_sync(database.write(slow))
    assert run_sync(database.read(flow_names)) == ["b"]
    run_sync(database.close())


def test_a_forked_child_goes_on_with_connections_of_its_own(embedded):
    embedded.write(adding("parent"))
    child = os.fork()
    if child == 0:
        try:
            run_sync(embedded.db.write(adding("child")))
            os._exit(run_sync(embedded.db.read(count_flows)))
        except BaseException:
            os._exit(99)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 2
    embedded.write(adding("parent again"))
    assert embedded.read(flow_names) == ["child", "parent", "parent again"]


def test_reads_that_wait_too_long_are_refused(tmp_path):
    database = ServerSqlite(tmp_path / "penstock.db", Clock(), busy_timeout=0.2)
    gate = threading.Event()

    async def slow(tx):
        gate.wait(10)

    async def scenario():
        await database.start()
        slow_reads = [asyncio.create_task(database.read(slow)) for _ in range(3)]
        late = asyncio.create_task(database.read(count_flows))
        await asyncio.sleep(0.4)
        assert await database.reserved().read(count_flows) == 0
        gate.set()
        with pytest.raises(DatabaseBusy):
            await late
        await asyncio.gather(*slow_reads)
        await database.close()

    asyncio.run(scenario())


def test_a_connection_that_broke_is_said_to_each_caller(sqlite_server):
    async def scenario():
        db = sqlite_server.db
        await db.write(adding("before"))
        db._writer._connection.close()
        refused = await asyncio.gather(*(db.write(adding(name)) for name in "abc"), return_exceptions=True)
        return refused, await db.read(flow_names)

    refused, names = sqlite_server.run(scenario())
    assert [type(error) for error in refused] == [DatabaseError] * 3
    assert names == ["before"]


def test_callers_whose_event_loop_is_gone_harm_nobody(sqlite_server):
    """Their writes were accepted, and are kept."""
    started, gate = threading.Event(), threading.Event()

    async def slow(tx):
        started.set()
        gate.wait(10)
        await add_flow(tx, "slow")

    def leave():
        loop = asyncio.new_event_loop()
        task = loop.create_task(sqlite_server.db.write(slow))
        task.add_done_callback(lambda _: None)
        loop.run_until_complete(asyncio.sleep(0))
        started.wait(10)
        task._log_destroy_pending = False
        loop.close()

    in_thread(leave)
    gate.set()
    sqlite_server.write(adding("next"))
    assert sqlite_server.read(flow_names) == ["next", "slow"]


# Full disks and deaths.


def test_a_full_disk_refuses_writes_and_nothing_else(sqlite_server):
    async def limit(tx, pages):
        await tx.command(f"PRAGMA max_page_count = {pages}")

    async def scenario():
        db = sqlite_server.db
        await db.write(adding("before"))
        await db.write(lambda tx: limit(tx, 1))  # not below what is used
        writes = [db.write(adding(f"big-{number}", labels={"x": "y" * 50_000})) for number in range(10)]
        refused = await asyncio.gather(*writes, db.write(adding("small")), return_exceptions=True)
        count = await db.read(count_flows)
        await db.write(lambda tx: limit(tx, 2**30))
        await db.write(adding("after"))
        return refused, count, await db.read(flow_names)

    refused, count, names = sqlite_server.run(scenario())
    assert {type(error) for error in refused[:10]} == {DiskFull}
    assert count == 1 + (not isinstance(refused[10], Exception))
    assert set(names) - {"small"} == {"after", "before"}


def test_a_disk_that_refuses_recovers_when_it_no_longer_does(tmp_path):
    url = f"sqlite:///{tmp_path}/penstock.db"
    refusals = run_victim("fill_the_disk", url, 600).strip()
    assert refusals in ("DatabaseUnavailable", "DiskFull")
    with Store(url, "embedded").started() as store:
        names = store.read(flow_names)
        assert {"before", "after"} <= set(names)
        assert store.read(integrity) == "ok"


async def integrity(tx):
    return (await tx.query("PRAGMA integrity_check"))[0][0]


def kill_while_writing(url, answers):
    """Kill a server after it has given so many answers; return the answers."""
    with victim("write_until_killed", url) as process:
        answered = [process.stdout.readline().strip() for _ in range(answers)]
        process.send_signal(signal.SIGKILL)
        rest = process.communicate(timeout=30)[0].splitlines(keepends=True)
    # The last line may be cut off where the process died.
    return answered + [line.strip() for line in rest if line.endswith("\n")]


def check_after_death(url, answered):
    with Store(url).started() as store:
        names = set(store.read(flow_names))
        orphans = "SELECT count(*) FROM flows WHERE id NOT IN (SELECT flow_id FROM flow_runs)"
        stateless = "SELECT count(*) FROM flow_runs WHERE state_id NOT IN (SELECT id FROM flow_run_states)"
        counts = [store.read(lambda tx, sql=sql: tx.query(sql))[0][0] for sql in (orphans, stateless)]
        assert store.read(integrity) == "ok"
    assert set(answered) <= names, "an answered write is lost"
    assert counts == [0, 0], "a write is there in part"
    return len(names)


@pytest.mark.parametrize("answers", [1, 40, 333])
def test_kill_9_loses_nothing_that_was_answered(tmp_path, answers):
    url = f"sqlite:///{tmp_path}/penstock.db"
    answered = kill_while_writing(url, answers)
    assert len(answered) >= answers
    assert check_after_death(url, answered) >= answers


@pytest.mark.slow
def test_many_kills_on_one_file(tmp_path):
    url = f"sqlite:///{tmp_path}/penstock.db"
    count = 0
    for answers in range(1, 2000, 50):
        with sqlite3.connect(tmp_path / "penstock.db") as cleaner:
            if count:
                cleaner.execute("PRAGMA foreign_keys = ON")
                cleaner.execute("DELETE FROM flows")
        cleaner.close()
        answered = kill_while_writing(url, answers)
        count += check_after_death(url, answered)
    assert count > 20_000
