"""How soon an event's automation has created its run, and how many events are recorded and evaluated."""

import time
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from benchmarks.databases import postgres
from benchmarks.figures import Figure, middle, percentile
from benchmarks.machine import memory_of_tree, wait_until
from benchmarks.rest import Rest
from benchmarks.sides import Side, Sides

AUTOMATIONS = 200
THINGS = 1_000
THRESHOLD = 10
_BATCH = 100
_ID = "prefect.resource.id"


def measure(sides: Sides) -> list[Figure]:
    """One event at a time on an idle server; then a flood of them, on each database."""
    ours, peer = _observe(sides.ours, 20_000), _observe(sides.peer, 1_000) if sides.peer else {}
    with postgres() as environ:
        on_postgres = _flood(sides.ours, 20_000, environ)
    against = f"against {AUTOMATIONS} automations"
    return [
        Figure("event accepted → run created, idle: p50", "ms", ours["p50"], 30, peer.get("p50")),
        Figure("event accepted → run created, idle: p95", "ms", ours["p95"], 100, peer.get("p95")),
        Figure("events evaluated, SQLite", "/s", ours["rate"], 2_000, peer.get("rate"), True, against),
        Figure(
            "events evaluated, PostgreSQL",
            "/s",
            on_postgres["rate"],
            2_000,
            None,
            True,
            f"{against}; fsync off",
        ),
        Figure("events that were lost", "", ours["lost"] + on_postgres["lost"], 0),
        Figure("memory of the server after the flood", "MB", ours["memory"], 300, peer.get("memory")),
    ]


def _observe(side: Side, count: int) -> dict[str, float]:
    times = 50 if side.name == "penstock" else 5
    with side.server() as server:
        rest = Rest(server.port)
        deployment = _deployment(rest)
        _automation(rest, {"expect": ["bench.single"]}, deployment)
        _one(rest, deployment)
        delays = [_one(rest, deployment) for _ in range(times)]
    idle = {"p50": 1000 * middle(delays), "p95": 1000 * percentile(delays, 0.95)}
    return idle | _flood(side, count, {})


def _one(rest: Rest, deployment: str) -> float:
    """Send an event; seconds from its acceptance until its automation's run can be seen."""
    before = _runs(rest, deployment)
    rest.call("POST", "/events", [_event("bench.single", 0)])
    accepted = time.perf_counter()
    wait_until(lambda: _runs(rest, deployment) > before, 60, "a run by an automation", pause=0.001)
    return time.perf_counter() - accepted


def _flood(side: Side, count: int, environ: dict[str, str]) -> dict[str, float]:
    """Send events as fast as they are taken, and wait until the last one has been evaluated."""
    with side.server(environ=environ) as server:
        rest = Rest(server.port)
        deployment = _deployment(rest)
        for number in range(AUTOMATIONS):
            trigger = {"expect": ["bench.flood"], "match": {_ID: f"thing.{number}"}, "threshold": THRESHOLD}
            _automation(rest, trigger)
        _automation(rest, {"expect": ["bench.last"]}, deployment)
        before = _runs(rest, deployment)
        batches = [
            [_event("bench.flood", n % THINGS) for n in range(start, start + _BATCH)]
            for start in range(0, count, _BATCH)
        ]
        began = time.perf_counter()
        for batch in batches:
            rest.call("POST", "/events", batch)
        rest.call("POST", "/events", [_event("bench.last", 0)])
        wait_until(lambda: _runs(rest, deployment) > before, 300, "the last event", pause=0.01)
        wall = time.perf_counter() - began
        memory = memory_of_tree(server.pid)
        lost = _lost(rest, count) if side.name == "penstock" else 0
    return {"rate": count / wall, "lost": lost, "memory": memory}


def _lost(rest: Rest, count: int) -> float:
    """How many firings are missing, told in events."""
    fired = sum(row["firings_24h"] for row in rest.call("GET", "/automations/overview")) - 1
    return float((count // THINGS // THRESHOLD * AUTOMATIONS - fired) * THRESHOLD)


def _deployment(rest: Rest) -> str:
    return rest.deploy("nothing", "nothing.py:nothing", "/tmp")


def _automation(rest: Rest, trigger: dict[str, Any], deployment: str | None = None) -> None:
    action: dict[str, Any] = {"type": "do-nothing"}
    if deployment is not None:
        parameters = {"name": "{{ event.resource.id }}"}
        action = {"type": "run-deployment", "deployment_id": deployment, "parameters": parameters}
    body = {
        "name": str(uuid4()),
        "trigger": {"type": "event", "posture": "Reactive", **trigger},
        "actions": [action],
    }
    rest.call("POST", "/automations/", body)


def _event(name: str, thing: int) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "event": name,
        "occurred": datetime.now(UTC).isoformat(),
        "resource": {_ID: f"thing.{thing}", "prefect.resource.name": f"thing {thing}"},
        "related": [{_ID: "bench", "prefect.resource.role": "source"}],
        "payload": {"number": thing, "text": "something that happened"},
    }


def _runs(rest: Rest, deployment: str) -> int:
    return int(rest.call("POST", "/flow_runs/count", {"deployments": {"id": {"any_": [deployment]}}}))
