"""Concurrency limits under load: many processes, two servers on a database, killed holders, changes."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.faults.processes import eventually
from tests.postgres_server import postgres_server  # noqa: F401 - a fixture
from tests.server_process import ServerProcess, clean_environ

CLIENTS = 16
CLIENT = Path(__file__).parent / "slot_client.py"
QUICK = {"PENSTOCK_SERVER_LEASES_SWEEP_EVERY": "0.2"}


class Servers:
    """One server or two, on one database, and programs that take slots of a limit there."""

    def __init__(self, stack, folder, database=None):
        self.stack, self.folder, self.log = stack, folder, folder / "stays"
        self.log.touch()
        environ = QUICK | ({} if database is None else {"PENSTOCK_SERVER_DATABASE_CONNECTION_URL": database})
        homes = [ServerProcess(folder / name, **environ) for name in ("ab" if database else "a")]
        with ThreadPoolExecutor(2) as pool:
            self.servers = [*pool.map(stack.enter_context, homes)]
        self.clients = []

    def ask(self, method, path, body=None):
        answer = self.servers[len(self.clients) % len(self.servers)].ask(method, path, body)
        assert answer.status < 300, answer.body
        return answer.json if answer.body else None

    def limit(self, **given):
        self.ask("PATCH", "/v2/concurrency_limits/db", given)

    @property
    def taken(self):
        return self.ask("GET", "/v2/concurrency_limits/db")["active_slots"]

    def begin(self, count, rounds, seconds):
        """So many programs, in turn at each server."""
        for number in range(count):
            server = self.servers[number % len(self.servers)]
            environ = clean_environ(self.folder / f"home-{number}", PENSTOCK_API_URL=server.url)
            arguments = [sys.executable, str(CLIENT), "db", str(self.log), str(rounds), str(seconds)]
            with (self.folder / "output").open("ab") as output:
                process = subprocess.Popen(arguments, env=environ, stdout=output, stderr=output)
            self.clients.append(process)
            self.stack.callback(process.wait, 30)
            self.stack.callback(process.kill)

    def finish(self):
        """Wait for all programs; none may have failed, but for those that were killed."""
        codes = [client.wait(120) for client in self.clients]
        assert set(codes) <= {0, -9}, (self.folder / "output").read_text()

    def stays(self):
        """When somebody held slots: begin and end. A killed one's end is when it last was seen."""
        begun, ended = {}, {}
        for line in self.log.read_text().splitlines():
            kind, pid, began, *end = line.split()
            begun[pid, began] = float(began)
            if kind == "end":
                ended[pid, began] = float(end[0])
        return [(begin, ended.get(key, begin)) for key, begin in begun.items()]

    def most(self):
        """How many held slots at one moment."""
        changes = sorted([(begin, 1) for begin, _ in self.stays()] + [(end, -1) for _, end in self.stays()])
        now = most = 0
        for _, change in changes:
            now += change
            most = max(most, now)
        return most


@pytest.fixture
def one(tmp_path):
    with ExitStack() as stack:
        yield Servers(stack, tmp_path)


@pytest.fixture
def two(postgres_server, tmp_path):  # noqa: F811
    with ExitStack() as stack:
        database = stack.enter_context(postgres_server.database("template0"))
        yield Servers(stack, tmp_path, database)


@pytest.mark.parametrize("rounds", [6, pytest.param(60, marks=[pytest.mark.slow, pytest.mark.timeout(600)])])
def test_two_servers_and_many_processes_never_pass_a_limit(two, rounds):
    two.ask("POST", "/v2/concurrency_limits/", {"name": "db", "limit": 3})
    two.begin(CLIENTS, rounds, 0.01)
    two.finish()
    assert len(two.stays()) == CLIENTS * rounds
    assert two.most() <= 3
    assert two.taken == 0


@pytest.mark.parametrize("kind", ["one", "two"])
def test_a_limit_is_changed_while_it_is_busy(request, kind):
    site = request.getfixturevalue(kind)
    site.ask("POST", "/v2/concurrency_limits/", {"name": "db", "limit": 5})
    site.begin(CLIENTS, 4, 0.05)
    eventually(lambda: site.stays(), "somebody began")
    site.limit(limit=2)
    eventually(lambda: site.taken <= 2, "those above have given back")
    site.limit(limit=0)
    eventually(lambda: site.taken == 0, "all have given back")
    before = len(site.stays())
    assert before < CLIENTS * 4
    site.servers[0].ask("GET", "/v2/concurrency_limits/db")
    assert site.taken == 0
    assert len(site.stays()) == before  # nobody begins while it is closed
    site.limit(limit=10)
    site.finish()
    assert len(site.stays()) == CLIENTS * 4
    assert site.most() <= 10
    assert site.taken == 0


def test_holders_and_waiters_are_killed_and_the_others_go_on(one):
    one.ask("POST", "/v2/concurrency_limits/", {"name": "db", "limit": 1})
    one.begin(8, 5, 0.05)
    killed = 0
    while killed < 4:
        seen = len(one.stays())
        eventually(lambda seen=seen: len(one.stays()) > seen, "the next one began")
        last = one.log.read_text().splitlines()[-1].split()
        holder = next(client for client in one.clients if str(client.pid) == last[1])
        if last[0] != "begin" or holder.poll() is not None:
            continue
        waiter = next(client for client in one.clients if client.poll() is None and client is not holder)
        holder.kill()
        if killed == 0:
            waiter.kill()
        killed += 1
    one.finish()
    assert one.most() <= 1
    assert one.taken == 0
    assert sum(client.returncode == 0 for client in one.clients) >= 3
