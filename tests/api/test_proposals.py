"""A proposed state is answered with 201 where the run entered one by it, and with 200 where it did not."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4


def run_in(server, type, **given):
    flow = server.ask("POST", "/flows/", {"name": "proposals"}).json["id"]
    state = {"type": type, **given.pop("first", {})}
    return server.ask("POST", "/flow_runs/", {"flow_id": flow, "state": state, **given}).json["id"]


def propose(server, run, type, noun="flow_runs", force=False, **state):
    body = {"state": {"type": type, **state}, "force": force}
    answer = server.ask("POST", f"/{noun}/{run}/set_state", body)
    return answer.status, answer.json["status"], answer.json["state"]["name"]


def test_what_is_accepted_is_201(server):
    run = run_in(server, "PENDING")
    assert propose(server, run, "RUNNING") == (201, "ACCEPT", "Running")
    assert propose(server, run, "COMPLETED", name="Fine") == (201, "ACCEPT", "Fine")
    assert propose(server, run, "SCHEDULED", name="Again", force=True) == (201, "ACCEPT", "Again")


def test_what_is_aborted_or_has_to_wait_is_200(server):
    run = run_in(server, "RUNNING")
    assert propose(server, run, "PENDING") == (200, "ABORT", "Running")
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    waits = run_in(server, "SCHEDULED", first={"state_details": {"scheduled_time": later}})
    assert propose(server, waits, "RUNNING") == (200, "WAIT", "Scheduled")


def test_another_state_in_the_place_of_the_proposed_one_is_201(server):
    run = run_in(server, "RUNNING", empirical_policy={"retries": 1, "retry_delay": 5})
    assert propose(server, run, "FAILED") == (201, "REJECT", "AwaitingRetry")


def test_what_is_said_twice_is_201_and_then_200(server):
    run, details = run_in(server, "PENDING"), {"transition_id": str(uuid4())}
    first = propose(server, run, "RUNNING", state_details=details)
    again = propose(server, run, "RUNNING", state_details=details)
    assert (first[0], again[0]) == (201, 200)


def test_a_paused_run_is_resumed_once_with_201(server):
    run = run_in(server, "RUNNING")
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert propose(server, run, "PAUSED", state_details={"pause_timeout": later})[0] == 201
    answers = [server.ask("POST", f"/flow_runs/{run}/resume", {}) for _ in range(2)]
    assert [(a.status, a.json["status"]) for a in answers] == [(201, "ACCEPT"), (200, "ABORT")]


def test_a_task_run_is_answered_so_too(server):
    body = {"flow_run_id": run_in(server, "RUNNING"), "task_key": "k", "dynamic_key": "0"}
    task = server.ask("POST", "/task_runs/", body).json["id"]
    assert propose(server, task, "RUNNING", "task_runs") == (201, "ACCEPT", "Running")
    assert propose(server, task, "COMPLETED", "task_runs") == (201, "ACCEPT", "Completed")
    assert propose(server, task, "RUNNING", "task_runs")[0] == 200
