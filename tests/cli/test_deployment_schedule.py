"""`penstock deployment schedule` against a real server."""

import json

import pytest

from penstock.cli.exits import ExitCode


@pytest.fixture
def name(deploy):
    return deploy().name


def schedules(command, name):
    return command("deployment", "schedule", "ls", name, "--json").json


@pytest.mark.parametrize(
    ("options", "stored"),
    [
        (
            ["--cron", "0 9 * * MON-FRI", "--timezone", "Europe/Berlin"],
            {"cron": "0 9 * * MON-FRI", "timezone": "Europe/Berlin", "day_or": True},
        ),
        (["--cron", "0 9 1 * MON", "--no-day_or"], {"cron": "0 9 1 * MON", "day_or": False}),
        (["--cron", "0 9 1 * MON", "--no-day-or"], {"cron": "0 9 1 * MON", "day_or": False}),
        (["--interval", "600"], {"interval": 600.0}),
        (["--rrule", "FREQ=DAILY;BYHOUR=9"], {"rrule": "FREQ=DAILY;BYHOUR=9"}),
        (
            ["--rrule", json.dumps({"rrule": "FREQ=DAILY", "timezone": "Asia/Tokyo"})],
            {"rrule": "FREQ=DAILY", "timezone": "Asia/Tokyo"},
        ),
    ],
)
def test_a_schedule_of_each_kind_is_created(command, name, options, stored):
    made = command("deployment", "schedule", "create", name, *options)
    assert "Next at " in made.err
    [known] = schedules(command, name)
    assert stored.items() <= known["schedule"].items()
    assert known["active"] and known["id"] in made.out
    assert known["id"] in command("deployment", "schedules", "ls", name).out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "--cron, --interval and --rrule"),
        (["--cron", "0 9 * * *", "--interval", "60"], "one of --cron, --interval and --rrule"),
        (["--cron", "61 9 * * *"], "61"),
        (["--cron", "0 9 * * *", "--timezone", "Europe/Berln"], "Europe/Berln"),
        (["--cron", "0 9 * * *", "--anchor-date", "2026-01-01"], "--anchor-date goes with --interval"),
        (["--interval", "0"], "interval"),
        (["--interval", "soon"], "soon"),
        (["--rrule", "FREQ=SOMETIMES"], "rrule"),
        (["--rrule", "{broken"], "not JSON"),
    ],
)
def test_an_impossible_schedule_is_refused_and_creates_nothing(command, name, options, said):
    refused = command("deployment", "schedule", "create", name, *options, code=ExitCode.USAGE)
    assert said in refused.err
    assert schedules(command, name) == []


def test_replacing_leaves_the_new_one_alone(command, name):
    for minutes in (10, 20):
        command("deployment", "schedule", "create", name, "--interval", minutes * 60)
    assert len(schedules(command, name)) == 2
    command("deployment", "schedule", "create", name, "--cron", "@daily", "--replace", "-y")
    assert [each["schedule"]["cron"] for each in schedules(command, name)] == ["@daily"]


def test_pausing_resuming_and_deleting(command, name):
    command("deployment", "schedule", "create", name, "--interval", 600, "--no-active")
    [first] = schedules(command, name)
    assert not first["active"]
    assert "(paused)" in command("deployment", "schedule", "ls", name).out
    command("deployment", "schedule", "resume", name)
    assert schedules(command, name)[0]["active"]

    command("deployment", "schedule", "create", name, "--interval", 1200)
    several = command("deployment", "schedule", "pause", name, code=ExitCode.USAGE)
    assert first["id"] in several.err
    command("deployment", "schedule", "pause", name, first["id"])
    assert sorted(each["active"] for each in schedules(command, name)) == [False, True]
    command("deployment", "schedule", "pause", name, "--all")
    assert not any(each["active"] for each in schedules(command, name))
    command("deployment", "schedule", "resume", "--all")
    assert all(each["active"] for each in schedules(command, name))

    command("deployment", "schedule", "delete", name, first["id"], "--accept-yes")
    assert [each["id"] == first["id"] for each in schedules(command, name)] == [False]
    gone = command("deployment", "schedule", "delete", name, first["id"], code=ExitCode.NOT_FOUND)
    assert f"no schedule {first['id']}" in gone.err
    assert "1 were deleted" in command("deployment", "schedule", "clear", name, "-y").out
    assert schedules(command, name) == []
    command("deployment", "schedule", "pause", name, code=ExitCode.NOT_FOUND)
    command("deployment", "schedule", "pause", code=ExitCode.USAGE)


def test_what_becomes_of_missed_runs_is_said_and_shown(command, name):
    given = ("--interval", 600, "--catch-up", "latest", "--max-lateness", 90)
    made = command("deployment", "schedule", "create", name, *given)
    assert "every 600 s, catch-up latest, at most 90 s late" in made.out
    [known] = schedules(command, name)
    assert (known["catch_up"], known["max_lateness_seconds"]) == ("latest", 90)
    assert "catch-up latest" in " ".join(command("deployment", "inspect", name).out.split())
    command("deployment", "schedule", "create", name, "--cron", "@daily", "--replace", "-y")
    assert not {"catch_up", "max_lateness_seconds"} & schedules(command, name)[0].keys()
    wrong = ("--interval", 600, "--catch-up", "some")
    refused = command("deployment", "schedule", "create", name, *wrong, code=ExitCode.USAGE)
    assert "'all', 'latest', 'none'" in refused.err
