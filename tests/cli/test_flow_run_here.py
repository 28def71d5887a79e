"""Flow runs that a command runs in its own process: `flow-run execute`, `flow-run retry --entrypoint`."""

import pytest

from penstock.cli.exits import ExitCode

FLOWS = """
import os

from penstock import flow


@flow(log_prints=True)
def work(fail: bool = False):
    print(f"the place is {os.environ.get('PLACE')}")
    if fail:
        raise ValueError("told to fail")
"""


@pytest.fixture
def run(command, deploy, tmp_path):
    """A scheduled run of a deployment whose code is here."""
    (tmp_path / "flows.py").write_text(FLOWS)
    deployed = deploy(entrypoint="flows.py:work", path=str(tmp_path))
    return command("deployment", "run", deployed.name, "--json").json


@pytest.fixture
def alone(server, unique, tmp_path):
    """A run that has failed, and has no deployment."""
    (tmp_path / "flows.py").write_text(FLOWS)
    flow_id = server.ask("POST", "/flows/", {"name": unique("flow")}).json["id"]
    return server.ask("POST", "/flow_runs/", {"flow_id": flow_id, "state": {"type": "FAILED"}}).json


def state_of(server, run):
    return server.ask("GET", f"/flow_runs/{run['id']}").json["state_type"]


def test_a_run_is_executed_by_id_or_as_the_environment_says(penstock, server, run):
    done = penstock("flow-run", "execute", run["id"], PENSTOCK_API_URL=server.url, PLACE="here")
    assert "the place is here" in done.stderr
    assert state_of(server, run) == "COMPLETED"
    again = penstock("flow-run", "execute", PENSTOCK__FLOW_RUN_ID=run["id"], PENSTOCK_API_URL=server.url)
    assert "was not started" in again.stderr
    nothing = penstock("flow-run", "execute", code=ExitCode.USAGE, PENSTOCK_API_URL=server.url)
    assert "is not the id of a flow run" in nothing.stderr


def test_a_run_without_a_deployment_is_retried_here(penstock, server, alone):
    arguments = ("flow-run", "retry", alone["id"])
    refused = penstock(*arguments, code=ExitCode.CONFLICT, PENSTOCK_API_URL=server.url)
    assert "without a deployment" in refused.stderr
    absent = penstock(
        *arguments, "-e", "absent.py:work", code=ExitCode.NOT_FOUND, PENSTOCK_API_URL=server.url
    )
    assert "absent.py" in absent.stderr
    assert state_of(server, alone) == "FAILED"
    done = penstock(*arguments, "--entrypoint", "flows.py:work", PENSTOCK_API_URL=server.url, PLACE="here")
    assert "the place is here" in done.stderr
    assert state_of(server, alone) == "COMPLETED"
