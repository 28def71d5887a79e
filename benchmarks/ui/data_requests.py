"""What the pages ask the server for, without the pages: so that a slow page is told from a slow answer."""

import time
from collections.abc import Iterator
from math import inf
from typing import Any

from benchmarks.figures import Figure, middle
from benchmarks.rest import Rest
from benchmarks.sides import Running
from benchmarks.ui.seed import Seeded

TIMES = 7


def time_of_requests(server: Running, seeded: Seeded) -> Iterator[Figure]:
    """The middle of some answers, the first of which warms what there is to warm and is left out."""
    for what, bar, method, path, body in _requests(seeded):
        try:
            taken = [_time(server, method, path, body) for _ in range(TIMES + 1)][1:]
        except (OSError, RuntimeError) as error:
            yield Figure(f"data: {what}", "ms", inf, bar, note=str(error)[:90])
        else:
            yield Figure(f"data: {what}", "ms", 1000 * middle(taken), bar)


def _requests(seeded: Seeded) -> Iterator[tuple[str, float, str, str, Any]]:
    wide, log = f"/flow_runs/{seeded.tasks_run}", f"/flow_runs/{seeded.log_run}"
    failed = {"flow_runs": {"state": {"type": {"any_": ["FAILED"]}}}}
    yield "Home", 100, "GET", "/overview", None
    yield "Runs, newest 50", 100, "POST", "/flow_runs/list", {}
    yield "Runs, newest 50 that failed", 100, "POST", "/flow_runs/list", failed
    yield "Runs, name has 'otter-77'", 300, "POST", "/flow_runs/list", {"search": "otter-77"}
    yield f"timeline of {seeded.tasks:,} tasks", 500, "GET", f"{wide}/timeline", None
    yield "log, first 200 lines", 100, "POST", f"{log}/log_window", {}
    yield "log, last 200 lines", 100, "POST", f"{log}/log_window", {"tail": True}
    middle_of = {"position": seeded.lines // 2}
    yield "log, 200 lines from the middle", 100, "POST", f"{log}/log_window", middle_of
    yield "log, a rare word", 2000, "POST", f"{log}/log_hits", {"text": seeded.needle}
    yield "effective job", 50, "POST", f"/deployments/{seeded.deployment}/resolve", {}


def _time(server: Running, method: str, path: str, body: Any) -> float:
    rest = Rest(server.port)
    rest.is_healthy()  # connects
    began = time.perf_counter()
    rest.call(method, path, body)
    return time.perf_counter() - began
