"""The scheduler follows the clock: every tick has one run, whatever happens to clocks and servers."""

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.ops.world import World

from penstock.contract.deployments import DeploymentUpdate
from penstock.contract.flow_runs import FlowRunQuery
from penstock.contract.schedules import DeploymentScheduleCreate
from penstock.db.port import Body, Database
from penstock.domain.schedules import CronSchedule, IntervalSchedule, RRuleSchedule
from penstock.server.ops import deployments
from penstock.server.services.scheduler import Scheduler

LONDON = ZoneInfo("Europe/London")


def schedule(schedule, **given):
    return DeploymentScheduleCreate(schedule=schedule, **given)


def turn(world: World, scheduler: Scheduler | None = None) -> Scheduler:
    """One round, of a new scheduler (a server that has just started) or of one that goes on."""
    scheduler = scheduler or Scheduler(world.db, world.limits)
    world.store.run(scheduler.run_once())
    return scheduler


def ticks(world: World) -> list[datetime]:
    query = FlowRunQuery(sort="EXPECTED_START_TIME_ASC")
    return [run.expected_start_time for run in world.call("read_flow_runs", body=query)]


def ticks_of_all(world: World) -> list[datetime]:
    """The same for more runs than one answer has."""
    query = FlowRunQuery(sort="EXPECTED_START_TIME_ASC", offset=200)
    return ticks(world) + [r.expected_start_time for r in world.call("read_flow_runs", body=query)]


@pytest.mark.parametrize("restarts", [False, True])
def test_every_tick_of_three_days_has_one_run(world, restarts):
    world.pool()
    world.clock.now = datetime(2026, 5, 1, tzinfo=UTC)
    world.deployment(schedules=[schedule(CronSchedule(cron="*/20 * * * *"))])
    scheduler = None
    for _ in range(3 * 24 * 4):
        world.clock.advance(minutes=15)
        scheduler = turn(world, None if restarts else scheduler)
    expected = [datetime(2026, 5, 1, tzinfo=UTC) + timedelta(minutes=20 * n) for n in range(1, 217)]
    found = ticks_of_all(world)
    assert found[:216] == expected
    assert len(found) == 219


def test_clocks_that_change_skip_nothing_and_double_nothing(world):
    world.pool()
    world.clock.now = datetime(2026, 3, 27, 12, tzinfo=UTC)
    world.deployment("night", schedules=[schedule(CronSchedule(cron="30 1 * * *", timezone="Europe/London"))])
    for _ in range(4):
        turn(world)
        world.clock.advance(days=1)
    local = [tick.astimezone(LONDON) for tick in ticks(world)]
    assert [at.day for at in local[:4]] == [28, 29, 30, 31]
    # On the 29th there is no 01:30: the run starts at the next moment that there is.
    assert [(at.hour, at.minute) for at in local[:4]] == [(1, 30), (2, 0), (1, 30), (1, 30)]


def test_the_repeated_hour_runs_once(world):
    world.pool()
    world.clock.now = datetime(2026, 10, 24, 12, tzinfo=UTC)
    world.deployment("night", schedules=[schedule(CronSchedule(cron="30 1 * * *", timezone="Europe/London"))])
    for _ in range(3):
        turn(world)
        world.clock.advance(hours=12)
    assert len([tick for tick in ticks(world) if tick.day == 25]) == 1


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (IntervalSchedule(interval=600), 6),
        (IntervalSchedule(interval=1), 100),
        (IntervalSchedule(interval=86_400), 3),
        (RRuleSchedule(rrule="FREQ=MINUTELY;INTERVAL=30"), 3),
        (CronSchedule(cron="0 0 1 1 *"), 0),
    ],
)
def test_enough_runs_wait_and_not_too_many(world, made, expected):
    world.pool()
    world.clock.now = datetime(2026, 5, 1, tzinfo=UTC)
    world.deployment(schedules=[schedule(made)])
    turn(world)
    assert world.call("count_flow_runs", body=FlowRunQuery()) == expected


def test_a_run_that_somebody_cancelled_does_not_come_back(world):
    world.pool()
    world.deployment(schedules=[schedule(CronSchedule(cron="0 * * * *"))])
    run = world.call("read_flow_runs", body=FlowRunQuery(sort="EXPECTED_START_TIME_ASC"))[0]
    world.set_state(run, "CANCELLED")
    turn(world)
    assert world.run(run).state_name == "Cancelled"
    assert len(set(ticks(world))) == len(ticks(world)) == 3


def test_a_schedule_that_was_edited_is_looked_at_again(world):
    world.pool()
    made = world.deployment(schedules=[schedule(CronSchedule(cron="0 * * * *"))])
    scheduler = turn(world)
    world.clock.advance(milliseconds=1)
    world.call("update_deployment", id=made.id, body=DeploymentUpdate(parameters={"x": 1}))
    turn(world, scheduler)
    assert [r.parameters for r in world.call("read_flow_runs", body=FlowRunQuery())] == [{"x": 1}] * 3
    world.call("delete_deployment", id=made.id)
    turn(world, scheduler)
    assert scheduler._seen == {}


class Interrupted:
    """A database on which something happens just before the first write."""

    def __init__(self, db: Database, first: Body[None]) -> None:
        self.db, self.first, self.read = db, first, db.read

    async def write(self, body):
        if self.first is not None:
            first, self.first = self.first, None
            await self.db.write(first)
        return await self.db.write(body)


def test_what_was_taken_back_meanwhile_is_not_made_again(world):
    world.pool()
    made = world.deployment(schedules=[schedule(CronSchedule(cron="0 * * * *"))])
    scheduler = Scheduler(world.db, world.limits)
    scheduler.db = Interrupted(
        scheduler.db, lambda tx: deployments.delete_deployment(tx, world.me, id=made.id)
    )
    world.store.run(scheduler.run_once())
    assert world.call("count_flow_runs", body=FlowRunQuery()) == 0


def test_two_schedulers_make_one_run_for_each_tick(served_world):
    world = served_world
    world.pool()
    for number in range(5):
        world.deployment(f"d{number}", schedules=[schedule(IntervalSchedule(interval=300))])
    world.clock.advance(minutes=30)

    async def both():
        other = world.store.open() if world.db.dialect == "postgresql" else world.db
        if other is not world.db:
            await other.start()
        rounds = await asyncio.gather(
            *(Scheduler(db, world.limits).run_once() for db in (world.db, other, world.db, other))
        )
        if other is not world.db:
            await other.close()
        return sum(round.done for round in rounds)

    assert world.store.run(both()) == 5 * 6
    assert world.call("count_flow_runs", body=FlowRunQuery()) == 5 * (12 + 6)
