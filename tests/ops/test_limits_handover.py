"""F39: a slot that is given back is told to who waits for it, at whichever server: nobody polls for it."""

import asyncio
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
from tests.ops.world import World

from penstock.contract.global_limits import (
    AcquireSlots,
    ConcurrencyLimitV2Create,
    DecrementSlotsWithLease,
    IncrementSlotsWithLease,
)

ROUNDS = 5
LONG = 3600.0


class Looks:
    """A database, and how often it was asked to write: each look for room is one."""

    def __init__(self, db):
        self.db, self.read, self.number = db, db.read, 0

    async def write(self, body):
        self.number += 1
        return await self.db.write(body)


@asynccontextmanager
async def served(world, db):
    """Another server on the database of `world`, which hears what is told there."""
    server = World(world.store)
    server.db = Looks(db)
    stop = await db.listen(server.bus.on_notice)
    yield server
    await stop()


async def has_looked(server, times):
    async with asyncio.timeout(30):
        while server.db.number < times:  # noqa: ASYNC110 - ours to watch
            await asyncio.sleep(0)


async def hand_over(holder, waiter):
    """One holds the slot, the other waits for it; how often that one looks for it until it is its own."""
    asked = IncrementSlotsWithLease(slots=1, names=["db"])
    held = await holder.acall("increment_slots_with_lease", body=asked)
    before, lease_id = waiter.db.number, uuid4()
    body = AcquireSlots(lease_id=lease_id, names=["db"], wait_seconds=LONG)
    wait = asyncio.create_task(waiter.acall("acquire_slots", body=body))
    await has_looked(waiter, before + 2)
    await holder.acall("decrement_slots_with_lease", body=DecrementSlotsWithLease(lease_id=held.lease_id))
    answer = await wait
    assert answer.granted
    looks = waiter.db.number - before
    await waiter.acall("decrement_slots_with_lease", body=DecrementSlotsWithLease(lease_id=lease_id))
    return looks


@pytest.mark.parametrize("servers", [1, 2])
def test_the_next_one_starts_when_it_is_told_and_not_when_it_looks(served_world, servers):
    """F39: a first look, one more once it stands in line, and one when the slot is free."""
    world = served_world
    world.call("create_global_limit", body=ConcurrencyLimitV2Create(name="db", limit=1))

    async def scenario():
        other = world.store.open() if servers == 2 and world.db.dialect == "postgresql" else world.db
        if other is not world.db:
            await other.start()
        async with served(world, world.db) as here, served(world, other) as there:
            looks = [await hand_over(here, there) for _ in range(ROUNDS)]
        if other is not world.db:
            await other.close()
        return looks

    assert max(world.store.run(scenario())) <= 3
