"""The live stream over HTTP: while a server stops, to clients that don't listen, and of two servers."""

import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http.client import HTTPConnection

import psutil
import pytest
from tests.api.conftest import AUTH_STRING
from tests.postgres_server import postgres_server  # noqa: F401 - a fixture
from tests.server_process import ServerProcess

from penstock import __version__


class Listener:
    """A client that reads the stream of a server."""

    def __init__(
        self, server: ServerProcess, method: str = "GET", look_back: int = 0, **headers: str
    ) -> None:
        self.connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
        self.connection.request(method, f"/api/live?look_back={look_back}", headers=headers)
        self.answer = self.connection.getresponse()

    def event(self) -> tuple[str, dict]:
        """The next event; comments are passed over."""
        fields: dict[str, str] = {}
        while (line := self.answer.readline()) not in (b"\n", b"") or "event" not in fields:
            if line == b"":
                raise EOFError
            name, _, value = line.decode().rstrip("\n").partition(": ")
            fields[name] = value
        return fields["event"], json.loads(fields["data"])

    def until(self, noun: str) -> dict:
        """The ids of the next event that names a noun."""
        while True:
            name, data = self.event()
            assert name == "change"
            if noun in data:
                return data[noun]

    def close(self) -> None:
        self.answer.close()
        self.connection.close()


@pytest.fixture
def listen(server):
    with ExitStack() as stack:

        def listen(of: ServerProcess = server, look_back: int = 0, **headers: str) -> Listener:
            listener = Listener(of, look_back=look_back, **headers)
            stack.callback(listener.close)
            return listener

        yield listen


def made(server: ServerProcess, name: str) -> str:
    return server.ask("POST", "/variables/", {"name": name, "value": 1}).json["id"]


def test_it_tells_what_changed_just_before(server, listen):
    id = made(server, "before")
    listener = listen(look_back=60)
    assert listener.event()[0] == "hello"
    assert id in listener.until("variables")


def test_it_begins_at_once_and_tells_what_changes(server, listen):
    listener = listen()
    headers = {name.lower(): value for name, value in listener.answer.getheaders()}
    assert listener.answer.status == 200
    assert headers["content-type"] == "text/event-stream"
    assert headers["cache-control"] == "no-store"
    assert headers["x-accel-buffering"] == "no"
    assert headers["transfer-encoding"] == "chunked"
    name, hello = listener.event()
    assert (name, hello["version"]) == ("hello", __version__)
    assert listen().event()[1]["server"] == hello["server"]
    id = made(server, "told")
    assert listener.until("variables") == [id]


def test_a_run_is_told_from_its_making_to_its_end(server, listen):
    flow = server.ask("POST", "/flows/", {"name": "etl"}).json["id"]
    listener = listen()
    listener.event()
    run = server.ask("POST", "/flow_runs/", {"flow_id": flow}).json["id"]
    assert listener.until("flow_runs") == [run]
    state = {"state": {"type": "COMPLETED"}, "force": True}
    server.ask("POST", f"/flow_runs/{run}/set_state", state)
    assert listener.until("flow_runs") == [run]
    server.ask("DELETE", f"/flow_runs/{run}")
    assert listener.until("flow_runs") == [run]


def test_what_comes_quickly_is_told_together(server, listen):
    listener = listen()
    listener.event()
    ids = [made(server, f"quick_{number}") for number in range(30)]
    told, count = [], 0
    began = time.monotonic()
    while set(told) != set(ids):
        told += listener.until("variables")
        count += 1
    assert len(told) == len(ids)
    assert count <= 2 + 4 * (time.monotonic() - began + 1)


def test_it_asks_for_a_credential(guarded):
    listener = Listener(guarded)
    assert listener.answer.status == 401
    listener.close()
    listener = Listener(guarded, Authorization=f"Bearer {AUTH_STRING}")
    assert listener.event()[0] == "hello"
    listener.close()


def test_head_is_answered_without_a_stream(server):
    listener = Listener(server, "HEAD")
    assert (listener.answer.status, listener.answer.read()) == (200, b"")
    listener.close()


def test_a_stop_waits_for_nobody_who_listens(tmp_path):
    server = ServerProcess(tmp_path / "home").start()
    listeners = [Listener(server) for _ in range(5)]
    for listener in listeners:
        listener.event()
    assert server.stop() == 0
    for listener in listeners:
        assert listener.answer.read() == b"", "the stream ends as it should, and is not cut off"
        listener.close()
    assert "Traceback" not in server.output
    assert "ERROR" not in server.output


def test_a_listener_that_goes_away_is_forgotten(tmp_path):
    with ServerProcess(tmp_path / "home") as server:
        for _ in range(3):
            listener = Listener(server)
            listener.event()
            listener.connection.sock.shutdown(socket.SHUT_RDWR)
            listener.close()
        process, deadline = psutil.Process(server.process.pid), time.monotonic() + 10
        while is_connected(process) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not is_connected(process)
        made(server, "after")
        assert "ERROR" not in server.output


def is_connected(process: psutil.Process) -> bool:
    return any(found.status != "LISTEN" for found in process.net_connections())


def test_a_listener_that_takes_nothing_harms_nobody(server, listen):
    deaf, attentive = listen(), listen()
    attentive.event()
    for number in range(20):
        id = made(server, f"deaf_{number}")
    while id not in attentive.until("variables"):
        pass
    assert deaf.event()[0] == "hello"


@pytest.fixture(scope="module")
def pair(postgres_server, tmp_path_factory):  # noqa: F811
    """Two servers on one PostgreSQL."""
    with ExitStack() as stack:
        database = stack.enter_context(postgres_server.database("template0"))
        homes = [
            ServerProcess(tmp_path_factory.mktemp(name), PENSTOCK_SERVER_DATABASE_CONNECTION_URL=database)
            for name in "ab"
        ]
        with ThreadPoolExecutor(2) as pool:
            yield [*pool.map(stack.enter_context, homes)]


def test_what_changes_at_one_server_is_told_at_the_other(pair, listen):
    here, there = (listen(server) for server in pair)
    ids = {listener.event()[1]["server"] for listener in (here, there)}
    assert len(ids) == 2
    id = made(pair[0], "shared")
    assert here.until("variables") == [id]
    assert there.until("variables") == [id]


def test_both_are_told_when_the_database_was_away(pair, listen, postgres_server):  # noqa: F811
    listeners = [listen(server) for server in pair]
    for listener in listeners:
        listener.event()
    postgres_server.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'penstock'"
    )
    for listener in listeners:
        assert listener.event() == ("resync", {})
