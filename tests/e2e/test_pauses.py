"""A flow leaves its process to wait for somebody, who answers; another process goes on with the answer."""

import os
import time

import pytest
from tests.cli.worker_process import WorkerProcess
from tests.e2e.runs import ended, is_in, log_of

from penstock.cli.exits import ExitCode

FLOWS = """
import os
from penstock import flow, pause_flow_run, suspend_flow_run, task, tags
from penstock.input import RunInput


class Guest(RunInput):
    name: str
    seats: int = 1


@task
def prepare():
    print(f"prepared by {os.getpid()}")


@flow(log_prints=True)
def invite():
    prepare()
    guest = suspend_flow_run(wait_for_input=Guest.with_initial_data(description="Who comes?", seats=2))
    print(f"{guest.name} comes with {guest.seats}")


@flow(log_prints=True)
async def ainvite():
    prepare()
    guest = await suspend_flow_run(wait_for_input=Guest)
    print(f"{guest.name} comes with {guest.seats}")


@flow(log_prints=True)
async def choose():
    number = await pause_flow_run(wait_for_input=int, timeout=60)
    print(f"chosen: {number + 1}")
"""


@pytest.fixture
def site(server, command, unique, tmp_path):
    """A pool with a worker, and its deployments of the flows above."""
    pool = unique("pool")
    (tmp_path / "flows.py").write_text(FLOWS)
    command("work-pool", "create", pool, "--type", "process", "--json")

    def run(function):
        flow_id = server.ask("POST", "/flows/", {"name": f"{function}-{pool}"}).json["id"]
        body = {
            "name": "d",
            "flow_id": flow_id,
            "work_pool_name": pool,
            "path": str(tmp_path),
            "entrypoint": f"flows.py:{function}",
        }
        deployment = server.ask("POST", "/deployments/", body).json["id"]
        return server.ask("POST", f"/deployments/{deployment}/create_flow_run", {}).json["id"]

    with WorkerProcess(server, pool, tmp_path):
        yield run


def is_gone(pid, seconds=20.0):
    """Return once there is no process of this id."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        assert time.monotonic() < deadline, f"the process {pid} lives on"
        time.sleep(0.02)


@pytest.mark.parametrize("function", ["invite", "ainvite"])
def test_a_suspended_flow_goes_on_in_another_process(server, command, site, function):
    run = site(function)
    suspended = is_in(server, run, "PAUSED")
    assert suspended["state_name"] == "Suspended"
    is_gone(int(suspended["infrastructure_pid"].rpartition(":")[2]))
    assert server.ask("GET", f"/flow_runs/{run}").json["state_name"] == "Suspended"
    refused = command("flow-run", "resume", run, "--input", '{"seats": 3}', code=ExitCode.USAGE)
    assert "name: is required." in refused.err
    command("flow-run", "resume", run, "--input", '{"name": "Ada", "seats": 3}')
    done = ended(server, run)
    assert (done["state_name"], done["run_count"]) == ("Completed", 1)
    log = log_of(server, run)
    assert "Ada comes with 3" in log
    prepared = [line for line in log if line.startswith("prepared by")]
    assert len(set(prepared)) == 2
    tasks = server.ask("POST", "/task_runs/filter", {"flow_runs": {"id": {"any_": [run]}}}).json
    assert [task["state_name"] for task in tasks] == ["Completed", "Completed"]


def test_a_paused_flow_goes_on_where_it_is(server, command, site):
    run = site("choose")
    assert is_in(server, run, "PAUSED")["state_name"] == "Paused"
    command("flow-run", "resume", run, "--input", '{"value": 41}')
    assert ended(server, run)["state_name"] == "Completed"
    assert "chosen: 42" in log_of(server, run)
