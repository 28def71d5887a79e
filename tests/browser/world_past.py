"""Moves runs to when they would have been: a server dates states itself, and takes nobody else's word."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

_BEFORE = timedelta(minutes=2)
"""How long before its time a run is made."""
_PREPARING = timedelta(seconds=4)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Span(NamedTuple):
    """When a run was, from now."""

    ago: timedelta
    lasts: timedelta
    starts: bool = True


@dataclass
class Past:
    """What is to be moved."""

    now: datetime
    spans: dict[str, Span] = field(default_factory=dict)
    """By the run's id."""
    heard: dict[str, timedelta] = field(default_factory=dict)
    """How long ago a worker was last heard of, by its name."""


def rewrite(database: Path, past: Past) -> None:
    """Give states and runs in the server's database the times that the plan has for them."""
    with closing(sqlite3.connect(database, timeout=30, isolation_level=None)) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("BEGIN IMMEDIATE")
        for run, span in past.spans.items():
            _move(connection, UUID(run).bytes, past.now - span.ago, span)
        for worker, ago in past.heard.items():
            at = _microseconds(past.now - ago)
            connection.execute("UPDATE workers SET last_heartbeat_time = ? WHERE name = ?", (at, worker))
        connection.execute("COMMIT")


def _move(connection: sqlite3.Connection, run: bytes, due: datetime, span: Span) -> None:
    made, start = due - _BEFORE, due + _PREPARING
    if span.ago < timedelta(0):
        made = due + span.ago - _BEFORE  # of the future: it was made before now
    times = {"SCHEDULED": made, "PENDING": due + _PREPARING / 2, "RUNNING": start}
    end = start + span.lasts
    history = connection.execute(
        "SELECT sequence, type, name FROM flow_run_states WHERE flow_run_id = ? ORDER BY sequence", (run,)
    ).fetchall()
    for sequence, type_, name in history:
        late = due + timedelta(seconds=15)
        at = late if name == "Late" else end if name == "AwaitingRetry" else times.get(type_, end)
        connection.execute(
            "UPDATE flow_run_states SET timestamp = ? WHERE flow_run_id = ? AND sequence = ?",
            (_microseconds(at), run, sequence),
        )
    is_over = history[-1][1] in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")
    has_run = is_over or history[-1][1] in ("PAUSED", "CANCELLING") or history[-1][2] == "AwaitingRetry"
    connection.execute(
        """UPDATE flow_runs SET created = :made, updated = :at, state_timestamp = :at,
               start_time = CASE WHEN start_time IS NULL THEN NULL ELSE :start END,
               end_time = CASE WHEN end_time IS NULL THEN NULL ELSE :at END,
               total_run_time = :lasted WHERE id = :run""",
        {
            "made": _microseconds(made),
            "at": _microseconds(at),
            "start": _microseconds(start),
            "lasted": span.lasts // timedelta(microseconds=1) if has_run else 0,
            "run": run,
        },
    )


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)
