"""Three databases, one fixture: what holds of one must hold of all.

`store` is parametrised over SQLite embedded, SQLite in a server and PostgreSQL, and migrated. Tests that need
one of them take `embedded`, `sqlite_server` or `postgres`.
"""

import asyncio
import shutil
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
import uvloop
from tests.postgres_server import (  # noqa: F401 - fixtures
    empty_postgres_url,
    postgres_server,
    postgres_template,
    postgres_url,
)

from penstock.colourless import run_sync
from penstock.db.connect import Mode, open_database
from penstock.db.port import Body, Database

T = TypeVar("T")

KINDS = ["sqlite-embedded", "sqlite-server", "postgres"]


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 29, 0, 59, 59, 123456, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


class Store:
    """A database under test, and the way to run what it returns: with an event loop or without."""

    def __init__(self, url: str, mode: Mode = "server") -> None:
        self.url, self.mode = url, mode
        self.clock = Clock()
        self.db = self.open()
        self._runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)

    def open(self) -> Database:
        """One more `Database` on the same data."""
        return open_database(self.url, self.clock, mode=self.mode)

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        if self.mode == "embedded":
            return run_sync(coroutine)
        return self._runner.run(coroutine)

    def write(self, body: Body[T]) -> T:
        return self.run(self.db.write(body))

    def read(self, body: Body[T]) -> T:
        return self.run(self.db.read(body))

    def write_from_elsewhere(self, body: Body[T]) -> T:
        """Write through another `Database`, from another thread, and wait for it."""
        return in_thread(self._write_apart, body)

    def _write_apart(self, body: Body[T]) -> T:
        async def scenario() -> T:
            other = self.open()
            await other.start()
            try:
                return await other.write(body)
            finally:
                await other.close()

        return run_sync(scenario()) if self.mode == "embedded" else asyncio.run(scenario())

    @contextmanager
    def started(self) -> Iterator["Store"]:
        try:
            self.run(self.db.start())
            yield self
        finally:
            self.run(self.db.close())
            self._runner.close()


def in_thread(function: Callable[..., T], *args: Any) -> T:
    """Call `function` in a thread of its own and wait for its result."""
    answer: list[T] = []
    failure: list[BaseException] = []

    def call() -> None:
        try:
            answer.append(function(*args))
        except BaseException as error:
            failure.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    thread.join(30)
    if failure:
        raise failure[0]
    return answer[0]


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """Each database in turn, empty and ready."""
    with _store(request, request.param) as started:
        yield started


@pytest.fixture(params=["sqlite-server", "postgres"])
def served(request: pytest.FixtureRequest) -> Iterator[Store]:
    """The databases of a server in turn."""
    with _store(request, request.param) as started:
        yield started


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that holds the migrated schema and no rows; copying it costs less than migrating anew."""
    file = tmp_path_factory.mktemp("template") / "penstock.db"
    with Store(f"sqlite:///{file}", "embedded").started():
        return file


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """URL of a migrated file of this test's own."""
    shutil.copy(sqlite_template, tmp_path / "penstock.db")
    return f"sqlite:///{tmp_path}/penstock.db"


@contextmanager
def _store(request: pytest.FixtureRequest, kind: str) -> Iterator[Store]:
    url = request.getfixturevalue("postgres_url" if kind == "postgres" else "sqlite_url")
    with Store(url, "embedded" if kind == "sqlite-embedded" else "server").started() as started:
        yield started


@pytest.fixture
def embedded(sqlite_url: str) -> Iterator[Store]:
    with Store(sqlite_url, "embedded").started() as started:
        yield started


@pytest.fixture
def sqlite_server(sqlite_url: str) -> Iterator[Store]:
    with Store(sqlite_url).started() as started:
        yield started


@pytest.fixture
def postgres(postgres_url: str) -> Iterator[Store]:  # noqa: F811
    with Store(postgres_url).started() as started:
        yield started
