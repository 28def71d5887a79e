"""What a transaction promises, on every database."""

import asyncio
import logging
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from tests.db.rows import (
    COUNT_FLOWS,
    FLOW_BY_NAME,
    INSERT_FLOW,
    add_flow,
    adding,
    count_flows,
    flow,
    flow_names,
)

from penstock.colourless import ForeignAwait
from penstock.db.errors import DatabaseReadOnly, TransactionAborted, UniqueViolation
from penstock.db.place_tables import flows
from penstock.db.port import MAX_NOTICE_BYTES


class Boom(Exception):
    pass


async def boom(first=None):
    if first is not None:
        first()
    raise Boom


async def swallowing(coroutine):
    with pytest.raises(UniqueViolation):
        await coroutine


async def in_savepoint(tx, *coroutines):
    async with tx.savepoint():
        for coroutine in coroutines:
            await coroutine


def test_a_write_is_there_for_the_next_read(store):
    id = store.write(adding("etl"))
    row = store.read(lambda tx: tx.fetch_one(FLOW_BY_NAME, {"wanted": "etl"}))
    assert row["id"] == id
    assert list(row) == ["id", "created", "updated", "name", "tags", "labels"]
    assert row["tags"] == [] and row["labels"] == {}


def test_a_write_outlives_the_database_object(store):
    store.write(adding("etl"))
    store.run(store.db.close())
    store.db = store.open()
    store.run(store.db.start())
    assert store.read(count_flows) == 1


def test_an_error_of_the_body_undoes_everything_and_is_raised(store):
    async def body(tx):
        await add_flow(tx, "etl")
        raise Boom

    with pytest.raises(Boom):
        store.write(body)
    assert store.read(count_flows) == 0
    store.write(adding("etl"))


def test_the_body_sees_its_own_writes(store):
    async def body(tx):
        await add_flow(tx, "etl")
        return await count_flows(tx)

    assert store.write(body) == 1


def test_nothing_found(store):
    async def body(tx):
        wanted = {"wanted": "no such"}
        return (
            await tx.fetch_all(FLOW_BY_NAME, wanted),
            await tx.fetch_one(FLOW_BY_NAME, wanted),
            await tx.fetch_value(FLOW_BY_NAME, wanted),
        )

    assert store.read(body) == ([], None, None)


def test_execute_counts_the_rows(store):
    async def body(tx):
        update = flows.update().values(updated=tx.now)
        return (
            await tx.execute(INSERT_FLOW, flow(tx, "a")),
            await tx.execute(INSERT_FLOW, flow(tx, "b")),
            await tx.execute(update),
            await tx.execute(update.where(flows.c.name == "none")),
            await tx.execute(update.returning(flows.c.id)),
            await tx.execute(flows.delete()),
        )

    assert store.write(body) == (1, 1, 2, 0, 2, 2)


def test_returning_gives_typed_rows(store):
    async def body(tx):
        await add_flow(tx, "a")
        return await tx.fetch_all(flows.update().values(name="b").returning(flows.c.name, flows.c.created))

    assert store.write(body) == [{"name": "b", "created": store.clock.now}]


def test_execute_many_counts_all_rows(store):
    async def body(tx):
        rows = [flow(tx, f"flow-{number}") for number in range(1000)]
        return await tx.execute_many(INSERT_FLOW, rows)

    assert store.write(body) == 1000
    assert store.read(count_flows) == 1000


def test_execute_many_of_nothing_is_nothing(store):
    assert store.write(lambda tx: tx.execute_many(INSERT_FLOW, [])) == 0


def test_execute_many_updates(store):
    update = flows.update().where(flows.c.name == sa.bindparam("old")).values(name=sa.bindparam("new"))

    async def body(tx):
        await add_flow(tx, "a")
        await add_flow(tx, "b")
        rows = [{"old": "a", "new": "x"}, {"old": "none", "new": "y"}, {"old": "b", "new": "z"}]
        return await tx.execute_many(update, rows), await flow_names(tx)

    assert store.write(body) == (2, ["x", "z"])


def test_execute_many_wants_the_same_names_in_each_row(store):
    async def body(tx):
        await tx.execute_many(INSERT_FLOW, [flow(tx, "a"), flow(tx, "b", tags=[])])

    with pytest.raises(TypeError, match="differ"):
        store.write(body)


