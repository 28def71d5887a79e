"""Home: what needs somebody is told once, with its reason, and the rest is counted, in few statements."""

import pytest
from tests.ops.automations import Evaluator, automation, event, happen
from tests.ops.counting import statements_of

from penstock.contract.flow_runs import FlowRunQuery
from penstock.contract.overview import MAX_ATTENTION
from penstock.contract.schedules import DeploymentScheduleCreate
from penstock.contract.work_pools import WorkPoolUpdate
from penstock.db.place_tables import deployment_schedules
from penstock.db.statements import rows
from penstock.db.tables import flow_runs
from penstock.domain.leases import LeaseTerms
from penstock.domain.schedules import IntervalSchedule
from penstock.server.services.late_runs import LateRuns
from penstock.server.services.lease_sweeper import LeaseSweeper
from penstock.server.services.scheduler import Scheduler

MOST_STATEMENTS = 12


def overview(world):
    return world.call("read_overview")


def cases(world):
    return [(case.kind, case.severity, case.text) for case in overview(world).attention]


def behind(world):
    return {service.name: service.behind_seconds for service in overview(world).services}


def ended(world, deployment, state="FAILED", **given):
    """A run that a worker took and that has ended."""
    run = world.run_of(deployment, **given)
    (claimed,) = world.claim(limit=1).runs
    world.set_state(run, "RUNNING", lease=claimed.lease)
    world.clock.advance(seconds=1)
    world.set_state(run, state, lease=claimed.lease)
    world.clock.advance(minutes=1)
    return run


def test_an_empty_world(world):
    answer = overview(world)
    assert answer.is_empty
    assert (answer.attention, answer.pools, answer.next_runs, answer.last_runs) == ([], [], [], [])
    assert (answer.running, answer.pending, answer.late, answer.scheduled) == (0, 0, 0, 0)
    assert answer.database == world.db.dialect
    assert answer.database_seconds >= 0
    assert set(behind(world)) == {"scheduler", "late_runs", "lease_sweeper", "triggers", "actions"}
    assert set(behind(world).values()) == {0.0}
    assert statements_of(world, "read_overview") <= MOST_STATEMENTS
    world.flow()
    assert not overview(world).is_empty


def test_what_goes_its_way_is_counted(world):
    world.pool(concurrency_limit=7), world.pool("idle")
    daily = world.deployment()
    done = ended(world, daily, "COMPLETED")
    running, claimed_run = world.run_of(daily), world.run_of(daily)
    claims = {claim.flow_run.id: claim.lease for claim in world.claim(limit=2).runs}
    world.set_state(running, "RUNNING", lease=claims[running.id])
    soon, later = (world.run_of(daily, due=world.later(minutes=minutes)) for minutes in (5, 10))
    world.run_of(daily)
    answer = overview(world)
    assert (answer.running, answer.pending, answer.late, answer.scheduled) == (1, 1, 0, 3)
    assert answer.attention == []
    assert [row.id for row in answer.next_runs] == [soon.id, later.id]
    assert [row.id for row in answer.last_runs] == [done.id]
    idle, local = answer.pools
    assert (idle.name, idle.status, idle.workers_online) == ("idle", "NOT_READY", 0)
    assert (local.status, local.active, local.limit, local.waiting) == ("READY", 2, 7, 1)
    assert (answer.workers_online, answer.workers_offline) == (1, 0)
    world.clock.advance(hours=1)
    assert (overview(world).workers_online, overview(world).workers_offline) == (0, 1)
    assert claimed_run.id in claims


