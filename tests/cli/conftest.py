"""Commands as people run them: a process, with a home of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
from tests.server_process import ServerProcess

from penstock.cli import root
from penstock.domain.default_templates import process_template

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def environ(home: Path) -> dict[str, str]:
    """The environment that commands get: nothing of ours or the reference's from outside."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PENSTOCK", "PREFECT"))}
    return kept | {"PENSTOCK_HOME": str(home), "COLUMNS": "100"}


@pytest.fixture
def penstock(environ: dict[str, str], tmp_path: Path) -> Run:
    """Run `penstock` with some arguments; `code` is the exit code that is expected."""
    program = Path(sys.executable).with_name("penstock")

    def run(*arguments: str, code: int = 0, input: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        finished = subprocess.run(
            [program, *arguments],
            env=environ | more,
            cwd=tmp_path,
            input=input,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert finished.returncode == code, finished.stdout + finished.stderr
        assert "Traceback" not in finished.stderr
        return finished

    return run


class Outcome(NamedTuple):
    """What a command printed."""

    out: str
    err: str

    @property
    def json(self) -> Any:
        """Its standard output, as one JSON document."""
        return json.loads(self.out)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """One server for all tests of a module; they keep apart by the names that they choose."""
    with ServerProcess(tmp_path_factory.mktemp("served")) as server:
        yield server


@pytest.fixture
def command(
    server: ServerProcess,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> Callable[..., Outcome]:
    """Run a command against `server`, in this process: what it prints is returned. It costs no new Python."""
    for name in [name for name in os.environ if name.startswith(("PENSTOCK", "PREFECT"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PENSTOCK_HOME", str(server.home))
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object, code: int = 0) -> Outcome:
        capsys.readouterr()
        found = root.run([str(each) for each in arguments])
        outcome = Outcome(*capsys.readouterr())
        assert found == code, outcome.out + outcome.err
        return outcome

    return run


@pytest.fixture
def unique() -> Callable[[str], str]:
    """Makes names that no other test has."""
    return lambda stem: f"{stem}-{uuid4().hex[:8]}"


@pytest.fixture
def make_pool(server: ServerProcess, unique: Callable[[str], str]) -> Callable[..., str]:
    """Make a process pool, with these defaults in its `env`, and return its name."""

    def make(**env: str) -> str:
        template = process_template()
        template["variables"]["properties"]["env"]["default"] = env
        name = unique("pool")
        body = {"name": name, "type": "process", "base_job_template": template}
        assert server.ask("POST", "/work_pools/", body).status == 201
        return name

    return make


class Deployed(NamedTuple):
    """A deployment that a test has made."""

    id: str
    name: str
    """`flow/deployment`."""
    pool: str

    @property
    def flow(self) -> str:
        """The flow's name."""
        return self.name.partition("/")[0]


@pytest.fixture
def deploy(
    server: ServerProcess, unique: Callable[[str], str], make_pool: Callable[..., str]
) -> Callable[..., Deployed]:
    """Make a deployment of a flow of its own, in a pool of its own unless one is given."""

    def make(**fields: Any) -> Deployed:
        flow, pool = unique("flow"), fields.pop("work_pool_name", None) or make_pool()
        flow_id = server.ask("POST", "/flows/", {"name": flow}).json["id"]
        body = {"name": "demo", "flow_id": flow_id, "work_pool_name": pool, **fields}
        answer = server.ask("POST", "/deployments/", body)
        assert answer.status == 201, answer.body
        return Deployed(answer.json["id"], f"{flow}/{answer.json['name']}", pool)

    return make
