"""Histories of runs: how many were in which state, slice by slice."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import Struct

from penstock.contract.flow_runs import HistoryQuery, HistoryResponse, HistoryResponseState
from penstock.db.port import Row, Transaction
from penstock.db.statements import filters, history, tallies
from penstock.domain.errors import InvalidInput
from penstock.domain.states import StateType

MAX_SLICES = 2000
FEW_SLICES = 50
"""So many are counted each by itself."""
_SECOND = 1_000_000
"""In the microseconds in which the database counts."""
LONGEST_SLICE_SECONDS = 10 * 365 * 86_400
_LAST_END = datetime(9900, 1, 1, tzinfo=UTC)


async def history_of(tx: Transaction, runs: Any, query: HistoryQuery) -> list[HistoryResponse]:
    """The slices that a query asks for, empty ones too.

    Raises:
        InvalidInput: Slices of less than a second or more than ten years, or too many of them.
    """
    if not 1 <= query.history_interval_seconds <= LONGEST_SLICE_SECONDS:
        message = f"A slice is from one second to ten years ({LONGEST_SLICE_SECONDS} s) long."
        raise InvalidInput(message, field="history_interval_seconds")
    width = timedelta(seconds=query.history_interval_seconds)
    starts = _starts(query.history_start, query.history_end, width)
    found: defaultdict[int, list[HistoryResponseState]] = defaultdict(list)
    for number, rows in await _counted(tx, runs, query, starts, width):
        found[number] += map(_state, rows)
    return [
        HistoryResponse(interval_start=start, interval_end=start + width, states=found[number])
        for number, start in enumerate(starts)
    ]


async def _counted(
    tx: Transaction, runs: Any, query: HistoryQuery, starts: Sequence[datetime], width: timedelta
) -> Sequence[tuple[int, Sequence[Row]]]:
    """What is found in each slice, by its number; a slice may come several times, or not at all."""
    start, end = query.history_start, query.history_end
    known = tallies.tallied(runs, query) if width >= tallies.SHORTEST_SLICE else None
    conditions = filters.criteria(runs, query)
    if known is not None:
        asked = tallies.slices(known.expected(start, end), start, width, tx.now)
    elif not conditions and len(starts) <= FEW_SLICES:
        alone, ends = history.one_slice(runs, tx.now), [*starts[1:], end]
        spans = [{"start": first, "end": last} for first, last in zip(starts, ends, strict=False)]
        return [(number, await tx.fetch_all(alone, span)) for number, span in enumerate(spans)]
    else:
        asked = history.slices(runs, conditions, start, end, width, tx.now)
    return [(row["slice"], [row]) for row in await tx.fetch_all(asked)]


async def mean_lateness_of(tx: Transaction, runs: Any, form: Struct) -> float | None:
    """The mean lateness of the runs that meet criteria, in seconds; None where none does."""
    if (known := tallies.tallied(runs, form)) is not None:
        asked = tallies.mean_lateness(known, tx.now)
    else:
        asked = history.mean_lateness(runs, filters.criteria(runs, form), tx.now)
    found = await tx.fetch_one(asked)
    assert found is not None, "one row of numbers"
    return found["late"] / found["count"] / _SECOND if found["count"] else None


def _starts(start: datetime, end: datetime, width: timedelta) -> list[datetime]:
    if end > _LAST_END:
        raise InvalidInput("History ends before the year 9900.", field="history_end")
    count = max(-((start - end) // width), 0)
    if count > MAX_SLICES:
        message = f"{count} slices were asked for; at most {MAX_SLICES} are answered."
        raise InvalidInput(message, field="history_interval_seconds", hint="Ask for longer slices.")
    return [start + number * width for number in range(count)]


def _state(row: Row) -> HistoryResponseState:
    return HistoryResponseState(
        state_type=StateType(row["state_type"]),
        state_name=row["state_name"],
        count_runs=row["count"],
        sum_estimated_run_time=row["run_time"] / _SECOND,
        sum_estimated_lateness=row["late"] / _SECOND,
    )
