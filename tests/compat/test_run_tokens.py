"""The reference's client in a job of our worker, with nothing but the token of its run."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.server_process import ServerProcess, clean_environ

AUTH_STRING = "boss:pass:word"
BOSS = {"Authorization": f"Bearer {AUTH_STRING}"}
PEER = Path(os.environ.get("PENSTOCK_PEER", ""))
FLOW = """
import json, os
from pathlib import Path
from prefect import flow, task
from prefect.artifacts import create_markdown_artifact
from prefect.events import emit_event
from prefect.variables import Variable

@task(log_prints=True)
def double(number):
    print(f"doubling {number}")
    return 2 * number

@flow
def below(number):
    return double(number)

@flow(log_prints=True)
def wide():
    told = {name: value for name, value in os.environ.items() if name.startswith(("PENSTOCK", "PREFECT"))}
    Path(os.environ["TOLD"]).write_text(json.dumps(told))
    print("it begins")
    numbers = [future.result() for future in double.map([1, 2])]
    create_markdown_artifact("# kept", key="kept")
    Variable.set("seen", 1)
    Variable.set("seen", Variable.get("seen") + 1, overwrite=True)
    emit_event("it.happened", resource={"prefect.resource.id": "test.thing"})
    return sum(numbers) + below(3)
"""


@pytest.fixture
def guarded(tmp_path):
    with ServerProcess(tmp_path / "server", PENSTOCK_SERVER_API_AUTH_STRING=AUTH_STRING) as server:
        yield server


def test_a_flow_of_the_reference_does_its_work_by_its_run_s_token(guarded, tmp_path):
    def ask(method, path, body=None):
        answer = guarded.ask(method, path, body, **BOSS)
        assert answer.status < 300, (path, answer)
        return answer.json if answer.body else None

    (tmp_path / "wide.py").write_text(FLOW)
    ask("POST", "/work_pools/", {"name": "p", "type": "process"})
    flow = ask("POST", "/flows/", {"name": "wide"})["id"]
    variables = {
        "command": f"{PEER / 'prefect'} flow-run execute",
        "working_dir": str(tmp_path),
        "env": {
            "PREFECT_HOME": str(tmp_path / "peer-home"),
            "DO_NOT_TRACK": "1",
            "TOLD": str(tmp_path / "told"),
        },
    }
    body = {"flow_id": flow, "work_pool_name": "p", "name": "d", "entrypoint": "wide.py:wide"}
    deployment = ask("POST", "/deployments/", body | {"path": str(tmp_path), "job_variables": variables})[
        "id"
    ]
    key = ask("POST", "/api_keys/", {"name": "w", "role": "worker", "work_pools": ["p"]})["key"]
    run = ask("POST", f"/deployments/{deployment}/create_flow_run", {})["id"]
    environ = clean_environ(tmp_path / "home", PENSTOCK_API_URL=guarded.url, PENSTOCK_API_KEY=key)
    command = [sys.executable, "-m", "penstock.cli.main", "worker", "start", "--pool", "p", "--run-once"]
    done = subprocess.run(command, env=environ, cwd=tmp_path, capture_output=True, text=True, timeout=110)
    found = ask("GET", f"/flow_runs/{run}")
    assert found["state_type"] == "COMPLETED", f"{found['state']}\n{done.stdout}\n{done.stderr}"
    told = json.loads((tmp_path / "told").read_text())
    assert told["PREFECT_API_KEY"].startswith("psr_") and key not in json.dumps(told)
    only = {"flow_runs": {"id": {"any_": [run]}}}
    deadline = time.monotonic() + 30
    while len(ask("POST", "/task_runs/filter", only)) < 3 and time.monotonic() < deadline:
        time.sleep(0.05)
    states = {each["name"]: each["state_type"] for each in ask("POST", "/task_runs/filter", only)}
    assert [state for name, state in states.items() if name.startswith("double")] == ["COMPLETED"] * 2, states
    lines = ask("POST", "/logs/filter", {"logs": {"flow_run_id": {"any_": [run]}}})
    messages = [line["message"] for line in lines]
    assert "it begins" in messages and "doubling 1" in messages
    children = ask("POST", "/flow_runs/filter", {"flow_runs": {"parent_flow_run_id": {"any_": [run]}}})
    assert [each["state_type"] for each in children] == ["COMPLETED"]
    assert ask("GET", "/artifacts/kept/latest")["flow_run_id"] == run
    assert ask("GET", "/variables/name/seen")["value"] == 2
    refused = ask("POST", "/audit/filter", {"outcome": "refused"})["rows"]
    assert refused == [], refused
