"""`penstock flow-run`, `task-run` and `flow` against a real server, on runs that no worker touches."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from penstock.cli.exits import ExitCode
from penstock.domain.job_spec import Explanation

NOBODY = "00000000-0000-7000-8000-000000000000"
START = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def run(command, deploy):
    """A run that is scheduled."""
    return command("deployment", "run", deploy().name, "--json").json


def set_state(server, run, type, **more):
    answer = server.ask("POST", f"/flow_runs/{run['id']}/set_state", {"state": {"type": type, **more}})
    assert answer.json["status"] == "ACCEPT"


@pytest.fixture
def ended(server, run):
    """A run that has failed."""
    for type in ("PENDING", "RUNNING"):
        set_state(server, run, type)
    set_state(server, run, "FAILED", message="told to fail")
    return run


@pytest.fixture
def task_run(server, ended):
    body = {
        "name": f"step-{ended['name']}",
        "task_key": "step",
        "dynamic_key": "0",
        "flow_run_id": ended["id"],
        "state": {"type": "COMPLETED"},
    }
    return server.ask("POST", "/task_runs/", body).json


@pytest.fixture
def log(server, ended, task_run):
    """A log of 30 lines, the last of a task."""
    lines = [
        {
            "name": "penstock.flow_runs",
            "level": 20 + 10 * (number % 3),
            "message": f"line {number}",
            "timestamp": (START + timedelta(seconds=number)).isoformat(),
            "flow_run_id": ended["id"],
            "task_run_id": task_run["id"] if number == 29 else None,
        }
        for number in range(30)
    ]
    assert server.ask("POST", "/logs/", lines).status == 201
    return ended


def said(outcome):
    """The messages of printed log lines."""
    return [line.partition(" - ")[2] for line in outcome.out.splitlines()]


def test_runs_are_listed_by_flow_state_and_type(command, ended):
    flow_id, id = ended["flow_id"], ended["id"]
    flow = next(
        each["name"] for each in command("flow", "ls", "--limit", 200, "--json").json if each["id"] == flow_id
    )

    def found(*options):
        return [
            each["id"] for each in command("flow-run", "ls", "--flow-name", flow, *options, "--json").json
        ]

    assert found() == found("--state", "Failed") == found("--state-type", "failed") == [id]
    assert found("--state-type", "COMPLETED") == found("--state", "Late") == []
    assert found("--state", "Late", "--state", "Failed") == [id]
    shown = command("flow-runs", "ls", "--flow-name", flow).out
    assert flow in shown and ended["name"] in shown and "Failed" in shown
    near = command("flow-run", "ls", "--flow-name", flow, "--state", "Faild")
    assert "Did you mean 'Failed'?" in near.err
    unknown = command("flow-run", "ls", "--state-type", "FALED", code=ExitCode.USAGE)
    assert "'failed'" in unknown.err
    assert flow in command("flow", "ls", "--limit", 200).out


def test_a_run_is_inspected_by_id_and_by_name(command, server, ended):
    document = command("flow-run", "inspect", ended["id"], "--output", "json").json
    api = server.ask("GET", f"/flow_runs/{ended['id']}").json
    changing = ("estimated_run_time", "estimated_start_time_delta")
    assert {k: v for k, v in document.items() if k not in changing} == {
        k: v for k, v in api.items() if k not in changing
    }
    shown = command("flow-run", "inspect", ended["name"]).out
    assert "told to fail" in shown and ended["id"] in shown


@pytest.mark.parametrize(
    "verb", ["inspect", "cancel", "resume", "retry", "delete", "logs", "watch", "explain"]
)
def test_an_unknown_run_is_answered_with_the_nearest_name(command, run, verb):
    refused = command("flow-run", verb, run["name"] + "x", code=ExitCode.NOT_FOUND)
    assert f"There is no flow run {run['name'] + 'x'!r}. Did you mean" in refused.err
    assert NOBODY in command("flow-run", verb, NOBODY, code=ExitCode.NOT_FOUND).err


def test_a_name_of_two_runs_needs_the_id(command, deploy, unique):
    deployed, name = deploy(), unique("twice")
    ids = [
        command("deployment", "run", deployed.name, "--flow-run-name", name, "--json").json["id"]
        for _ in "ab"
    ]
    refused = command("flow-run", "inspect", name, code=ExitCode.CONFLICT)
    assert all(id in refused.err for id in ids)


def test_what_has_not_started_is_cancelled_at_once(command, run):
    told = command("flow-run", "cancel", run["id"])
    assert "is cancelled; nothing of it had started" in told.out
    assert command("flow-run", "inspect", run["id"], "--json").json["state_type"] == "CANCELLED"
    again = command("flow-run", "cancel", run["id"], code=ExitCode.CONFLICT)
    assert "was not changed" in again.err and "Cancelled" in again.err


def test_what_runs_is_told_to_end(command, server, run):
    for type in ("PENDING", "RUNNING"):
        set_state(server, run, type)
    told = command("flow-run", "cancel", run["name"])
    assert "is being cancelled" in told.out
    assert command("flow-run", "cancel", run["id"], "--json").json["state"]["type"] == "CANCELLING"


def test_what_has_ended_is_run_again(command, ended):
    told = command("flow-run", "retry", ended["name"])
    assert "is scheduled again" in told.out
    state = command("flow-run", "inspect", ended["id"], "--json").json["state"]
    assert (state["type"], state["name"]) == ("SCHEDULED", "AwaitingRetry")
    again = command("flow-run", "retry", ended["id"], code=ExitCode.CONFLICT)
    assert "AwaitingRetry; only one that has ended can be retried" in again.err


def test_a_run_without_a_deployment_cannot_be_scheduled_again(command, server, unique):
    flow_id = server.ask("POST", "/flows/", {"name": unique("flow")}).json["id"]
    body = {"flow_id": flow_id, "state": {"type": "FAILED"}}
    id = server.ask("POST", "/flow_runs/", body).json["id"]
    refused = command("flow-run", "retry", id, code=ExitCode.CONFLICT)
    assert "without a deployment" in refused.err


def suspended(server, run, **details):
    for type in ("PENDING", "RUNNING"):
        set_state(server, run, type)
    state = {"name": "Suspended", "state_details": {"pause_reschedule": True, "pause_key": "1", **details}}
    set_state(server, run, "PAUSED", **state)


def test_what_is_paused_goes_on(command, server, run):
    suspended(server, run)
    told = command("flow-run", "resume", run["name"])
    assert told.out == f"The flow run {run['name']!r} is resumed: it begins anew when somebody takes it.\n"
    state = command("flow-run", "inspect", run["id"], "--json").json["state"]
    assert (state["name"], state["message"]) == ("Resuming", "Resumed by the command line.")
    again = command("flow-run", "resume", run["id"], code=ExitCode.CONFLICT)
    assert "was not resumed. The flow run is Resuming: only one that is paused is resumed." in again.err


def test_what_a_process_waits_for_goes_on_there(command, server, run):
    for type in ("PENDING", "RUNNING", "PAUSED"):
        set_state(server, run, type)
    told = command("flow-run", "resume", run["id"], "--input", '{"a": 1}')
    assert told.out == f"The flow run {run['name']!r} goes on.\n"
    assert "It waited for no input" in told.err
    assert command("flow-run", "resume", run["id"], "--json", code=ExitCode.CONFLICT).out == ""


def test_what_a_run_waits_for_is_given_with_it(command, server, run):
    keys = {"description": "d", "response": "r", "schema": "s"}
    schema = '{"type": "object", "properties": {"sum": {"type": "integer"}}, "required": ["sum"]}'
    for key, value in (("s", schema), ("d", '"How much?"')):
        body = {"key": key, "value": value}
        assert server.ask("POST", f"/flow_runs/{run['id']}/input", body).status == 201
    suspended(server, run, run_input_keyset=keys)
    refused = command("flow-run", "resume", run["id"], code=ExitCode.USAGE)
    assert "sum: is required." in refused.err
    assert "It asks for sum: give --input JSON. How much?" in refused.err
    broken = command("flow-run", "resume", run["id"], "--input", "{", code=ExitCode.USAGE)
    assert "--input is not JSON" in broken.err
    done = command("flow-run", "resume", run["id"], "--input", '{"sum": 3}', "--json").json
    assert (done["status"], done["state"]["name"]) == ("ACCEPT", "Resuming")
    assert server.ask("GET", f"/flow_runs/{run['id']}/input/r").json == {"sum": 3}


def test_a_plain_value_is_what_a_flow_gets_that_waits_for_one(command, server, run):
    schema = '{"type": "object", "properties": {"value": {"type": "integer"}}, "required": ["value"]}'
    assert server.ask("POST", f"/flow_runs/{run['id']}/input", {"key": "s", "value": schema}).status == 201
    suspended(server, run, run_input_keyset={"response": "r", "schema": "s"})
    command("flow-run", "resume", run["id"], "--input", "41")
    assert server.ask("GET", f"/flow_runs/{run['id']}/input/r").json == {"value": 41}


def test_a_run_is_deleted(command, run):
    assert run["id"] in command("flow-run", "delete", run["name"], "-y").out
    command("flow-run", "inspect", run["id"], code=ExitCode.NOT_FOUND)


def test_logs_are_printed_whole_by_head_and_by_tail(command, log, task_run):
    lines = [f"line {number}" for number in range(30)]
    for options, expected in [
        ([], lines),
        (["--reverse"], lines[::-1]),
        (["--head"], lines[:20]),
        (["-h", "-n", 3], lines[:3]),
        (["-n", 3], lines[:3]),
        (["-h", "-n", 3, "-r"], lines[2::-1]),
        (["--tail"], lines[10:]),
        (["-t", "-n", 2], lines[28:]),
        (["-t", "-n", 2, "--reverse"], lines[:27:-1]),
        (["-r", "-n", 2], lines[:27:-1]),
    ]:
        assert said(command("flow-run", "logs", log["id"], *options)) == expected, options
    printed = command("flow-run", "logs", log["name"]).out.splitlines()
    assert f" | INFO     | Flow run {log['name']!r} - line 0" in printed[0]
    assert f" | ERROR    | Task run {task_run['name']!r} - line 29" in printed[-1]
    assert len(command("flow-run", "logs", log["id"], "-t", "-n", 5, "--json").json) == 5
    both = command("flow-run", "logs", log["id"], "-h", "-t", code=ExitCode.USAGE)
    assert "--head and --tail" in both.err
    command("flow-run", "logs", log["id"], "-n", 0, code=ExitCode.USAGE)


def test_a_run_that_has_ended_is_followed_to_its_end(command, log):
    followed = command("flow-run", "logs", log["id"], "--follow", "-t", "-n", 2)
    assert said(followed) == ["line 28", "line 29"]
    for option in ("--head", "--reverse"):
        refused = command("flow-run", "logs", log["id"], "-f", option, code=ExitCode.USAGE)
        assert "neither --head nor --reverse" in refused.err
    as_lines = command("flow-run", "logs", log["id"], "-f", "--json").out.splitlines()
    assert [msgspec.json.decode(line)["message"] for line in as_lines] == [f"line {n}" for n in range(30)]


def test_a_run_without_a_log_says_so(command, run):
    outcome = command("flow-run", "logs", run["id"])
    assert outcome.out == "" and "Nothing was logged." in outcome.err


def test_watching_a_run_that_has_failed_fails(command, log):
    outcome = command("flow-run", "watch", log["id"], code=ExitCode.FAILED)
    assert "STATE    | Flow run" in outcome.out and "line 29" in outcome.out
    assert f"Error: The flow run {log['name']!r} ended as Failed: told to fail" in outcome.err
    as_json = command("flow-run", "watch", log["id"], "--json", code=ExitCode.FAILED)
    assert as_json.json["state_type"] == "FAILED" and "line 29" in as_json.err


def test_the_time_to_watch_ends_without_ado(command, run):
    outcome = command("flow-run", "watch", run["id"], "--timeout", "0.3", code=ExitCode.FAILED)
    assert f"The flow run {run['name']!r} is still Scheduled after 0.3 s." in outcome.err
    assert "It goes on." in outcome.err


def test_a_run_that_waits_is_explained_as_it_would_be_now(command, deploy):
    deployed = deploy(job_variables={"env": {"A": "deployment", "B": "1"}})
    run = command("deployment", "run", deployed.name, "-jv", "env.A=run", "--json").json
    shown = command("flow-run", "explain", run["name"]).out
    assert "would get if a worker claimed it now" in shown
    assert "deployment  run ←" in " ".join(shown.split(" ")) or "run ←" in shown
    document = command("flow-run", "explain", run["id"], "--json")
    explanation = msgspec.json.decode(document.out, type=Explanation)
    assert explanation.job.environment == {"A": "run", "B": "1"}
    assert explanation.job.origins == {"run": "cli"}
    assert document.json["frozen"] is False


def test_two_runs_are_compared(command, deploy):
    deployed = deploy()
    first, second = (
        command("deployment", "run", deployed.name, "-jv", f"env.A={value}", "--json").json for value in "xy"
    )
    shown = command("flow-run", "diff", first["id"], second["name"]).out
    assert " ".join(shown.splitlines()[1].split()) == "env.A x run y run"
    assert "They launch different jobs." in shown
    assert command("flow-run", "diff", first["id"], first["id"], "--json").json["same"]


def test_task_runs_are_listed_inspected_and_have_logs(command, log, task_run):
    name = task_run["name"]
    [listed] = command("task-run", "ls", "--task-run-name", name, "--state-type", "completed", "--json").json
    assert listed["id"] == task_run["id"]
    assert command("task-run", "ls", "--task-run-name", name, "--state", "Failed", "--json").json == []
    assert name in command("task-runs", "ls", "--task-run-name", name).out
    assert command("task-run", "inspect", name, "--json").json["flow_run_id"] == log["id"]
    assert "task_key:" in command("task-run", "inspect", task_run["id"]).out
    assert said(command("task-run", "logs", name)) == ["line 29"]
    unknown = command("task-run", "inspect", name + "x", code=ExitCode.NOT_FOUND)
    assert f"Did you mean {name!r}?" in unknown.err
