"""The guide's story: an event comes, an automation runs a deployment with what it says, the flow prints it.

Server, worker and commands are real, on either database.
"""

import re
import subprocess
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from tests.cli.worker_process import PROGRAM, WorkerProcess
from tests.e2e.runs import ended, job_of, log_of
from tests.server_process import ServerProcess

FLOWS = """
import os
from penstock import flow

@flow(log_prints=True)
def answer():
    print("The meaning of life is", os.environ.get("MY_NEW_ENV_VAR"))
"""
ANSWERED = "deep-thought.answered"


class Stage:
    """A server, a worker of its pool `local`, and a deployment."""

    def __init__(self, server, folder):
        self.server, self.folder = server, folder
        self.post("/work_pools/", {"name": "local", "type": "process"})
        (folder / "flows.py").write_text(FLOWS)
        flow = self.post("/flows/", {"name": "answer"})["id"]
        body = {"name": "d", "flow_id": flow, "work_pool_name": "local"}
        body |= {"path": str(folder), "entrypoint": "flows.py:answer"}
        self.deployment = self.post("/deployments/", body)["id"]

    def post(self, path, body):
        answer = self.server.ask("POST", path, body)
        assert answer.status in (200, 201, 204), answer.body
        return answer.json if answer.body else None

    def automation(self, name, job_variables, **action):
        body = {
            "name": name,
            "trigger": {"type": "event", "expect": [name]},
            "actions": [
                {
                    "type": "run-deployment",
                    "deployment_id": self.deployment,
                    "job_variables": job_variables,
                    **action,
                }
            ],
        }
        return self.post("/automations/", body)["id"]

    def emit(self, name, payload):
        event = {
            "id": str(uuid4()),
            "occurred": datetime.now(UTC).isoformat(),
            "event": name,
            "resource": {"prefect.resource.id": "deep.thought"},
            "payload": payload,
        }
        self.post("/events", [event])

    def done(self, automation, seconds=30.0):
        """The actions of the automation's firing, once they have ended."""
        deadline = time.monotonic() + seconds
        while True:
            found = self.post(f"/automations/{automation}/firings", {})
            if found and all(action["ended"] for action in found[0]["actions"]):
                return found[0]["actions"]
            assert time.monotonic() < deadline, found
            time.sleep(0.02)

    def type(self, *command):
        """What a command prints to its standard output."""
        done = subprocess.run(
            [PROGRAM, *command],
            env=self.server.environ | {"PENSTOCK_API_URL": self.server.url, "COLUMNS": "120"},
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def stage(request, tmp_path_factory):
    """The stage on each database in turn."""
    folder, environ = tmp_path_factory.mktemp(request.param), {}
    with ExitStack() as stack:
        if request.param == "postgres":
            database = request.getfixturevalue("postgres_server").database("template0")
            environ["PENSTOCK_SERVER_DATABASE_CONNECTION_URL"] = stack.enter_context(database)
        server = stack.enter_context(ServerProcess(folder / "home", **environ))
        stage = Stage(server, folder)
        stack.enter_context(WorkerProcess(server, "local", folder))
        yield stage


def test_the_guides_story(stage):
    variables = {"env": {"MY_NEW_ENV_VAR": "{{ event.payload.the_meaning_of_life }}"}}
    automation = stage.automation(ANSWERED, variables)
    stage.emit(ANSWERED, {"the_meaning_of_life": 42})
    (action,) = stage.done(automation)
    assert action["status"] == "done", action
    run = action["flow_run_id"]
    assert ended(stage.server, run)["state_type"] == "COMPLETED"
    assert "The meaning of life is 42" in log_of(stage.server, run)
    job = job_of(stage.server, run)["explanation"]["job"]
    assert job["origins"] == {"run": f"automation:{ANSWERED}"}
    explained = re.sub(r" +", " ", stage.type("flow-run", "explain", run))
    assert f"run (automation {ANSWERED})" in explained.lower()
    assert "env.MY_NEW_ENV_VAR · · 42 ← 42 run (by key)" in explained
    made_by = stage.server.ask("GET", f"/flow_runs/{run}").json["created_by"]
    assert made_by == {"id": automation, "type": "AUTOMATION", "display_value": ANSWERED}


def test_what_cannot_be_used_is_refused_and_creates_nothing(stage):
    automation = stage.automation("wrong", {"env": "{{ event.payload.env }}"})
    stage.emit("wrong", {"env": "no map"})
    (action,) = stage.done(automation)
    assert action["status"] == "failed" and action["flow_run_id"] is None
    assert [problem["path"] for problem in action["outcome"]["problems"]] == ["env"]
    assert action["rendered"]["job_variables"] == {"env": "no map"}
