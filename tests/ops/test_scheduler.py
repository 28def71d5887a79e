"""The scheduler follows the clock: every tick has one run, whatever happens to clocks and servers."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from tests.ops.counting import CountingTransaction
from tests.ops.world import World

from penstock.contract.deployments import DeploymentCreate, DeploymentUpdate
from penstock.contract.flow_runs import FlowRunQuery
from penstock.contract.flows import FlowCreate
from penstock.contract.schedules import DeploymentScheduleCreate, DeploymentScheduleUpdate
from penstock.db.errors import DatabaseUnavailable
from penstock.db.place_tables import deployment_schedules
from penstock.db.port import RESYNC, Body, Database
from penstock.db.tables import flow_runs
from penstock.domain.schedules import CronSchedule, IntervalSchedule, RRuleSchedule
from penstock.server.ops import deployments
from penstock.server.services.missed_runs import MissedRuns
from penstock.server.services.scheduler import Scheduler

LONDON = ZoneInfo("Europe/London")


def schedule(schedule, **given):
    return DeploymentScheduleCreate(schedule=schedule, **given)


def turn(world: World, scheduler: Scheduler | None = None) -> Scheduler:
    """One round, of a new scheduler (a server that has just started) or of one that goes on."""
    if scheduler is None:
        scheduler = Scheduler(world.db, world.limits)
        world.store.run(scheduler.prepare())
    while world.store.run(scheduler.run_once()).again_in == 0:
        pass
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
    assert 219 <= len(found) <= 220


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
    world.clock.advance(hours=3)
    assert world.store.run(scheduler.run_once()).again_in == world.limits.schedule_every
    assert world.call("count_flow_runs", body=FlowRunQuery()) == 0


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
    world.clock.advance(hours=1)
    turn(world, scheduler)
    turn(world, scheduler)
    assert world.call("count_flow_runs", body=FlowRunQuery()) == 0


def test_an_edit_that_comes_meanwhile_is_what_is_planned(world):
    world.pool()
    made = world.deployment(schedules=[schedule(IntervalSchedule(interval=600))])
    scheduler = turn(world)
    world.clock.advance(minutes=45)
    change = DeploymentUpdate(parameters={"x": 1})
    scheduler.db = Interrupted(
        scheduler.db, lambda tx: deployments.update_deployment(tx, world.me, id=made.id, body=change)
    )
    turn(world, scheduler)
    turn(world, scheduler)
    coming = [run for run in all_runs(world) if run.expected_start_time > world.now]
    assert [run.parameters for run in coming] == [{"x": 1}] * 6
    assert len({run.expected_start_time for run in coming}) == 6


def all_runs(world: World):
    return world.call("read_flow_runs", body=FlowRunQuery(sort="EXPECTED_START_TIME_ASC"))


def test_schedules_are_paused_and_resumed_while_a_scheduler_runs(world):
    world.pool()
    made = world.deployment(schedules=[schedule(CronSchedule(cron="0 * * * *"))])
    scheduler = turn(world)
    [only] = made.schedules
    for active in (False, True):
        body = DeploymentScheduleUpdate(active=active)
        world.call("update_deployment_schedule", id=made.id, schedule_id=only.id, body=body)
        world.clock.advance(hours=2)
        turn(world, scheduler)
        assert len([tick for tick in ticks(world) if tick > world.now]) == (3 if active else 0)


def test_two_schedulers_make_one_run_for_each_tick(served_world):
    """Both see the same schedules become due at the same moment, again and again."""
    world = served_world
    world.pool()
    world.clock.now = datetime(2026, 5, 1, tzinfo=UTC)
    for number in range(40):
        world.deployment(f"d{number}", schedules=[schedule(IntervalSchedule(interval=300))])

    async def both() -> None:
        other = world.store.open() if world.db.dialect == "postgresql" else world.db
        if other is not world.db:
            await other.start()
        schedulers = [Scheduler(db, world.limits) for db in (world.db, other)]
        for each in schedulers:
            await each.prepare()
        for _ in range(24):
            world.clock.advance(minutes=5)
            await asyncio.gather(*(to_the_end(each) for each in schedulers))
        for each in schedulers:
            await each.end()
        if other is not world.db:
            await other.close()

    world.store.run(both())
    found = counted_ticks(world)
    assert set(found.values()) == {1}
    for number in range(1, 24 + 12):
        tick = datetime(2026, 5, 1, tzinfo=UTC) + timedelta(minutes=5 * number)
        assert sum(at == tick for _, at in found) == 40, tick


async def to_the_end(scheduler: Scheduler) -> None:
    """Rounds until nothing is due now."""
    while (await scheduler.run_once()).again_in == 0:
        pass


def counted_ticks(world: World) -> Counter:
    """How many runs each deployment has of each tick."""
    statement = sa.select(flow_runs.c.deployment_id, flow_runs.c.expected_start_time)
    rows = world.store.read(lambda tx: tx.fetch_all(statement))
    return Counter((row["deployment_id"], row["expected_start_time"]) for row in rows)


def test_a_server_that_was_not_told_reads_it_within_minutes(served_world):
    """No notice came: the connection to the database was gone, or another process made the schedule."""
    world = served_world
    world.pool()
    scheduler = Scheduler(world.db, world.limits)
    turn(world, scheduler)
    world.deployment(schedules=[schedule(IntervalSchedule(interval=600))])
    turn(world, scheduler)
    world.clock.advance(minutes=6)
    turn(world, scheduler)
    world.clock.advance(minutes=30)
    turn(world, scheduler)
    assert max(ticks(world)) >= world.later(minutes=60)


def test_a_scheduler_hears_of_what_another_server_changes(postgres_world):
    world = postgres_world
    world.pool()

    async def scenario() -> None:
        other = world.store.open()
        await other.start()
        scheduler = Scheduler(other, world.limits)
        await scheduler.prepare()
        await scheduler.run_once()
        asked = {"body": FlowCreate(name="etl")}
        flow = (await world.acall("create_flow", **asked)).value
        body = DeploymentCreate(
            name="daily",
            flow_id=flow.id,
            work_pool_name="local",
            schedules=[schedule(IntervalSchedule(interval=600))],
        )
        made = (await world.acall("create_deployment", body=body)).value
        async with asyncio.timeout(60):
            while made.schedules[0].id not in scheduler._agenda:
                await asyncio.sleep(0.01)
                await scheduler.run_once()
        await scheduler.end()
        await other.close()

    world.store.run(scenario())


def test_what_may_have_been_missed_is_read_at_once(served_world):
    world = served_world
    world.pool()
    scheduler = Scheduler(world.db, world.limits)
    turn(world, scheduler)
    world.deployment(schedules=[schedule(IntervalSchedule(interval=600))])
    scheduler._on_notice(RESYNC, "")
    assert scheduler._agenda.next_due is None
    world.store.run(scheduler.run_once())
    assert scheduler._agenda.next_due > world.now


def test_runs_of_a_schedule_that_lost_its_pool_are_made_again(world):
    """The pool is deleted with the runs that waited there; the deployment goes on without one."""
    world.pool()
    world.deployment(schedules=[schedule(CronSchedule(cron="0 * * * *"))])
    scheduler = turn(world)
    world.call("delete_work_pool", name="local")
    assert ticks(world) == []
    world.clock.advance(minutes=6)
    turn(world, scheduler)
    world.clock.advance(minutes=1)
    turn(world, scheduler)
    assert len(ticks(world)) == 3


@pytest.mark.parametrize("hours", [1, -1, 30, -30])
def test_a_clock_that_is_set_doubles_no_tick_and_loses_none(world, hours):
    """F27: it is noticed after a while, and set right again."""
    world.pool()
    world.clock.now = datetime(2026, 5, 4, tzinfo=UTC)
    made = world.deployment(schedules=[schedule(IntervalSchedule(interval=600), catch_up="all")])
    scheduler = turn(world)
    for jump in (hours, -hours):
        world.clock.advance(hours=jump)
        for _ in range(10):
            turn(world, scheduler)
            world.clock.advance(minutes=1)
    for _ in range(16):
        world.clock.advance(minutes=10)
        turn(world, scheduler)
    found = counted_ticks(world)
    assert set(found.values()) == {1}
    expected = datetime(2026, 5, 4, 0, 10, tzinfo=UTC)
    while expected <= world.now:
        assert (made.id, expected) in found
        expected += timedelta(minutes=10)


def test_a_clock_that_jumps_ahead_starts_no_storm(world):
    """F27: what became due all at once collapses to the newest tick of each schedule."""
    world.pool()
    world.clock.now = datetime(2026, 5, 4, tzinfo=UTC)
    for number in range(5):
        world.deployment(f"d{number}", schedules=[schedule(IntervalSchedule(interval=60))])
    scheduler = turn(world)
    world.clock.advance(hours=1)
    turn(world, scheduler)
    world.store.run(MissedRuns(world.db, world.limits).run_once())
    assert len(world.claim(limit=100).runs) == 5
    world.clock.advance(hours=-1)
    turn(world, scheduler)
    assert world.claim(limit=100).runs == []
    assert set(counted_ticks(world).values()) == {1}


def test_a_restart_in_the_middle_of_everything_loses_nothing(world):
    """A scheduler is lost after each round, and another begins with what the database knows."""
    world.pool()
    world.clock.now = datetime(2026, 5, 4, tzinfo=UTC)
    for number in range(3):
        world.deployment(f"d{number}", schedules=[schedule(IntervalSchedule(interval=120))])
    for _ in range(30):
        world.clock.advance(minutes=7)
        scheduler = Scheduler(world.db, world.limits)
        world.store.run(scheduler.run_once())
        world.clock.advance(minutes=1)
        world.store.run(scheduler.run_once())
    found = counted_ticks(world)
    assert set(found.values()) == {1}
    passed = [tick for _, tick in found if tick <= world.now]
    assert len(passed) == 3 * 4 * 60 / 2


def test_many_schedules_are_planned_by_few_statements(world):
    """F49: what a look costs does not grow with the schedules, nor with their runs."""
    world.pool()
    for number in range(10):
        world.deployment(f"d{number}", schedules=[schedule(IntervalSchedule(interval=60))])
    scheduler = turn(world)
    world.clock.advance(minutes=30)
    counting = Counting(scheduler.db)
    scheduler.db = counting
    done = world.store.run(scheduler.run_once()).done
    assert done >= 10 * 40
    assert counting.statements <= 8


class Counting:
    """A database that counts the statements of its writing transactions."""

    def __init__(self, db: Database) -> None:
        self.db, self.read, self.statements = db, db.read, 0

    async def write(self, body):
        async def counted(tx):
            counting = CountingTransaction(tx)
            try:
                return await body(counting)
            finally:
                self.statements += counting.statements

        return await self.db.write(counted)


def test_a_look_at_nothing_costs_one_statement_at_most(world):
    world.pool()
    world.deployment(schedules=[schedule(CronSchedule(cron="0 * * * *"))])
    scheduler = turn(world)
    counting = Counting(scheduler.db)
    scheduler.db = counting
    assert world.store.run(scheduler.run_once()).done == 0
    assert counting.statements == 0


def test_a_schedule_that_cannot_be_planned_does_not_hold_up_the_others(world, caplog):
    world.pool()
    world.deployment("broken", schedules=[schedule(IntervalSchedule(interval=600))])
    world.deployment("sound", schedules=[schedule(IntervalSchedule(interval=600))])
    scheduler = turn(world)
    broken = world.call("read_deployment_by_name", flow_name="etl", deployment_name="broken")
    spoilt = deployment_schedules.update().where(deployment_schedules.c.deployment_id == broken.id)
    world.store.write(lambda tx: tx.execute(spoilt.values(schedule={"cron": "every now and then"})))
    world.clock.advance(minutes=30)
    turn(world, scheduler)
    assert "A schedule of the deployment broken can't be planned" in caplog.text
    found = counted_ticks(world)
    assert max(tick for id, tick in found if id != broken.id) >= world.later(minutes=60)


def test_a_failed_round_is_made_up_by_the_next(world):
    world.pool()
    world.deployment(schedules=[schedule(IntervalSchedule(interval=600))])
    scheduler = turn(world)
    world.clock.advance(minutes=30)
    scheduler.db = Interrupted(scheduler.db, fail)
    with pytest.raises(DatabaseUnavailable):
        world.store.run(scheduler.run_once())
    turn(world, scheduler)
    assert max(ticks(world)) >= world.later(minutes=60)


async def fail(tx) -> None:
    message = "It is away."
    raise DatabaseUnavailable(message)


# Ticks that fell while no server was there.


@pytest.mark.parametrize(("catch_up", "made"), [("all", 7 * 60), ("latest", 1), ("none", 2), (None, 1)])
def test_ticks_without_a_server_are_made_up_as_the_policy_says(world, catch_up, made):
    world.pool()
    world.clock.now = datetime(2026, 5, 4, tzinfo=UTC)
    said = schedule(IntervalSchedule(interval=60), max_scheduled_runs=60, catch_up=catch_up)
    world.deployment(schedules=[said])
    world.clock.advance(hours=8)
    turn(world)
    found = sorted(tick for _, tick in counted_ticks(world))
    passed = [tick for tick in found if tick <= world.now]
    assert len(passed) == 60 + made
    assert passed[-1] == world.now
    assert len(found) == len(set(found)) == 60 + made + 60


def test_not_more_is_made_up_than_is_sensible_and_the_log_says_so(world, caplog):
    world.pool()
    world.clock.now = datetime(2026, 5, 4, tzinfo=UTC)
    world.deployment(schedules=[schedule(IntervalSchedule(interval=60), catch_up="all")])
    world.clock.advance(days=2)
    turn(world)
    passed = [tick for _, tick in counted_ticks(world) if tick <= world.now]
    assert len(passed) == 60 + 1000
    assert "The deployment daily missed more than 1000 ticks" in caplog.text


def test_runs_that_are_made_up_are_in_time_for_who_waits(world):
    """They are due at once, oldest first."""
    world.pool()
    world.clock.now = datetime(2026, 5, 4, tzinfo=UTC)
    world.deployment(
        schedules=[schedule(IntervalSchedule(interval=600), max_scheduled_runs=1, catch_up="all")]
    )
    world.clock.advance(minutes=45)
    turn(world)
    claimed = [world.claim().runs[0].flow_run.expected_start_time.minute for _ in range(4)]
    assert claimed == [10, 20, 30, 40]
