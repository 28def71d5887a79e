"""A real server for a test: `penstock server start` in a process of its own, with a home of its own.

    with ServerProcess(tmp_path / "home") as server:
        answer = server.ask("GET", "/health")

or, as a fixture: `from tests.server_process import running_server` is not needed; write

    @pytest.fixture
    def server(tmp_path):
        with ServerProcess(tmp_path / "home") as server:
            yield server

The port is taken by the server itself (`--port 0`), so that tests run beside each other.
"""

import json
import os
import signal
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple, Self

from penstock.settings.running import running_server

_START_SECONDS = 60.0
_STOP_SECONDS = 20.0


def clean_environ(home: Path, **more: str) -> dict[str, str]:
    """The environment of a process that knows nothing of ours or the reference's but its home."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PENSTOCK", "PREFECT"))}
    return kept | {"PENSTOCK_HOME": str(home)} | more


class Answer(NamedTuple):
    """What the server answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as plain data."""
        return json.loads(self.body)


class ServerProcess:
    """A server that runs while this is entered.

    Args:
        home: Its home; made if need be, and kept when the server ends.
        arguments: More options of `penstock server start`.
        environ: More variables, such as `PENSTOCK_SERVER_API_AUTH_STRING`.
    """

    def __init__(self, home: Path, *arguments: str, port: int = 0, **environ: str) -> None:
        self.home, self._arguments, self._port = home, arguments, port
        self.environ = clean_environ(home, **environ)
        self.process: subprocess.Popen[bytes] | None = None
        self.url = ""

    def start(self) -> Self:
        """Start it, and return once it answers."""
        self.home.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "penstock.cli.main", "server", "start", "--port", str(self._port)]
        with (self.home / "output").open("ab") as output:
            self.process = subprocess.Popen(
                [*command, *self._arguments],
                env=self.environ,
                cwd=self.home,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            record = running_server(self.home)
            if record is not None and record.pid == self.process.pid:
                self.url = record.url
                return self
            time.sleep(0.01)
        self.kill()
        raise AssertionError("the server did not start:\n" + self.output)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Tell it to end, wait until it has, and return its exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(_STOP_SECONDS)

    def kill(self) -> None:
        """End it on the spot, as a crash would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(_STOP_SECONDS)

    @property
    def output(self) -> str:
        """All that it has written to its terminal."""
        return (self.home / "output").read_text()

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self.url.split(":")[2].split("/")[0])

    def connect(self, timeout: float = 30.0) -> HTTPConnection:
        """A connection to it."""
        return HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def ask(
        self, method: str, path: str, body: Any = None, *, raw: bytes | None = None, **headers: str
    ) -> Answer:
        """Ask it something, on a connection of its own.

        Args:
            path: Below `/api`.
            body: Sent as JSON.
            raw: Sent as it is, instead of `body`.
            headers: With `_` for `-` in their names.
        """
        sent = raw if raw is not None else None if body is None else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection = self.connect()
        try:
            connection.request(method, f"/api{path}", body=sent, headers=named)
            answer = connection.getresponse()
            return Answer(answer.status, {n.lower(): v for n, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *failure: object) -> None:
        try:
            self.stop()
        except subprocess.TimeoutExpired:
            self.kill()
            raise
