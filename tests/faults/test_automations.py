"""kill -9 of the server while events arrive, automations fire and their actions create runs.

Each event is evaluated once, and every firing is acted on exactly once.
"""

import itertools
import json
import random
import sqlite3
import threading
import time
from collections import Counter
from http.client import HTTPConnection, HTTPException
from uuid import uuid4

import pytest
from tests.faults.processes import eventually

BATCH = 5


class Senders:
    """Send events, each until it was taken: its id stays the same."""

    def __init__(self, site) -> None:
        self._port = site.server.port
        self._ending = threading.Event()
        self.sent: list[str] = []
        self._threads = [threading.Thread(target=self._run, args=(n,)) for n in range(2)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._ending.set()
        for thread in self._threads:
            thread.join(60)

    def _run(self, sender: int) -> None:
        for number in itertools.count():
            if self._ending.is_set():
                return
            self._insist([_event(f"{sender}.{number}.{n // 2}") for n in range(2 * BATCH)])

    def _insist(self, events) -> None:
        while True:
            try:
                status = self._post(json.dumps(events))
            except (OSError, HTTPException):
                status = 0  # nobody knows whether they were taken
            if status == 204:
                self.sent += [event["id"] for event in events]
                return
            time.sleep(0.02)

    def _post(self, body: str) -> int:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=30)
        try:
            connection.request("POST", "/api/events", body)
            return connection.getresponse().status
        finally:
            connection.close()


def _event(thing):
    occurred = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    resource = {"prefect.resource.id": f"thing.{thing}"}
    return {
        "id": str(uuid4()),
        "event": "made",
        "occurred": occurred,
        "resource": resource,
        "payload": {"n": thing},
    }


def _automations(site) -> dict[str, str]:
    deployment = site.deploy("steady")
    run = {"type": "run-deployment", "deployment_id": deployment, "parameters": {"steps": "{{ event.id }}"}}
    each = {"type": "event", "expect": ["made"], "posture": "Reactive"}
    pairs = {**each, "threshold": 2, "for_each": ["prefect.resource.id"]}
    made = {}
    for name, trigger, actions in [("each", each, [run]), ("pairs", pairs, [{"type": "do-nothing"}])]:
        body = {"name": name, "trigger": trigger, "actions": actions}
        made[name] = site.ask("POST", "/automations/", body)["id"]
    return made


class Log:
    """The firing log, as it is in the database now."""

    def __init__(self, home) -> None:
        connection = sqlite3.connect(f"file:{home / 'penstock.db'}?mode=ro", uri=True, timeout=20)
        connection.execute("BEGIN")
        self.waiting = connection.execute("SELECT count(*) FROM event_outbox").fetchone()[0]
        self.pending = connection.execute(
            "SELECT count(*) FROM automation_actions WHERE ended IS NULL"
        ).fetchone()[0]
        self.firings = connection.execute(
            "SELECT a.name, f.event_id, f.labels FROM automation_firings f"
            " JOIN automations a ON a.id = f.automation_id"
        ).fetchall()
        self.actions = connection.execute(
            "SELECT a.name, x.firing_id, x.status, x.reason FROM automation_actions x"
            " JOIN automations a ON a.id = x.automation_id"
        ).fetchall()
        self.parameters = connection.execute("SELECT parameters FROM flow_runs").fetchall()
        connection.close()

    @property
    def is_quiet(self) -> bool:
        return not self.waiting and not self.pending


@pytest.mark.parametrize(
    "kills", [20, pytest.param(200, marks=[pytest.mark.slow, pytest.mark.timeout(1200)])]
)
def test_each_event_is_evaluated_once_and_each_firing_acted_on_once(site, kills):
    _automations(site)
    chance = random.Random(kills)
    with Senders(site) as senders:
        for _ in range(kills):
            time.sleep(chance.uniform(0.0, 0.3))
            site.server.kill()
            site.restart()
    eventually(lambda: Log(site.home).is_quiet, "all to be done", 120)
    log = Log(site.home)
    sent = [bytes.fromhex(id.replace("-", "")) for id in senders.sent]
    assert len(sent) > kills
    assert Counter(id for name, id, _ in log.firings if name == "each") == Counter(sent)
    things = Counter(labels for name, _, labels in log.firings if name == "pairs")
    assert set(things.values()) == {1}
    assert len(things) == len(sent) // 2
    assert {(status, reason) for _, _, status, reason in log.actions} == {("done", None)}
    assert set(Counter(firing for _, firing, _, _ in log.actions).values()) == {1}
    runs = Counter(json.loads(parameters)["steps"] for (parameters,) in log.parameters)
    assert runs == Counter(senders.sent)
    assert "Traceback" not in site.server.output
