"""What must hold after every fault, read from the database and the side log.

- A run's states are a chain without gaps, in order, along legal edges, and its last is what the run shows.
- A run that has not ended has a live lease, or a time at which it is due, or was suspended.
- Leases belong to runs that hold one, one each; no limit was passed at any moment. (On PostgreSQL that has to
  be watched while it goes on, with `Places`: transactions are under way at once there, and their states are
  dated by their beginnings.)
- No two processes executed one run at the same time.
- A log line is stored once.
- Work really happened.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.faults.processes import TERMINAL, Site
from tests.faults.record import Record, is_sound

_HELD = {"PENDING", "RUNNING", "CANCELLING", "PAUSED"}
_ANY_END = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED", "CANCELLING"}
LEGAL: dict[str | None, set[str]] = {
    None: {"SCHEDULED", "PENDING", "RUNNING"},
    "SCHEDULED": {"SCHEDULED", "PENDING", "RUNNING", "CANCELLED", "CRASHED"},
    "PENDING": {"PENDING", "SCHEDULED", "RUNNING"} | _ANY_END,
    "RUNNING": {"RUNNING", "SCHEDULED", "PAUSED"} | _ANY_END,
    "PAUSED": {"RUNNING", "SCHEDULED"} | _ANY_END,
    "CANCELLING": {"CANCELLED", "COMPLETED"},
    **{ended: {"SCHEDULED"} for ended in TERMINAL},
}
"""The states that may follow each other in these tests."""


def check(site: Site, *, completed: int = 0) -> Record:
    """Assert all of it, and that at least so many runs completed."""
    assert is_sound(site.database)
    record = Record(site.database)
    problems = [
        *_histories(record),
        *_owners(record),
        *(_places(record) if isinstance(site.database, Path) else ()),
        *_overlaps(site),
        *_lines(record),
    ]
    assert not problems, "\n".join(problems) + "\n" + site.outputs()
    assert sum(run["state_type"] == "COMPLETED" for run in record.runs) >= completed, site.outputs()
    return record


def _histories(record: Record) -> Iterator[str]:
    for run in record.runs:
        states = record.history(run["id"])
        name, sequences = run["name"], [state["sequence"] for state in states]
        if sequences != list(range(1, len(states) + 1)):
            yield f"{name}: states are numbered {sequences}"
        if not states or states[-1]["id"] != run["state_id"]:
            yield f"{name}: its last state is not the one that it shows"
        types = [None, *(state["type"] for state in states)]
        for before, after in pairwise(types):
            if after not in LEGAL[before]:
                yield f"{name}: {before} → {after}"
        times = [state["timestamp"] for state in states]
        if times != sorted(times):
            yield f"{name}: states are not in the order of their times"


def _owners(record: Record) -> Iterator[str]:
    now = time.time() * 1_000_000
    of_runs: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for lease in record.leases:
        of_runs[lease["flow_run_id"]].append(lease)
    for run in record.runs:
        leases = of_runs[run["id"]]
        if len(leases) > 1:
            yield f"{run['name']}: {len(leases)} leases"
        if run["state_type"] in TERMINAL and leases:
            yield f"{run['name']}: has ended as {run['state_type']}, and holds a lease"
        if run["state_name"] == "Suspended" and leases:
            yield f"{run['name']}: is suspended, and holds a lease"
        at_rest = run["state_type"] in TERMINAL or run["state_name"] == "Suspended"
        if at_rest or (leases and leases[0]["expires"] > now):
            continue
        if run["state_type"] != "SCHEDULED" or run["next_scheduled_start_time"] is None:
            yield f"{run['name']}: is {run['state_type']}, and nobody will ever look at it"


def _places(record: Record) -> Iterator[str]:
    """Limits, at each moment, by the histories of the runs that were under them."""
    for deployment in record.deployments:
        of_it = [run for run in record.runs if run["deployment_id"] == deployment["id"]]
        yield from _passed(record, deployment["concurrency_limit"], of_it, deployment["name"])
    for pool in record.pools:
        of_it = [run for run in record.runs if run["work_queue_id"] == pool["queue_id"]]
        yield from _passed(record, pool["concurrency_limit"], of_it, pool["name"])


def _passed(record: Record, limit: int | None, runs: list[dict[str, Any]], name: str) -> Iterator[str]:
    if limit is None:
        return
    changes: list[tuple[int, int]] = []
    for run in runs:
        held = False
        for state in record.history(run["id"]):
            # In one moment places are given back before they are taken.
            if (state["type"] in _HELD and state["name"] != "Suspended") is not held:
                held = not held
                changes.append((state["timestamp"], 1 if held else -1))
    taken = highest = 0
    for _, change in sorted(changes):
        taken += change
        highest = max(highest, taken)
    if highest > limit:
        yield f"{name}: {highest} runs at once, and the limit is {limit}"


def _overlaps(site: Site) -> Iterator[str]:
    spans = sorted(site.side_log.spans(), key=lambda span: (span.run, span.first))
    for one, other in pairwise(spans):
        if one.run == other.run and other.first < one.last:
            yield f"{one.run}: executed by the processes {one.pid} and {other.pid} at the same time"


def _lines(record: Record) -> Iterator[str]:
    """A line that was shipped twice has one time twice; another attempt says the same at another time."""
    stored = Counter((log["flow_run_id"], log["message"], log["timestamp"]) for log in record.logs)
    for (run, line, _), count in stored.items():
        if count > 1 and line.startswith("line "):
            yield f"{run}: {line!r} is stored {count} times"
