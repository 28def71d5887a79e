"""Everything real: servers, workers and commands in processes of their own, flows in files."""

import os
import sys

import pytest
from tests.cli.conftest import command, server, unique  # noqa: F401 - fixtures
from tests.postgres_server import empty_postgres_url, postgres_server  # noqa: F401 - fixtures

from penstock.sdk.deployments import entrypoints
from penstock.sdk.engine.session import close_session


@pytest.fixture
def own_imports(monkeypatch):
    """What a test imports from its own files is forgotten after it."""
    known = set(sys.modules)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(entrypoints, "_source_directories", set())
    yield
    for name in set(sys.modules) - known:
        if not name.startswith(("penstock", "pydantic")) and "site-packages" not in _file_of(name):
            del sys.modules[name]


def _file_of(name):
    return getattr(sys.modules[name], "__file__", None) or "site-packages"


@pytest.fixture
def sdk(server, monkeypatch, own_imports):  # noqa: F811
    """Python code of this process that calls the SDK means `server`."""
    for name in [name for name in os.environ if name.startswith(("PENSTOCK", "PREFECT"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PENSTOCK_HOME", str(server.home))
    yield
    close_session()
