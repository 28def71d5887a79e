"""The process of one run: from a claim or an id to an exit code, and to a state that says what happened."""

import re
import signal
import subprocess
import sys
import threading
import uuid
from pathlib import Path

import msgspec
import pytest
from tests.engine.conftest import use
from tests.engine.flow_process import eventually
from tests.server_process import ServerProcess, clean_environ

from penstock.contract.claims import ClaimRequest, claim_flow_runs
from penstock.contract.flow_runs import SetFlowRunState, set_flow_run_state
from penstock.domain.states import StateCreate, StateType
from penstock.sdk.engine import main as engine

CODE = """
import asyncio, os, signal, sys, time
from penstock import flow, task, runtime
from pathlib import Path

def mark(text):
    with open(os.environ["MARKS"], "a") as file:
        file.write(f"{text}\\n")

@flow(log_prints=True)
def adding(x: int, y: int = 2):
    print(f"sum {x + y}")
    mark(f"sum {x + y} {runtime.deployment.name} {runtime.flow_run.job_variables}")

@flow
async def waiting():
    await asyncio.sleep(0.01)
    mark("waited")

@flow(retries=1)
def flaky():
    mark(f"attempt {runtime.flow_run.run_count}")
    if runtime.flow_run.run_count == 1:
        raise ValueError("not yet")

@flow(flow_run_name="named-{x}")
def named(x): mark(runtime.flow_run.name)

@flow(flow_run_name="in-{place}")
def placed(place: str = "London"): mark(runtime.flow_run.name)

@flow(flow_run_name="in-{plcae}")
def misplaced(place: str = "London"): mark("misplaced")

@flow
def failing(): raise ValueError("no")

@flow
def sleeping():
    mark("sleeping")
    time.sleep(1000)

@flow(timeout_seconds=0.2)
def deaf():
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGURG])
    mark("deaf")
    time.sleep(1000)

@flow
def leaving(): sys.exit(9)
"""


class Site:
    """A server with a pool, and a folder with flows."""

    def __init__(self, server: ServerProcess, folder: Path) -> None:
        self.server, self.folder = server, folder
        self.marks = folder / "marks"
        (folder / "flows.py").write_text(CODE)
        (folder / "broken.py").write_text("import nowhere_to_be_found\n")
        self.pool = f"pool-{uuid.uuid4().hex[:8]}"
        self.post("/work_pools/", {"name": self.pool, "type": "process", "base_job_template": TEMPLATE})

    def post(self, path, body):
        answer = self.server.ask("POST", path, body)
        assert answer.status < 300, answer.body
        return answer.json

    def deploy(self, function, entrypoint=None, **fields):
        flow = self.post("/flows/", {"name": function})
        body = {
            "name": self.pool,
            "flow_id": flow["id"],
            "entrypoint": f"flows.py:{function}" if entrypoint is None else entrypoint,
            "path": str(self.folder),
            "work_pool_name": self.pool,
            **fields,
        }
        return self.post("/deployments/", body)["id"]

    def new_run(self, function, parameters=None, **fields):
        deployment = self.deploy(function, **fields)
        return self.post(f"/deployments/{deployment}/create_flow_run", {"parameters": parameters or {}})["id"]

    def claim(self, store):
        request = ClaimRequest(worker_name="w", worker_id=uuid.uuid4(), limit=1)
        [claimed] = store.call(claim_flow_runs, self.pool, request).runs
        return claimed

    def environ(self, **more):
        return {"PENSTOCK_API_URL": self.server.url, "MARKS": str(self.marks), **more}

    def start(self, *arguments, **environ):
        return subprocess.Popen(
            [sys.executable, "-m", "penstock.engine", *arguments],
            env=clean_environ(self.folder / "home", **self.environ(**environ)),
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments, **environ):
        """Exit code and output."""
        process = self.start(*arguments, **environ)
        output, _ = process.communicate(timeout=60)
        return process.returncode, output

    def marked(self):
        return self.marks.read_text().splitlines() if self.marks.exists() else []


TEMPLATE = {
    "job_configuration": {"env": "{{ env }}"},
    "variables": {"type": "object", "properties": {"env": {"type": "object", "default": {}}}},
}


@pytest.fixture
def site(server_process, tmp_path):
    return Site(server_process, tmp_path)


def claimed_run(site, store, function, monkeypatch, parameters=None, **fields):
    """Claim a new run and run it in this process, as a fork of the zygote does; the run and the exit code."""
    site.new_run(function, parameters, **fields)
    claim = site.claim(store)
    for name, value in site.environ().items():
        monkeypatch.setenv(name, value)
    code = engine.run_claim_document(msgspec.json.encode(claim))
    return store.flow_run(claim.flow_run.id), code


