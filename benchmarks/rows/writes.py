"""Single writes of 16 clients at once, each answer a commit: runs are created, and states set."""

import http.client
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from benchmarks.databases import postgres
from benchmarks.figures import Figure, percentile
from benchmarks.rest import Rest
from benchmarks.sides import Side, Sides

CLIENTS = 16
OURS, PEER = 200, 3
"""Runs of each client; each of them gets two states besides."""


@dataclass
class _Seen:
    """What the clients saw of one kind of write."""

    delays: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    wall: float = 0.0

    @property
    def rate(self) -> float:
        """Writes a second."""
        return len(self.delays) / self.wall

    @property
    def p95(self) -> float:
        """Milliseconds."""
        return 1000 * percentile(self.delays or [0.0], 0.95)


def measure(sides: Sides) -> list[Figure]:
    """Ours on both databases; the peer on its SQLite."""
    sqlite = _observe(sides.ours, OURS, {})
    with postgres() as environ:
        other = _observe(sides.ours, OURS, environ)
    peer = _observe(sides.peer, PEER, {}) if sides.peer else {}
    errors = sum(len(seen.errors) for seen in (*sqlite.values(), *other.values()))
    figures = [Figure("writes by 16 clients: errors", "", errors, 0)]
    for what in sqlite:
        beside = peer[what].rate if peer else None
        bar = max(1_000, 10 * (beside or 0))
        figures += [
            Figure(f"{what}, 16 clients, SQLite", "/s", sqlite[what].rate, bar, beside, True),
            Figure(f"{what}, 16 clients, PostgreSQL: p95", "ms", other[what].p95, 50),
        ]
    return figures


def _observe(side: Side, each: int, environ: dict[str, str]) -> dict[str, _Seen]:
    with side.server(environ=environ) as server:
        flow = Rest(server.port).call("POST", "/flows/", {"name": "writes"})["id"]
        runs: list[list[str]] = [[] for _ in range(CLIENTS)]

        def create(client: _Client, number: int) -> None:
            for _ in range(each):
                body = {"flow_id": flow, "state": {"type": "PENDING"}}
                runs[number].append(client.post("/flow_runs/", body)["id"])

        def move(client: _Client, number: int) -> None:
            for run in runs[number]:
                for type_ in ("RUNNING", "COMPLETED"):
                    client.post(f"/flow_runs/{run}/set_state", {"state": {"type": type_}})

        return {
            "runs created": _at_once(server.port, create),
            "states set": _at_once(server.port, move),
        }


def _at_once(port: int, work: "Callable[[_Client, int], None]") -> _Seen:
    seen = _Seen()
    clients = [
        threading.Thread(target=_work, args=(work, _Client(port, seen), number)) for number in range(CLIENTS)
    ]
    began = time.perf_counter()
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    seen.wall = time.perf_counter() - began
    return seen


def _work(work: "Callable[[_Client, int], None]", client: "_Client", number: int) -> None:
    try:
        work(client, number)
    except (OSError, RuntimeError, http.client.HTTPException) as error:
        client.seen.errors.append(str(error))


class _Client:
    """One kept-alive connection that times what it is answered."""

    def __init__(self, port: int, seen: _Seen) -> None:
        self.seen = seen
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def post(self, path: str, body: Any) -> Any:
        """Write. Raises `RuntimeError` where that is refused."""
        began = time.perf_counter()
        self._connection.request(
            "POST", f"/api{path}", json.dumps(body), {"Content-Type": "application/json"}
        )
        response = self._connection.getresponse()
        text = response.read()
        if response.status >= 300:
            raise RuntimeError(f"{path}: {response.status} {text[:200]!r}")
        self.seen.delays.append(time.perf_counter() - began)
        return json.loads(text)
