"""Task runs that were deferred, handed to the processes that run them: one at a time, and none lost."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from tests.api.socket_talk import ending, hear, opened, say
from tests.engine.flow_process import eventually

PATH = "/task_runs/subscriptions/scheduled"


def defer(server, key, due=None, deferred=True):
    """Call a task whose run is somebody else's; its id."""
    details = {"deferred": deferred, "scheduled_time": (due or datetime.now(UTC)).isoformat()}
    body = {
        "id": str(uuid4()),
        "task_key": key,
        "dynamic_key": uuid4().hex,
        "state": {"type": "SCHEDULED", "state_details": details},
    }
    answer = server.ask("POST", "/task_runs/", body)
    assert answer.status == 201, answer
    return answer.json["id"]


@contextmanager
def serving(server, *keys, client_id="one"):
    """A process that runs these tasks, once the server knows of it."""
    with opened(server, PATH) as socket:
        say(socket, {"type": "subscribe", "keys": list(keys), "client_id": client_id})
        eventually(
            lambda: client_id in [each["identifier"] for each in waiting(server, *keys)], "it is known"
        )
        yield socket


def waiting(server, *keys):
    """The processes that wait for runs of these tasks."""
    return server.ask("POST", "/task_workers/filter", {"task_worker_filter": {"task_keys": list(keys)}}).json


def next_run(socket, acknowledge=True):
    """The id of the next task run that is handed over."""
    run = hear(socket)
    if acknowledge:
        say(socket, {"type": "ack"})
    return run["id"]


def begin(server, id):
    """Say that a task run has begun."""
    for type in ("PENDING", "RUNNING"):
        answer = server.ask("POST", f"/task_runs/{id}/set_state", {"state": {"type": type}})
        assert answer.json["status"] == "ACCEPT", answer


@pytest.fixture
def key():
    """A task that no other test has."""
    return f"etl.load-{uuid4().hex}"


def test_those_that_wait_and_those_that_come_are_handed_over_in_order(server, key):
    before = [defer(server, key) for _ in range(2)]
    with serving(server, key) as socket:
        assert [next_run(socket) for _ in before] == before
        later = defer(server, key)
        assert next_run(socket) == later


def test_the_whole_task_run_is_sent(server, key):
    id = defer(server, key)
    with serving(server, key) as socket:
        run = hear(socket)
        say(socket, {"type": "ack"})
    assert run == server.ask("GET", f"/task_runs/{id}").json | {
        "estimated_start_time_delta": run["estimated_start_time_delta"]
    }


def test_one_is_under_way_at_a_time(server, key):
    first, second = defer(server, key), defer(server, key)
    with serving(server, key) as one, serving(server, key, client_id="two") as two:
        assert {next_run(one, acknowledge=False), next_run(two, acknowledge=False)} == {first, second}
        third = defer(server, key)
        say(two, {"type": "ack"})
        assert next_run(two) == third


def test_what_was_not_acknowledged_is_handed_to_the_next(server, key):
    id = defer(server, key)
    with serving(server, key, client_id="dies") as socket:
        assert next_run(socket, acknowledge=False) == id
    with serving(server, key) as socket:
        assert next_run(socket) == id


def test_who_quits_gives_back_what_it_was_offered(server, key):
    id = defer(server, key)
    with serving(server, key, client_id="quits") as socket:
        assert next_run(socket, acknowledge=False) == id
        say(socket, {"type": "quit"})
        assert ending(socket)[0] == 1000
    with serving(server, key) as socket:
        assert next_run(socket) == id


def test_who_comes_back_keeps_what_it_has(server, key):
    kept, other = defer(server, key), defer(server, key)
    with serving(server, key) as socket:
        assert next_run(socket) == kept
        assert next_run(socket, acknowledge=False) == other
    with serving(server, key) as socket:
        assert next_run(socket) == other
        third = defer(server, key)
        assert next_run(socket) == third


def test_what_has_begun_or_is_not_deferred_or_is_another_task_is_not_handed_over(server, key):
    begin(server, defer(server, key))
    defer(server, key, deferred=False)
    defer(server, key + "x")
    wanted = defer(server, key)
    with serving(server, key) as socket:
        assert next_run(socket) == wanted


def test_it_is_handed_over_when_it_is_due(server, key):
    due = datetime.now(UTC) + timedelta(seconds=1)
    id = defer(server, key, due=due)
    with serving(server, key) as socket:
        assert next_run(socket) == id
        assert datetime.now(UTC) >= due


def test_who_waits_is_seen_and_who_left_is_not(server, key):
    with serving(server, key, f"{key}2"):
        [seen] = waiting(server, f"{key}2")
        assert (seen["identifier"], seen["task_keys"]) == ("one", [key, f"{key}2"])
    eventually(lambda: waiting(server, key) == [], "it is forgotten")


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ({"type": "subscribe", "keys": [], "client_id": "one"}, "keys"),
        ({"type": "subscribe", "keys": ["a"], "client_id": ""}, "client_id"),
        ({"type": "subscribe", "keys": ["a"]}, "client_id"),
        ({"type": "ack"}, "ack"),
        ([], ""),
    ],
    ids=["no keys", "no name", "nobody", "ack", "list"],
)
def test_who_does_not_subscribe_is_told_so(server, message, reason):
    with opened(server, PATH) as socket:
        say(socket, message)
        code, said = ending(socket)
    assert code == 4001
    assert reason in said


def test_who_says_something_else_than_that_it_has_it_is_cut_off(server, key):
    id = defer(server, key)
    with serving(server, key) as socket:
        assert next_run(socket, acknowledge=False) == id
        say(socket, {"type": "nack"})
        assert ending(socket)[0] == 4001
    with serving(server, key) as socket:
        say(socket, {"type": "ack"})
        assert next_run(socket, acknowledge=False) == id