def test_a_claimed_run_is_run(site, served, monkeypatch):
    run, code = claimed_run(site, served, "adding", monkeypatch, {"x": 1})
    assert (code, run.state_name) == (0, "Completed")
    assert site.marked() == [f"sum 3 {site.pool} None"]
    assert served.state_names(run.id) == ["Scheduled", "Pending", "Running", "Completed"]
    assert "sum 3" in [line.message for line in served.logs(run.id)]


def test_a_claimed_run_asks_for_nothing_that_the_claim_has(site, served, monkeypatch):
    from penstock.client.http import HttpTransport

    site.new_run("waiting")
    claim = site.claim(served)
    monkeypatch.setenv("MARKS", str(site.marks))
    asked, exchange = [], HttpTransport.exchange

    def counted(self, request, flight=None):
        asked.append(request.endpoint.name)
        return exchange(self, request, flight)

    monkeypatch.setattr(HttpTransport, "exchange", counted)
    assert engine.run_claimed(claim) == 0
    assert [name for name in asked if name != "create_logs"] == ["set_flow_run_state", "set_flow_run_state"]
    assert asked.count("create_logs") == 1


def test_asynchronous_flows_run_too(site, served, monkeypatch):
    run, code = claimed_run(site, served, "waiting", monkeypatch)
    assert (code, run.state_name, site.marked()) == (0, "Completed", ["waited"])


def test_retries_of_the_code_count_for_a_run_that_knew_none(site, served, monkeypatch):
    run, code = claimed_run(site, served, "flaky", monkeypatch)
    assert (code, run.state_name) == (0, "Completed")
    assert site.marked() == ["attempt 1", "attempt 2"]


def test_the_name_of_the_code_is_taken(site, served, monkeypatch):
    run, _ = claimed_run(site, served, "named", monkeypatch, {"x": 5})
    assert run.name == "named-5"
    assert site.marked() == ["named-5"]


def test_a_name_is_filled_in_from_defaults_too(site, served, monkeypatch):
    run, _ = claimed_run(site, served, "placed", monkeypatch)
    assert run.name == "in-London"
    assert site.marked() == ["in-London"]


def test_a_name_that_cannot_be_filled_in_crashes_the_run_and_says_so(site, served, monkeypatch):
    run, code = claimed_run(site, served, "misplaced", monkeypatch)
    assert (code, run.state_name) == (1, "Crashed")
    assert "The run could not begin" in run.state.message and "no parameter 'plcae'" in run.state.message
    assert site.marked() == []


def test_a_failure_is_an_exit_code(site, served, monkeypatch):
    run, code = claimed_run(site, served, "failing", monkeypatch)
    assert (code, run.state_name) == (1, "Failed")


def test_parameters_that_do_not_fit_fail_the_run(site, served, monkeypatch):
    fields = {"enforce_parameter_schema": False}
    run, code = claimed_run(site, served, "adding", monkeypatch, {"x": "many"}, **fields)
    assert (code, run.state_name) == (1, "Failed")
    assert "Parameter 'x'" in run.state.message
    run, _ = claimed_run(site, served, "adding", monkeypatch, {"z": 1}, **fields)
    assert "missing a required argument: 'x'" in run.state.message
    run, _ = claimed_run(site, served, "named", monkeypatch, **fields)
    assert "missing a required argument: 'x'" in run.state.message


@pytest.mark.parametrize(
    ("entrypoint", "message"),
    [
        ("flows.py:nothing", "The flow could not be loaded: .*nothing"),
        ("missing.py:flow", "The flow could not be loaded: NotFound"),
        ("broken.py:flow", "The flow could not be loaded: ScriptError.*nowhere_to_be_found"),
        ("../outside.py:flow", "The flow could not be loaded: EntrypointInvalid"),
        ("", "The flow could not be loaded: InvalidInput: The deployment has no entrypoint"),
    ],
)
def test_a_flow_that_cannot_be_loaded_crashes_its_run(site, served, monkeypatch, entrypoint, message):
    run, code = claimed_run(site, served, "adding", monkeypatch, entrypoint=entrypoint)
    assert (code, run.state_name) == (1, "Crashed")
    assert re.match(message, run.state.message), run.state.message


