"""Schedules written as cron expressions.

The library is imported where it is used: every client knows the type, few ever count its ticks.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import msgspec

from penstock.domain.errors import InvalidInput
from penstock.domain.schedules import wall_clock
from penstock.domain.schedules.base import Schedule

if TYPE_CHECKING:
    from cronsim import CronSim

ALIASES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_MAX_LENGTH = 1_000
_BEFORE_A_LEAP_DAY = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)


class CronSchedule(Schedule, msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Ticks whenever the clock of a time zone matches an expression.

    Raises `InvalidInput` for an expression that cannot be read or that never matches a day.
    """

    cron: str
    """Five fields (minute, hour, day of month, month, day of week) with names, ranges, steps, `L`, `MON#2`;
    or one of `ALIASES`. There is no field for seconds: crons do not agree on its place."""
    timezone: str | None = None
    """IANA name; None is UTC."""
    day_or: bool = True
    """Where both day fields are given: True, one of them must match, as cron does; False, both must."""

    def __post_init__(self) -> None:
        wall_clock.zone(self.timezone)
        if next(self._matches(_BEFORE_A_LEAP_DAY), None) is None:
            raise self._refusal("never matches a day.")

    def ticks(self, after: datetime) -> Iterator[datetime]:
        """All ticks later than `after`, in order, without end."""
        tz = wall_clock.zone(self.timezone)
        times = self._matches(wall_clock.start_of_search(after, tz))
        place = wall_clock.every_time if len(times.hours) == 24 else wall_clock.once
        return (tick for tick in place(times, tz) if tick > after)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone whose clock it goes by."""
        return wall_clock.zone(self.timezone)

    def wall_times(self, start: datetime) -> Iterator[datetime] | None:
        """The times on the clock that match; None where one does in every hour."""
        times = self._matches(start)
        return None if len(times.hours) == 24 else times

    def _matches(self, start: datetime) -> "CronSim":
        """The wall times that match, as an iterator; it gives up after 50 years without one."""
        from cronsim import CronSim, CronSimError

        fields = ALIASES.get(self.cron.strip().lower(), self.cron).split()
        self._check_shape(fields)
        try:
            matches = CronSim(" ".join(fields), start)
        except CronSimError as error:
            reason = str(error).replace("Bad ", "the field for the ")
            raise self._refusal("is not valid: " + reason + " cannot be used.") from None
        # The library joins by AND where a day field merely starts with a star (`*/2`), as Debian's cron does.
        # On the wire `day_or` decides, for all but a plain star.
        matches.day_and = not self.day_or or "*" in (fields[2], fields[4])
        return matches

    def _check_shape(self, fields: list[str]) -> None:
        if len(self.cron) > _MAX_LENGTH:
            raise self._refusal("has more than 1,000 characters.")
        if len(fields) == 6:
            raise self._refusal(
                "has six fields, but there is none for seconds.",
                "Give five fields, or an interval for anything more often than each minute.",
            )
        if len(fields) != 5:
            raise self._refusal(
                "does not have five fields.",
                "Give 'minute hour day month weekday', or one of " + ", ".join(ALIASES) + ".",
            )

    def _refusal(self, reason: str, hint: str | None = None) -> InvalidInput:
        return InvalidInput(f"cron {self.cron[:100]!r} {reason}", field="cron", hint=hint)
