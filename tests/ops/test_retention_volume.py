"""F26: hundreds of thousands of old events go a few at a time, found by an index, and nobody waits for it."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from tests.ops.world import World

from penstock.contract.variables import VariableCreate
from penstock.db.event_tables import event_resources, events
from penstock.db.statements import event_retention
from penstock.db.statements.events import resource_hash
from penstock.server.limits import Limits
from penstock.server.services.retention import Retention

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

OLD, NEW = 200_000, 100_000
AT_ONCE = 5_000
BATCH = Limits().vacuum_batch
THINGS = 1_000


def row(world, number):
    thing = f"thing.{number % THINGS}"
    moment = world.now + timedelta(seconds=number - OLD) - world.limits.event_retention
    return {
        "id": UUID(int=number),
        "occurred": moment,
        "received": moment,
        "event": "bulk",
        "resource_id": thing,
        "resource": {"prefect.resource.id": thing},
        "related": [],
        "payload": {},
    }


def fill(world):
    """So many events that are older than they are kept, to the second, and as many that are not."""
    for begin in range(0, OLD + NEW, AT_ONCE):
        rows = [row(world, number) for number in range(begin, begin + AT_ONCE)]
        parts = [
            {
                "resource_hash": resource_hash(each["resource_id"]),
                "occurred": each["occurred"],
                "event_id": each["id"],
            }
            for each in rows
        ]

        async def insert(tx, rows=rows, parts=parts):
            await tx.execute_many(events.insert(), rows)
            await tx.execute_many(event_resources.insert(), parts)

        world.store.write(insert)
    world.store.run(world.db.command("ANALYZE"))


def count(world, table):
    return world.store.read(lambda tx: tx.fetch_value(sa.select(sa.func.count()).select_from(table)))


def plan(world, statement, params):
    """What the database does for a statement; on PostgreSQL with the rows that it did it to."""

    async def explain(tx):
        sql, values = tx._compiler.prepare(statement, params).bind(params)
        words = "EXPLAIN QUERY PLAN " if world.db.dialect == "sqlite" else "EXPLAIN (ANALYZE, TIMING OFF) "
        return "\n".join(str(row[-1]) for row in await tx._fetch(words + sql, values))

    return world.store.read(explain)


@pytest.fixture
def world(served):
    world = World(served)
    fill(world)
    return world


def test_old_events_go_in_batches_that_an_index_finds_and_nobody_waits_for(world):
    """F26."""
    asked = {"before": world.now - world.limits.event_retention, "at_most": BATCH}
    found = plan(world, event_retention.old_events(), asked)
    assert "ix_events_occurred_id" in found
    assert "TEMP B-TREE" not in found and "Sort" not in found and "Seq Scan" not in found
    if world.db.dialect == "postgresql":
        assert f"rows={BATCH} " in found.partition("actual")[2].partition("\n")[0]
    written = []

    async def somebody():
        """Writes one thing after the other, until the old is gone."""
        while not is_over.is_set():
            body = VariableCreate(name=f"v{len(written)}", value=1)
            await world.acall("create_variable", body=body)
            written.append(len(batches))

    async def to_the_end():
        while (done := (await retention.run_once()).done) > 0:
            batches.append(done)
        is_over.set()

    async def both():
        await asyncio.gather(to_the_end(), somebody())

    is_over, batches = asyncio.Event(), []
    retention = Retention(world.db, world.limits)
    world.store.run(both())
    assert batches == [BATCH] * (OLD // BATCH)
    assert (count(world, events), count(world, event_resources)) == (NEW + len(written), NEW + len(written))
    gaps = zip([0, *written], [*written, len(batches)], strict=True)
    assert max(after - before for before, after in gaps) <= 20, "batches between two writes of somebody else"
