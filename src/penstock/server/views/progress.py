"""A run's counters and times: from rows to the domain's type, and back."""

from datetime import datetime
from typing import Any

from msgspec.structs import asdict

from penstock.db.port import Row
from penstock.domain.runs import Progress, lateness, run_time_until
from penstock.domain.states import State


def progress_of(row: Row) -> Progress:
    """What a run's row says about its progress."""
    return Progress(
        run_count=row["run_count"],
        expected_start_time=row["expected_start_time"],
        next_scheduled_start_time=row["next_scheduled_start_time"],
        start_time=row["start_time"],
        end_time=row["end_time"],
        total_run_time=row["total_run_time"],
    )


def progress_columns(progress: Progress) -> Row:
    """The columns that say it."""
    return asdict(progress)


def progress_answer(progress: Progress, state: State | None, now: datetime) -> dict[str, Any]:
    """As answers show it: with durations in seconds, and with what is still going on."""
    return {
        "run_count": progress.run_count,
        "expected_start_time": progress.expected_start_time,
        "next_scheduled_start_time": progress.next_scheduled_start_time,
        "start_time": progress.start_time,
        "end_time": progress.end_time,
        "total_run_time": progress.total_run_time.total_seconds(),
        "estimated_run_time": run_time_until(progress, state, now).total_seconds(),
        "estimated_start_time_delta": lateness(progress, state, now).total_seconds(),
    }
