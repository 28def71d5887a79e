"""How many flow runs were expected when, and what became of them: the picture beside a list."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

from penstock.contract.run_lists import FlowRunHistogram, FlowRunHistogramQuery, StateTypeCounts
from penstock.db.dialect import EPOCH
from penstock.db.port import Transaction
from penstock.db.statements import histograms as statements
from penstock.db.statements.run_lists import any_of
from penstock.db.statements.run_selections import asks_only_types, state_types
from penstock.domain.errors import InvalidInput
from penstock.domain.states import StateType
from penstock.server import run_selection
from penstock.server.caller import Caller
from penstock.server.ops.registry import operation
from penstock.server.run_selection import Selected

_MICROSECOND = timedelta(microseconds=1)
_LATEST = datetime(9000, 1, 1, tzinfo=UTC)

Counted = tuple[int, StateType, int]
"""The number of a slice, a state type, and how many runs are in both."""


@operation("read_flow_run_histogram", access="read")
async def read_flow_run_histogram(
    tx: Transaction, caller: Caller, *, body: FlowRunHistogramQuery
) -> FlowRunHistogram:
    """How many flow runs are in states of which type, by equal slices of time.

    Raises:
        InvalidInput: The time ends before it begins.
    """
    if not body.start < body.end <= _LATEST:
        raise InvalidInput("The time must end after it begins, and before the year 9000.", field="end")
    width = -(-((body.end - body.start) // _MICROSECOND) // body.slices)
    window = {"start": (body.start - EPOCH) // _MICROSECOND, "width": width, "end": body.end}
    since = None
    if asks_only_types(body):
        found = await _by_index(tx, body, window)
    else:
        selected = await run_selection.select(tx, body)
        since = selected.since
        found = await _by_groups(tx, selected, window)
    counts: defaultdict[StateType, list[int]] = defaultdict(lambda: [0] * body.slices)
    for number, state_type, count in found:
        counts[state_type][number] = count
    series = [StateTypeCounts(state_type=each, counts=counts[each]) for each in StateType if each in counts]
    return FlowRunHistogram(
        start=body.start, slice_seconds=width * _MICROSECOND.total_seconds(), series=series, since=since
    )


async def _by_index(tx: Transaction, query: FlowRunHistogramQuery, window: dict[str, Any]) -> list[Counted]:
    types = state_types(query)
    rows = await tx.fetch_all(statements.by_index(), {**window, "slices": query.slices})
    return [
        (row["slice"], each, row[each.value])
        for row in rows
        for each in StateType
        if row[each.value] and (types is None or each in types)
    ]


async def _by_groups(tx: Transaction, selected: Selected, window: dict[str, Any]) -> list[Counted]:
    if selected.is_nothing:
        return []
    conditions = [*selected.conditions, *any_of(selected.branches)]
    rows = await tx.fetch_all(statements.by_groups(conditions), window)
    return [(row["slice"], StateType(row["state_type"]), row["count"]) for row in rows]