def test_runs_that_nobody_takes_are_one_case_for_their_pool(world):
    world.pool()
    daily, hourly = world.deployment(), world.deployment("hourly")
    first = world.run_of(daily, name="first")
    for _ in range(4):
        world.clock.advance(seconds=10)
        world.run_of(hourly)
    world.clock.advance(seconds=60)
    answer = overview(world)
    (case,) = answer.attention
    assert (case.kind, case.severity, case.count) == ("no_worker", "critical", 5)
    assert case.text == (
        "5 runs wait, late by up to 100 s. No worker polls the work pool 'local': it has never had one."
    )
    assert (case.subject.name, case.since) == ("local", first.expected_start_time)
    assert case.runs[0].name == "first"
    assert len(case.runs) == 3
    assert (answer.late, answer.pools[0].waiting, answer.attention_count) == (5, 5, 1)
    assert answer.next_runs == []
    assert statements_of(world, "read_overview") <= MOST_STATEMENTS


def test_each_cause_is_a_case_of_its_own(world):
    world.pool(), world.pool("small", concurrency_limit=1), world.pool("shut")
    world.queue("high")
    places = {"daily": {}, "urgent": {"work_queue_name": "high"}}
    of_local = [world.deployment(name, **place) for name, place in places.items()]
    of_small, of_shut = (world.deployment(f"in-{pool}", pool=pool) for pool in ("small", "shut"))
    served = world.deployment("served", pool=None)
    world.run_of(of_small, name="holder")
    world.claim("small")
    for deployment in (*of_local, of_small, of_shut, served):
        world.run_of(deployment)
    world.call("update_work_pool", name="shut", body=WorkPoolUpdate(is_paused=True))
    world.clock.advance(seconds=30)
    world.claim("small"), world.claim(work_queue_names=["high"])
    world.run_of(of_local[1], due=world.later(seconds=-20), name="waits")
    found = {(case.kind, case.subject.name, case.severity) for case in overview(world).attention}
    assert found == {
        ("late", "default", "warning"),
        ("late", "high", "warning"),
        ("late", "shut", "warning"),
        ("late", "served", "warning"),
        ("starved", "small", "warning"),
    }
    texts = {case.subject.name: case.text.partition(". ")[2] for case in overview(world).attention}
    assert texts["high"] == "Workers ask for runs of the queue 'high' of 'local', but have no room for more."
    assert texts["shut"] == "The work pool 'shut' is paused."
    assert texts["small"] == "The limit of the work pool 'small' is reached: 1 of 1 places are taken."
    assert statements_of(world, "read_overview") <= MOST_STATEMENTS


def test_runs_that_are_stuck(world):
    world.pool()
    daily = world.deployment()
    alone, *others = (world.run_of(daily, name=name) for name in ("alone", "b", "c"))
    own = world.own_run(holder=None, name="own")
    world.set_state(alone, "PENDING")
    for run in others:
        world.set_state(run, "PENDING")
        world.set_state(run, "CANCELLING")
    world.clock.advance(seconds=30)
    assert cases(world) == []
    world.clock.advance(seconds=31)
    assert cases(world) == [("stuck", "warning", "2 runs are being cancelled for 61 s and do not stop.")]
    world.clock.advance(seconds=2 * LeaseTerms().claim)
    shown = {(case.subject.kind, case.subject.name): case.text for case in overview(world).attention}
    assert shown == {
        ("deployment", "daily"): "2 runs are being cancelled for 5 min and do not stop.",
        ("flow_run", "alone"): "The run 'alone' was taken 5 min ago and does not start.",
        ("flow_run", "own"): "The run 'own' was taken 5 min ago and does not start.",
    }
    assert own.name == "own"


