"""Where flows of these tests run: in both colours, against the embedded store and against a real server."""

import asyncio
import functools
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.server_process import ServerProcess

from penstock.client.client import Client, open_client
from penstock.colourless import run_sync
from penstock.contract.filters import FlowRunOfTaskFilter, IdIn, LogFilter, TaskRunFilter
from penstock.contract.flow_runs import FlowRunResponse, read_flow_run
from penstock.contract.logs import Log, LogQuery, read_logs
from penstock.contract.states import State, read_flow_run_states, read_task_run_states
from penstock.contract.task_runs import TaskRun, TaskRunQuery, read_task_runs
from penstock.sdk.engine.session import close_session
from penstock.sdk.flows import Flow
from penstock.sdk.tasks import Task
from penstock.settings import load_settings


class Colour:
    """Lets one scenario, written as a coroutine function, be a synchronous and an asynchronous flow."""

    def __init__(self, name: str) -> None:
        self.is_async = name == "async"

    def flow(self, **options: Any) -> Callable[[Any], Flow[..., Any]]:
        return lambda fn: Flow(self._coloured(fn), **options)

    def task(self, **options: Any) -> Callable[[Any], Task[..., Any]]:
        return lambda fn: Task(self._coloured(fn), **options)

    def _coloured(self, fn: Any) -> Any:
        if self.is_async:
            return fn

        @functools.wraps(fn)
        def plain(*args: Any, **kwargs: Any) -> Any:
            return run_sync(fn(*args, **kwargs))

        return plain

    def run(self, flow: Any, *args: Any, **kwargs: Any) -> Any:
        """Call a flow or task from outside any."""
        if not self.is_async:
            return flow(*args, **kwargs)

        async def call() -> Any:
            return await flow(*args, **kwargs)

        return asyncio.run(call())

    async def get(self, answer: Any) -> Any:
        """What calling a flow or task of this colour from a flow of this colour came to."""
        return await answer if self.is_async else answer

    async def sleep(self, seconds: float) -> None:
        if self.is_async:
            await asyncio.sleep(seconds)
        else:
            time.sleep(seconds)  # noqa: ASYNC251 - no loop runs this


@pytest.fixture(params=["sync", "async"])
def colour(request: pytest.FixtureRequest) -> Colour:
    return Colour(request.param)


class Store:
    """Reads back what was recorded."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def call(self, endpoint: Any, *args: Any) -> Any:
        return run_sync(self.client.call(endpoint, *args))

    def flow_run(self, id: Any) -> FlowRunResponse:
        return self.call(read_flow_run, id)

    def states(self, flow_run_id: Any) -> list[State]:
        return self.call(read_flow_run_states, flow_run_id)

    def state_names(self, flow_run_id: Any) -> list[str]:
        return [state.name for state in self.states(flow_run_id)]

    def task_runs(self, flow_run_id: Any) -> list[TaskRun]:
        """Oldest first."""
        of_run = TaskRunFilter(flow_run_id=FlowRunOfTaskFilter(any_=[flow_run_id]))
        found = self.call(read_task_runs, TaskRunQuery(task_runs=of_run))
        return sorted(found, key=lambda run: run.expected_start_time)

    def task_run(self, flow_run_id: Any, name: str) -> TaskRun:
        return next(run for run in self.task_runs(flow_run_id) if run.name == name)

    def task_state_names(self, task_run_id: Any) -> list[str]:
        return [state.name for state in self.call(read_task_run_states, task_run_id)]

    def logs(self, flow_run_id: Any) -> list[Log]:
        of_run = LogFilter(flow_run_id=IdIn(any_=[flow_run_id]))
        return self.call(read_logs, LogQuery(logs=of_run))


def use(monkeypatch: pytest.MonkeyPatch, home: Path, **environ: str) -> None:
    """Let flows of this process run under these settings alone."""
    for name in list(os.environ):
        if name.startswith(("PENSTOCK", "PREFECT")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PENSTOCK_HOME", str(home))
    for name, value in environ.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def embedded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The store in this process, fresh."""
    use(monkeypatch, tmp_path / "home")
    client = open_client(load_settings(), {})
    yield Store(client)
    close_session()
    client.close()


@pytest.fixture(scope="session")
def server_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path_factory.mktemp("server")) as process:
        yield process


@pytest.fixture
def served(server_process: ServerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A real server, which the tests of a process share."""
    use(monkeypatch, tmp_path / "home", PENSTOCK_API_URL=server_process.url)
    client = open_client(load_settings(), {})
    yield Store(client)
    close_session()
    client.close()


@pytest.fixture(params=["embedded", "served"])
def store(request: pytest.FixtureRequest) -> Store:
    """Either."""
    found: Store = request.getfixturevalue(request.param)
    return found
