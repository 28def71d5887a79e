"""F46: parameters that are too large are refused by the limit's name, with advice; nothing is half made."""

import json
import subprocess
import sys

import pytest
from tests.server_process import ServerProcess, clean_environ

from penstock.cli.exits import ExitCode

LIMIT = 512 * 1024
SETTING = "server.api.max_parameter_size"
ADVICE = "where the run can read it"


def of_size(size):
    return {"x": "x" * size}


@pytest.fixture
def server(tmp_path):
    with ServerProcess(tmp_path / "home") as server:
        yield server


def deployed(server, **fields):
    flow = server.ask("POST", "/flows/", {"name": "of large runs"}).json["id"]
    return server.ask("POST", "/deployments/", {"name": "large", "flow_id": flow, **fields})


def counts(server):
    return [server.ask("POST", f"/{noun}/count", {}).json for noun in ("flow_runs", "deployments")]


def asked_for(server, parameters):
    """What `penstock deployment run` prints, and its exit code."""
    found = subprocess.run(
        [
            sys.executable,
            "-m",
            "penstock.cli.main",
            "deployment",
            "run",
            "of large runs/large",
            "--params",
            "-",
        ],
        env=clean_environ(server.home, COLUMNS="300"),
        input=json.dumps(parameters),
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    return found.stdout + found.stderr, found.returncode


def test_every_way_to_a_run_refuses_a_megabyte_and_makes_nothing(server):
    """F46."""
    deployment = deployed(server).json
    due = {"schedule": {"interval": 3600}, "parameters": of_size(LIMIT), "active": True}
    before = counts(server)
    large = {"parameters": of_size(1_000_000)}
    for method, path, body in [
        ("POST", "/flow_runs/", {"flow_id": deployment["flow_id"], **large}),
        ("POST", f"/deployments/{deployment['id']}/create_flow_run", large),
        ("PATCH", f"/deployments/{deployment['id']}", large),
        ("POST", "/deployments/", {"name": "another", "flow_id": deployment["flow_id"], **large}),
        ("POST", f"/deployments/{deployment['id']}/schedules", [due]),
    ]:
        refused = server.ask(method, path, body)
        assert refused.status == 413, (path, refused.body)
        assert refused.json["data"] == {
            "size": refused.json["data"]["size"],
            "limit": LIMIT,
            "setting": SETTING,
        }
        assert ADVICE in refused.json["hint"] and SETTING in refused.json["hint"]
    assert counts(server) == before
    assert server.ask("GET", f"/deployments/{deployment['id']}").json == deployment


def test_fifty_megabytes_are_refused_before_they_are_read(server):
    """F46: to whoever uses the command line too, in words."""
    assert deployed(server).status == 201
    told, code = asked_for(server, of_size(50_000_000))
    assert code == ExitCode.USAGE, told
    assert "server.api.max_body_size" in told and ADVICE in told
    told, code = asked_for(server, of_size(1_000_000))
    assert code == ExitCode.USAGE, told
    assert SETTING in told and ADVICE in told
    assert counts(server) == [0, 1]
    assert asked_for(server, of_size(LIMIT - 100))[1] == 0
    assert counts(server) == [1, 1]


def test_a_megabyte_is_fine_where_the_limit_says_so(tmp_path):
    """F46: the limit is a setting."""
    with ServerProcess(tmp_path / "home", PENSTOCK_SERVER_API_MAX_PARAMETER_SIZE="2000000") as server:
        id = deployed(server, parameters=of_size(1_000_000)).json["id"]
        made = server.ask("POST", f"/deployments/{id}/create_flow_run", {})
        assert (made.status, made.json["parameters"]) == (201, of_size(1_000_000))
