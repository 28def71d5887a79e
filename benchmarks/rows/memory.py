"""What a server holds after many runs, and whether it grows with them.

`PENSTOCK_BENCH_RUNS` in the environment says how many runs, a hundred thousand when it isn't there.
"""

import os
import threading

from benchmarks.databases import postgres
from benchmarks.figures import Figure
from benchmarks.machine import memory_of_tree
from benchmarks.rest import Rest
from benchmarks.sides import Side, Sides

RUNS = int(os.environ.get("PENSTOCK_BENCH_RUNS", "100000"))
CLIENTS = 4
STEPS = 10


def measure(sides: Sides) -> list[Figure]:
    """Ours, on both databases."""
    figures = _figures("SQLite", _observe(sides.ours, {}))
    with postgres() as environ:
        return figures + _figures("PostgreSQL", _observe(sides.ours, environ))


def _figures(database: str, seen: list[float]) -> list[Figure]:
    """The slope is that of the second half: what is warmed once is warm by then."""
    half = seen[STEPS // 2 :]
    slope = 1024 * (half[-1] - half[0]) / (RUNS * (len(half) - 1) / STEPS / 1_000)
    what = f"server after {RUNS:,} runs, {database}"
    return [
        Figure(f"{what}: memory", "MiB", seen[-1], 120, note=", ".join(f"{each:.0f}" for each in seen)),
        Figure(f"{what}: growth by 1,000 runs", "KiB", slope, 50),
    ]


def _observe(side: Side, environ: dict[str, str]) -> list[float]:
    """Resident memory after each tenth of the runs."""
    with side.server(environ=environ) as server:
        flow = Rest(server.port).call("POST", "/flows/", {"name": "many"})["id"]
        seen = []
        for _ in range(STEPS):
            _run(server.port, flow, RUNS // STEPS // CLIENTS)
            seen.append(memory_of_tree(server.pid))
    return seen


def _run(port: int, flow: str, each: int) -> None:
    """Some clients create runs and bring them to their end."""
    clients = [threading.Thread(target=_whole_runs, args=(port, flow, each)) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()


def _whole_runs(port: int, flow: str, count: int) -> None:
    rest = Rest(port)
    for _ in range(count):
        run = rest.call("POST", "/flow_runs/", {"flow_id": flow, "state": {"type": "PENDING"}})["id"]
        for type_ in ("RUNNING", "COMPLETED"):
            rest.call("POST", f"/flow_runs/{run}/set_state", {"state": {"type": type_}})
