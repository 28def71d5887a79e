"""F29: a new database of time zones, between the plan of a run and its time."""

import importlib.resources
import zoneinfo
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from penstock.contract.deployments import ScheduleDeployment
from penstock.contract.flow_runs import FlowRunQuery
from penstock.contract.schedules import DeploymentScheduleCreate
from penstock.domain.schedules import CronSchedule
from penstock.server.services.scheduler import Scheduler

MOVED = "Europe/Moved"
START = datetime(2026, 5, 1, 3, tzinfo=UTC)
MINUTES = 6
"""By then a server that has just started has looked at every schedule."""


def rules_of(name: str) -> bytes:
    """The file of a time zone, wherever this machine has it."""
    for folder in zoneinfo.TZPATH:
        if (file := Path(folder, name)).is_file():
            return file.read_bytes()
    return importlib.resources.files("tzdata.zoneinfo").joinpath(name).read_bytes()


@pytest.fixture
def zones(tmp_path):
    """Gives a time zone of our own the rules of another one, as an update of the machine would."""
    before = zoneinfo.TZPATH

    def like(name):
        file = tmp_path / MOVED
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(rules_of(name))
        ZoneInfo.clear_cache(only_keys=[MOVED])

    zoneinfo.reset_tzpath([str(tmp_path), *before])
    yield like
    zoneinfo.reset_tzpath(before)
    ZoneInfo.clear_cache(only_keys=[MOVED])


def started_anew(world):
    """A server that has just started, once it has looked at every schedule."""
    scheduler = Scheduler(world.db, world.limits)
    world.store.run(scheduler.prepare())
    for _ in range(MINUTES):
        while world.store.run(scheduler.run_once()).again_in == 0:
            pass
        world.clock.advance(minutes=1)
    world.store.run(scheduler.end())


def planned(world):
    query = FlowRunQuery(sort="EXPECTED_START_TIME_ASC")
    runs = world.call("read_flow_runs", body=query)
    return [run.expected_start_time for run in runs]


def days(hour):
    return [datetime(2026, 5, day, hour, tzinfo=UTC) for day in (1, 2, 3)]


def test_what_waits_moves_with_the_rules_of_its_time_zone(world, zones, caplog):
    """F29: of what was planned for eight in the morning each run is at eight, by the new rules."""
    zones("Europe/London")
    world.clock.now = START
    world.pool()
    daily = [DeploymentScheduleCreate(schedule=CronSchedule(cron="0 8 * * *", timezone=MOVED))]
    world.deployment("daily", schedules=daily)
    elsewhere = [DeploymentScheduleCreate(schedule=CronSchedule(cron="0 8 * * *", timezone="Europe/London"))]
    world.deployment("elsewhere", schedules=elsewhere)
    started_anew(world)
    assert planned(world) == sorted(days(7) * 2)
    zones("Europe/Paris")
    started_anew(world)
    assert planned(world) == sorted(days(6) + days(7))
    assert [record.getMessage() for record in caplog.records] == [
        "The rules of a time zone have changed: daily is planned anew."
    ]
    started_anew(world)
    assert planned(world) == sorted(days(6) + days(7))
    assert len(caplog.records) == 1


def test_runs_that_were_asked_for_stay_where_a_clock_goes_back(world, caplog):
    """A plan without any tick reaches until it was made, which is no tick: that is not a change of rules."""
    world.clock.now = START
    world.pool()
    leap_days = [DeploymentScheduleCreate(schedule=CronSchedule(cron="0 8 29 2 *"))]
    deployment = world.deployment("leap", schedules=leap_days)
    leap_day = datetime(2028, 2, 29, 8, tzinfo=UTC)
    asked = ScheduleDeployment(start_time=leap_day - timedelta(days=1), end_time=leap_day + timedelta(days=1))
    world.call("schedule_deployment", id=deployment.id, body=asked)
    started_anew(world)
    assert planned(world) == [leap_day]
    world.clock.now = START - timedelta(hours=1)
    started_anew(world)
    assert planned(world) == [leap_day]
    assert not caplog.records
