"""What the kinds of schedules have in common."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo


class Schedule:
    """When a deployment runs: one of `CronSchedule`, `IntervalSchedule` and `RRuleSchedule`.

    On the wire the three carry no tag and are told apart by their keys, which `parse_schedule` does.
    """

    __slots__ = ()

    def ticks(self, after: datetime) -> Iterator[datetime]:
        """All ticks later than `after`, aware and in UTC, in order; possibly without end."""
        raise NotImplementedError

    @property
    def zone(self) -> ZoneInfo:
        """The time zone whose clock it goes by."""
        raise NotImplementedError

    def wall_times(self, start: datetime) -> Iterator[datetime] | None:
        """The times on the clock that it means, from `start`, a time on the clock, or somewhat earlier on.

        Before they are brought to instants, so that skipped and repeated times are as they were said. None
        where it follows real time, and no time on the clock is meant.
        """
        raise NotImplementedError
