"""What the kinds of schedules have in common."""

from collections.abc import Iterator
from datetime import datetime


class Schedule:
    """When a deployment runs: one of `CronSchedule`, `IntervalSchedule` and `RRuleSchedule`.

    On the wire the three carry no tag and are told apart by their keys, which `parse_schedule` does.
    """

    __slots__ = ()

    def ticks(self, after: datetime) -> Iterator[datetime]:
        """All ticks later than `after`, aware and in UTC, in order; possibly without end."""
        raise NotImplementedError
