"""When deployments run: cron, interval and recurrence-rule schedules, as values that enumerate their ticks.

Nothing here reads a clock or keeps a state: ticks are computed anew from the text each time, so that a change
of the time zone database moves all ticks that have not happened yet.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice, takewhile
from typing import Any

import msgspec

from penstock.domain.errors import InvalidInput
from penstock.domain.schedules.base import Schedule
from penstock.domain.schedules.cron import CronSchedule
from penstock.domain.schedules.interval import IntervalSchedule
from penstock.domain.schedules.rrule import RRuleSchedule
from penstock.domain.schedules.wall_clock import EARLIEST, HORIZON

__all__ = [
    "SCHEDULE_KINDS",
    "CronSchedule",
    "IntervalSchedule",
    "RRuleSchedule",
    "Schedule",
    "next_dates",
    "parse_schedule",
]

SCHEDULE_KINDS: dict[str, type[CronSchedule | IntervalSchedule | RRuleSchedule]] = {
    "cron": CronSchedule,
    "interval": IntervalSchedule,
    "rrule": RRuleSchedule,
}
"""The key by which a schedule is recognised on the wire, and its type."""


def parse_schedule(value: Mapping[str, Any]) -> CronSchedule | IntervalSchedule | RRuleSchedule:
    """A schedule from its wire form: an object with exactly one of the keys `cron`, `interval` and `rrule`.

    `interval` may be seconds, a timedelta or an ISO 8601 duration such as `PT10M`. Raises `InvalidInput` that
    names the field.
    """
    if not isinstance(value, Mapping):
        raise InvalidInput("schedule must be an object.", field="schedule")
    kinds = [key for key in SCHEDULE_KINDS if value.get(key) is not None]
    if len(kinds) != 1:
        found = " and ".join(kinds) if kinds else "none of them"
        problem = f"schedule needs exactly one of cron, interval and rrule; it has {found}."
        raise InvalidInput(problem, field="schedule")
    fields = {key: item for key, item in value.items() if key not in SCHEDULE_KINDS or item is not None}
    try:
        if "interval" in fields and not isinstance(fields["interval"], int | float):
            fields["interval"] = msgspec.convert(fields["interval"], timedelta).total_seconds()
        return msgspec.convert(fields, SCHEDULE_KINDS[kinds[0]])
    except (msgspec.ValidationError, ValueError, OverflowError) as error:
        problem = f"schedule is not valid: {error}"
        raise InvalidInput(problem, field=kinds[0]) from None


def next_dates(
    schedule: Schedule, after: datetime, count: int | None = None, until: datetime | None = None
) -> Iterator[datetime]:
    """The ticks of a schedule, strictly increasing, aware and in UTC.

    Args:
        schedule: When to tick.
        after: Ticks are later than this aware moment.
        count: At most so many.
        until: None later than this aware moment.

    With neither, a schedule without an end goes on to the year 2390.
    """
    if after.tzinfo is None or (until is not None and until.tzinfo is None):
        raise ValueError("next_dates needs aware moments.")
    last = min(until, HORIZON) if until is not None else HORIZON
    if after >= last:
        return iter(())
    ticks = schedule.ticks(max(after, EARLIEST))
    return islice(takewhile(lambda tick: tick <= last, ticks), count)
