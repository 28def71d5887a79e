"""The launchers under test, and a server whose pools workers serve."""

import os
from uuid import uuid4

import pytest
from tests.server_process import ServerProcess
from tests.workers.stage import Stage
from tests.workers.stand import Stand

from penstock.workers.registry import load_launcher

LAUNCHERS = ["process"]
"""Each must pass the conformance suite of `test_launchers.py`."""


@pytest.fixture(params=LAUNCHERS)
def stage(request, tmp_path):
    """Each launcher in turn."""
    return Stage(load_launcher(request.param)(), tmp_path)


@pytest.fixture
def process_stage(tmp_path):
    """The process launcher."""
    return Stage(load_launcher("process")(), tmp_path)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server for all tests of a module."""
    with ServerProcess(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture
def stand(server, tmp_path, monkeypatch):
    """A pool of the test's own, without a worker so far."""
    for name in [name for name in os.environ if name.startswith(("PENSTOCK", "PREFECT"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PENSTOCK_HOME", str(tmp_path / "home"))
    stand = Stand(server, f"pool-{uuid4().hex[:8]}", tmp_path)
    yield stand
    for client in stand.clients:
        client.close()
