"""Flows served from a program of their own: a real server, a real program, real signals."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.sdk.deployments.git_server import GitServer
from tests.server_process import ServerProcess

FLOWS = """
import os, time
from penstock import flow, serve

@flow(log_prints=True)
def etl(count: int = 1, nap: float = 0.0):
    print(f"count={count} in {os.getcwd()}")
    time.sleep(nap)

@flow
def other():
    return 7
"""


class Program:
    """A program that serves, and what it prints."""

    def __init__(self, server, directory, *command):
        self.server, self.log = server, directory / "output"
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [*command], env=server.environ, cwd=directory, stdout=output, stderr=output
            )
        self.until(lambda: "Ctrl-C stops it." in self.output)

    @property
    def output(self):
        return self.log.read_text()

    def until(self, is_so, seconds=20.0):
        """Wait until something is so, and return it."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if found := is_so():
                return found
            time.sleep(0.02)
        raise AssertionError(self.output)

    def run(self, deployment, **body):
        """Make a run of a deployment, and return its id."""
        id = self.server.ask("GET", f"/deployments/name/{deployment}").json["id"]
        answer = self.server.ask("POST", f"/deployments/{id}/create_flow_run", body)
        assert answer.status == 201
        return answer.json["id"]

    def state(self, run):
        return self.server.ask("GET", f"/flow_runs/{run}").json["state_name"]

    def becomes(self, run, *names):
        """Wait until a run is in one of these states, and return its name."""
        return self.until(lambda: (state := self.state(run)) in names and state)

    def printed(self, run):
        query = {"logs": {"flow_run_id": {"any_": [run]}}}
        return [line["message"] for line in self.server.ask("POST", "/logs/filter", query).json]

    def stop(self, number=signal.SIGINT, seconds=20.0):
        """Tell it to end, and return its exit code."""
        self.process.send_signal(number)
        return self.process.wait(seconds)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with ServerProcess(tmp_path_factory.mktemp("home")) as server:
        yield server


@pytest.fixture
def start(server, tmp_path):
    """Start a program with this text after its flows."""
    started = []

    def run(text, *command):
        (tmp_path / "flows.py").write_text(FLOWS + text)
        started.append(Program(server, tmp_path, *(command or (sys.executable, "flows.py"))))
        return started[-1]

    yield run
    for program in started:
        if program.process.poll() is None:
            program.process.kill()
            program.process.wait(20)


def deployment(server, name, status=200):
    answer = server.ask("GET", f"/deployments/name/{name}")
    assert answer.status == status
    return answer.json


def test_a_flow_serves_itself(server, start, tmp_path):
    program = start("etl.serve('mine', cron='0 3 * * *', parameters={'count': 4}, tags=['a'])\n")
    assert f"Serving etl/mine ({deployment(server, 'etl/mine')['id']}) at {server.url}." in program.output
    runs = [program.run("etl/mine"), program.run("etl/mine", parameters={"count": 5})]
    assert [program.becomes(run, "Completed", "Failed", "Crashed") for run in runs] == ["Completed"] * 2
    program.until(lambda: f"count=4 in {tmp_path}" in program.printed(runs[0]))
    program.until(lambda: f"count=5 in {tmp_path}" in program.printed(runs[1]))
    assert deployment(server, "etl/mine")["paused"] is False
    assert program.stop() == 0
    assert deployment(server, "etl/mine")["paused"] is True
    assert "Traceback" not in program.output


def test_several_are_served_at_once(server, start):
    program = start("serve(etl.to_deployment('a'), other.to_deployment('b'), limit=2)\n")
    runs = [program.run(name) for name in ("etl/a", "other/b", "etl/a")]
    assert [program.becomes(run, "Completed", "Failed", "Crashed") for run in runs] == ["Completed"] * 3
    assert program.stop(signal.SIGTERM) == 0


def test_on_an_event_loop(server, start):
    program = start(
        "import asyncio\nfrom penstock import aserve\nif __name__ == '__main__':\n"
        "    asyncio.run(aserve(etl.to_deployment('on-a-loop'), pause_on_shutdown=False))\n"
    )
    assert program.becomes(program.run("etl/on-a-loop"), "Completed", "Failed", "Crashed") == "Completed"
    assert program.stop() == 0
    assert deployment(server, "etl/on-a-loop")["paused"] is False