def test_execute_many_is_all_or_nothing(store):
    async def body(tx):
        await tx.execute_many(INSERT_FLOW, [flow(tx, "a"), flow(tx, "b"), flow(tx, "a")])

    with pytest.raises(UniqueViolation):
        store.write(body)
    assert store.read(count_flows) == 0


def test_a_failed_statement_spends_the_transaction(store):
    async def body(tx):
        await add_flow(tx, "a")
        with pytest.raises(UniqueViolation):
            await add_flow(tx, "a")
        with pytest.raises(TransactionAborted):
            await count_flows(tx)

    with pytest.raises(TransactionAborted, match="failed before"):
        store.write(body)
    assert store.read(count_flows) == 0


def test_a_savepoint_confines_a_failure(store):
    async def body(tx):
        await add_flow(tx, "a")
        with pytest.raises(UniqueViolation):
            await in_savepoint(tx, add_flow(tx, "b"), add_flow(tx, "a"))
        await add_flow(tx, "c")

    store.write(body)
    assert store.read(flow_names) == ["a", "c"]


def test_savepoints_nest(store):
    async def body(tx):
        async with tx.savepoint():
            await add_flow(tx, "a")
            with pytest.raises(Boom):
                await in_savepoint(tx, add_flow(tx, "b"), boom())
            await add_flow(tx, "c")

    store.write(body)
    assert store.read(flow_names) == ["a", "c"]


def test_a_failure_swallowed_inside_a_savepoint_still_undoes_it(store):
    async def body(tx):
        await add_flow(tx, "a")
        with pytest.raises(TransactionAborted):
            await in_savepoint(tx, swallowing(add_flow(tx, "a")))
        await add_flow(tx, "b")

    store.write(body)
    assert store.read(flow_names) == ["a", "b"]


def test_the_time_of_a_transaction_is_the_clocks_and_stands_still(store):
    async def body(tx):
        first = tx.now
        store.clock.advance(seconds=5)
        return first, tx.now

    before = store.clock.now
    assert store.write(body) == (before, before)
    assert store.read(lambda tx: _now(tx)) == datetime(2026, 3, 29, 1, 0, 4, 123456, tzinfo=UTC)


async def _now(tx):
    return tx.now


def test_what_follows_a_commit_follows_only_a_commit(store):
    called = []

    async def succeeds(tx):
        tx.after_commit(lambda: called.append("yes"))
        await add_flow(tx, "a")
        assert called == []

    async def fails(tx):
        tx.after_commit(lambda: called.append("no"))
        raise Boom

    async def fails_partly(tx):
        tx.after_commit(lambda: called.append("first"))
        with pytest.raises(Boom):
            await in_savepoint(tx, boom(lambda: tx.after_commit(lambda: called.append("undone"))))
        tx.after_commit(lambda: called.append("last"))

    store.write(succeeds)
    assert called == ["yes"]
    with pytest.raises(Boom):
        store.write(fails)
    assert called == ["yes"]
    store.write(fails_partly)
    assert called == ["yes", "first", "last"]


def test_what_fails_after_the_commit_does_not_undo_it(store, caplog):
    called = []

    async def body(tx):
        tx.after_commit(lambda: 1 / 0)
        tx.after_commit(lambda: called.append("next"))
        await add_flow(tx, "a")

    with caplog.at_level(logging.ERROR):
        store.write(body)
    assert called == ["next"] and "commit itself stands" in caplog.text
    assert store.read(count_flows) == 1


def test_a_read_may_not_write(store):
    with pytest.raises(DatabaseReadOnly):
        store.read(adding("a"))
    assert store.read(count_flows) == 0


def test_a_read_sees_one_moment(store):
    async def body(tx):
        before = await count_flows(tx)
        store.write_from_elsewhere(adding("a"))
        return before, await count_flows(tx)

    assert store.read(body) == (0, 0)
    assert store.read(count_flows) == 1


def test_a_body_may_await_only_its_transaction(store):
    async def body(tx):
        await add_flow(tx, "a")
        await asyncio.sleep(0)

    with pytest.raises(ForeignAwait, match="body → sleep"):
        store.write(body)
    assert store.read(count_flows) == 0


def test_a_transaction_that_is_over_takes_nothing(store):
    kept = []

    async def body(tx):
        kept.append(tx)

    async def late(tx):
        await kept[0].fetch_value(COUNT_FLOWS)

    store.write(body)
    with pytest.raises(TransactionAborted, match="over"):
        store.read(late)


