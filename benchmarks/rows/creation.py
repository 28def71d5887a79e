"""How many runs a second 16 clients can create, each answer a commit on disk."""

import http.client
import threading
import time

from benchmarks.figures import Figure, percentile
from benchmarks.rest import Rest
from benchmarks.sides import Side, Sides

CLIENTS = 16


def measure(sides: Sides) -> list[Figure]:
    """Creations a second, their slowest hundredth, and the errors."""
    seen = [_observe(side) for side in sides]
    ours, peer = seen[0], seen[1] if len(seen) > 1 else (None, None, None)
    return [
        Figure(
            "create_flow_run, 16 clients: rate",
            "/s",
            ours[0],
            1000,
            peer[0],
            True,
            "SQLite, synchronous=FULL",
        ),
        Figure("create_flow_run, 16 clients: p99", "ms", ours[1], 100, peer[1]),
        Figure("create_flow_run, 16 clients: errors", "", ours[2], 0, peer[2]),
    ]


def _observe(side: Side) -> tuple[float, float, float]:
    per_client = 250 if side.name == "penstock" else 2
    with side.server() as server:
        deployment = Rest(server.port).deploy("creation", "first_line.py:first_line", "/")
        path = f"/api/deployments/{deployment}/create_flow_run"
        Rest(server.port).call("POST", path.removeprefix("/api"), {})
        delays: list[float] = []
        errors: list[str] = []
        clients = [
            threading.Thread(target=_create, args=(server.port, path, per_client, delays, errors))
            for _ in range(CLIENTS)
        ]
        began = time.perf_counter()
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        wall = time.perf_counter() - began
    return len(delays) / wall, 1000 * percentile(delays or [0.0], 0.99), len(errors)


def _create(port: int, path: str, count: int, delays: list[float], errors: list[str]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    for _ in range(count):
        began = time.perf_counter()
        try:
            connection.request("POST", path, b"{}", {"Content-Type": "application/json"})
            response = connection.getresponse()
            response.read()
        except OSError as error:
            errors.append(str(error))
            connection.close()
            continue
        if response.status < 300:
            delays.append(time.perf_counter() - began)
        else:
            errors.append(str(response.status))
