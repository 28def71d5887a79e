"""Servers that a module's tests share: an open one, and one that asks for a credential."""

from collections.abc import Iterator

import pytest
from tests.server_process import ServerProcess

AUTH_STRING = "someone:pass:word"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server on loopback, open to everybody there."""
    with ServerProcess(tmp_path_factory.mktemp("home")) as server:
        yield server


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server that asks for `AUTH_STRING`."""
    home = tmp_path_factory.mktemp("guarded")
    with ServerProcess(home, PENSTOCK_SERVER_API_AUTH_STRING=AUTH_STRING) as server:
        yield server
