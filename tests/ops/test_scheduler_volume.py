"""F49: five thousand deployments, each due every minute. In counts, as times depend on the machine."""

import asyncio
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from tests.ops.counting import CountingTransaction
from tests.ops.world import World

from penstock.contract.deployments import DeploymentCreate
from penstock.contract.schedules import DeploymentScheduleCreate
from penstock.db.tables import flow_runs
from penstock.domain.schedules import IntervalSchedule
from penstock.server.limits import Limits
from penstock.server.services.scheduler import Scheduler

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

DEPLOYMENTS = 5_000
AT_ONCE = 100
MINUTES = 4
AHEAD = timedelta(minutes=2)
START = datetime(2026, 5, 1, tzinfo=UTC)
STATEMENTS = 12
"""Of one transaction, which plans 25 schedules."""
SECONDS = 10.0
"""Of the processor, for the ticks of a minute: a sixth of it."""


class CountingDatabase:
    """Counts writing transactions, and their statements."""

    def __init__(self, db):
        self.db, self.read = db, db.read
        self.statements = []

    async def write(self, body):
        async def counted(tx):
            counting = CountingTransaction(tx)
            result = await body(counting)
            self.statements.append(counting.statements)
            return result

        return await self.db.write(counted)


async def deploy(world, flow, numbers):
    every_minute = DeploymentScheduleCreate(schedule=IntervalSchedule(interval=60, anchor_date=START))
    for begin in range(0, len(numbers), AT_ONCE):
        bodies = [
            DeploymentCreate(name=f"d{n}", flow_id=flow.id, work_pool_name="local", schedules=[every_minute])
            for n in numbers[begin : begin + AT_ONCE]
        ]
        await asyncio.gather(*(world.acall("create_deployment", body=body) for body in bodies))


async def minutes_pass(world, scheduler):
    """What each of the minutes takes of the processor."""
    await scheduler.prepare()
    taken = []
    for _ in range(MINUTES):
        world.clock.advance(minutes=1)
        began = time.process_time()
        while (await scheduler.run_once()).again_in == 0:
            pass
        taken.append(time.process_time() - began)
    return taken


def ticks(world):
    """How many runs there are of each deployment and tick."""
    of_tick = (flow_runs.c.deployment_id, flow_runs.c.expected_start_time)
    statement = sa.select(*of_tick, sa.func.count().label("number")).group_by(*of_tick)
    rows = world.store.read(lambda tx: tx.fetch_all(statement))
    return {(row["deployment_id"], row["expected_start_time"]): row["number"] for row in rows}


def made_late(world):
    """How many runs were made when they were due, or later."""
    late = sa.select(sa.func.count()).where(flow_runs.c.created >= flow_runs.c.expected_start_time)
    return world.store.read(lambda tx: tx.fetch_value(late))


def test_five_thousand_deployments_have_each_tick_once(served):
    """F49: every minute each schedule is planned once, 25 in a transaction of a handful of statements.

    So all that a run can be late by is a worker's way to it: it is there before its time.
    """
    world = World(served, Limits(schedule_ahead=AHEAD))
    world.clock.now = START
    world.pool()
    flow = world.flow()
    world.store.run(deploy(world, flow, range(DEPLOYMENTS)))
    scheduler = Scheduler(world.db, world.limits)
    counting = scheduler.db = CountingDatabase(world.db)
    seconds = world.store.run(minutes_pass(world, scheduler))
    found = ticks(world)
    assert set(found.values()) == {1}
    of_minute = Counter(tick for _, tick in found)
    last = max(of_minute)
    assert last >= START + timedelta(minutes=MINUTES) + AHEAD
    minutes = (last - START) // timedelta(minutes=1)
    assert of_minute == {START + timedelta(minutes=n): DEPLOYMENTS for n in range(1, minutes + 1)}
    assert max(counting.statements) <= STATEMENTS
    assert len(counting.statements) <= MINUTES * (DEPLOYMENTS // 25 + 10)
    assert max(seconds) < SECONDS, seconds
    assert not made_late(world), "each run waits for its time before that has come"
