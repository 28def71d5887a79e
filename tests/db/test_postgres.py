"""PostgreSQL alone: what a network and other servers do to a transaction."""

import asyncio
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
import sqlalchemy as sa
from tests.db.conftest import Clock
from tests.db.rows import add_flow, adding, count_flows, flow_names
from tests.db.victims import victim
from tests.postgres_server import connection

from penstock.db import hints
from penstock.db import postgres as adapter
from penstock.db.connect import open_database
from penstock.db.errors import (
    ConnectionLost,
    Contention,
    DatabaseBusy,
    DatabaseReadOnly,
    DatabaseUnavailable,
)
from penstock.db.place_tables import flows
from penstock.db.port import RESYNC
from penstock.db.postgres import MAX_ATTEMPTS, Postgres

BACKEND = sa.text("SELECT pg_backend_pid() AS pid").columns(sa.column("pid", sa.BigInteger()))
SLEEP = sa.text("SELECT 1 AS one FROM pg_sleep(30)").columns(sa.column("one", sa.BigInteger()))
LOCK_BY_NAME = sa.select(flows.c.id).where(flows.c.name == sa.bindparam("wanted")).with_for_update()


async def lock(tx, name):
    return await tx.fetch_value(LOCK_BY_NAME, {"wanted": name})


async def end_all_connections(url):
    async with connection(url) as admin:
        await admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_a_deadlock_is_retried_unseen(postgres):
    """Two transactions take the same two rows in opposite order."""
    attempts = []

    async def scenario():
        db = postgres.db
        for name in ("a", "b"):
            await db.write(adding(name))
        async with connection(postgres.url) as admin:
            name = urlsplit(postgres.url).path[1:]
            await admin.execute(f"ALTER DATABASE {name} SET deadlock_timeout = '20ms'")
        await db._connections.renew()
        both = {"first": asyncio.Event(), "second": asyncio.Event()}

        async def body(tx, names, mine, others):
            attempts.append(mine)
            await lock(tx, names[0])
            both[mine].set()
            while not both[others].is_set():
                await tx.fetch_value(BACKEND)
            await lock(tx, names[1])
            await add_flow(tx, mine)

        async with asyncio.timeout(20):
            await asyncio.gather(
                db.write(lambda tx: body(tx, "ab", "first", "second")),
                db.write(lambda tx: body(tx, "ba", "second", "first")),
            )
        return await db.read(flow_names)

    assert postgres.run(scenario()) == ["a", "b", "first", "second"]
    assert len(attempts) >= 3


def test_contention_that_does_not_end_is_given_up(postgres):
    attempts = []

    async def body(tx):
        attempts.append(1)
        await tx.command("DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END $$")

    with pytest.raises(Contention):
        postgres.write(body)
    assert len(attempts) == MAX_ATTEMPTS


def test_what_a_retried_body_asked_for_is_done_once(postgres):
    called, attempts = [], []

    async def body(tx):
        attempts.append(1)
        tx.after_commit(lambda: called.append(len(attempts)))
        await add_flow(tx, "a")
        if len(attempts) < 3:
            await tx.command("DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40P01'; END $$")

    postgres.write(body)
    assert called == [3]
    assert postgres.read(count_flows) == 1


def test_sixteen_writers_of_two_servers_on_one_row(postgres):
    async def body(tx):
        id = await lock(tx, "a")
        row = await tx.fetch_one(sa.select(flows.c.labels).where(flows.c.id == id))
        count = row["labels"].get("count", 0) + 1
        await tx.execute(flows.update().where(flows.c.id == id).values(labels={"count": count}))

    async def scenario():
        other = postgres.open()
        await other.start()
        await postgres.db.write(adding("a"))
        async with asyncio.timeout(60):
            await asyncio.gather(*(db.write(body) for db in (postgres.db, other) for _ in range(16 * 5)))
        await other.close()
        return await postgres.db.read(lambda tx: tx.fetch_value(sa.select(flows.c.labels)))

    assert postgres.run(scenario()) == {"count": 160}


def test_connections_that_ended_meanwhile_are_replaced(postgres):
    async def scenario():
        await postgres.db.write(adding("before"))
        for number in range(3):
            await end_all_connections(postgres.url)
            await postgres.db.write(adding(f"after {number}"))
            await postgres.db.reserved().read(count_flows)
        return await postgres.db.read(count_flows)

    assert postgres.run(scenario()) == 4


