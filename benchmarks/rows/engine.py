"""What flow runs and task runs cost, client and server together."""

import json
import sqlite3
import time
from contextlib import closing

from benchmarks.figures import Figure
from benchmarks.machine import cpu_of_tree, wait_until
from benchmarks.rest import Rest
from benchmarks.sides import Running, Side, Sides

TASKS = 1000
PEER_TASKS = 200
STYLES = ("called", "submitted", "mapped")


def measure(sides: Sides) -> list[Figure]:
    """Empty flow runs, then tasks in each style of calling them."""
    seen = [_observe(side) for side in sides]
    ours, peer = seen[0], seen[1] if len(seen) > 1 else {}
    figures = [
        Figure("empty flow run: CPU", "ms", ours["flow cpu"], 3.0, peer.get("flow cpu")),
        Figure(
            "empty flow run: wall",
            "ms",
            ours["flow wall"],
            50.0,
            peer.get("flow wall"),
            note="no sleep on its way",
        ),
    ]
    for style in STYLES:
        cpu, rate = f"{style} cpu", f"{style} rate"
        bar = 100 * peer[rate] if rate in peer else 1000.0
        figures.append(Figure(f"task {style}: CPU", "ms", ours[cpu], 0.5, peer.get(cpu)))
        figures.append(
            Figure(f"task {style}: recorded", "/s", ours[rate], bar, peer.get(rate), True, "bar: 100 × peer")
        )
    figures.append(Figure("database a task run", "bytes", ours["bytes"], 2048, peer.get("bytes")))
    return figures


def _observe(side: Side) -> dict[str, float]:
    with side.server() as server:
        seen = _empty_flows(side, server)
        for style in STYLES:
            seen |= _tasks(side, server, style)
        return seen


def _empty_flows(side: Side, server: Running) -> dict[str, float]:
    runs = 50 if side.name == "penstock" else 5
    side.run_program("empty_flow", server, "1")
    before = cpu_of_tree(server.pid)
    cost = json.loads(side.run_program("empty_flow", server, str(runs)))
    time.sleep(1.0)
    server_cpu = (cpu_of_tree(server.pid) - before) / (runs + 1)
    return {"flow cpu": 1000 * (cost["cpu"] + server_cpu), "flow wall": 1000 * cost["wall"]}


def _tasks(side: Side, server: Running, style: str) -> dict[str, float]:
    count = TASKS if side.name == "penstock" else PEER_TASKS
    size, cpu = _database_size(server), cpu_of_tree(server.pid)
    done = json.loads(side.run_program("many_tasks", server, style, str(count)))
    recorded = time.perf_counter()
    rest = Rest(server.port)
    criteria = {"flow_runs": {"id": {"any_": [done["run"]]}}}
    finished = criteria | {"task_runs": {"state": {"type": {"any_": ["COMPLETED"]}}}}
    wait_until(
        lambda: rest.call("POST", "/task_runs/count", finished) == count, 600, f"{count} recorded task runs"
    )
    wall = done["wall"] + time.perf_counter() - recorded
    server_cpu = cpu_of_tree(server.pid) - cpu
    grown = (_database_size(server) - size) / count
    return {
        f"{style} cpu": 1000 * (done["cpu"] + server_cpu) / count,
        f"{style} rate": count / wall,
        "bytes": grown,
    }


def _database_size(server: Running) -> float:
    """Bytes of the pages in use, those that are still in the write-ahead log included."""
    size = 0
    for file in server.home.glob("*.db"):
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
            pages, free, page_size = (
                database.execute(f"PRAGMA {name}").fetchone()[0]
                for name in ("page_count", "freelist_count", "page_size")
            )
        size += (pages - free) * page_size
    return float(size)
