"""How soon a created run executes its first line, and how many runs a worker gets through."""

import time
from pathlib import Path

from benchmarks.figures import Figure, middle, percentile
from benchmarks.machine import cpu_of_tree, wait_until
from benchmarks.rest import Rest
from benchmarks.sides import PROGRAMS, Running, Side, Sides


def measure(sides: Sides) -> list[Figure]:
    """One run at a time on a warm idle worker, then many at once."""
    seen = [_observe(side) for side in sides]
    ours, peer = seen[0], seen[1] if len(seen) > 1 else {}
    return [
        Figure("created → first line: p50", "ms", ours["p50"], 80, peer.get("p50")),
        Figure("created → first line: p95", "ms", ours["p95"], 200, peer.get("p95")),
        Figure("one run: CPU of server, worker, process", "s", ours["cpu"], 0.15, peer.get("cpu")),
        Figure("runs created at once: completed", "/s", ours["rate"], 15, peer.get("rate"), True),
        Figure("runs created at once: not completed", "", ours["lost"], 0, peer.get("lost")),
    ]


def _observe(side: Side) -> dict[str, float]:
    one_by_one, at_once = (20, 100) if side.name == "penstock" else (3, 10)
    with side.server() as server:
        folder = server.home / "code"
        folder.mkdir()
        program = (PROGRAMS / "first_line.py").read_text().replace("penstock", side.name)
        (folder / "first_line.py").write_text(program)
        rest = Rest(server.port)
        deployment = rest.deploy("first-line", "first_line.py:first_line", str(folder))
        with side.worker(server) as worker:
            _run_one(rest, deployment, folder)
            cpu = _cpu(server, worker)
            delays = [_run_one(rest, deployment, folder) for _ in range(one_by_one)]
            cost = (_cpu(server, worker) - cpu) / one_by_one
            rate, lost = _run_many(rest, deployment, at_once)
    return {
        "p50": 1000 * middle(delays),
        "p95": 1000 * percentile(delays, 0.95),
        "cpu": cost,
        "rate": rate,
        "lost": lost,
    }


def _cpu(server: Running, worker: int) -> float:
    return cpu_of_tree(server.pid) + cpu_of_tree(worker)


def _run_one(rest: Rest, deployment: str, folder: Path) -> float:
    """Create a run and wait for its end; seconds from the request to the flow's first line."""
    lines = folder / "first_lines"
    lines.unlink(missing_ok=True)
    created = time.time()
    run = rest.call("POST", f"/deployments/{deployment}/create_flow_run", {})["id"]
    wait_until(lambda: _ended(rest, run), 180, "the end of a run", pause=0.05)
    return float(lines.read_text().split()[0]) - created


def _ended(rest: Rest, run: str) -> bool:
    return rest.call("GET", f"/flow_runs/{run}")["state_type"] in (
        "COMPLETED",
        "FAILED",
        "CRASHED",
        "CANCELLED",
    )


def _run_many(rest: Rest, deployment: str, count: int) -> tuple[float, float]:
    """Create `count` runs at once; how many completed in a second, and how many did not complete at all."""
    began = time.perf_counter()
    tag = f"many-{count}"
    for _ in range(count):
        rest.call("POST", f"/deployments/{deployment}/create_flow_run", {"tags": [tag]})
    tagged = {"tags": {"all_": [tag]}}

    def running() -> int:
        live = {"state": {"type": {"any_": ["SCHEDULED", "PENDING", "RUNNING", "CANCELLING"]}}}
        return int(rest.call("POST", "/flow_runs/count", {"flow_runs": tagged | live}))

    wait_until(lambda: running() == 0, 600, f"the end of {count} runs", pause=0.2)
    wall = time.perf_counter() - began
    completed = {"state": {"type": {"any_": ["COMPLETED"]}}}
    done = int(rest.call("POST", "/flow_runs/count", {"flow_runs": tagged | completed}))
    return done / wall, count - done
