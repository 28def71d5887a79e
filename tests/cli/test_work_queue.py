"""`penstock work-queue` against a real server."""

import pytest

from penstock.cli.exits import ExitCode


@pytest.fixture
def pool(make_pool):
    return make_pool()


def test_a_queue_is_created_listed_inspected_and_deleted(command, unique, pool):
    name = unique("queue")
    made = command("work-queue", "create", name, "--pool", pool, "-q", 2, "-l", 5)
    assert made.out == f"Created the work queue {name!r} in the pool {pool!r}, priority 2.\n"

    listed = command("work-queue", "ls", "--pool", pool, "--json").json
    assert {queue["name"] for queue in listed} == {"default", name}
    assert [queue["name"] for queue in command("work-queue", "ls", "-m", name, "--json").json] == [name]
    assert listed[0]["id"] in command("work-queue", "ls", "-v", "-p", pool).out

    shown = command("work-queue", "inspect", name)
    assert "concurrency_limit: 5" in shown.out and "healthy:" in shown.out
    assert command("work-queue", "inspect", name, "--json").json["work_pool_name"] == pool
    assert "of 5" in command("work-queue", "slots", name).out

    command("work-queue", "delete", name)
    command("work-queue", "inspect", name, code=ExitCode.NOT_FOUND)


def test_a_name_in_several_pools_needs_the_pool(command, make_pool, pool):
    other = make_pool()
    refused = command("work-queue", "pause", "default", code=ExitCode.USAGE)
    assert pool in refused.err and other in refused.err and "--pool" in refused.err
    command("work-queue", "pause", "default", "--pool", pool)
    paused = {
        each: command("work-queue", "inspect", "default", "-p", each, "--json").json["is_paused"]
        for each in (pool, other)
    }
    assert paused == {pool: True, other: False}
    command("work-queue", "resume", "default", "-p", pool)
    assert not command("work-queue", "inspect", "default", "-p", pool, "--json").json["is_paused"]


def test_limits_are_set_and_cleared(command, unique, pool):
    name = unique("queue")
    command("work-queue", "create", name, "-p", pool)

    def limit():
        return command("work-queue", "inspect", name, "--json").json["concurrency_limit"]

    command("work-queue", "set-concurrency-limit", name, 3)
    assert limit() == 3
    command("work-queue", "set-concurrency-limit", name, "--limit", 4, "-p", pool)
    assert limit() == 4
    command("work-queue", "clear-concurrency-limit", name)
    assert limit() is None


def test_unknown_names_are_answered_with_the_nearest(command, unique, pool):
    name = unique("queue")
    command("work-queue", "create", name, "-p", pool)
    everywhere = command("work-queue", "inspect", name + "x", code=ExitCode.NOT_FOUND)
    assert f"Did you mean {name!r}?" in everywhere.err
    in_pool = command("work-queue", "inspect", name + "x", "-p", pool, code=ExitCode.NOT_FOUND)
    assert f"Did you mean {name!r}?" in in_pool.err
    no_pool = command("work-queue", "inspect", name, "-p", pool + "x", code=ExitCode.NOT_FOUND)
    assert f"There is no work pool {pool + 'x'!r}. Did you mean {pool!r}?" in no_pool.err
    command("work-queue", "create", unique("queue"), "-p", pool + "x", code=ExitCode.NOT_FOUND)
    command("work-queue", "ls", "-p", pool + "x", code=ExitCode.NOT_FOUND)
    taken = command("work-queue", "create", name, "-p", pool, code=ExitCode.CONFLICT)
    assert name in taken.err


def test_several_pools_and_no_choice(command, make_pool, unique):
    pools = {make_pool(), make_pool()}
    refused = command("work-queue", "create", unique("queue"), code=ExitCode.USAGE)
    assert all(pool in refused.err for pool in pools)


def test_runs_that_are_due_and_those_that_will_be(command, deploy):
    deployed = deploy()
    due = command("deployment", "run", deployed.name, "--json").json
    later = command("deployment", "run", deployed.name, "--start-in", "30 minutes", "--json").json
    preview = command("work-queue", "preview", "default", "-p", deployed.pool, "-h", 1, "--json").json
    assert [each["flow_run"]["id"] for each in preview] == [due["id"], later["id"]]
    assert due["name"] in command("work-queue", "read-runs", "default", "-p", deployed.pool).out