def test_the_reserved_database_is_the_same_data(store):
    reserved = store.db.reserved()
    store.run(reserved.write(adding("a")))
    assert store.run(reserved.read(count_flows)) == store.read(count_flows) == 1
    assert reserved.dialect == store.db.dialect


def test_notices_reach_listeners_once_each_and_only_after_a_commit(store):
    heard = []
    stop = store.run(store.db.listen(lambda channel, payload: heard.append((channel, payload))))

    async def fails(tx):
        tx.notify("due", "never")
        raise Boom

    async def succeeds(tx):
        tx.notify("due", "1")
        tx.notify("due", "1")
        tx.notify("due", 'it\'s \\ "2" ½')
        tx.notify("bare")
        with pytest.raises(Boom):
            await in_savepoint(tx, boom(lambda: tx.notify("due", "undone")))
        await add_flow(tx, "a")

    with pytest.raises(Boom):
        store.write(fails)
    store.write(succeeds)
    wait_until(store, lambda: len(heard) == 3)
    store.run(stop())
    store.write(succeeds_again)
    store.write(adding("more"))
    assert sorted(heard) == [("bare", ""), ("due", "1"), ("due", 'it\'s \\ "2" ½')]


async def succeeds_again(tx):
    tx.notify("due", "after the end")


def wait_until(store, condition, seconds=10.0):
    """Let the event loop go on until `condition` holds."""

    async def wait():
        async with asyncio.timeout(seconds):
            while not condition():  # noqa: ASYNC110 - notices come from the network
                await asyncio.sleep(0.005)

    if store.mode == "server":
        store.run(wait())
    assert condition()


def test_hints_reach_listeners_after_a_commit_and_not_of_what_was_undone(store):
    heard = []
    stop = store.run(store.db.listen(lambda channel, payload: heard.append((channel, payload))))

    async def fails(tx):
        tx.hint("changed", "flows:never")
        raise Boom

    async def succeeds(tx):
        tx.hint("changed", "flows:1")
        tx.hint("changed", "flows:1")
        with pytest.raises(Boom):
            await in_savepoint(tx, boom(lambda: tx.hint("changed", "flows:undone")))
        await add_flow(tx, "a")

    with pytest.raises(Boom):
        store.write(fails)
    store.write(succeeds)
    wait_until(store, lambda: len(heard) == 1)
    store.run(stop())
    assert heard == [("changed", "flows:1")]


def test_notices_have_a_greatest_length(store):
    async def just_fits(tx):
        tx.notify("c", "x" * (MAX_NOTICE_BYTES - 2))

    async def too_long(tx):
        tx.notify("c", "½" * (MAX_NOTICE_BYTES // 2))

    async def two_words(tx):
        tx.notify("two words")

    store.write(just_fits)
    with pytest.raises(ValueError, match="longer"):
        store.write(too_long)
    with pytest.raises(ValueError, match="spaces"):
        store.write(two_words)


def test_a_failing_listener_does_not_harm_the_others(store, caplog):
    heard = []
    stops = [
        store.run(store.db.listen(lambda *_: 1 / 0)),
        store.run(store.db.listen(lambda channel, _: heard.append(channel))),
    ]
    with caplog.at_level(logging.ERROR):
        store.write(succeeds_again)
        wait_until(store, lambda: heard == ["due"])
    for stop in stops:
        store.run(stop())
    assert "listener failed" in caplog.text


def test_many_callers_at_once(served):
    async def scenario():
        await asyncio.gather(*(served.db.write(adding(f"flow-{number:03d}")) for number in range(64)))
        counts = await asyncio.gather(*(served.db.read(count_flows) for _ in range(20)))
        return set(counts)

    assert served.run(scenario()) == {64}


def test_a_cancelled_caller_leaves_everything_usable(served):
    async def scenario():
        tasks = [asyncio.create_task(served.db.write(adding(f"flow-{number}"))) for number in range(40)]
        await asyncio.sleep(0)
        for task in tasks[::2]:
            task.cancel()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        kept = set(await served.db.read(flow_names))
        return answers, kept

    answers, kept = served.run(scenario())
    answered = {
        f"flow-{number}" for number, answer in enumerate(answers) if not isinstance(answer, BaseException)
    }
    assert len(answered) >= 20
    assert answered <= kept
    assert all(isinstance(answer, asyncio.CancelledError) for answer in answers[::2])
    assert served.write(adding("afterwards"))
