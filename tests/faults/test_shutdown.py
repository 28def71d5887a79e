"""A server that is told to end answers what it has taken, and those who wait at once. Nothing is lost."""

import asyncio
import json
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from uuid import UUID

import asyncpg
import pytest
from tests.api.socket_talk import following, opened, say
from tests.db.conftest import (  # noqa: F401 - fixtures
    postgres_server,
    postgres_template,
    postgres_url,
)
from tests.faults.processes import eventually
from tests.server_process import ServerProcess
from websockets.exceptions import ConnectionClosed

CLIENTS = 8
ENOUGH = 150


@pytest.fixture(params=["sqlite", "postgres"])
def environ(request):
    """Which database the server has."""
    if request.param == "sqlite":
        return {}
    return {"PENSTOCK_SERVER_DATABASE_CONNECTION_URL": request.getfixturevalue("postgres_url")}


class Client(threading.Thread):
    """Asks without a pause, over one connection, until the server is gone."""

    def __init__(self, server, number):
        super().__init__()
        self.port, self.number = server.port, number
        self.statuses: list[int] = []
        self.made: list[str] = []

    def run(self):
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        with suppress(OSError, HTTPException):
            for count in range(100_000):
                name = f"v-{self.number}-{count}"
                connection.request("POST", "/api/variables/", json.dumps({"name": name, "value": 1}))
                answer = connection.getresponse()
                answer.read()
                self.statuses.append(answer.status)
                if answer.status == 201:
                    self.made.append(name)
        connection.close()


class Poll(threading.Thread):
    """A worker that waits for work."""

    def __init__(self, server, number):
        super().__init__()
        self.server, self.number = server, number
        self.answer = None

    def run(self):
        waiting = {
            "worker_name": f"w{self.number}",
            "worker_id": str(UUID(int=self.number)),
            "wait_seconds": 30,
        }
        self.answer = self.server.ask("POST", "/work_pools/p/claim", waiting)


def test_under_load_all_that_was_taken_is_answered_and_kept(tmp_path, environ):
    server = ServerProcess(tmp_path / "home", **environ).start()
    server.ask("POST", "/work_pools/", {"name": "p", "type": "process"})
    polls = [Poll(server, number) for number in range(3)]
    clients = [Client(server, number) for number in range(CLIENTS)]
    for thread in (*polls, *clients):
        thread.start()
    eventually(lambda: sum(len(client.statuses) for client in clients) > ENOUGH, "it is under load")
    assert server.stop() == 0
    for thread in (*polls, *clients):
        thread.join(30)
    statuses = [status for client in clients for status in client.statuses]
    assert set(statuses) == {201}
    answers = [(poll.answer.status, poll.answer.json) for poll in polls]
    assert [(status, answer.get("runs", [])) for status, answer in answers] == [(200, [])] * 3, answers
    assert "Traceback" not in server.output
    made = {name for client in clients for name in client.made}
    with ServerProcess(tmp_path / "home", **environ) as again:
        kept = set()
        while page := again.ask("POST", "/variables/filter", {"limit": 200, "offset": len(kept)}).json:
            kept |= {each["name"] for each in page}
        assert kept >= made


def test_followers_are_told_that_it_restarts(tmp_path):
    server = ServerProcess(tmp_path / "home").start()
    with opened(server, "/events/in") as sender, following(server) as follower:
        say(
            sender,
            {
                "occurred": "2026-01-01T00:00:00Z",
                "event": "a",
                "resource": {"prefect.resource.id": "x"},
                "id": str(UUID(int=1)),
            },
        )
        sender.ping().wait(30)  # answered once the event is written
        assert server.stop() == 0
        for socket in (sender, follower):
            assert end_of(socket) in (1001, 1012)
    with ServerProcess(tmp_path / "home") as again:
        found = again.ask("POST", "/events/filter", {"filter": {"event": {"name": ["a"]}}}).json
        assert [each["id"] for each in found["events"]] == [str(UUID(int=1))]


def end_of(socket):
    """The code by which a websocket is closed, whatever comes before."""
    try:
        while True:
            socket.recv(30)
    except ConnectionClosed as closed:
        return closed.rcvd.code


def test_hints_that_wait_are_sent_before_the_end(tmp_path, postgres_url):  # noqa: F811
    async def story():
        heard: list[str] = []
        listener = await asyncpg.connect(postgres_url)
        await listener.add_listener("penstock", lambda *said: heard.append(said[-1]))
        where = {"PENSTOCK_SERVER_DATABASE_CONNECTION_URL": postgres_url}
        server = await asyncio.to_thread(ServerProcess(tmp_path / "home", **where).start)
        made = await asyncio.to_thread(server.ask, "POST", "/variables/", {"name": "last", "value": 1})
        code = await asyncio.to_thread(server.stop)
        await listener.execute("SELECT 1")  # what was sent before has arrived with its answer
        await listener.close()
        return made.json["id"], code, heard

    id, code, heard = asyncio.run(story())
    assert code == 0
    assert f"changed variables:{id}" in heard


def test_a_second_signal_ends_it_at_once(tmp_path):
    server = ServerProcess(tmp_path / "home", PENSTOCK_SERVER_DATABASE_TIMEOUT="600").start()
    holder = subprocess.Popen(
        [sys.executable, "-m", "tests.db.victims", "hold_lock", str(server.home / "penstock.db")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with holder:
        assert holder.stdout.readline() == b"locked\n"
        stuck = threading.Thread(target=give_up, args=(server,))
        stuck.start()
        server.process.send_signal(signal.SIGTERM)
        eventually(lambda: refuses(server), "it takes nothing more")
        assert server.process.poll() is None
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(30) == 1
        stuck.join(30)
        holder.stdin.close()
    assert "Told to end twice: ending at once." in server.output
    with ServerProcess(tmp_path / "home") as again:
        assert again.ask("GET", "/ready").status == 200


def give_up(server):
    with suppress(OSError, HTTPException):
        server.ask("POST", "/variables/", {"name": "stuck", "value": 1})


def refuses(server):
    """Whether nobody listens any more."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=5)
    try:
        connection.connect()
    except OSError:
        return True
    connection.close()
    return False
