"""`penstock concurrency-limit` and `penstock global-concurrency-limit`, against a server."""

import json

import pytest
from tests.server_process import ServerProcess

from penstock.cli.exits import ExitCode


@pytest.fixture
def server(home):
    with ServerProcess(home) as server:
        yield server


def test_a_limit_with_a_name_is_created_changed_and_deleted(penstock, server, tmp_path):
    assert "There are none." in penstock("gcl", "ls").stderr
    made = penstock("gcl", "create", "database", "--limit", "2")
    assert made.stdout == "Created the concurrency limit 'database' with 2 slots.\n"
    penstock("gcl", "create", "database", "-l", "1", code=ExitCode.CONFLICT)
    given = ("--limit", "5", "--active-slots", "3", "--slot-decay-per-second", "0.5", "--disable")
    api = json.loads(penstock("global-concurrency-limit", "create", "api", *given, "--json").stdout)
    assert (api["limit"], api["active"], api["slot_decay_per_second"]) == (5, False, 0.5)
    listed = json.loads(penstock("gcl", "ls", "--json").stdout)
    assert [(each["name"], each["active"]) for each in listed] == [("api", False), ("database", True)]
    assert "database" in penstock("gcl", "ls").stdout

    penstock("gcl", "enable", "api")
    penstock("gcl", "disable", "database")
    penstock("gcl", "update", "database", "--limit", "4", "--active-slots", "1", "--enable")
    found = json.loads(penstock("gcl", "inspect", "database", "-o", "json").stdout)
    assert (found["limit"], found["active_slots"], found["active"]) == (4, 1, True)
    assert "database" in penstock("gcl", "inspect", "database").stdout
    penstock("gcl", "inspect", "api", "--file", str(tmp_path / "api.json"))
    assert json.loads((tmp_path / "api.json").read_text())["active"]

    penstock("gcl", "delete", "database")
    missing = penstock("gcl", "inspect", "databse", code=ExitCode.NOT_FOUND)
    assert missing.stderr.startswith("Error: There is no concurrency limit 'databse'.")


def test_a_change_must_say_one_thing(penstock, server):
    penstock("gcl", "create", "database", "--limit", "2")
    nothing = penstock("gcl", "update", "database", code=ExitCode.USAGE)
    assert "penstock gcl update database --limit 5" in nothing.stderr
    both = penstock("gcl", "update", "database", "--enable", "--disable", code=ExitCode.USAGE)
    assert "on and off at once" in both.stderr


def test_a_limit_of_a_tag_is_created_reset_and_deleted(penstock, server):
    assert "There are none." in penstock("concurrency-limit", "ls").stderr
    made = penstock("concurrency-limit", "create", "gpu", "2")
    assert made.stdout == "At most 2 task runs with the tag 'gpu' run at once.\n"
    again = json.loads(penstock("concurrency-limit", "create", "gpu", "3", "--json").stdout)
    assert again["concurrency_limit"] == 3
    run = "019c0000-0000-7000-8000-000000000001"
    server.ask("POST", "/concurrency_limits/increment", {"names": ["gpu"], "task_run_id": run})
    found = json.loads(penstock("concurrency-limit", "inspect", "gpu", "--json").stdout)
    assert found["active_slots"] == [run]
    assert run in penstock("concurrency-limit", "inspect", "gpu").stdout
    penstock("concurrency-limits", "reset", "gpu")
    penstock("concurrency-limit", "create", "big", "1")
    listed = json.loads(penstock("concurrency-limit", "ls", "--json").stdout)
    assert [(each["tag"], each["active_slots"]) for each in listed] == [("big", []), ("gpu", [])]
    one = penstock("concurrency-limit", "ls", "--limit", "1", "--offset", "0")
    assert "There are more than these 1" in one.stderr
    assert "gpu" in penstock("concurrency-limit", "ls", "--offset", "1").stdout
    penstock("concurrency-limit", "delete", "gpu")
    penstock("concurrency-limit", "inspect", "gpu", code=ExitCode.NOT_FOUND)


def test_a_limit_is_inspected_with_who_holds_it_and_slots_are_taken_from_somebody(penstock, server):
    penstock("gcl", "create", "database", "--limit", "2")
    shown = json.loads(penstock("gcl", "inspect", "database", "--json").stdout)
    assert (shown["holding"], shown["holders"], shown["waiting"], shown["waiters"]) == (0, [], 0, [])
    flow = server.ask("POST", "/flows/", {"name": "etl"}).json["id"]
    run = server.ask("POST", "/flow_runs/", {"flow_id": flow, "name": "nightly"}).json["id"]
    taken = {"names": ["database"], "slots": 2, "holder": {"type": "flow_run", "id": run}}
    server.ask("POST", "/v2/concurrency_limits/increment-with-lease", taken)
    (holder,) = json.loads(penstock("gcl", "inspect", "database", "--json").stdout)["holders"]
    assert (holder["run"]["name"], holder["slots"]) == ("nightly", 2)
    told = penstock("gcl", "inspect", "database").stdout
    assert "flow run 'nightly'" in told and holder["id"] in told
    released = penstock("gcl", "release", "database", holder["id"]).stdout
    assert released.startswith("2 slots are free again. What held them is not stopped.")
    gone = penstock("gcl", "release", "database", holder["id"], code=ExitCode.NOT_FOUND)
    assert "Nobody holds the slots" in gone.stderr

    penstock("concurrency-limit", "create", "gpu", "1")
    server.ask("POST", "/concurrency_limits/increment", {"names": ["gpu"], "task_run_id": run})
    (holder,) = json.loads(penstock("gcl", "inspect", "tag:gpu", "--json").stdout)["holders"]
    answer = json.loads(penstock("gcl", "release", "tag:gpu", holder["id"], "--json").stdout)
    assert (answer["limit"]["name"], answer["slots"]) == ("gpu", 1)
