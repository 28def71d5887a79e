"""The reference's own client against our server: `make test-compat`, which installs it beside.

Without it there is nothing to try, so that `make test` passes these by.
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.postgres_server import (  # noqa: F401 - fixtures
    PostgresServer,
    postgres_server,
    postgres_template,
)
from tests.server_process import ServerProcess

PEER = os.environ.get("PENSTOCK_PEER")
"""The folder of its interpreter and its command, which the make target sets."""

collect_ignore_glob = [] if PEER else ["test_*.py"]


PROGRAMS = Path(__file__).parent / "programs"
URL = "PENSTOCK_SERVER_DATABASE_CONNECTION_URL"


CONTROL = os.environ.get("PENSTOCK_COMPAT_CONTROL")
"""The URL of a server of the reference, against which the tests themselves can be tried."""


class Elsewhere(NamedTuple):
    """A server that somebody else has started."""

    url: str


@pytest.fixture(scope="module", params=["control"] if CONTROL else ["sqlite", "postgres"])
def server(request, tmp_path_factory):
    """A server on each database."""
    if request.param == "control":
        yield Elsewhere(CONTROL)
        return
    home = tmp_path_factory.mktemp("served")
    if request.param == "sqlite":
        with ServerProcess(home) as server:
            yield server
        return
    postgres: PostgresServer = request.getfixturevalue("postgres_server")
    with (
        postgres.database(request.getfixturevalue("postgres_template")) as url,
        ServerProcess(home, **{URL: url}) as server,
    ):
        yield server


@pytest.fixture
def peer_environ(server, tmp_path):
    """What programs of the reference get: our server, and a home of their own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PENSTOCK", "PREFECT"))}
    return kept | {
        "PREFECT_API_URL": server.url,
        "PREFECT_HOME": str(tmp_path / "peer-home"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "COLUMNS": "200",
    }


@pytest.fixture
def program(peer_environ, tmp_path):
    """Run a Python program with the reference's interpreter; what it prints."""

    def run(source: str, name: str = "program.py") -> str:
        """`source` is a program, or the name of a file in the folder of programs."""
        if source.endswith(".py"):
            name, source = source, (PROGRAMS / source).read_text()
        (tmp_path / name).write_text(source)
        return _finished([str(Path(PEER or "") / "python"), name], peer_environ, tmp_path)

    return run


@pytest.fixture
def prefect(peer_environ, tmp_path):
    """Run a command of the reference; what it prints."""

    def run(*arguments: str) -> str:
        return _finished([str(Path(PEER or "") / "prefect"), *arguments], peer_environ, tmp_path)

    return run


@pytest.fixture
def worker(peer_environ, tmp_path):
    """A worker of the reference that serves a pool within a `with`."""

    @contextmanager
    def serving(pool: str) -> Iterator[None]:
        command = [str(Path(PEER or "") / "prefect"), "worker", "start", "--pool", pool]
        with (tmp_path / "worker").open("wb") as output:
            process = subprocess.Popen(command, env=peer_environ, cwd=tmp_path, stdout=output, stderr=output)
            try:
                yield
            finally:
                process.terminate()
                process.wait(60)

    return serving


def _finished(command: list[str], environ: dict[str, str], folder: Path) -> str:
    done = subprocess.run(
        command, env=environ, cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr
