"""`run_deployment`: a run is made as asked for, and waited for as long as asked for."""

import asyncio
import logging
import os
import threading
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from tests.server_process import ServerProcess

from penstock import flow, tags, task
from penstock.deployments import arun_deployment, run_deployment
from penstock.domain.errors import InvalidInput, NotFound, ParameterInvalid, ServerUnreachable
from penstock.domain.problems import JobVariablesInvalid
from penstock.sdk.engine.session import close_session

SCHEMA = {
    "type": "object",
    "properties": {"count": {"type": "integer"}, "when": {}},
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with ServerProcess(tmp_path_factory.mktemp("home")) as server:
        assert server.ask("POST", "/work_pools/", {"name": "local", "type": "process"}).status == 201
        yield server


@pytest.fixture(autouse=True)
def settings(server, monkeypatch):
    for name in [name for name in os.environ if name.startswith(("PENSTOCK", "PREFECT"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PENSTOCK_HOME", str(server.home))
    yield
    close_session()


@pytest.fixture
def deployment(server):
    """The id and the name of a deployment of a flow of its own."""
    flow_name = f"flow-{uuid4().hex[:8]}"
    flow_id = server.ask("POST", "/flows/", {"name": flow_name}).json["id"]
    fields = {"parameter_openapi_schema": SCHEMA, "parameters": {"count": 1}, "tags": ["of-deployment"]}
    body = {"name": "d", "flow_id": flow_id, "work_pool_name": "local", **fields}
    return server.ask("POST", "/deployments/", body).json["id"], f"{flow_name}/d"


@pytest.fixture
def finish(server):
    """Lets the next run of a deployment end, as if somebody had run it."""
    threads = []

    def run(deployment_id, kind, after):
        deadline, due = time.monotonic() + 20, None
        while time.monotonic() < deadline:
            query = {"deployments": {"id": {"any_": [deployment_id]}}}
            found = server.ask("POST", "/flow_runs/filter", query).json
            due = due or (found and time.monotonic() + after)
            if found and time.monotonic() >= due:
                body = {"state": {"type": kind, "message": "by the test"}, "force": True}
                server.ask("POST", f"/flow_runs/{found[0]['id']}/set_state", body)
                return
            time.sleep(0.01)

    def start(deployment_id, kind="COMPLETED", after=0.0):
        threads.append(threading.Thread(target=run, args=(deployment_id, kind, after)))
        threads[-1].start()

    yield start
    for thread in threads:
        thread.join()


def test_a_run_is_made_as_asked_for(server, deployment):
    due = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    with tags("in-force"):
        run = run_deployment(
            deployment[1],
            parameters={"when": due},
            scheduled_time=due,
            flow_run_name="mine",
            timeout=0,
            tags=["asked"],
            job_variables={"env": {"A": 1}},
        )
    stored = server.ask("GET", f"/flow_runs/{run.id}").json
    assert (stored["name"], stored["state_name"]) == ("mine", "Scheduled")
    assert datetime.fromisoformat(stored["next_scheduled_start_time"]) == due
    assert stored["parameters"] == {"count": 1, "when": due.isoformat().replace("+00:00", "Z")}
    assert set(stored["tags"]) == {"of-deployment", "asked", "in-force"}
    assert stored["job_variables"] == {"env": {"A": 1}}
    job = server.ask("GET", f"/flow_runs/{run.id}/job_spec").json["explanation"]["job"]
    assert job["origins"] == {"run": "sdk"}


@pytest.mark.parametrize("name", [lambda key, _: key, lambda key, _: UUID(key), lambda _, name: name])
def test_by_name_and_by_id(deployment, name):
    assert str(run_deployment(name(*deployment), timeout=0).deployment_id) == deployment[0]


def test_it_waits_for_the_end(deployment, finish):
    finish(deployment[0], "FAILED", after=0.3)
    run = run_deployment(deployment[1], poll_interval=60)
    assert run.state.is_failed()
    assert run.state.message == "by the test"


def test_the_timeout_ends_the_wait_and_not_the_run(deployment):
    begun = time.monotonic()
    run = run_deployment(deployment[1], timeout=0.3)
    assert time.monotonic() - begun >= 0.3
    assert run.state.is_scheduled()


def test_the_same_key_is_the_same_run(deployment):
    first, second = (run_deployment(deployment[1], timeout=0, idempotency_key="k") for _ in range(2))
    assert first.id == second.id


def test_in_a_coroutine_it_is_awaited(deployment, finish):
    finish(deployment[0])

    async def main():
        waited = await run_deployment(deployment[1])
        return waited, await arun_deployment(deployment[1], timeout=0, flow_run_name="second")

    waited, second = asyncio.run(main())
    assert waited.state.is_completed()
    assert second.name == "second"


def test_in_a_flow_it_is_a_child_of_its_run(server, deployment, finish):
    finish(deployment[0], after=0.1)

    @task
    def five():
        return 5

    @flow
    def parent():
        return run_deployment(deployment[1], parameters={"count": five.submit()}).id

    child = server.ask("GET", f"/flow_runs/{parent()}").json
    close_session()
    assert child["parameters"]["count"] == 5
    stands_for = server.ask("GET", f"/task_runs/{child['parent_task_run_id']}").json
    assert stands_for["state_name"] == "Completed"
    assert stands_for["state"]["state_details"]["child_flow_run_id"] == child["id"]
    [source] = stands_for["task_inputs"]["count"]
    assert source["input_type"] == "task_run"


def test_a_child_that_is_not_waited_for_leaves_nothing_running(server, deployment):
    @flow
    def parent():
        return run_deployment(deployment[1], timeout=0).id

    child = server.ask("GET", f"/flow_runs/{parent()}").json
    close_session()
    stands_for = server.ask("GET", f"/task_runs/{child['parent_task_run_id']}").json
    assert stands_for["state_name"] == "Completed"
    assert "was not waited for" in stands_for["state"]["message"]


def test_it_need_not_be_a_child(server, deployment):
    @flow
    def parent():
        return run_deployment(deployment[1], timeout=0, as_subflow=False).id

    assert server.ask("GET", f"/flow_runs/{parent()}").json["parent_task_run_id"] is None


def test_in_an_asynchronous_flow_it_is_awaited(server, deployment, finish):
    finish(deployment[0], after=0.1)

    @flow
    async def parent():
        run = await run_deployment(deployment[1])
        return run.id, run.state.is_completed()

    id, has_completed = asyncio.run(parent())
    assert has_completed
    assert server.ask("GET", f"/flow_runs/{id}").json["parent_task_run_id"] is not None


def test_what_is_doubtful_is_logged(deployment, caplog, monkeypatch):
    # Whoever sets up logging first, this test or a flow before it, gives our logger a terminal of its own.
    monkeypatch.setattr(logging.getLogger("penstock"), "handlers", [caplog.handler])
    run = run_deployment(deployment[1], timeout=0, job_variables={"imgae": "x"})
    assert [problem.path for problem in run.job_variable_warnings] == ["imgae"]
    assert "the pool does not declare it" in caplog.text


# What cannot be run.


@pytest.fixture
def nothing_made(server, deployment):
    yield
    query = {"deployments": {"id": {"any_": [deployment[0]]}}}
    assert server.ask("POST", "/flow_runs/count", query).json == 0


@pytest.mark.parametrize(
    ("given", "error", "told"),
    [
        ({"parameters": {"count": "many"}}, ParameterInvalid, "'count' must be integer"),
        ({"parameters": {"cuont": 1}}, ParameterInvalid, "cuont"),
        ({"parameters": {"when": object()}}, ParameterInvalid, "'when' of 'd' cannot be sent as JSON"),
        ({"job_variables": {"stream_output": "x"}}, JobVariablesInvalid, "stream_output"),
        ({"work_queue_name": "nowhere"}, NotFound, "nowhere"),
    ],
)
def test_values_that_do_not_fit(deployment, nothing_made, given, error, told):
    with pytest.raises(error, match=told):
        run_deployment(deployment[1], timeout=0, **given)


def test_a_deployment_that_does_not_exist(deployment):
    flow_name = deployment[1].partition("/")[0]
    with pytest.raises(NotFound, match=f"There is no deployment '{flow_name}/dd'"):
        run_deployment(f"{flow_name}/dd")
    with pytest.raises(NotFound, match="There is no deployment"):
        run_deployment(uuid4())
    with pytest.raises(InvalidInput, match="neither the name nor the id of a deployment"):
        run_deployment("just-a-word")


def test_without_a_server(monkeypatch, tmp_path):
    monkeypatch.setenv("PENSTOCK_HOME", str(tmp_path))
    with pytest.raises(ServerUnreachable, match="penstock server start"):
        run_deployment("a/b")
