"""Runs that should have started long ago: what the catch-up policies of their schedules make of them."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from msgspec import to_builtins
from tests.ops.counting import CountingTransaction
from tests.ops.world import World

from penstock.contract.flow_runs import FlowRunQuery
from penstock.contract.schedules import DeploymentScheduleCreate, DeploymentScheduleUpdate
from penstock.db.event_tables import events
from penstock.db.place_tables import deployment_schedules
from penstock.db.port import Database
from penstock.db.statements import rows
from penstock.db.statements.waiting_runs import schedule_key
from penstock.db.tables import flow_run_states, flow_runs
from penstock.domain.catch_up import CatchUp, CatchUpDefaults
from penstock.domain.ids import new_id
from penstock.domain.schedules import IntervalSchedule, RRuleSchedule
from penstock.domain.states import scheduled
from penstock.server.limits import Limits
from penstock.server.services.late_runs import LateRuns
from penstock.server.services.missed_runs import MissedRuns
from penstock.server.views.states import current_state_columns, state_row

MIDNIGHT = datetime(2026, 5, 4, tzinfo=UTC)


def skip(world: World, limits: Limits | None = None) -> int:
    """Rounds until nothing is left to skip; how many were skipped."""
    service, done = MissedRuns(world.db, limits or world.limits), 0
    while True:
        round = world.store.run(service.run_once())
        done += round.done
        if round.again_in:
            return done


def world_with(world: World, made=None, **said):
    """A deployment whose schedule makes six runs, each ten minutes after the one before."""
    world.pool()
    world.clock.now = MIDNIGHT
    made = made or IntervalSchedule(interval=600)
    return world.deployment(schedules=[DeploymentScheduleCreate(schedule=made, **said)])


def runs_of(world: World):
    return world.call("read_flow_runs", body=FlowRunQuery(sort="EXPECTED_START_TIME_ASC"))


def names(world: World) -> list[str]:
    return [run.state_name for run in runs_of(world)]


@pytest.mark.parametrize(
    ("said", "minutes", "skipped"),
    [
        ({"catch_up": "all"}, 55, 0),
        ({"catch_up": "latest"}, 55, 4),
        ({"catch_up": "none"}, 55, 5),
        ({"catch_up": "latest"}, 10, 0),
        ({"catch_up": "none"}, 10.5, 0),
        ({"catch_up": "all", "max_lateness_seconds": 1500}, 55, 2),
        ({"catch_up": "latest", "max_lateness_seconds": 240}, 55, 5),
        ({}, 35, 0),
        ({}, 55, 4),
    ],
)
def test_a_schedule_says_what_becomes_of_its_missed_runs(world, said, minutes, skipped):
    world_with(world, **said)
    world.clock.advance(minutes=minutes)
    assert skip(world) == skipped
    assert names(world) == ["Skipped"] * skipped + ["Scheduled"] * (6 - skipped)
    assert skip(world) == 0


def test_all_of_a_recurrence_rule_are_run_where_nothing_is_said(world):
    world_with(world, RRuleSchedule(rrule="DTSTART:20260504T000000Z\nFREQ=MINUTELY;INTERVAL=10"))
    world.clock.advance(hours=1)
    assert skip(world) == 0


@pytest.mark.parametrize(
    ("defaults", "skipped"),
    [
        (CatchUpDefaults(policy=CatchUp.ALL), 0),
        (CatchUpDefaults(policy=CatchUp.LATEST), 4),
        (CatchUpDefaults(policy=CatchUp.NONE, missed_after=timedelta(minutes=20)), 3),
        (CatchUpDefaults(policy=CatchUp.ALL, max_lateness=timedelta(minutes=30)), 2),
    ],
)
def test_where_a_schedule_says_nothing_the_server_does(world, defaults, skipped):
    world_with(world)
    world.clock.advance(minutes=55)
    assert skip(world, Limits(catch_up=defaults)) == skipped


def test_a_skipped_run_says_why_and_who(world):
    world_with(world, catch_up="latest")
    world.clock.advance(minutes=25)
    world.store.run(LateRuns(world.db, world.limits).run_once())
    assert skip(world) == 1
    run = runs_of(world)[0]
    assert (run.state_type, run.state_name) == ("CANCELLED", "Skipped")
    assert run.state.message == (
        "Skipped 15 min after its time, by the catch-up policy `latest`: a later run of its schedule is due."
    )
    assert (run.end_time, run.next_scheduled_start_time) == (world.now, None)
    assert run.expected_start_time == MIDNIGHT + timedelta(minutes=10)
    assert world.names(run) == ["Scheduled", "Late", "Skipped"]
    history = flow_run_states.select().where(flow_run_states.c.flow_run_id == run.id)
    found = world.store.read(lambda tx: tx.fetch_all(history))
    assert {row["name"]: row["actor"] for row in found} == {
        "Scheduled": "ada",
        "Late": "server:late-runs",
        "Skipped": "server:missed-runs",
    }


def test_events_tell_of_it_each_after_the_one_before(world):
    world_with(world, catch_up="latest")
    world.clock.advance(minutes=25)
    world.store.run(LateRuns(world.db, world.limits).run_once())
    skip(world)
    run = runs_of(world)[0]
    told = world.store.read(lambda tx: tx.fetch_all(_events_of(run.id)))
    assert [row["event"] for row in told] == [
        "prefect.flow-run.Scheduled",
        "prefect.flow-run.Late",
        "prefect.flow-run.Skipped",
    ]
    assert [row["follows"] for row in told] == [None, told[0]["id"], told[1]["id"]]
    assert told[2]["payload"]["intended"] == {"from": "SCHEDULED", "to": "CANCELLED"}
    roles = {part["prefect.resource.role"] for part in told[2]["related"]}
    assert {"flow", "deployment", "work-pool", "work-queue", "tag", "creator"} <= roles


def _events_of(run_id):
    return (
        events.select()
        .where(events.c.resource_id == f"prefect.flow-run.{run_id}")
        .order_by(events.c.received)
    )


def test_what_a_person_made_or_moved_is_never_skipped(world):
    made = world_with(world, catch_up="none")
    by_hand = world.run_of(made, due=world.later(minutes=5))
    moved = runs_of(world)[1]
    world.set_state(moved, "SCHEDULED", scheduled_time=world.later(minutes=15))
    world.clock.advance(hours=30)
    assert skip(world) == 5
    assert {world.run(by_hand).state_name, world.run(moved).state_name} == {"Scheduled"}


def test_what_was_started_goes_on(world):
    world_with(world, catch_up="latest")
    world.clock.advance(minutes=15)
    [claimed] = world.claim().runs
    world.clock.advance(minutes=40)
    assert skip(world) == 3
    assert world.run(claimed.flow_run.id).state_type == "PENDING"
    assert names(world) == ["Pending", "Skipped", "Skipped", "Skipped", "Scheduled", "Scheduled"]


def test_a_skipped_run_can_be_run_after_all(world):
    world_with(world, catch_up="latest")
    world.clock.advance(minutes=25)
    skip(world)
    first = runs_of(world)[0]
    world.set_state(first, "SCHEDULED", scheduled_time=world.now)
    world.clock.advance(hours=3)
    skip(world)
    assert world.run(first).state_name == "Scheduled"


def test_each_schedule_is_judged_by_itself(world):
    made = world_with(world, catch_up="latest", slug="a")
    other = DeploymentScheduleCreate(schedule=IntervalSchedule(interval=900), catch_up="all", slug="b")
    world.call("create_deployment_schedules", id=made.id, body=[other])
    world.clock.advance(minutes=55)
    assert skip(world) == 4
    gone = [run.expected_start_time.minute for run in runs_of(world) if run.state_name == "Skipped"]
    assert gone == [10, 20, 30, 40]


def test_the_policy_is_told_and_changed_and_taken_back(world):
    made = world_with(world, catch_up="latest", max_lateness_seconds=90)
    [only] = made.schedules
    assert (only.catch_up, only.max_lateness_seconds) == ("latest", 90)
    change = DeploymentScheduleUpdate(catch_up=None, max_lateness_seconds=30.5)
    world.call("update_deployment_schedule", id=made.id, schedule_id=only.id, body=change)
    [only] = world.call("read_deployment_schedules", id=made.id)
    assert "catch_up" not in as_sent(only)
    assert only.max_lateness_seconds == 30.5


def as_sent(value) -> dict:
    return to_builtins(value)


def test_what_says_nothing_looks_as_it_does_in_the_reference(world):
    made = world_with(world)
    assert (
        not {"catch_up", "max_lateness_seconds", "planned_through", "next_look"}
        & as_sent(made.schedules[0]).keys()
    )


def late_runs(world: World, deployments: int, each: int) -> None:
    """Runs that schedules made and nobody took, as a weekend leaves them behind."""
    made = [
        world.deployment(
            f"d{number}", schedules=[DeploymentScheduleCreate(schedule=IntervalSchedule(interval=86_400))]
        )
        for number in range(deployments)
    ]
    [pattern] = world.store.read(lambda tx: tx.fetch_all(flow_runs.select().limit(1)))
    runs, states = [], []
    for deployment in made:
        [its] = deployment.schedules
        for number in range(each):
            tick = world.now - timedelta(minutes=number)
            state = scheduled(tick, world.now, name="Late")
            id = new_id(world.now)
            runs.append(
                {
                    **pattern,
                    "id": id,
                    "deployment_id": deployment.id,
                    "schedule_id": its.id,
                    "expected_start_time": tick,
                    "next_scheduled_start_time": tick,
                    "idempotency_key": schedule_key(its.id, tick.isoformat()),
                    **current_state_columns(state, 1),
                }
            )
            states.append({"flow_run_id": id, **state_row(state, 1, "server:scheduler")})

    async def body(tx):
        await tx.execute_many(rows.insert(flow_runs), runs)
        await tx.execute_many(rows.insert(flow_run_states), states)

    world.store.write(body)


class Counting:
    """A database that counts statements, and how many of its transactions wrote."""

    def __init__(self, db: Database) -> None:
        self.db, self.statements, self.writes = db, 0, 0

    async def read(self, body):
        return await self.db.read(self._counted(body))

    async def write(self, body):
        self.writes += 1
        return await self.db.write(self._counted(body))

    def _counted(self, body):
        async def counted(tx):
            counting = CountingTransaction(tx)
            try:
                return await body(counting)
            finally:
                self.statements += counting.statements

        return counted


def test_ten_thousand_late_runs_collapse_to_one_of_each_deployment(served_world):
    """F44: in small transactions, and by few statements for each of them."""
    world = served_world
    world.pool()
    late_runs(world, deployments=50, each=200)
    service = MissedRuns(world.db, world.limits)
    counting = Counting(service.db)
    service.db = counting
    done = 0
    while (round := world.store.run(service.run_once())).again_in == 0:
        done += round.done
        assert round.done <= 500
    assert done + round.done == 50 * 199
    assert counting.writes <= 10_000 / 500 + 1
    assert counting.statements <= counting.writes * 8 + 5
    left = world.store.read(
        lambda tx: tx.fetch_all(flow_runs.select().where(flow_runs.c.state_name == "Late"))
    )
    assert Counter(row["expected_start_time"] for row in left) == {world.now: 50}


def test_what_was_missed_is_skipped_before_a_server_serves(served_world):
    world = served_world
    world.pool()
    late_runs(world, deployments=3, each=400)
    world.store.run(MissedRuns(world.db, world.limits).prepare())
    assert len(world.claim(limit=50).runs) == 3


def test_two_servers_skip_each_run_once(postgres_world):
    world = postgres_world
    world.pool()
    late_runs(world, deployments=20, each=100)

    async def both() -> int:
        other = world.store.open()
        await other.start()
        done = await asyncio.gather(*(to_the_end(MissedRuns(db, world.limits)) for db in (world.db, other)))
        await other.close()
        return sum(done)

    assert world.store.run(both()) == 20 * 99
    found = world.store.read(
        lambda tx: tx.fetch_all(flow_run_states.select().where(flow_run_states.c.name == "Skipped"))
    )
    assert len({row["flow_run_id"] for row in found}) == len(found) == 20 * 99


async def to_the_end(service: MissedRuns) -> int:
    done = 0
    while True:
        round = await service.run_once()
        done += round.done
        if round.again_in:
            return done


def test_a_schedule_that_cannot_be_read_skips_nothing(world):
    world_with(world, catch_up="none")
    spoilt = deployment_schedules.update().values(schedule={"cron": "every now and then"})
    world.store.write(lambda tx: tx.execute(spoilt))
    world.clock.advance(hours=3)
    assert skip(world) == 0


@pytest.mark.parametrize("places", [1, 4])
def test_a_backlog_is_run_oldest_first_and_others_are_not_kept_waiting(world, places):
    """F44: half of the places are for runs that became due in time, of deployments that are not behind."""
    world_with(world, IntervalSchedule(interval=60), catch_up="all", max_scheduled_runs=60)
    world.clock.advance(hours=2)
    fresh = world.deployment("fresh")
    wanted = [world.run_of(fresh, due=world.later(seconds=second)).id for second in range(3)]
    world.clock.advance(seconds=5)
    claimed = []
    for _ in range(16 // places):
        world.clock.advance(microseconds=1)
        claimed += world.claim(limit=places).runs
    backlog = [run.flow_run.expected_start_time for run in claimed if run.flow_run.id not in wanted]
    assert backlog == [MIDNIGHT + timedelta(minutes=number) for number in range(1, 14)]
    assert {run.flow_run.id for run in claimed[:8]} >= set(wanted)
