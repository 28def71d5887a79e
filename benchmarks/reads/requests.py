"""What is asked of a large database: kinds of requests, each with arguments that differ from time to time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from benchmarks.rest import Rest

Ask = Callable[[Random], tuple[str, str, Any]]
"""Method, path and body of a request."""


@dataclass(frozen=True)
class Kind:
    """A kind of request."""

    name: str
    ask: Ask
    is_for_peer: bool = True
    """Whether the peer has the endpoint too."""


@dataclass
class Known:
    """What is there to be asked for."""

    now: datetime
    runs: list[dict[str, Any]]
    """Some flow runs of all ages."""
    tasks: list[dict[str, Any]]
    deployments: list[dict[str, Any]]
    flows: list[dict[str, Any]]
    pools: list[dict[str, Any]]
    queues: list[dict[str, Any]]
    wide: str
    long: str
    count: int
    """Flow runs in all."""


def look(rest: Rest, now: datetime, wide: str, long: str, count: int) -> Known:
    """Find out what is there."""
    dice = Random(1)

    def some(path: str, **body: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = rest.call("POST", path, {"limit": 200, **body})
        return found

    runs: list[dict[str, Any]] = []
    tasks: list[dict[str, Any]] = []
    for _ in range(12):
        until = now - timedelta(days=80 * dice.random() ** 2)
        before = {"expected_start_time": {"before_": until.isoformat()}}
        order = "EXPECTED_START_TIME_DESC"
        runs += some("/flow_runs/filter", flow_runs=before, sort=order, limit=40)
        tasks += some("/task_runs/filter", task_runs=before, sort=order, limit=40)
    pools = some("/work_pools/filter")
    return Known(
        now,
        runs,
        [task for task in tasks if task["flow_run_id"]],
        some("/deployments/filter"),
        some("/flows/filter"),
        pools,
        some("/work_queues/filter"),
        wide,
        long,
        count,
    )


Which = Callable[[Random], dict[str, Any]]


def asking(path: str, which: Which, **more: Any) -> Ask:
    body = {"limit": 50, **more} if path.endswith("/filter") else more
    return lambda dice: ("POST", path, body | which(dice))


def some_id(dice: Random) -> str:
    bits = dice.getrandbits(128)
    text = f"{bits:032x}"
    return f"{text[:8]}-{text[8:12]}-7{text[13:16]}-8{text[17:20]}-{text[20:]}"


def between(known: Known, days: float, dice: Random) -> dict[str, str]:
    end = known.now - timedelta(hours=2 * dice.random())
    return {"history_start": (end - timedelta(days=days)).isoformat(), "history_end": end.isoformat()}


def history(noun: str, known: Known, days: float, seconds: int) -> Ask:
    def which(dice: Random) -> dict[str, Any]:
        return {**between(known, days, dice), "history_interval_seconds": seconds}

    return asking(f"{noun}/history", which)


def moment(microseconds: int) -> datetime:
    """A moment as the database keeps it."""
    return datetime.fromtimestamp(microseconds / 1_000_000, UTC)