def test_a_deployment_that_fails_again_and_again(world):
    world.pool()
    daily, fine = world.deployment(), world.deployment("fine")
    ended(world, daily, "FAILED", name="too long ago")
    world.clock.advance(days=8)
    ended(world, daily, "COMPLETED")
    first = ended(world, daily, "FAILED", name="first")
    assert cases(world) == []
    ended(world, daily, "CRASHED")
    ended(world, daily, "CANCELLED")
    world.run_of(daily, due=world.later(days=30))
    ended(world, fine, "FAILED"), ended(world, fine, "COMPLETED"), ended(world, fine, "FAILED")
    (case,) = overview(world).attention
    assert (case.kind, case.severity, case.subject.name, case.count) == ("failing", "warning", "daily", 2)
    assert case.text == "The last 2 runs of the deployment 'etl/daily' failed or crashed."
    assert (case.runs[0].id, case.since) == (first.id, world.run(first).end_time)
    world.clock.advance(days=7)
    assert cases(world) == []
    for _ in range(10):
        ended(world, daily, "FAILED")
    assert cases(world) == [
        (
            "failing",
            "critical",
            "At least the last 10 runs of the deployment 'etl/daily' failed or crashed.",
        )
    ]
    assert statements_of(world, "read_overview") <= MOST_STATEMENTS


def test_more_cases_than_are_shown_are_counted(sqlite_world):
    world = sqlite_world
    for number in range(MAX_ATTENTION + 3):
        world.pool(f"pool-{number}")
        world.run_of(world.deployment(f"d{number}", pool=f"pool-{number}"))
    world.clock.advance(minutes=1)
    answer = overview(world)
    assert (len(answer.attention), answer.attention_count) == (MAX_ATTENTION, MAX_ATTENTION + 3)


def test_services_that_are_behind_say_how_long(world):
    world.pool()
    daily = world.deployment()
    run = world.run_of(daily)
    world.clock.advance(seconds=45)
    assert behind(world)["late_runs"] == pytest.approx(30.0)
    world.store.run(LateRuns(world.db, world.limits).run_once())
    assert behind(world)["late_runs"] == 0.0
    world.claim()
    world.clock.advance(seconds=LeaseTerms().claim + 7)
    assert behind(world)["lease_sweeper"] == pytest.approx(7.0)
    sweeper = LeaseSweeper(world.db, world.limits)
    world.store.run(sweeper.run_once())
    assert behind(world)["lease_sweeper"] == 0.0
    assert world.run(run).state_name == "Scheduled"


def test_automations_that_are_behind_say_how_long(world):
    automation(world)
    evaluator = Evaluator(world)
    evaluator.turn()
    happen(world, event())
    world.clock.advance(seconds=5)
    assert (behind(world)["triggers"], behind(world)["actions"]) == (pytest.approx(5.0), 0.0)
    evaluator.turn()
    world.clock.advance(seconds=3)
    assert (behind(world)["triggers"], behind(world)["actions"]) == (0.0, pytest.approx(3.0))


def test_a_scheduler_that_misses_a_tick(world):
    world.pool()
    hourly = IntervalSchedule(interval=3600.0, anchor_date=world.now)
    daily = world.deployment(schedules=[DeploymentScheduleCreate(schedule=hourly)])
    assert behind(world)["scheduler"] == 0.0
    world.clock.advance(days=1, minutes=20)
    # Of the runs that were made ahead none is left to come, and since the last one ticks have passed.
    late = world.later() - max(
        run.expected_start_time for run in world.call("read_flow_runs", body=FlowRunQuery())
    )
    assert behind(world)["scheduler"] == pytest.approx(late.total_seconds() - 3600)
    world.store.run(Scheduler(world.db, world.limits).run_once())
    assert behind(world)["scheduler"] == 0.0
    world.call("pause_deployment", id=daily.id)
    assert behind(world)["scheduler"] == 0.0


def test_a_schedule_that_cannot_be_read_is_passed_over(world):
    world.pool()
    hourly = IntervalSchedule(interval=3600.0, anchor_date=world.now)
    daily = world.deployment(schedules=[DeploymentScheduleCreate(schedule=hourly)])
    broken = {"row_id": daily.schedules[0].id, "schedule": {"cron": "nonsense"}}
    world.store.write(lambda tx: tx.execute(rows.update_by_id(deployment_schedules), broken))
    world.store.write(lambda tx: tx.execute(flow_runs.delete()))
    world.clock.advance(days=1)
    assert behind(world)["scheduler"] == 0.0
