import sys
from pathlib import Path

import pytest
from tests.sdk.deployments.git_server import GitServer

from penstock.sdk.deployments import entrypoints


@pytest.fixture
def git_server(tmp_path):
    """A git server that answers everybody."""
    with GitServer(tmp_path) as server:
        yield server


@pytest.fixture
def private_git_server(tmp_path):
    """A git server that answers who knows the token `s3cret/token`."""
    with GitServer(tmp_path, token="s3cret/token") as server:
        yield server


@pytest.fixture
def working_directory(tmp_path, monkeypatch):
    """An empty directory that is the working directory for the test."""
    directory = tmp_path / "here"
    directory.mkdir()
    monkeypatch.chdir(directory)
    return directory


@pytest.fixture
def own_imports(tmp_path, monkeypatch):
    """What the test imports is forgotten after it."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(entrypoints, "_source_directories", set())
    yield
    for name, module in [*sys.modules.items()]:
        place = getattr(module, "__file__", None) or next(iter(getattr(module, "__path__", ())), None)
        if place and Path(place).is_relative_to(tmp_path):
            del sys.modules[name]