def test_the_limit_holds(server, start):
    program = start("etl.serve('limited', limit=1)\n")
    first = program.run("etl/limited", parameters={"nap": 0.5})
    second = program.run("etl/limited")
    program.becomes(first, "Running")
    assert program.state(second) == "Scheduled"
    assert program.becomes(second, "Completed") == "Completed"
    assert program.state(first) == "Completed"


def test_it_waits_for_what_is_under_way(server, start):
    program = start("etl.serve('waits')\n")
    run = program.run("etl/waits", parameters={"nap": 1.0})
    program.becomes(run, "Running")
    assert program.stop() == 0
    assert program.state(run) == "Completed"


def test_a_second_signal_ends_what_is_under_way(server, start):
    program = start("etl.serve('impatient')\n")
    run = program.run("etl/impatient", parameters={"nap": 60})
    program.becomes(run, "Running")
    program.process.send_signal(signal.SIGINT)
    program.until(lambda: "Once more ends them." in program.output)
    assert program.stop() == 0
    assert program.state(run) == "Crashed"


def test_a_run_that_is_cancelled_ends(server, start):
    program = start("etl.serve('cancelled')\n")
    run = program.run("etl/cancelled", parameters={"nap": 60})
    program.becomes(run, "Running")
    server.ask("POST", f"/flow_runs/{run}/set_state", {"state": {"type": "CANCELLING"}})
    assert program.becomes(run, "Cancelled") == "Cancelled"


def test_what_was_due_before_is_run_when_it_is_served_again(server, start):
    first = start("etl.serve('again', pause_on_shutdown=False)\n")
    assert first.stop() == 0
    run = first.run("etl/again")
    assert first.state(run) == "Scheduled"
    second = start("etl.serve('again')\n")
    assert second.becomes(run, "Completed") == "Completed"


def test_a_flow_from_git_is_pulled_for_each_run(server, start, tmp_path):
    with GitServer(tmp_path) as git:
        repository = git.repository("code")
        repository.commit({"afar.py": FLOWS.replace("def other", "def afar")})
        program = start(f"flow.from_source({repository.url!r}, 'afar.py:afar').serve('git')\n")
        assert program.becomes(program.run("afar/git"), "Completed", "Failed", "Crashed") == "Completed"
        assert not (tmp_path / "code").exists()


def test_by_command(server, start):
    penstock = str(Path(sys.executable).with_name("penstock"))
    options = ("--name", "by-command", "--interval", "3600", "--tag", "a", "--global-limit", "3")
    program = start("", penstock, "flow", "serve", "flows.py:etl", *options)
    made = deployment(server, "etl/by-command")
    assert (made["tags"], made["concurrency_options"]) == (["a"], None)
    assert made["schedules"][0]["schedule"]["interval"] == 3600
    assert program.becomes(program.run("etl/by-command"), "Completed", "Failed", "Crashed") == "Completed"
    assert program.stop() == 0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("etl.serve('x', work_pool_name='local')", "has no option 'work_pool_name'"),
        ("etl.serve('x', parameters={'count': 'many'})", "'count' must be integer"),
        ("etl.serve('x', cron='nonsense')", "cron"),
        ("serve()", "There is nothing to serve."),
        ("import asyncio\nasync def main(): etl.serve('x')\nasyncio.run(main())", "await aserve"),
    ],
)
def test_what_cannot_be_served_creates_nothing(server, tmp_path, text, told):
    (tmp_path / "flows.py").write_text(FLOWS + text)
    done = subprocess.run(
        [sys.executable, "flows.py"],
        env=server.environ,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert told in done.stderr
    deployment(server, "etl/x", 404)


def test_without_a_server_nothing_is_served(tmp_path):
    (tmp_path / "flows.py").write_text(FLOWS + "etl.serve('x')\n")
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith(("PENSTOCK", "PREFECT"))
    }
    done = subprocess.run(
        [sys.executable, "flows.py"],
        env={**environ, "PENSTOCK_HOME": str(tmp_path / "home")},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "penstock server start" in done.stderr
