"""Schedules in words, where few will do: `at 09:00 on weekdays`; all others are told as they were written."""

import re
from collections.abc import Sequence
from typing import Final

from penstock.domain.schedules.base import Schedule
from penstock.domain.schedules.cron import ALIASES, CronSchedule
from penstock.domain.schedules.interval import IntervalSchedule
from penstock.domain.schedules.rrule import RRuleSchedule

_DAYS: Final = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_SHORT_DAYS: Final = [name[:3].upper() for name in _DAYS]
_SHORT_MONTHS: Final = ["", *(name[:3].upper() for name in _MONTHS)]
_WEEKDAYS: Final = [1, 2, 3, 4, 5]
_WEEKEND: Final = [0, 6]
_MOST_TIMES: Final = 4
_STEP = re.compile(r"\*/(\d+)")
_UNITS = (("week", 604_800), ("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
_RRULE_UNITS = {
    "WEEKLY": "week",
    "DAILY": "day",
    "HOURLY": "hour",
    "MINUTELY": "minute",
    "SECONDLY": "second",
}


def in_words(schedule: Schedule) -> str:
    """What a schedule does, in words; what few words would not tell is shown as it was written."""
    if isinstance(schedule, CronSchedule):
        return _of_cron(schedule.cron) or f"cron {schedule.cron.strip()}"
    if isinstance(schedule, IntervalSchedule):
        return _of_interval(schedule.interval)
    assert isinstance(schedule, RRuleSchedule)
    return _of_rrule(schedule.rrule) or schedule.rrule.strip()


def _of_interval(seconds: float) -> str:
    for unit, size in _UNITS:
        if seconds % size == 0:
            return _every(int(seconds) // size, unit)
    return f"every {seconds:g} seconds"


def _every(number: int, unit: str) -> str:
    return f"every {unit}" if number == 1 else f"every {number} {unit}s"


def _of_cron(cron: str) -> str | None:
    minute, hour, day, month, weekday = ALIASES.get(cron.strip().lower(), cron).upper().split()
    dates = _dates(day, month, weekday)
    if dates is None:
        return None
    if (often := _often(minute, hour)) is not None:
        return often if dates == "every day" else f"{often} {dates}"
    times = _times(hour, minute)
    return None if times is None else f"at {times} {dates}"


def _often(minute: str, hour: str) -> str | None:
    """What happens in every hour, or every few hours."""
    if hour == "*" and minute == "*":
        return "every minute"
    if hour == "*" and minute.isdigit():
        return f"every hour at minute {int(minute)}" if int(minute) else "every hour"
    if hour == "*":
        return _each_step(minute, 60, "minute")
    return _each_step(hour, 24, "hour") if minute == "0" else None


def _each_step(field: str, whole: int, unit: str) -> str | None:
    """`*/15`; a step that does not divide the whole is not the same all the time."""
    step = _STEP.fullmatch(field)
    return _every(int(step[1]), unit) if step and whole % int(step[1]) == 0 else None


def _times(hour: str, minute: str) -> str | None:
    hours = _numbers(hour)
    if hours is None or len(hours) > _MOST_TIMES or not minute.isdigit():
        return None
    return _listed([f"{each:02}:{int(minute):02}" for each in hours])


def _dates(day: str, month: str, weekday: str) -> str | None:
    """On which days; None where days of the month and of the week, or of some months, come together."""
    if weekday != "*":
        return _on_weekdays(_numbers(weekday, _SHORT_DAYS)) if (day, month) == ("*", "*") else None
    if day == "*":
        return "every day" if month == "*" else None
    if day != "L" and not day.isdigit():
        return None
    of_month = "the last day" if day == "L" else f"day {int(day)}"
    if month == "*":
        return f"on {of_month} of every month"
    months = _numbers(month, _SHORT_MONTHS)
    return f"on {of_month} of {_listed([_MONTHS[each - 1] for each in months])}" if months else None


def _on_weekdays(numbers: Sequence[int] | None) -> str | None:
    """Days of the week by their numbers; Sunday is 0, and 7."""
    if numbers is None:
        return None
    days = sorted({number % 7 for number in numbers})
    if days == _WEEKDAYS:
        return "on weekdays"
    if days == _WEEKEND:
        return "at weekends"
    if len(days) == len(_DAYS):
        return "every day"
    from_monday = sorted(days, key=lambda each: (each - 1) % 7)
    return f"on {_listed([f'{_DAYS[each]}s' for each in from_monday])}"


def _numbers(field: str, names: Sequence[str] = ()) -> list[int] | None:
    """What a field of numbers, names and ranges between commas stands for; None for any other."""
    found: set[int] = set()
    for part in field.split(","):
        low, dash, high = part.partition("-")
        first, last = _number(low, names), _number(high if dash else low, names)
        if first is None or last is None or first > last:
            return None
        found |= {*range(first, last + 1)}
    return sorted(found)


def _number(text: str, names: Sequence[str]) -> int | None:
    if text and text in names:
        return names.index(text)
    return int(text) if text.isdigit() else None


def _listed(words: Sequence[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last


def _of_rrule(text: str) -> str | None:
    """A single rule without a start, which begins on a Monday at midnight."""
    if len(text.split()) > 1:
        return None
    parts = dict(part.partition("=")[::2] for part in text.upper().strip().removeprefix("RRULE:").split(";"))
    unit, number = _RRULE_UNITS.get(parts.pop("FREQ", "")), int(parts.pop("INTERVAL", "1"))
    if unit not in ("day", "week"):
        return _every(number, unit) if unit and not parts else None
    times = _times(parts.pop("BYHOUR", "0"), parts.pop("BYMINUTE", "0"))
    dates = _rrule_days(parts.pop("BYDAY", "MO")) if unit == "week" else "every day"
    if times is None or dates is None or parts:
        return None
    if number == 1:
        return f"at {times} {dates}"
    return (
        f"{_every(number, unit)} {dates} at {times}"
        if unit == "week"
        else f"{_every(number, unit)} at {times}"
    )


def _rrule_days(text: str) -> str | None:
    letters = [name[:2] for name in _SHORT_DAYS]
    wanted = text.split(",")
    return _on_weekdays([letters.index(each) for each in wanted]) if {*wanted} <= {*letters} else None
