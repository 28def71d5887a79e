"""Fail the N-th operation, before it and after it, for every N: what was written is whole or absent."""

import sqlite3

import asyncpg
import pytest
from tests.db.rows import add_flow, add_lease, add_run, count_flows

from penstock.db.errors import ConnectionLost, DatabaseError, TransactionAborted
from penstock.db.postgres import PostgresTransaction
from penstock.db.sqlite import SqliteTransaction

OPERATIONS = ("_run", "_run_many", "_fetch", "_command")


class Fault:
    """Breaks the n-th operation of a transaction, once."""

    def __init__(self, n, after, error):
        self.n, self.after, self.error = n, after, error
        self.calls = 0

    def around(self, method):
        async def operation(transaction, *args):
            self.calls += 1
            if self.calls != self.n:
                return await method(transaction, *args)
            if self.after:
                await method(transaction, *args)
            raise self.error

        return operation

    @property
    def happened(self):
        return self.calls >= self.n


async def scenario(tx):
    """A claim's worth of writes, with a savepoint and a failure that is expected."""
    flow_id = await add_flow(tx, f"flow-{await count_flows(tx)}")
    run_id = await add_run(tx, flow_id)
    await add_lease(tx, run_id)
    with pytest.raises(DatabaseError):
        await again(tx, run_id)
    return run_id


async def again(tx, run_id):
    async with tx.savepoint():
        await add_lease(tx, run_id)


async def counts(tx):
    tables = ("flows", "flow_runs", "flow_run_states", "leases")
    return [(await tx.query(f"SELECT count(*) FROM {table}"))[0][0] for table in tables]


def write_with(store, monkeypatch, fault):
    """Whether the write succeeded in spite of the fault."""
    kind = SqliteTransaction if store.db.dialect == "sqlite" else PostgresTransaction
    with monkeypatch.context() as patch:
        for name in OPERATIONS:
            patch.setattr(kind, name, fault.around(getattr(kind, name)))
        try:
            store.write(scenario)
        except DatabaseError:
            return False
    return True


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_statement_that_fails_anywhere(store, monkeypatch, after):
    refused = sqlite3.OperationalError("injected")
    if store.db.dialect == "postgresql":
        refused = asyncpg.PostgresSyntaxError("injected")
    written = 0
    for n in range(1, 50):
        fault = Fault(n, after, refused)
        written += write_with(store, monkeypatch, fault)
        assert store.read(counts) == [written] * 4, f"operation {n}"
        if not fault.happened:
            break
    assert 7 < n < 49
    assert written >= 1


def test_a_connection_lost_before_the_commit_is_invisible(postgres, monkeypatch):
    """Nothing was kept, so that the whole transaction is tried again."""
    for n in range(1, 50):
        fault = Fault(n, after=False, error=asyncpg.ConnectionDoesNotExistError("injected"))
        assert write_with(postgres, monkeypatch, fault), f"operation {n}"
        assert postgres.read(counts) == [n] * 4, f"operation {n}"
        if not fault.happened:
            break
    assert 7 < n < 49


def test_an_outcome_that_is_not_known_is_not_tried_again(postgres, monkeypatch):
    attempts = []

    async def lost(self, connection, tx):
        attempts.append(1)
        raise ConnectionLost("injected", committed=None)

    monkeypatch.setattr(type(postgres.db), "_commit", lost)
    with pytest.raises(ConnectionLost) as unknown:
        postgres.write(scenario)
    assert unknown.value.committed is None and attempts == [1]


def test_a_body_that_swallows_a_failure_keeps_nothing(store):
    async def careless(tx):
        await add_flow(tx, "a")
        try:
            await add_flow(tx, "a")
        except DatabaseError:
            return "fine"

    with pytest.raises(TransactionAborted):
        store.write(careless)
    assert store.read(count_flows) == 0