def test_code_is_pulled_by_the_steps_of_the_deployment(site, served, monkeypatch):
    site.server.ask("POST", "/variables/", {"name": f"place_{site.pool[5:]}", "value": str(site.folder)})
    reference = "{{ penstock.variables.place_" + site.pool[5:] + " }}"
    steps = [{"penstock.deployments.steps.set_working_directory": {"directory": reference}}]
    monkeypatch.chdir(site.folder.parent)
    run, code = claimed_run(
        site,
        served,
        "adding",
        monkeypatch,
        {"x": 3},
        pull_steps=steps,
        path=None,
        entrypoint="flows.py:adding",
    )
    assert (code, run.state_name) == (0, "Completed"), run.state.message


def test_a_run_is_found_by_its_id_in_the_environment(site, served):
    id = site.new_run("adding", {"x": 1})
    for variable in ("PENSTOCK__FLOW_RUN_ID", "PREFECT__FLOW_RUN_ID"):
        code, output = site.run(**{variable: id})
        assert code == 0, output
    assert served.flow_run(id).state_name == "Completed"
    assert "The run was not started: This run has already ended as Completed" in output
    assert len(site.marked()) == 1


def test_a_claimed_run_is_found_by_id_and_lease(site, served):
    site.new_run("adding", {"x": 1})
    claim = site.claim(served)
    id = str(claim.flow_run.id)
    code, output = site.run(id)
    assert code == 0, "a process without the token counts as the one that the claim was made for"
    site.new_run("adding", {"x": 1})
    claim = site.claim(served)
    code, output = site.run(str(claim.flow_run.id), PENSTOCK__LEASE=str(uuid.uuid4()))
    assert code == 1
    assert "no longer owns the run" in output
    code, output = site.run(str(claim.flow_run.id), PENSTOCK__LEASE=str(claim.lease.id))
    assert code == 0, output
    assert served.flow_run(claim.flow_run.id).state_name == "Completed"


def test_asking_wrongly_is_said(site):
    code, output = site.run("nonsense")
    assert code == 2
    assert output == (
        "penstock: 'nonsense' is not the id of a flow run. "
        "Give it as the argument, or set PENSTOCK__FLOW_RUN_ID.\n"
    )
    code, output = site.run(str(uuid.uuid4()))
    assert code == 1
    assert output.startswith("penstock: ")
    assert "Traceback" not in output


def test_a_server_that_stays_away_is_said_once_and_then_given_up(tmp_path, monkeypatch, capsys, caplog):
    use(monkeypatch, tmp_path, PENSTOCK_API_URL="http://127.0.0.1:9/api")
    monkeypatch.setattr(engine, "PATIENCE_AT_START", 1.2)
    assert engine.main([str(uuid.uuid4())]) == 4
    [waits] = caplog.messages
    said = capsys.readouterr().err.splitlines()[-1]
    assert waits.startswith("No server answers at http://127.0.0.1:9/api")
    assert waits.endswith("Trying for up to 1.2 seconds.")
    assert said.startswith("penstock: No server answers at http://127.0.0.1:9/api")


def test_exit_codes_of_the_code_are_kept_from_the_process(site, served, monkeypatch):
    run, code = claimed_run(site, served, "leaving", monkeypatch)
    assert (code, run.state_name) == (1, "Crashed")
    assert "sys.exit(9)" in run.state.message


def test_sigterm_in_the_process_of_a_run(site, served):
    id = site.new_run("sleeping")
    process = site.start(id)
    try:
        eventually(lambda: site.marked(), "the flow runs")
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == -signal.SIGTERM
    finally:
        process.kill()
        process.communicate()
    assert served.flow_run(id).state_name == "Crashed"


def test_sigterm_of_a_cancelled_run_leaves_it_cancelled(site, served):
    id = site.new_run("sleeping")
    process = site.start(id)
    try:
        eventually(lambda: site.marked(), "the flow runs")
        served.call(set_flow_run_state, id, SetFlowRunState(state=StateCreate(type=StateType.CANCELLING)))
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == -signal.SIGTERM
    finally:
        process.kill()
        process.communicate()
    assert served.flow_run(id).state_name == "Cancelled"


@pytest.mark.slow
def test_code_that_cannot_be_ended_ends_with_its_process(site, served):
    id = site.new_run("deaf")
    code, output = site.run(id)
    state = served.flow_run(id).state
    assert code == 1, output
    assert state.name == "TimedOut"
    assert state.message.endswith("Its code did not stop, so its process was ended.")


def test_nothing_is_left_in_the_process(site, served, monkeypatch):
    before = set(threading.enumerate())
    claimed_run(site, served, "adding", monkeypatch, {"x": 1})
    assert set(threading.enumerate()) <= before
