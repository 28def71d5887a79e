"""The fold of metric triggers: it measures runs by the events of their states.

What is measured is added up in slices, each a 60th of the range, so that what is kept stays small. The value
at a moment is the mean of what the slice of that moment and the 59 before it hold.
"""

import operator
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from msgspec.structs import replace

from penstock.domain.automations import MetricName, MetricQuery
from penstock.domain.events import Event
from penstock.domain.states import TERMINAL_TYPES, StateType
from penstock.domain.triggers.seen import MAX_EVENTS, Measured, Sample, Slice

SLICES: Final = 60
NAMES: Final = ["prefect.flow-run.*"]
"""The events that tell of states of runs."""
MEASURES: Final = "measures"
"""Where the payload of a run's event has what was measured, in seconds: `lateness` where it starts for the
first time, `duration` where it ends."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_COMPARE: Final[dict[str, Callable[[float, float], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_ENDED: Final = {state.value for state in TERMINAL_TYPES}


def measurement(metric: MetricName, event: Event) -> float | None:
    """What an event adds to the metric: None where it has nothing to do with it."""
    if metric is MetricName.SUCCESSES:
        state = event.resource.get("prefect.state-type")
        return float(state == StateType.COMPLETED) if state in _ENDED else None
    measures = event.payload.get(MEASURES)
    value = measures.get(metric.value) if isinstance(measures, dict) else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def add(seen: Measured | None, sample: Sample, value: float, query: MetricQuery) -> Measured:
    """Add what was measured. What is older than the range already, or was just added, counts for nothing."""
    if seen is None:
        seen = Measured(newest=sample.moment)
    if any(other.id == sample.id for other in seen.recent):
        return seen
    newest = max(seen.newest, sample.moment)
    sums = {part.index: part for part in _within_range(seen.slices, newest, query)}
    index = _index(sample.moment, query)
    if index > _index(newest, query) - SLICES:
        old = sums.get(index, Slice(index, 0.0, 0))
        sums[index] = Slice(index, old.total + value, old.count + 1)
    recent = [*seen.recent, sample][-MAX_EVENTS:]
    return replace(seen, slices=sorted(sums.values(), key=_by_index), newest=newest, recent=recent)


def judge(seen: Measured, now: datetime, query: MetricQuery) -> tuple[Measured, bool]:
    """Compare the value as it is now. Returns what has been seen now, and whether it fired or is over."""
    now = max(now, seen.newest)
    slices = _within_range(seen.slices, now, query)
    seen = replace(seen, slices=slices, newest=now)
    value = value_of(slices)
    if value is None or not _COMPARE[query.operator](value, query.threshold):
        return replace(seen, beyond_since=None, fired=False), seen.fired
    since = seen.beyond_since or now
    fires = not seen.fired and now - since >= timedelta(seconds=query.firing_for)
    return replace(seen, beyond_since=since, fired=seen.fired or fires), fires


def value_of(slices: list[Slice]) -> float | None:
    """The mean of what was measured. None where nothing was."""
    count = sum(part.count for part in slices)
    return sum(part.total for part in slices) / count if count else None


def due(seen: Measured, query: MetricQuery) -> datetime | None:
    """When the value changes by itself, because something leaves the range, or has held for long enough."""
    if not seen.slices:
        return None
    leaves = _EPOCH + _step(query) * (seen.slices[0].index + SLICES)
    if seen.beyond_since is None or seen.fired:
        return leaves
    return min(leaves, seen.beyond_since + timedelta(seconds=query.firing_for))


def _within_range(slices: list[Slice], now: datetime, query: MetricQuery) -> list[Slice]:
    oldest = _index(now, query) - SLICES
    return [part for part in slices if part.index > oldest]


def _step(query: MetricQuery) -> timedelta:
    return timedelta(seconds=query.range) / SLICES


def _index(moment: datetime, query: MetricQuery) -> int:
    return (moment - _EPOCH) // _step(query)


def _by_index(part: Slice) -> int:
    return part.index
