"""`penstock deployment run` against a real server, and with a real worker."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from tests.cli.worker_process import WorkerProcess

from penstock.cli.exits import ExitCode
from penstock.domain.job_spec import Explanation

PROGRAM = Path(sys.executable).with_name("penstock")
FLOWS = """
import os
import time

from penstock import flow, task


@task
def one_step(number):
    print(f"step {number} in {os.environ.get('PLACE')}")


@flow(log_prints=True)
def work(count: int = 2, name: str = "x", fail: bool = False, seconds: float = 0.0):
    print(f"the place is {os.environ.get('PLACE')}")
    for number in range(count):
        one_step(number)
    time.sleep(seconds)
    if fail:
        raise ValueError("told to fail")
"""
SCHEMA = {
    "type": "object",
    "properties": {
        "count": {"type": "integer", "default": 2},
        "name": {"type": "string", "default": "x"},
        "fail": {"type": "boolean", "default": False},
        "seconds": {"type": "number", "default": 0.0},
    },
}


@pytest.fixture(scope="module")
def code(tmp_path_factory):
    """A folder with flows."""
    folder = tmp_path_factory.mktemp("code")
    (folder / "flows.py").write_text(FLOWS)
    return folder


@pytest.fixture
def deployed(deploy, make_pool, code):
    """A deployment of `work` in a pool that nobody serves."""
    return deploy(
        work_pool_name=make_pool(PLACE="pool", REGION="eu"),
        entrypoint="flows.py:work",
        path=str(code),
        job_variables={"env": {"PLACE": "deployment"}},
        parameter_openapi_schema=SCHEMA,
        parameters={"count": 1},
    )


@pytest.fixture(scope="module")
def served_pool(server, tmp_path_factory):
    """A pool, and a worker that serves it."""
    body = {"name": "served", "type": "process"}
    assert server.ask("POST", "/work_pools/", body).status == 201
    with WorkerProcess(server, "served", tmp_path_factory.mktemp("worker")):
        yield "served"


@pytest.fixture
def running(deploy, served_pool, code):
    """A deployment of `work` whose runs are run."""
    return deploy(
        work_pool_name=served_pool,
        entrypoint="flows.py:work",
        path=str(code),
        job_variables={"env": {"PLACE": "deployment"}},
        parameter_openapi_schema=SCHEMA,
    )


def test_the_run_its_id_and_the_next_step_are_told(command, deployed, server):
    told = command(
        "deployment", "run", deployed.name, "-jv", "env.PLACE=run", "-p", "count=3", "--tag", "nightly"
    )
    first = re.fullmatch(rf"Created the flow run '(.+)' of {deployed.name}\.", told.out.splitlines()[0])
    id = re.search(r"ID: +(\S+)", told.out)
    assert first and id
    run = server.ask("GET", f"/flow_runs/{id[1]}").json
    assert (run["name"], run["parameters"], run["tags"]) == (first[1], {"count": 3}, ["nightly"])
    assert run["job_variables"] == {"env": {"PLACE": "run"}}
    assert (
        f"penstock flow-run watch {id[1]}" in told.out
        and f"{server.url.removesuffix('/api')}/runs/{id[1]}" in told.out
    )
    assert f"No worker serves the pool {deployed.pool!r}" in told.err

    by_id = command("deployment", "run", "--id", deployed.id, "--json").json
    assert by_id["deployment_id"] == deployed.id
    assert command("deployment", "run", deployed.id, "--json").json["deployment_id"] == deployed.id


def test_job_variables_of_all_kinds_come_together(command, deployed):
    run = command(
        *("deployment", "run", deployed.name, "--json"),
        *("-jv", "env.A=0042", "-jv", '{"env": {"PLACE": null, "B": 7}}', "-jv", "name=42"),
        *("--job-variable", "stream_output=false", "-jv", 'labels={"team": "x"}'),
    ).json
    assert run["job_variables"] == {
        "env": {"A": "0042", "PLACE": None, "B": 7},
        "name": "42",
        "stream_output": False,
        "labels": {"team": "x"},
    }


def test_an_undeclared_job_variable_is_accepted_with_a_warning_that_suggests(command, deployed):
    told = command("deployment", "run", deployed.name, "-jv", "MY_VARIABLE=42", "-jv", "comand=x")
    assert "Warning: MY_VARIABLE (run): the pool does not declare it" in told.err
    assert "write env.MY_VARIABLE." in told.err and "Did you mean 'command'?" in told.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-jv", "PLACE"], "Error: --job-variable PLACE has no '='. Write PLACE=VALUE.\n"),
        (["-jv", "=x"], "has no name before '='"),
        (["-jv", "{broken"], "is not JSON"),
        (["-jv", "stream_output=lots"], "stream_output (run): must be boolean, not string.\n"),
        (["-jv", "env=3"], "env (run): it must be object, not integer."),
        (["-jv", "env.A.B.=x"], "empty name"),
        (["-p", "coutn=3"], "has no parameter 'coutn'. Did you mean 'count'?\n  It has: count, name,"),
        (["-p", "count"], "--param count has no '='"),
        (["-p", "count=many"], "Parameter 'count' must be integer, not string."),
        (["--params", "[]"], "--params is not a JSON object"),
        (["--start-in", "soon"], "'soon' is not a length of time"),
        (["--start-at", "2026-08-22T09:00"], "does not say in which time zone"),
        (["--start-in", "1h", "--start-at", "2026-08-22T09:00Z"], "are both given"),
        (["--flow-run-name", "{coutn}"], "'coutn'"),
        (["--work-queue", "defalt"], "'defalt'"),
        (["--watchh"], "--watch"),
        (["--job-varable", "env.A=1"], "--job-variable"),
    ],
)
@pytest.mark.parametrize("mode", [[], ["--dry-run"]])
def test_what_cannot_be_run_is_refused_and_creates_nothing(command, deployed, server, arguments, said, mode):
    code = ExitCode.NOT_FOUND if arguments[0] == "--work-queue" else ExitCode.USAGE
    outcome = command("deployment", "run", deployed.name, *arguments, *mode, code=code)
    assert said in outcome.out + outcome.err
    criteria = {"deployments": {"id": {"any_": [deployed.id]}}}
    assert server.ask("POST", "/flow_runs/count", criteria).json == 0


def test_a_dry_run_explains_and_creates_nothing(command, deployed, server):
    arguments = ("deployment", "run", deployed.name, "-jv", "env.PLACE=run", "--dry-run")
    shown = command(*arguments).out
    assert "PLACE=run" in shown and "Hash:" in shown
    explanation = msgspec.json.decode(command(*arguments, "--json").out, type=Explanation)
    assert explanation.complete and not explanation.errors
    criteria = {"deployments": {"id": {"any_": [deployed.id]}}}
    assert server.ask("POST", "/flow_runs/count", criteria).json == 0

    run = command("deployment", "run", deployed.name, "-jv", "env.PLACE=run", "--json").json
    explained = command("flow-run", "explain", run["id"], "--json").json
    assert explained["job"]["hash"] == explanation.job.hash


def test_a_run_may_start_later(command, deployed):
    before = datetime.now(UTC)
    later = command("deployment", "run", deployed.name, "--start-in", "in 10 minutes", "--json").json
    due = datetime.fromisoformat(later["expected_start_time"])
    assert before + timedelta(minutes=10) <= due <= datetime.now(UTC) + timedelta(minutes=10)
    told = command("deployment", "run", deployed.name, "--start-at", "2126-08-22T09:00+02:00")
    assert re.search(r"Due: +2126-08-22", told.out) and "No worker serves" not in told.err


def test_a_name_is_filled_in_from_parameters_wherever_they_come_from(command, deployed):
    template = "{name}-{count}-{fail}"
    run = command(
        "deployment", "run", deployed.name, "-p", "name=a", "--flow-run-name", template, "--json"
    ).json
    assert run["name"] == "a-1-False"


def test_a_key_makes_a_run_once(command, deployed, unique):
    key = unique("key")
    ids = {
        command("deployment", "run", deployed.name, "--idempotency-key", key, "--json").json["id"]
        for _ in "ab"
    }
    assert len(ids) == 1


def test_parameters_come_from_a_document_on_stdin(penstock, deployed, server):
    document = json.dumps({"count": 5, "name": "x"})
    made = penstock(
        *("deployment", "run", deployed.name, "--params", "-", "-p", "count=6", "--json"),
        input=document,
        PENSTOCK_API_URL=server.url,
    )
    assert json.loads(made.stdout)["parameters"] == {"count": 6, "name": "x"}
    assert "--param wins" in made.stderr


def test_a_watched_run_is_told_as_it_goes_and_ends_well(command, running):
    outcome = command("deployment", "run", running.name, "-jv", "env.PLACE=run", "--watch")
    said = [line.partition(" - ")[2] for line in outcome.out.splitlines() if " | " in line]
    assert "the place is run" in said and "step 1 in run" in said
    states = [line for line in said if line in ("Scheduled", "Pending", "Running", "Completed")]
    assert states[0] == "Scheduled" and states[-2:] == ["Running", "Completed"]
    assert re.search(r"The flow run '.+' ended as Completed\.", outcome.err)
    assert "\033" not in outcome.out + outcome.err


def test_a_watched_run_that_fails_is_an_error(command, running):
    outcome = command(
        "deployment", "run", running.name, "-p", "fail=true", "--watch", "--json", code=ExitCode.FAILED
    )
    assert outcome.json["state_type"] == "FAILED"
    assert "ended as Failed" in outcome.err and "told to fail" in outcome.err


def test_the_time_to_watch_ends_and_the_run_goes_on(command, running):
    outcome = command(
        *("deployment", "run", running.name, "-p", "seconds=30", "--watch", "--watch-timeout", "1.5"),
        *("--watch-interval", "0.1"),
        code=ExitCode.FAILED,
    )
    id = re.search(r"ID: +(\S+)", outcome.out)[1]
    assert re.search(r"is still \w+ after 1.5 s\.", outcome.err) and "It goes on." in outcome.err
    assert command("flow-run", "inspect", id, "--json").json["state_type"] != "COMPLETED"
    command("flow-run", "cancel", id)
    assert "ended as Cancelled" in command("flow-run", "watch", id, "--timeout", 30, code=ExitCode.FAILED).err


def test_what_a_run_got_is_frozen_and_says_what_was_started(command, running):
    outcome = command("deployment", "run", running.name, "-jv", "env.PLACE=run", "--watch", "--json")
    id = outcome.json["id"]
    shown = command("flow-run", "explain", id).out
    assert "frozen when a worker claimed it" in shown and "Started as " in shown and "PLACE=run" in shown
    document = command("flow-run", "explain", id, "--json").json
    assert document["frozen"] and document["launch"]["started_as"]["pid"] > 0


def test_ctrl_c_stops_watching_and_not_the_run(command, running, server):
    """At a terminal: what is waited for is told on one line that changes, and is gone in the end."""
    run = command("deployment", "run", running.name, "-p", "seconds=30", "--json").json
    screen, code = at_a_terminal(
        server, ["flow-run", "watch", run["id"]], until="Running for", then=signal.SIGINT
    )
    assert code == ExitCode.INTERRUPTED
    assert f"Stopped watching; '{run['name']}' goes on." in screen
    assert "Traceback" not in screen and "Ctrl-C stops watching, not the run." in screen
    assert command("flow-run", "inspect", run["id"], "--json").json["state_type"] == "RUNNING"
    command("flow-run", "cancel", run["id"])
    command("flow-run", "watch", run["id"], "--timeout", 30, code=ExitCode.FAILED)


def test_at_a_narrow_terminal_nothing_of_an_explanation_is_lost(deployed, server):
    name = "A_VARIABLE_WITH_QUITE_A_LONG_NAME_INDEED"
    arguments = ["deployment", "explain", deployed.name, "-jv", f"env.{name}=a-value-that-is-long-as-well"]
    screen, code = at_a_terminal(server, arguments, until=None)
    assert code == 0
    assert "…" not in screen and f"{name}=a-value-that-is-long-as-well" in screen
    assert max(map(len, re.sub(r"\033\[[\d;]*m", "", screen).partition("Job:")[0].splitlines())) <= 80


def at_a_terminal(server, arguments, *, until, then=None):
    """Run a command at a terminal; once it printed `until`, send it a signal. Its screen, and its code."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [PROGRAM, *arguments],
        env=server.environ | {"COLUMNS": "80", "TERM": "xterm"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        close_fds=True,
    )
    os.close(theirs)
    try:
        screen = read_screen(ours, until, 30.0)
        if then is not None:
            process.send_signal(then)
        return screen + read_screen(ours, None, 10.0), process.wait(10)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        os.close(ours)


def read_screen(terminal, until, seconds):
    """What arrives at a terminal until a text stands there, or all writers have gone."""
    screen, deadline = "", time.monotonic() + seconds
    while time.monotonic() < deadline and (until is None or until not in screen):
        ready, _, _ = select.select([terminal], [], [], 0.1)
        try:
            data = os.read(terminal, 4096) if ready else None
        except OSError:  # Linux says so when the last writer has gone
            break
        if data == b"":
            break
        screen += (data or b"").decode()
    return screen
