"""Thousands of deployments that are due each minute: every tick once, in time, at little cost.

`PENSTOCK_BENCH_MINUTES` in the environment says how many ticks are watched, three when it isn't there.
"""

import os
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.databases import postgres
from benchmarks.figures import Figure, percentile
from benchmarks.machine import cpu_of_tree
from benchmarks.rest import Rest
from benchmarks.sides import Side, Sides

DEPLOYMENTS = int(os.environ.get("PENSTOCK_BENCH_DEPLOYMENTS", "5000"))
MINUTES = int(os.environ.get("PENSTOCK_BENCH_MINUTES", "3"))
_PAGE = 200


def measure(sides: Sides) -> list[Figure]:
    """Ours, on both databases; the peer isn't asked for what it doesn't promise."""
    figures = list(_figures("SQLite", _observe(sides.ours, {})))
    with postgres() as environ:
        return figures + list(_figures("PostgreSQL", _observe(sides.ours, environ)))


def _figures(database: str, seen: dict[str, float]) -> Iterator[Figure]:
    what = f"{DEPLOYMENTS:,} deployments each minute, {database}"
    yield Figure(f"{what}: ticks missing or doubled", "", seen["wrong"], 0)
    yield Figure(f"{what}: lateness p99", "s", seen["late"], 2)
    yield Figure(f"{what}: CPU of the whole server", "% of a core", seen["cpu"], 20)


def _observe(side: Side, environ: dict[str, str]) -> dict[str, float]:
    with side.server(environ=environ) as server:
        rest = Rest(server.port)
        rest.call("POST", "/work_pools/", {"name": "bench", "type": "process"})
        flow = rest.call("POST", "/flows/", {"name": "each-minute"})["id"]
        _deploy(server.port, flow)
        first = _next_minute()
        _sleep_until(first - timedelta(seconds=5))
        cpu, since = cpu_of_tree(server.pid), time.perf_counter()
        late = _take(rest, first, first + timedelta(minutes=MINUTES))
        share = (cpu_of_tree(server.pid) - cpu) / (time.perf_counter() - since)
        ticks = [first + timedelta(minutes=number) for number in range(MINUTES)]
        wrong = sum(_wrong(rest, tick) for tick in ticks)
    return {"wrong": wrong, "late": percentile(late or [float("inf")], 0.99), "cpu": 100 * share}


def _deploy(port: int, flow: str) -> None:
    """Make the deployments, by several clients; each with its schedule."""
    anchor = datetime.now(UTC).replace(second=0, microsecond=0).isoformat()
    schedule = {"interval": 60, "anchor_date": anchor}

    def some(start: int) -> None:
        rest = Rest(port)
        for number in range(start, DEPLOYMENTS, 4):
            body = {
                "name": f"d{number}",
                "flow_id": flow,
                "work_pool_name": "bench",
                "schedules": [{"schedule": schedule, "active": True}],
            }
            rest.call("POST", "/deployments/", body)

    with ThreadPoolExecutor(4) as clients:
        list(clients.map(some, range(4)))


def _next_minute() -> datetime:
    return datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(minutes=2)


def _sleep_until(moment: datetime) -> None:
    time.sleep(max(0.0, (moment - datetime.now(UTC)).total_seconds()))


def _take(rest: Rest, first: datetime, end: datetime) -> list[float]:
    """Ask as a worker does for what is due, and say of each run how late it could be had."""
    late: list[float] = []
    while datetime.now(UTC) < end:
        before = datetime.now(UTC).isoformat()
        found = rest.call(
            "POST", "/work_pools/bench/get_scheduled_flow_runs", {"scheduled_before": before, "limit": _PAGE}
        )
        seen = datetime.now(UTC)
        for each in found:
            run = each["flow_run"]
            due = _moment(run)
            pending = {"state": {"type": "PENDING"}}
            rest.call("POST", f"/flow_runs/{run['id']}/set_state", pending)
            if due >= first:
                late.append((seen - due).total_seconds())
        if not found:
            time.sleep(0.2)
    return late


def _moment(run: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(str(run["expected_start_time"]))


def _wrong(rest: Rest, tick: datetime) -> int:
    """How many runs of a tick are missing or are there twice."""
    asked = {"expected_start_time": {"after_": tick.isoformat(), "before_": tick.isoformat()}}
    seen: Counter[str] = Counter()
    while True:
        body = {"flow_runs": asked, "limit": _PAGE, "offset": sum(seen.values()), "sort": "ID_DESC"}
        page = rest.call("POST", "/flow_runs/filter", body)
        seen.update(run["deployment_id"] for run in page)
        if len(page) < _PAGE:
            break
    return DEPLOYMENTS - len(seen) + sum(count - 1 for count in seen.values())
