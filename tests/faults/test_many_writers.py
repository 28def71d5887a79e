"""F17, F35: many write to SQLite at once, or come back at once after an outage; all are heard."""

import json
import threading
import time
from collections import Counter
from http.client import HTTPConnection, HTTPException
from uuid import uuid4

import pytest
from tests.faults.invariants import check
from tests.faults.processes import eventually

WRITERS = 50


class Client(threading.Thread):
    """Does a thing again and again on one connection, and counts the statuses of the answers."""

    def __init__(self, site, work):
        super().__init__()
        self._connection = HTTPConnection("127.0.0.1", site.server.port, timeout=60)
        self._work, self._ending = work, threading.Event()
        self.statuses: Counter[int] = Counter()
        self.failure: BaseException | None = None

    def run(self):
        try:
            while not self._ending.is_set():
                self._work(self)
        except BaseException as error:
            self.failure = error
        finally:
            self._connection.close()

    def ask(self, method, path, body):
        """What is answered, as plain data; None where nobody answers."""
        try:
            self._connection.request(method, f"/api{path}", json.dumps(body))
            answer = self._connection.getresponse()
            content = answer.read()
        except (OSError, HTTPException):
            self._connection.close()
            time.sleep(0.05)
            return None
        self.statuses[answer.status] += 1
        return json.loads(content) if content else None

    def end(self):
        self._ending.set()


def together(clients, seconds):
    """Let them work for so long; what all were answered, by status."""
    for client in clients:
        client.start()
    time.sleep(seconds)
    return finish(clients)


def finish(clients):
    for client in clients:
        client.end()
    for client in clients:
        client.join(120)
        assert client.failure is None, client.failure
    return sum((client.statuses for client in clients), Counter())


@pytest.mark.parametrize(
    "seconds", [2.0, pytest.param(600.0, marks=[pytest.mark.slow, pytest.mark.timeout(900)])]
)
def test_many_writers_and_loops_meet_no_lock(hasty_site, seconds):
    """F17: runs that their clients live from their making to their end, beside the loops of the server."""
    site = hasty_site
    flow = site.ask("POST", "/flows/", {"name": "written"})["id"]

    def live(client):
        run = client.ask("POST", "/flow_runs/", {"flow_id": flow, "state": {"type": "PENDING"}})["id"]
        for type in ("RUNNING", "COMPLETED"):
            client.ask("POST", f"/flow_runs/{run}/set_state", {"state": {"type": type}})

    statuses = together([Client(site, live) for _ in range(WRITERS)], seconds)
    assert set(statuses) <= {200, 201}
    assert statuses[201] > 3 * WRITERS
    assert "locked" not in site.server.output
    assert "Trying again" not in site.server.output
    check(site, completed=WRITERS)


WORKERS, RUNS = 200, 2_000


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_workers_and_runs_that_come_back_at_once_are_all_heard(site):
    """F35: after a restart, workers that wait for work, and runs that renew. None is lost."""
    deployment = site.deploy("steady")
    for _ in range(RUNS // 200):
        site.ask("POST", f"/deployments/{deployment}/create_flow_run/bulk", [{} for _ in range(200)])
    held: list[tuple[str, str]] = []

    def claim(client):
        body = {"worker_name": client.name, "worker_id": client.id, "limit": 10, "wait_seconds": 5}
        answer = client.ask("POST", "/work_pools/local/claim", body) or {"runs": []}
        held.extend((run["flow_run"]["id"], run["lease"]["id"]) for run in answer["runs"])

    workers = [Client(site, claim) for _ in range(WORKERS)]
    for worker in workers:
        worker.id = str(uuid4())
        worker.start()
    eventually(lambda: len(held) == RUNS, lambda: f"{len(held)} runs are claimed", 300)
    renewed: set[str] = set()

    def renew(client):
        for run, lease in held[client.number :: 20]:
            if run not in renewed and client.ask(
                "POST", f"/flow_runs/{run}/lease/renew", {"lease_id": lease}
            ):
                renewed.add(run)
        time.sleep(0.05)

    owners = [Client(site, renew) for _ in range(20)]
    site.server.kill()
    for number, owner in enumerate(owners):
        owner.number = number
        owner.start()
    before = [worker.statuses.total() for worker in workers]
    site.restart()
    eventually(lambda: len(renewed) == RUNS, lambda: f"{len(renewed)} of {RUNS} are heard", 120)
    heard = list(zip(workers, before, strict=True))
    eventually(lambda: all(worker.statuses.total() > count for worker, count in heard), "all workers", 120)
    more = site.run("steady")
    eventually(lambda: more in {run for run, _ in held}, "work is taken")
    assert set(finish(owners)) == {200}
    assert set(finish(workers)) == {200}
    record = check(site)
    assert len({run for run, _ in held}) == len(held) == len(record.leases) == RUNS + 1