def test_a_connection_that_ends_in_mid_transaction_is_retried(postgres):
    attempts = []

    async def end(pid):
        async with connection(postgres.url) as admin:
            await admin.execute("SELECT pg_terminate_backend($1)", pid)

    async def scenario():
        ending = []

        async def body(tx):
            attempts.append(1)
            await add_flow(tx, "a")
            if len(attempts) == 1:
                ending.append(asyncio.create_task(end(await tx.fetch_value(BACKEND))))
                await tx.fetch_value(SLEEP)

        await postgres.db.write(body)
        await asyncio.gather(*ending)
        return await postgres.db.read(count_flows)

    assert postgres.run(scenario()) == 1
    assert len(attempts) == 2


@asynccontextmanager
async def proxy(url, *, cut_at):
    """A TCP proxy that forwards the request that holds `cut_at`, and then cuts the line without an answer."""
    target = urlsplit(url)
    cuts, writers = [], []

    async def forwards(reader, writer):
        while data := await reader.read(65536):
            if cut_at in data and not cuts:
                cuts.append(writer)
            writer.write(data)

    async def backwards(reader, writer, to_server):
        while (data := await reader.read(65536)) and to_server not in cuts:
            writer.write(data)

    async def serve(reader, writer):
        server_reader, server_writer = await asyncio.open_connection(target.hostname, target.port)
        writers.extend([writer, server_writer])
        there = asyncio.create_task(forwards(reader, server_writer))
        await backwards(server_reader, writer, server_writer)
        there.cancel()
        writer.close()
        server_writer.close()

    listener = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    address = f"{target.username}:{target.password}@127.0.0.1:{port}"
    async with listener:
        yield urlunsplit(target._replace(netloc=address, query="sslmode=disable")), cuts
    for writer in writers:
        writer.close()
    await asyncio.gather(*(writer.wait_closed() for writer in writers), return_exceptions=True)


def test_a_commit_without_an_answer_is_not_known(postgres):
    """Neither tried again nor called a failure: the caller's idempotency key decides."""

    async def scenario():
        async with proxy(postgres.url, cut_at=b"COMMIT\0") as (url, cuts):
            database = open_database(url)
            await database._connections.open()
            try:
                with pytest.raises(ConnectionLost, match="not known") as unknown:
                    await database.write(adding("once"))
            finally:
                await database.close()
        return unknown.value.committed, len(cuts), await postgres.db.read(flow_names)

    assert postgres.run(scenario()) == (None, 1, ["once"])


def test_a_statement_without_an_answer_is_retried(postgres):
    async def scenario():
        async with proxy(postgres.url, cut_at=b"INSERT INTO flows") as (url, cuts):
            database = open_database(url)
            await database._connections.open()
            try:
                await database.write(adding("once"))
            finally:
                await database.close()
        return len(cuts), await postgres.db.read(flow_names)

    assert postgres.run(scenario()) == (1, ["once"])


def test_a_read_only_server_is_said_and_left_when_it_is_over(postgres):
    """A failover: the old primary takes no writes, then connections lead to the new one."""
    name = urlsplit(postgres.url).path[1:]

    async def set_read_only(value):
        async with connection(postgres.url) as admin:
            await admin.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = {value}")

    async def scenario(db):
        await db.write(adding("before"))
        await set_read_only("on")
        await end_all_connections(postgres.url)
        with pytest.raises(DatabaseReadOnly):
            await db.write(adding("refused"))
        assert await db.read(count_flows) == 1
        async with connection(postgres.url) as admin:
            await admin.execute("SET default_transaction_read_only = off")
            await admin.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
        with pytest.raises(DatabaseReadOnly):
            await db.write(adding("the old connection still"))
        await db.write(adding("after"))
        return await db.read(flow_names)

    async def with_one_connection():
        """With more it would be the driver's choice whether the next write meets the old one."""
        database = Postgres(postgres.url, Clock(), pool_size=1)
        await database.start()
        try:
            return await scenario(database)
        finally:
            await database.close()

    assert postgres.run(with_one_connection()) == ["after", "before"]


def test_a_server_with_too_few_connections_is_waited_for(postgres, postgres_server):
    """The database allows fewer connections than the pool would open."""
    name = urlsplit(postgres.url).path[1:]
    user = "limited"
    postgres_server.execute(
        f"DROP ROLE IF EXISTS {user}_{name}",
        f"CREATE ROLE {user}_{name} LOGIN PASSWORD 'p' CONNECTION LIMIT 3",
    )
    postgres_server.execute(
        f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {user}_{name}",
        f"GRANT ALL ON SCHEMA public TO {user}_{name}",
        database=name,
    )
    parts = urlsplit(postgres.url)
    url = urlunsplit(parts._replace(netloc=f"{user}_{name}:p@{parts.hostname}:{parts.port}"))

    async def scenario():
        database = Postgres(url, Clock(), pool_size=10)
        await database._connections.open()
        try:
            async with asyncio.timeout(30):
                await asyncio.gather(*(database.write(adding(f"flow-{number}")) for number in range(40)))
        finally:
            await database.close()
        return await postgres.db.read(count_flows)

    try:
        assert postgres.run(scenario()) == 40
    finally:
        postgres_server.execute(f"DROP OWNED BY {user}_{name}", database=name)
        postgres_server.execute(f"DROP ROLE {user}_{name}")


