"""Events for automations under load, and what is in the database afterwards: what fired and was done."""

import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, NamedTuple, Self
from uuid import UUID, uuid4

from tests.faults.processes import Site
from tests.faults.record import rows_of

_BATCH = 5
_PAUSE = 0.02
"""Seconds before a sender tries again where no server is there."""


class Senders:
    """Send events, each until a server took it: its id stays the same, whichever server is asked.

    Two of them send `made`, of which two are about each thing. A third sends `left` and `right` in turn, each
    when the one before was taken, so that their order is known.
    """

    def __init__(self, *sites: Site, gap: float = 0.0) -> None:
        """Args: gap: seconds between one batch of a sender and its next, at least."""
        self._ports = [site.server.port for site in sites]
        self._gap, self._allowed = gap, 0
        self._ending = threading.Event()
        self.made: list[UUID] = []
        self.turns: list[tuple[UUID, UUID]] = []
        """Each `left` with the `right` that came after it."""
        senders = [(self._send_made, 0), (self._send_made, 1), (self._send_turns, 2)]
        self._threads = [threading.Thread(target=run, args=(number,)) for run, number in senders]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        for thread in self._threads:
            thread.join(60)

    def allow(self, batches: int) -> None:
        """Let each sender send so many more, however slow the machine is."""
        self._allowed += batches

    def _numbers(self) -> Iterator[int]:
        for number in itertools.count():
            while not self._ending.wait(max(self._gap, _PAUSE)) and number >= self._allowed:
                continue
            if self._ending.is_set():
                return
            yield number

    def _send_made(self, sender: int) -> None:
        for number in self._numbers():
            things = [f"{sender}.{number}.{n // 2}" for n in range(2 * _BATCH)]
            events = [_event("made", thing) for thing in things]
            self._insist(events, sender + number)
            self.made += [UUID(event["id"]) for event in events]

    def _send_turns(self, sender: int) -> None:
        for number in self._numbers():
            pair = []
            for which, name in enumerate(("left", "right")):
                event = _event(name, f"{sender}.{number}")
                self._insist([event], number + which)
                pair.append(UUID(event["id"]))
            self.turns.append((pair[0], pair[1]))

    def _insist(self, events: list[dict[str, Any]], first: int) -> None:
        """Ask one server after the other until one says that it has them."""
        body = json.dumps(events)
        for number in itertools.count(first):
            try:
                if _post(self._ports[number % len(self._ports)], body) == 204:
                    return
            except (OSError, HTTPException):
                pass  # nobody knows whether they were taken
            time.sleep(_PAUSE)


def _post(port: int, body: str) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("POST", "/api/events", body)
        return connection.getresponse().status
    finally:
        connection.close()


def _event(name: str, thing: str) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "event": name,
        "occurred": datetime.now(UTC).isoformat(),
        "resource": {"prefect.resource.id": f"thing.{thing}"},
        "payload": {"n": thing},
    }


EACH = {"type": "event", "expect": ["made"], "posture": "Reactive"}
LEFT, RIGHT = {**EACH, "expect": ["left"]}, {**EACH, "expect": ["right"]}
TRIGGERS: dict[str, Any] = {
    "each": EACH,
    "pairs": {**EACH, "threshold": 2, "for_each": ["prefect.resource.id"]},
    "sevens": {**EACH, "threshold": 7},
    "both": {"type": "compound", "require": "all", "triggers": [LEFT, RIGHT]},
    "in turn": {"type": "sequence", "triggers": [LEFT, RIGHT]},
}


def automate(site: Site) -> None:
    """Make an automation of each trigger; `each` starts a run, and the others only say that they fired."""
    deployment = site.deploy("steady")
    parameters = {"steps": "{{ event.id }}"}
    run = {"type": "run-deployment", "deployment_id": deployment, "parameters": parameters}
    for name, trigger in TRIGGERS.items():
        actions = [run if name == "each" else {"type": "do-nothing"}]
        site.ask("POST", "/automations/", {"name": name, "trigger": trigger, "actions": actions})


