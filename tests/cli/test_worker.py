"""`penstock worker start` against a real server."""

import signal

import pytest
from tests.cli.worker_process import WorkerProcess

from penstock.cli.exits import ExitCode

FLOWS = """
import time

from penstock import flow


@flow
def work(seconds: float = 0.0):
    time.sleep(seconds)
"""


@pytest.fixture(scope="module")
def code(tmp_path_factory):
    folder = tmp_path_factory.mktemp("code")
    (folder / "flows.py").write_text(FLOWS)
    return folder


@pytest.fixture
def deployed(deploy, code):
    return deploy(entrypoint="flows.py:work", path=str(code))


def state_of(command, run):
    return command("flow-run", "inspect", run["id"], "--json").json["state_type"]


def test_run_once_sees_through_what_is_due_and_ends(command, penstock, deployed, server):
    runs = [command("deployment", "run", deployed.name, "--json").json for _ in range(3)]
    later = command("deployment", "run", deployed.name, "--start-in", "1h", "--json").json
    ended = penstock(
        *("worker", "start", "--pool", deployed.pool, "--run-once", "--name", "the-one", "--limit", "2"),
        PENSTOCK_API_URL=server.url,
    )
    assert "The worker 'the-one' serves the pool" in ended.stdout and "has ended." in ended.stderr
    assert [state_of(command, run) for run in (*runs, later)] == ["COMPLETED"] * 3 + ["SCHEDULED"]


def test_a_worker_that_is_told_to_end_finishes_its_run_first(command, deployed, server, tmp_path):
    with WorkerProcess(server, deployed.pool, tmp_path) as worker:
        run = command("deployment", "run", deployed.name, "-p", "seconds=1.5", "--json").json
        worker.wait_for("Started run")
        assert worker.stop(signal.SIGINT) == 0
        assert "SIGINT: finishing the runs under way." in worker.output
        assert "Traceback" not in worker.output
    assert state_of(command, run) == "COMPLETED"


def test_told_twice_it_ends_its_run_too(command, deployed, server, tmp_path):
    with WorkerProcess(server, deployed.pool, tmp_path) as worker:
        run = command("deployment", "run", deployed.name, "-p", "seconds=60", "--json").json
        worker.wait_for("Started run")
        worker.process.send_signal(signal.SIGTERM)
        worker.wait_for("SIGTERM: finishing")
        assert worker.stop(signal.SIGTERM) == 0
    assert state_of(command, run) in ("CRASHED", "CANCELLED", "SCHEDULED")


def test_only_the_queues_that_it_is_told_to(command, penstock, deployed, server):
    command("work-queue", "create", "urgent", "--pool", deployed.pool)
    urgent = command("deployment", "run", deployed.name, "--work-queue", "urgent", "--json").json
    other = command("deployment", "run", deployed.name, "--json").json
    penstock(
        *("worker", "start", "-p", deployed.pool, "-q", "urgent", "--run-once"), PENSTOCK_API_URL=server.url
    )
    assert (state_of(command, urgent), state_of(command, other)) == ("COMPLETED", "SCHEDULED")


def test_a_pool_is_created_where_its_type_is_said(command, penstock, unique, server):
    name = unique("pool")
    penstock(
        *("worker", "start", "--pool", name, "--type", "process", "--run-once"), PENSTOCK_API_URL=server.url
    )
    assert command("work-pool", "inspect", name, "--json").json["type"] == "process"
    other = unique("pool")
    refused = penstock(
        *("worker", "start", "--pool", other, "-t", "process", "--no-create-pool-if-not-found", "--run-once"),
        PENSTOCK_API_URL=server.url,
        code=ExitCode.NOT_FOUND,
    )
    assert other in refused.stderr


def test_what_cannot_be_started_is_refused(command, make_pool, server, unique):
    pool = make_pool()
    unknown = command("worker", "start", "--pool", pool + "x", code=ExitCode.NOT_FOUND)
    assert f"There is no work pool {pool + 'x'!r}. Did you mean {pool!r}?" in unknown.err
    assert "--type process" in unknown.err
    nothing = command("worker", "start", code=ExitCode.USAGE)
    assert "--pool" in nothing.err
    no_type = command("worker", "start", "--pool", pool, "--type", "proces", code=ExitCode.USAGE)
    assert "Did you mean 'process'?" in no_type.err

    foreign = {"name": unique("pool"), "type": "mainframe"}
    assert server.ask("POST", "/work_pools/", foreign).status == 201
    without_launcher = command("worker", "start", "-p", foreign["name"], code=ExitCode.USAGE)
    assert "'mainframe'" in without_launcher.err and "Installed types: process" in without_launcher.err
    wrong = command("worker", "start", "-p", foreign["name"], "-t", "process", code=ExitCode.USAGE)
    assert "is of type 'mainframe'" in wrong.err and "--type mainframe" in wrong.err