def test_busy_connections_are_waited_for_only_so_long(postgres, monkeypatch):
    monkeypatch.setattr(adapter, "PATIENCE", 0.3)

    async def scenario():
        database = Postgres(postgres.url, Clock(), pool_size=3)
        await database._connections.open()
        await database._reserved.open()
        gates = [asyncio.Event() for _ in range(2)]

        async def holds(gate):
            async with database._connections.for_writing():
                gate.set()
                await asyncio.sleep(1.0)

        async def reads():
            async with database._connections.for_reading():
                await asyncio.sleep(1.0)

        reader = asyncio.create_task(reads())
        await asyncio.sleep(0.05)
        with pytest.raises(DatabaseBusy, match="No connection"):
            await database.read(count_flows)
        await database.write(adding("writes have connections of their own"))
        holders = [asyncio.create_task(holds(gate)) for gate in gates]
        await asyncio.gather(*(gate.wait() for gate in gates))
        with pytest.raises(DatabaseBusy, match="No connection"):
            await database.write(adding("refused"))
        count = await database.reserved().read(count_flows)
        await asyncio.gather(reader, *holders)
        await database.close()
        return count

    assert postgres.run(scenario()) == 1


def test_a_statement_that_takes_too_long_is_stopped(postgres):
    async def scenario():
        database = Postgres(postgres.url, Clock(), command_timeout=0.2)
        await database._connections.open()
        with pytest.raises(DatabaseBusy, match="did not answer"):
            await database.read(lambda tx: tx.fetch_value(SLEEP))
        count = await database.read(count_flows)
        await database.close()
        return count

    assert postgres.run(scenario()) == 0


async def until_it_sleeps(url):
    asked = (
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"
    )
    async with connection(url) as admin, asyncio.timeout(60):
        while not await admin.fetchval(asked):
            pass


def test_a_server_that_is_killed_in_mid_statement_lets_others_have_its_rows(postgres):
    postgres.write(adding("wanted"))
    with victim("hold_a_row", postgres.url, "wanted") as process:
        assert process.stdout.readline() == "held\n"
        asyncio.run(until_it_sleeps(postgres.url))
        process.kill()
        process.wait(60)

    async def change(tx):
        return await tx.execute(flows.update().where(flows.c.name == "wanted"), {"updated": tx.now})

    for _ in range(6):
        with suppress(DatabaseUnavailable):
            assert postgres.write(change) == 1
            return
    raise AssertionError("it still holds the row a minute later")


def test_a_caller_that_is_cancelled_in_mid_statement_undoes_its_transaction(postgres):
    async def body(tx, started):
        await add_flow(tx, "a")
        started.set()
        await tx.fetch_value(SLEEP)

    async def scenario():
        started = asyncio.Event()
        task = asyncio.create_task(postgres.db.write(lambda tx: body(tx, started)))
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await postgres.db.write(lambda tx: body(tx, started))
        return await postgres.db.read(count_flows)

    assert postgres.run(scenario()) == 0


def test_notices_of_one_server_reach_the_others(postgres):
    async def scenario():
        other = postgres.open()
        await other.start()
        heard = asyncio.Queue()
        await other.listen(lambda channel, payload: heard.put_nowait((channel, payload)))

        async def body(tx):
            tx.notify("pool", "p1")

        await postgres.db.write(body)
        async with asyncio.timeout(60):
            first = await heard.get()
            await end_all_connections(postgres.url)
            missed = await heard.get()
            await postgres.db.write(body)
            last = await heard.get()
        await other.close()
        return first, missed, last

    assert postgres.run(scenario()) == (("pool", "p1"), (RESYNC, ""), ("pool", "p1"))