_QUERIES = {
    "firings": "SELECT f.id, a.name, f.event_id, f.labels, f.events"
    " FROM automation_firings f JOIN automations a ON a.id = f.automation_id",
    "actions": "SELECT firing_id, status, reason FROM automation_actions",
    "runs": "SELECT parameters FROM flow_runs",
    "told": "SELECT event, count(*) FROM events WHERE event LIKE 'prefect.automation.%' GROUP BY event",
}


class Fired(NamedTuple):
    """One firing."""

    id: UUID
    automation: str
    event: UUID
    labels: str
    """What it was counted by, as a text."""
    events: tuple[UUID, ...]
    """What counted."""


class Log:
    """The firing log, as it is in the database now: a file of SQLite, or a URL of PostgreSQL."""

    def __init__(self, database: str | Path) -> None:
        rows = _rows(database, _QUERIES)
        self._firings = [_fired(*row) for row in rows["firings"]]
        self._actions = [(_uuid(id), status, reason) for id, status, reason in rows["actions"]]
        self._runs = [UUID(json.loads(parameters)["steps"]) for (parameters,) in rows["runs"]]
        self._told = dict(rows["told"])

    def check(self, sent: Senders) -> None:
        """Assert that each event counted once, and that what followed of each firing was done once."""
        made = Counter(sent.made)
        assert set(made.values()) == {1}, "each has an id of its own"
        assert Counter(each.event for each in self._of("each")) == made
        assert Counter(self._runs) == made
        things = Counter(each.labels for each in self._of("pairs"))
        assert set(things.values()) == {1}
        assert len(things) == len(sent.made) // 2
        sevens = [each.events for each in self._of("sevens")]
        assert {len(events) for events in sevens} == {7}
        assert set(Counter(itertools.chain(*sevens)).values()) == {1}
        assert len(sevens) == len(sent.made) // 7
        for name in ("both", "in turn"):
            assert Counter(each.events for each in self._of(name)) == Counter(sent.turns)
        self._check_actions()

    def _of(self, automation: str) -> list[Fired]:
        return [each for each in self._firings if each.automation == automation]

    def _check_actions(self) -> None:
        assert {(status, reason) for _, status, reason in self._actions} == {("done", None)}
        assert Counter(id for id, *_ in self._actions) == Counter(each.id for each in self._firings)
        kinds = ("triggered", "action.triggered", "action.executed")
        told = {f"prefect.automation.{kind}": len(self._firings) for kind in kinds}
        assert self._told == {**told, "prefect.automation.created": len(TRIGGERS)}


def left(database: str | Path) -> tuple[int, int]:
    """How many events wait, and how many actions."""
    queries = {
        "events": "SELECT count(*) FROM event_outbox",
        "actions": "SELECT count(*) FROM automation_actions WHERE ended IS NULL",
    }
    rows = _rows(database, queries)
    return int(rows["events"][0][0]), int(rows["actions"][0][0])


def ended(database: str | Path) -> int:
    """How many actions have come to their end."""
    query = {"ended": "SELECT count(*) FROM automation_actions WHERE ended IS NOT NULL"}
    return int(_rows(database, query)["ended"][0][0])


def _rows(database: str | Path, queries: dict[str, str]) -> dict[str, list[tuple[Any, ...]]]:
    return {
        name: [tuple(row.values()) for row in found] for name, found in rows_of(database, queries).items()
    }


def _fired(id: Any, automation: str, event: Any, labels: str, events: str) -> Fired:
    return Fired(_uuid(id), automation, _uuid(event), labels, tuple(map(UUID, json.loads(events))))


def _uuid(value: Any) -> UUID:
    return UUID(bytes=value) if isinstance(value, bytes) else UUID(str(value))
