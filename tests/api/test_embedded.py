"""The server in the process of its client: the same answers and refusals, without HTTP or an event loop."""

import csv
import io
import subprocess
import sys
from uuid import UUID, uuid4

import pytest
from tests.server_process import clean_environ

from penstock.client.client import open_client
from penstock.colourless import run_sync
from penstock.contract.admin import health
from penstock.contract.claims import ClaimRequest, claim_flow_runs
from penstock.contract.flow_runs import FlowRunCreate, create_flow_run, download_logs, read_flow_run
from penstock.contract.flows import FlowCreate, create_flow
from penstock.contract.logs import LogCreate, create_logs
from penstock.contract.variables import VariableCreate, create_variable, read_variable_by_name, read_variables
from penstock.domain.errors import AlreadyExists, Conflict, InvalidInput, NotFound
from penstock.settings import load_settings


@pytest.fixture
def client(tmp_path):
    settings = load_settings({"PENSTOCK_HOME": str(tmp_path / "home")}, tmp_path)
    client = open_client(settings, {})
    yield client
    client.close()


def test_calls_are_answered_and_kept(client, tmp_path):
    made = run_sync(client.call(create_variable, VariableCreate(name="a", value={"b": [1]})))
    assert run_sync(client.call(read_variable_by_name, "a")) == made
    assert run_sync(client.call(read_variables)) == [made]
    assert run_sync(client.call(health)) is True
    assert (tmp_path / "home" / "penstock.db").stat().st_mode & 0o777 == 0o600


def test_refusals_are_those_of_the_api(client):
    run_sync(client.call(create_variable, VariableCreate(name="a", value=1)))
    with pytest.raises(AlreadyExists):
        run_sync(client.call(create_variable, VariableCreate(name="a", value=1)))
    with pytest.raises(NotFound):
        run_sync(client.call(read_flow_run, uuid4()))
    with pytest.raises(InvalidInput):
        run_sync(client.call(create_flow, FlowCreate(name=5)))  # type: ignore[arg-type]


def test_what_is_stored_is_no_longer_the_callers_to_change(client):
    value = {"list": [1]}
    made = run_sync(client.call(create_variable, VariableCreate(name="a", value=value)))
    value["list"].append(2)
    assert made.value == {"list": [1]}


def test_runs_keep_the_entrance_that_they_came_through(client):
    flow = run_sync(client.call(create_flow, FlowCreate(name="f")))
    run = run_sync(client.call(create_flow_run, FlowRunCreate(flow_id=flow.id)))
    assert run_sync(client.call(read_flow_run, run.id)).id == run.id


def test_a_download_comes_whole(client):
    flow = run_sync(client.call(create_flow, FlowCreate(name="f")))
    run = run_sync(client.call(create_flow_run, FlowRunCreate(flow_id=flow.id)))
    lines = [
        LogCreate(name="l", level=20, message=f"line {number}", timestamp=run.created, flow_run_id=run.id)
        for number in range(4_321)
    ]
    for start in range(0, len(lines), 1_000):
        run_sync(client.call(create_logs, lines[start : start + 1_000]))
    table = list(csv.reader(io.StringIO(run_sync(client.call(download_logs, run.id)).decode())))
    assert {row[4] for row in table[1:]} == {line.message for line in lines}
    assert len(table) == 1 + len(lines)
    with pytest.raises(NotFound):
        run_sync(client.call(download_logs, uuid4()))


def test_waiting_for_others_is_refused(client):
    with pytest.raises(Conflict, match="server start"):
        run_sync(client.call(claim_flow_runs, "p", ClaimRequest(worker_name="w", worker_id=UUID(int=1))))


def test_a_postgresql_database_cannot_be_embedded(tmp_path):
    url = "postgresql://127.0.0.1/x"
    environ = {"PENSTOCK_HOME": str(tmp_path), "PENSTOCK_SERVER_DATABASE_CONNECTION_URL": url}
    client = open_client(load_settings(environ, tmp_path), {})
    with pytest.raises(InvalidInput, match="Start a server"):
        run_sync(client.call(health))


def test_no_web_server_is_loaded(tmp_path):
    program = (
        "import sys; from pathlib import Path; from penstock.settings import load_settings\n"
        "from penstock.server.embedded import open_embedded\n"
        "open_embedded(load_settings()).close(); print(*sys.modules)"
    )
    command = [sys.executable, "-c", program]
    loaded = subprocess.run(
        command,
        env=clean_environ(tmp_path),
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        timeout=60,
    )
    assert {"uvicorn", "uvloop", "httptools", "websockets", "asyncpg"} & set(loaded.stdout.split()) == set()