def test_hints_of_many_transactions_are_sent_by_one(postgres, monkeypatch):
    async def scenario():
        other = postgres.open()
        await other.start()
        heard = asyncio.Queue()
        await other.listen(lambda channel, payload: heard.put_nowait((channel, payload)))
        sent = []
        send = postgres.db._hints._send
        monkeypatch.setattr(
            postgres.db._hints, "_send", lambda hints: (sent.append(len(hints)), send(hints))[1]
        )

        async def body(tx, number):
            tx.hint("changed", f"flows:{number}")

        for number in range(20):
            await postgres.db.write(lambda tx, number=number: body(tx, number))
        async with asyncio.timeout(60):
            few = [await heard.get() for _ in range(20)]

        async def many(tx):
            for number in range(1000):
                tx.hint("changed", f"runs:{number}")
            tx.hint("changed", "flows:x")

        await postgres.db.write(many)
        await postgres.db.close()  # says what it has to say first
        async with asyncio.timeout(60):
            all_at_once = [await heard.get() for _ in range(2)]
        await other.close()
        return few, all_at_once, sent

    few, all_at_once, sent = postgres.run(scenario())
    assert few == [("changed", f"flows:{number}") for number in range(20)]
    assert all_at_once == [("changed", "runs:*"), ("changed", "flows:x")]
    assert len(sent) < 10


def test_hints_wait_for_a_server_that_is_away(postgres, monkeypatch):
    sender, refusals = postgres.db._hints, [DatabaseUnavailable("away"), DatabaseUnavailable("still away")]
    send = sender._send
    monkeypatch.setattr(hints, "_PAUSE_AFTER_ERROR", 0.01)
    heard = asyncio.Queue()

    async def unreliable(batch):
        if refusals:
            raise refusals.pop()
        await send(batch)

    async def body(tx):
        tx.hint("changed", "flows:1")

    async def scenario():
        monkeypatch.setattr(sender, "_send", unreliable)
        await postgres.db.listen(lambda channel, payload: heard.put_nowait((channel, payload)))
        await postgres.db.write(body)
        async with asyncio.timeout(60):
            return await heard.get()

    assert postgres.run(scenario()) == ("changed", "flows:1")
    assert refusals == []


def test_who_listens_before_the_server_is_there_hears_later(postgres, monkeypatch, caplog):
    heard = asyncio.Queue()

    async def scenario():
        connect = asyncpg.connect
        refusals = iter([OSError("not there yet"), OSError("not there yet")])

        async def later(*args, **options):
            for refusal in refusals:
                raise refusal
            return await connect(*args, **options)

        monkeypatch.setattr(asyncpg, "connect", later)
        await postgres.db.listen(lambda channel, payload: heard.put_nowait(channel))
        async with asyncio.timeout(60):
            return await heard.get()

    assert postgres.run(scenario()) == RESYNC
    assert "not there yet" in caplog.text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"path": "/no_such_database"}, "does not exist"),
        ({"netloc": "postgres:wrong@{host}"}, "refuses us"),
        ({"netloc": "postgres:x@127.0.0.1:1"}, "can't be reached"),
    ],
)
def test_a_server_that_cannot_be_used_is_said_at_the_start(postgres_url, change, message):
    parts = urlsplit(postgres_url)
    change = {name: value.format(host=f"{parts.hostname}:{parts.port}") for name, value in change.items()}

    async def scenario():
        await open_database(urlunsplit(parts._replace(**change))).start()

    with pytest.raises(DatabaseUnavailable, match=message) as refused:
        asyncio.run(scenario())
    assert f"at {change.get('netloc', parts.netloc).rpartition('@')[2]}: see" in str(refused.value)
    assert "postgres:" not in str(refused.value), "no password is told"


def test_a_database_that_is_not_started_says_so(postgres_url):
    with pytest.raises(DatabaseUnavailable, match="not open"):
        asyncio.run(open_database(postgres_url).write(adding("a")))


def once(name):
    """A body with a key: what was kept already is not written again."""

    async def body(tx):
        if not await lock(tx, name):
            await add_flow(tx, name)

    return body


async def until_answered(db, name):
    while True:
        try:
            return await db.write(once(name))
        except DatabaseUnavailable:
            await asyncio.sleep(0.01)


@pytest.mark.slow
def test_a_server_that_restarts_again_and_again(postgres_url):
    """All connections are ended every 20 milliseconds, while sixteen callers write with keys."""

    async def disturb():
        while True:
            await end_all_connections(postgres_url)
            await asyncio.sleep(0.02)

    async def caller(database, number):
        for count in range(60):
            await until_answered(database, f"{number}-{count}")

    async def scenario():
        database = open_database(postgres_url)
        await database.start()
        disturber = asyncio.create_task(disturb())
        async with asyncio.timeout(100):
            await asyncio.gather(*(caller(database, number) for number in range(16)))
        disturber.cancel()
        await asyncio.gather(disturber, return_exceptions=True)
        names = await database.read(flow_names)
        await database.close()
        return names

    assert asyncio.run(scenario()) == sorted(
        f"{number}-{count}" for number in range(16) for count in range(60)
    )
