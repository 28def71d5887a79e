"""Overridden job variables reach a flow, and can be explained: server, worker and commands are real.

The example of the documentation, deployed from its file and run by command, SDK and REST, on either database.
"""

import json
import re
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.cli.worker_process import PROGRAM, WorkerProcess
from tests.e2e.runs import ended, is_in, job_of, log_of
from tests.server_process import ServerProcess

from penstock.domain.default_templates import process_template

EXAMPLE = Path(__file__).parents[2] / "examples" / "job_variables"
POOL = {"EXECUTION_ENVIRONMENT": "development", "REGION": "eu"}
FLOWS = """
import json, os, time
from penstock import flow

@flow(log_prints=True)
def tell(seconds: float = 0.0):
    print("SEEN " + json.dumps(dict(os.environ)))
    time.sleep(seconds)
"""


class Stage:
    """A server, a worker of its pool `local`, and commands that are typed there."""

    def __init__(self, server, folder):
        self.server, self.folder = server, folder
        template = process_template()
        template["variables"]["properties"]["env"]["default"] = POOL
        body = {"name": "local", "type": "process", "base_job_template": template}
        assert server.ask("POST", "/work_pools/", body).status == 201
        (folder / "flows.py").write_text(FLOWS)

    def type(self, *command, cwd=EXAMPLE, code=0, **environ):
        """What a command prints to its standard output."""
        return self._run([PROGRAM, *command], cwd, code, environ)

    def python(self, *script):
        return self._run([sys.executable, *script], EXAMPLE, 0, {})

    def _run(self, command, cwd, code, environ):
        done = subprocess.run(
            command,
            env=self.server.environ | {"PENSTOCK_API_URL": self.server.url, "COLUMNS": "120"} | environ,
            cwd=cwd,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    def deployment(self, name):
        return self.server.ask("GET", f"/deployments/name/{name}").json["id"]

    def run(self, deployment, job_variables, **fields):
        body = {"job_variables": job_variables, **fields}
        answer = self.server.ask("POST", f"/deployments/{deployment}/create_flow_run", body)
        assert answer.status == 201, answer.body
        return answer.json["id"]


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


def test_the_example_by_file_command_sdk_and_rest(stage):
    stage.type("deploy", "--all", EXECUTION_ENVIRONMENT="qa")
    watched = stage.type(
        *(
            "deployment",
            "run",
            "some-work/demo-deployment",
            "-jv",
            "env.EXECUTION_ENVIRONMENT=test",
            "--watch",
        )
    )
    lines = watched.splitlines()
    assert any(line.endswith(" - EXECUTION_ENVIRONMENT=test") for line in lines)
    assert any(line.endswith(" - MY_NOT_SO_SECRET_CONFIG=abc123") for line in lines)
    assert any(line.endswith(" - Hello, test!") for line in lines)
    first = re.search(r"ID: +(\S+)", watched)[1]

    templated = stage.deployment("some-work/templated-deployment")
    second = json.loads(stage.type("deployment", "run", "--id", templated, "--json"))["id"]
    third = stage.run(templated, {"env": {"MY_NOT_SO_SECRET_CONFIG": 42}})
    variables = json.dumps({"env": {"EXECUTION_ENVIRONMENT": None}})
    fourth = stage.python("run_by_sdk.py", "some-work/demo-deployment", variables).strip()
    seen = {run: log_of(stage.server, run) for run in (second, third, fourth) if ended(stage.server, run)}
    assert "EXECUTION_ENVIRONMENT=qa" in seen[second] and "MY_NOT_SO_SECRET_CONFIG=unset" in seen[second]
    assert "EXECUTION_ENVIRONMENT=qa" in seen[third] and "MY_NOT_SO_SECRET_CONFIG=42" in seen[third]
    assert "EXECUTION_ENVIRONMENT=nowhere" in seen[fourth] and "Hello, nowhere!" in seen[fourth]

    explained = stage.type("flow-run", "explain", first)
    table = re.sub(r" +", " ", explained)
    assert "env.EXECUTION_ENVIRONMENT development staging test ← test run (by key)" in table
    assert "env.MY_NOT_SO_SECRET_CONFIG · abc123 ← · abc123 deployment (by key)" in table
    assert "env.REGION eu ← · · eu pool (by key)" in table
    assert "\n  EXECUTION_ENVIRONMENT=test\n" in explained and "Started as " in explained
    said = {
        leaf["path"]: leaf["layer"] for leaf in job_of(stage.server, first)["explanation"]["job"]["leaves"]
    }
    assert (said["env.EXECUTION_ENVIRONMENT"], said["env.REGION"]) == ("run", "pool")

    dry = json.loads(
        stage.type(
            *("deployment", "run", "some-work/demo-deployment", "--dry-run", "--json"),
            *("-jv", "env.EXECUTION_ENVIRONMENT=test"),
        )
    )
    assert dry["job"]["hash"] == job_of(stage.server, first)["explanation"]["job"]["hash"]


# What a run was given, and what of it its flow saw; None is what it did not see.
SEEN = {
    "no override": ({}, {"REGION": "eu", "D": "deployment"}),
    "a dotted name over a nested one": ({"env.D": "run"}, {"D": "run", "REGION": "eu"}),
    "null for all of it": ({"env": None}, {"REGION": "eu", "D": "deployment"}),
    "null for a key": ({"env": {"REGION": None, "D": None}}, {"REGION": None, "D": None}),
    "null for what the worker hands down": ({"env": {"PATH": None}}, {"PATH": None}),
    "types": (
        {"env": {"A": 42, "B": True, "C": [1, {"a": None}], "E": 1.5}},
        {"A": "42", "B": "true", "C": '[1,{"a":null}]', "E": "1.5"},
    ),
    "an unknown name sets nothing": ({"MY_NEW_ENV_VAR": 42}, {"MY_NEW_ENV_VAR": None}),
    "nothing goes through a shell": (
        {"env": {"A": "$(touch x); `id` && \n \"' | %s {{ name }} {{ $HOME }}"}, "name": "x; touch y"},
        {"A": "$(touch x); `id` && \n \"' | %s {{ name }} {{ $HOME }}"},
    ),
    "references": (
        {"env": {"A": "{{ prefect.variables.place.city }}", "B": "{{ penstock.variables.place }}!"}},
        {"A": "Ghent", "B": '{"city":"Ghent"}!'},
    ),
    "a reference with a default": ({"env": {"A": "{{ penstock.variables.no | default('d') }}"}}, {"A": "d"}),
    "a command of its own": ({"command": f"{sys.executable} -m penstock.engine"}, {"D": "deployment"}),
}
# What a run was given, and why it could not start.
CRASHED = {
    "a missing reference": (
        {"env": {"A": "{{ penstock.variables.nope }}"}},
        "Could not be started: {{ penstock.variables.nope }} (in env.A) has no value.",
    ),
    "a directory that is none": (
        {"working_dir": "/no/such"},
        "Could not be started: The job variable `working_dir` names '/no/such', which is no directory on ",
    ),
    "a command that does nothing for the run": (
        {"command": "echo hi"},
        "exited with code 0 before the run started. Its `command` must start the run",
    ),
    "a command that does not exist": ({"command": "/no/such"}, "The command was not found: check `command`"),
    "a command that cannot be split": ({"command": "a 'b"}, "`command` cannot be split into words"),
}


@pytest.fixture
def telling(stage):
    """A deployment of the flow that tells what it sees."""
    path = str(stage.folder)
    flow_id = stage.server.ask("POST", "/flows/", {"name": "tell"}).json["id"]
    body = {
        "name": "d",
        "flow_id": flow_id,
        "work_pool_name": "local",
        "path": path,
        "entrypoint": "flows.py:tell",
    }
    body |= {"job_variables": {"env": {"D": "deployment"}}}
    return stage.server.ask("POST", "/deployments/", body).json["id"]


def test_what_a_flow_sees_is_what_was_resolved(stage, telling):
    stage.server.ask("POST", "/variables/", {"name": "place", "value": {"city": "Ghent"}})
    runs = {what: stage.run(telling, given) for what, (given, _) in SEEN.items()}
    for what, run in runs.items():
        state = ended(stage.server, run)["state"]
        assert state["type"] == "COMPLETED", (what, state)
        [told] = [line for line in log_of(stage.server, run) if line.startswith("SEEN ")]
        environment, expected = json.loads(told.removeprefix("SEEN ")), SEEN[what][1]
        assert {name: environment.get(name) for name in expected} == expected, what


def test_what_cannot_start_says_why_and_never_hangs(stage, telling):
    runs = {what: stage.run(telling, given) for what, (given, _) in CRASHED.items()}
    for what, run in runs.items():
        state = ended(stage.server, run)["state"]
        assert state["type"] == "CRASHED" and CRASHED[what][1] in state["message"], (what, state)


def test_a_run_is_cancelled_by_command(stage, telling):
    run = stage.run(telling, {}, parameters={"seconds": 60})
    is_in(stage.server, run, "RUNNING")
    stage.type("flow-run", "cancel", run)
    assert ended(stage.server, run)["state_type"] == "CANCELLED"
