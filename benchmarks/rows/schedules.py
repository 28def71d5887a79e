"""Thousands of deployments that are due each minute: every tick once, in time, at little cost.

`PENSTOCK_BENCH_MINUTES` in the environment says how many ticks are watched, three when it isn't there; that
is done twice. First nobody takes the runs: then what the server costs is its scheduler, with the marking of
late runs and little else, and a run is in time when the server counts it among those that are due. Then
workers take them, all of which are due in the same second: that is the cost of handing out runs.
"""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import uuid4

import msgspec

from benchmarks.databases import postgres
from benchmarks.figures import Figure, percentile
from benchmarks.machine import cpu_of_tree
from benchmarks.rest import Rest
from benchmarks.sides import Side, Sides

DEPLOYMENTS = int(os.environ.get("PENSTOCK_BENCH_DEPLOYMENTS", "5000"))
MINUTES = int(os.environ.get("PENSTOCK_BENCH_MINUTES", "3"))
_PAGE = 200
_CLAIMERS = 4
_MINUTE = timedelta(minutes=1)
_TO_CLEAR = _MINUTE * (1 + DEPLOYMENTS * MINUTES // 12_000)
"""How long workers have to take what nobody took before."""
_AHEAD = {
    # Runs are made ten minutes ahead and not an hour, so that within the minutes that are watched every
    # schedule is planned anew, and more than once: with the defaults that is done less often, and costs less.
    "PENSTOCK_SERVER_SERVICES_SCHEDULER_MIN_SCHEDULED_TIME": "600",
    # Nobody runs what is claimed here: it must not come back while it is counted.
    "PENSTOCK_SERVER_LEASES_CLAIM": "3600",
}


class _Due(msgspec.Struct):
    expected_start_time: datetime


class _Claimed(msgspec.Struct):
    flow_run: _Due


class _Claims(msgspec.Struct):
    """What a claimer looks at of an answer. Workers have machines of their own: here they cost little."""

    runs: list[_Claimed]


_claims = msgspec.json.Decoder(_Claims)


def measure(sides: Sides) -> list[Figure]:
    """Ours, on both databases; the peer isn't asked for what it doesn't promise."""
    figures = list(_figures("SQLite", _observe(sides.ours, {})))
    with postgres() as environ:
        return figures + list(_figures("PostgreSQL", _observe(sides.ours, environ)))


def _figures(database: str, seen: dict[str, float]) -> Iterator[Figure]:
    what = f"{DEPLOYMENTS:,} deployments each minute, {database}"
    note = f"{seen['made']:,.0f} runs were made meanwhile for {DEPLOYMENTS * MINUTES:,} ticks"
    yield Figure(f"{what}: ticks missing or doubled", "", seen["wrong"], 0)
    yield Figure(f"{what}: lateness p99 until a run can be had", "s", seen["late"], 2)
    yield Figure(
        f"{what}: CPU of the server while nobody takes any", "% of a core", seen["cpu"], 20, note=note
    )
    yield Figure(
        f"{what}: lateness p99 until {_CLAIMERS} workers have them",
        "s",
        seen["late to claim"],
        float("inf"),
        note=f"all are due in the same second; CPU of the server {seen['cpu to claim']:.0f} % of a core",
    )


def _observe(side: Side, environ: dict[str, str]) -> dict[str, float]:
    with side.server(environ=environ | _AHEAD) as server:
        rest = Rest(server.port)
        rest.call("POST", "/work_pools/", {"name": "bench", "type": "process"})
        flow = rest.call("POST", "/flows/", {"name": "each-minute"})["id"]
        _deploy(server.port, flow)
        offered = _next_minute()
        _sleep_until(offered - timedelta(seconds=5))
        before = _runs(server.port)
        late, cpu = _measured(server.pid, partial(_watch, server.port, offered))
        made = _runs(server.port) - before
        claimed = _next_minute() + _TO_CLEAR
        soon = claimed - timedelta(seconds=5)
        _claim_all(server.port, claimed, soon)  # what was left lying
        _sleep_until(soon)
        end = claimed + MINUTES * _MINUTE
        late_to_claim, cpu_to_claim = _measured(server.pid, partial(_claim_all, server.port, claimed, end))
        ticks = [first + number * _MINUTE for first in (offered, claimed) for number in range(MINUTES)]
        wrong = sum(_wrong(Rest(server.port), tick) for tick in ticks)
    return {
        "wrong": wrong,
        "made": made,
        "late": percentile(late, 0.99),
        "cpu": 100 * cpu,
        "late to claim": percentile(late_to_claim or [float("inf")], 0.99),
        "cpu to claim": 100 * cpu_to_claim,
    }


def _measured(pid: int, observe: Callable[[], list[float]]) -> tuple[list[float], float]:
    """What was observed, and which share of a core the server used meanwhile."""
    cpu, since = cpu_of_tree(pid), time.perf_counter()
    seen = observe()
    return seen, (cpu_of_tree(pid) - cpu) / (time.perf_counter() - since)


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


def _runs(port: int) -> int:
    return int(Rest(port).call("POST", "/flow_runs/count", {}))


def _watch(port: int, first: datetime) -> list[float]:
    """Of each run of the ticks how late it was when the server first counted it among those that are due.

    Nobody takes any: this is what the scheduler alone is answerable for.
    """
    late: list[float] = []
    for number in range(MINUTES):
        tick, seen = first + number * _MINUTE, 0
        _sleep_until(tick)
        rest = Rest(port)  # anew: an idle connection is closed meanwhile
        while datetime.now(UTC) < tick + _MINUTE - timedelta(seconds=5) and seen < DEPLOYMENTS:
            now = datetime.now(UTC)
            asked = {"after_": tick.isoformat(), "before_": min(now, tick + _MINUTE / 2).isoformat()}
            waiting = {"next_scheduled_start_time": asked, "state": {"type": {"any_": ["SCHEDULED"]}}}
            found = int(rest.call("POST", "/flow_runs/count", {"flow_runs": waiting}))
            late += [(now - tick).total_seconds()] * (found - seen)
            seen = max(seen, found)
            time.sleep(0.1)
        late += [float("inf")] * (DEPLOYMENTS - seen)
    _sleep_until(first + MINUTES * _MINUTE)
    return late


def _claim_all(port: int, first: datetime, end: datetime) -> list[float]:
    """Take what is due as workers do, by several of them, and say of each run how late it was had."""
    with ThreadPoolExecutor(_CLAIMERS) as workers:
        taken = workers.map(lambda number: _claim(Rest(port), number, first, end), range(_CLAIMERS))
        return [late for each in taken for late in each]


def _claim(rest: Rest, number: int, first: datetime, end: datetime) -> list[float]:
    late: list[float] = []
    asked = {"worker_name": f"w{number}", "worker_id": str(uuid4()), "limit": 50}
    while (left := (end - datetime.now(UTC)).total_seconds()) > 0:
        answer = rest.answer("POST", "/work_pools/bench/claim", asked | {"wait_seconds": min(left, 5.0)})
        seen = datetime.now(UTC)
        dues = [each.flow_run.expected_start_time for each in _claims.decode(answer).runs]
        late += [(seen - due).total_seconds() for due in dues if due >= first]
    return late


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
