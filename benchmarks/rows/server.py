"""How soon a server with a fresh home answers, and what it takes while nothing happens."""

import time

from benchmarks.figures import Figure, middle
from benchmarks.machine import cpu_of_tree, memory_of_tree
from benchmarks.sides import Side, Sides

SETTLE_SECONDS = 5.0
REST_SECONDS = 20.0
STARTS = 3


def measure(sides: Sides) -> list[Figure]:
    """Start to first healthy answer, then memory and CPU at rest."""
    seen = [_observe(side) for side in sides]
    ours, peer = seen[0], seen[1] if len(seen) > 1 else (None, None, None)
    start_bar = peer[0] / 15 if peer[0] is not None else 17 / 15
    return [
        Figure(
            "server: start to healthy, fresh home", "s", ours[0], start_bar, peer[0], note="bar: 1/15 of peer"
        ),
        Figure("server at rest: memory", "MiB", ours[1], 90, peer[1]),
        Figure("server at rest: CPU", "% of a core", ours[2], 0.5, peer[2]),
    ]


def _start(side: Side) -> float:
    began = time.perf_counter()
    with side.server():
        return time.perf_counter() - began


def _observe(side: Side) -> tuple[float, float, float]:
    healthy = middle([_start(side) for _ in range(STARTS)])
    with side.server() as server:
        time.sleep(SETTLE_SECONDS)
        cpu, since = cpu_of_tree(server.pid), time.perf_counter()
        time.sleep(REST_SECONDS)
        share = (cpu_of_tree(server.pid) - cpu) / (time.perf_counter() - since)
        return healthy, memory_of_tree(server.pid), 100 * share
