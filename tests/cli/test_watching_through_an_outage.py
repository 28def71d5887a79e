"""A run that is watched while its server goes away and comes back."""

import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from tests.server_process import ServerProcess

PROGRAM = Path(sys.executable).with_name("penstock")


@pytest.fixture
def run(home):
    """A home with a run in it, and the port of the server that was there."""
    with ServerProcess(home) as server:
        flow_id = server.ask("POST", "/flows/", {"name": "work"}).json["id"]
        body = {"flow_id": flow_id, "state": {"type": "RUNNING"}}
        return server.ask("POST", "/flow_runs/", body).json["id"], server.port


def wait_until(condition, seconds=20.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_watching_goes_on_where_it_was(home, run, tmp_path):
    id, port = run
    said = tmp_path / "said"
    with ServerProcess(home, port=port) as server, said.open("wb") as output:
        watching = subprocess.Popen(
            [PROGRAM, "flow-run", "watch", id], env=server.environ, stdout=output, stderr=output
        )
        try:
            wait_until(lambda: "Running" in said.read_text())
            server.stop()
            assert watching.poll() is None
            server.start()
            server.ask("POST", f"/flow_runs/{id}/set_state", {"state": {"type": "COMPLETED"}})
            assert watching.wait(20) == 0, said.read_text()
        finally:
            if watching.poll() is None:
                watching.kill()
                watching.wait()
    text = said.read_text()
    assert text.count("Running") == 1 and "ended as Completed" in text
    assert "Traceback" not in text


def emit(server):
    event = {
        "id": str(uuid4()),
        "occurred": datetime.now(UTC).isoformat(),
        "event": "file.arrived",
        "resource": {"prefect.resource.id": "file.1"},
    }
    assert server.ask("POST", "/events", [event]).status == 204


def test_following_firings_goes_on_where_it_was(home, tmp_path):
    trigger = {"type": "event", "expect": ["file.arrived"], "posture": "Reactive"}
    automation = {"name": "watched", "trigger": trigger, "actions": [{"type": "do-nothing"}]}
    said = tmp_path / "said"
    with ServerProcess(home) as server:
        server.ask("POST", "/automations/", automation)
        port = server.port
    with ServerProcess(home, port=port) as server, said.open("wb") as output:
        following = subprocess.Popen(
            [PROGRAM, "automation", "firings", "watched", "--follow"],
            env=server.environ | {"PYTHONUNBUFFERED": "1"},
            stdout=output,
            stderr=output,
        )
        try:
            emit(server)
            wait_until(lambda: said.read_text().count("do-nothing done") == 1)
            server.stop()
            assert following.poll() is None
            server.start()
            emit(server)
            wait_until(lambda: said.read_text().count("do-nothing done") == 2)
        finally:
            following.kill()
            following.wait()
    assert "Traceback" not in said.read_text()
