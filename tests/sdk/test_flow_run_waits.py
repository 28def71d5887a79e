"""`wait_for_flow_run`: a run that somebody else runs is waited for, in a coroutine."""

import asyncio
import logging
import os
from uuid import UUID, uuid4

import pytest
from tests.server_process import ServerProcess

from penstock.domain.errors import NotFound
from penstock.exceptions import FlowRunWaitTimeout
from penstock.flow_runs import wait_for_flow_run
from penstock.sdk.engine.session import close_session


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with ServerProcess(tmp_path_factory.mktemp("home")) as server:
        yield server


@pytest.fixture(autouse=True)
def settings(server, monkeypatch):
    for name in [name for name in os.environ if name.startswith(("PENSTOCK", "PREFECT"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PENSTOCK_HOME", str(server.home))
    yield
    close_session()


@pytest.fixture
def run(server):
    flow = server.ask("POST", "/flows/", {"name": "waited-for"}).json["id"]
    made = server.ask("POST", "/flow_runs/", {"flow_id": flow, "name": "r", "state": {"type": "RUNNING"}})
    return UUID(made.json["id"])


def end(server, run, type="COMPLETED"):
    body = {"state": {"type": type, "message": "by the test"}}
    assert server.ask("POST", f"/flow_runs/{run}/set_state", body).status == 201


class Ears(logging.Handler):
    """Hears what is said of runs, and tells of the first line."""

    def __init__(self):
        super().__init__()
        self.lines, self.heard = [], asyncio.Event()

    def emit(self, record):
        self.lines.append(record.getMessage())
        self.heard.set()


def test_it_waits_for_the_end(server, run):
    async def story():
        ears, logger = Ears(), logging.getLogger("penstock.flow_runs")
        logger.addHandler(ears)
        waiting = asyncio.create_task(wait_for_flow_run(run, log_states=True))
        await ears.heard.wait()
        await asyncio.to_thread(end, server, run)
        found = await waiting
        logger.removeHandler(ears)
        return found, ears.lines

    found, lines = asyncio.run(story())
    assert found.id == run and found.state.is_completed() and found.state.message == "by the test"
    assert lines == ["Flow run 'r' is in state Running", "Flow run 'r' is in state Completed"]


def test_one_that_has_failed_is_returned_too(server, run):
    end(server, run, "FAILED")
    found = asyncio.run(wait_for_flow_run(run))
    assert found.state.is_failed()


def test_it_gives_up_in_time_and_leaves_the_run_alone(server, run):
    with pytest.raises(FlowRunWaitTimeout, match=r"'r' has not ended within .* it is Running"):
        asyncio.run(wait_for_flow_run(run, timeout=0.2, poll_interval=0.05))
    assert server.ask("GET", f"/flow_runs/{run}").json["state_type"] == "RUNNING"


def test_a_run_that_nobody_knows_is_told():
    with pytest.raises(NotFound):
        asyncio.run(wait_for_flow_run(uuid4()))
