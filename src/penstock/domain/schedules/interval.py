"""Schedules that tick at a fixed distance."""

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import msgspec

from penstock.domain.errors import InvalidInput
from penstock.domain.schedules import wall_clock
from penstock.domain.schedules.base import Schedule

_A_DAY = timedelta(days=1)
_MIN_SECONDS, _MAX_SECONDS = 1.0, 100 * 366 * 86_400.0
_A_MONDAY = datetime(2024, 1, 1, tzinfo=UTC).replace(tzinfo=None)


class IntervalSchedule(Schedule, msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Ticks every so many seconds, in line with an anchor.

    Intervals of a day and more follow the wall clock: what ticks at 09:00 does so in summer too. Shorter ones
    follow real time. Raises `InvalidInput` for intervals under a second or over a hundred years.
    """

    interval: float
    """Seconds."""
    anchor_date: datetime = _A_MONDAY
    """A moment that the ticks line up with, in both directions; without an offset, on the clock of
    `timezone`. The default, a Monday at midnight, makes hourly schedules tick on the hour, daily ones at
    midnight and weekly ones on Mondays, and stays the same however often a deployment is made again."""
    timezone: str | None = None
    """IANA name; None is UTC."""

    def __post_init__(self) -> None:
        if not (math.isfinite(self.interval) and _MIN_SECONDS <= self.interval <= _MAX_SECONDS):
            problem = f"interval is {self.interval:g} seconds, not from one second to a hundred years."
            raise InvalidInput(problem, field="interval")
        if not wall_clock.EARLIEST.year < self.anchor_date.year < wall_clock.HORIZON.year:
            problem = f"anchor_date {self.anchor_date} is out of range."
            raise InvalidInput(problem, field="anchor_date")
        anchor, tz = self.anchor_date, wall_clock.zone(self.timezone)
        instant = anchor.astimezone(UTC) if anchor.tzinfo else wall_clock.first_instant(anchor, tz)
        msgspec.structs.force_setattr(self, "anchor_date", instant)

    def ticks(self, after: datetime) -> Iterator[datetime]:
        """All ticks later than `after`, in order, without end."""
        step = timedelta(seconds=self.interval)
        if step < _A_DAY:
            return _multiples(self.anchor_date, step, after)
        tz = wall_clock.zone(self.timezone)
        start = wall_clock.start_of_search(after, tz) - step
        times = _multiples(wall_clock.wall(self.anchor_date, tz), step, start)
        return (tick for tick in wall_clock.once(times, tz) if tick > after)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone whose clock it goes by."""
        return wall_clock.zone(self.timezone)

    def wall_times(self, start: datetime) -> Iterator[datetime] | None:
        """The times on the clock that it means; None where the interval is shorter than a day."""
        step = timedelta(seconds=self.interval)
        return (
            None if step < _A_DAY else _multiples(wall_clock.wall(self.anchor_date, self.zone), step, start)
        )


def _multiples(anchor: datetime, step: timedelta, after: datetime) -> Iterator[datetime]:
    """The moments later than `after` that are a whole number of steps from the anchor."""
    first = (after - anchor) // step + 1
    return (anchor + step * number for number in count(first))
