import os
import sys

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
def own_imports(monkeypatch):
    """What the test imports is forgotten after it."""
    before = dict(sys.modules)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(entrypoints, "_source_directories", set())
    yield
    for name in [*sys.modules]:
        if name not in before:
            file = getattr(sys.modules[name], "__file__", None) or ""
            if os.sep + "site-packages" + os.sep not in file and "penstock" not in name:
                del sys.modules[name]
