"""Schedules written as recurrence rules of RFC 5545.

The text is taken apart here, so that zones, COUNT and UNTIL have one meaning and nothing in it can make the
search for the next tick long; python-dateutil then enumerates the days and times.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from heapq import merge
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

import msgspec

from penstock.domain.errors import InvalidInput
from penstock.domain.schedules import wall_clock
from penstock.domain.schedules.base import Schedule

MAX_LENGTH = 6_500
MAX_COUNT = 10_000
_MAX_INTERVAL = 1_000_000_000
_DEFAULT_START = datetime(2024, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_SECONDS = {"SECONDLY": 1, "MINUTELY": 60, "HOURLY": 3_600, "DAILY": 86_400, "WEEKLY": 604_800}
_FREQUENCIES = (*_SECONDS, "MONTHLY", "YEARLY")
_WITHIN_A_DAY = ("HOURLY", "MINUTELY", "SECONDLY")
_TIME_PARTS = ("BYHOUR", "BYMINUTE", "BYSECOND", "INTERVAL")

# dateutil looks for the next match until the year 9999. The calendar repeats itself, weekdays and all, every
# 400 years, so that the same search made 7,600 years later ends after at most four centuries.
_SHIFT = 19 * 400


class RRuleSchedule(Schedule, msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Ticks as one or more recurrence rules say.

    Raises `InvalidInput` for a text that cannot be read, that never ticks, or whose ticks cannot be found in
    bounded time: more than 6,500 characters, a COUNT over 10,000, EXRULE, BYEASTER, FREQ=SECONDLY with BY
    parts, BYSETPOS within a day.
    """

    rrule: str
    """RRULE lines (`RRULE:` may be left out) with DTSTART, RDATE and EXDATE lines. Times without an offset
    are on the clock of the zone. Without DTSTART the rule starts on Monday, 2024-01-01, at midnight."""
    timezone: str | None = "UTC"
    """IANA name; None is UTC. A TZID at DTSTART goes before it."""

    def __post_init__(self) -> None:
        for rule in _parse(self.rrule, self.timezone).rules:
            rule.check_that_it_ticks()

    def ticks(self, after: datetime) -> Iterator[datetime]:
        """All ticks later than `after`, in order."""
        return _parse(self.rrule, self.timezone).ticks(after)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone whose clock it goes by: a TZID at DTSTART goes before `timezone`."""
        return _parse(self.rrule, self.timezone).tz

    def wall_times(self, start: datetime) -> Iterator[datetime] | None:
        """The times on the clock that it means; None where all of its rules follow real time."""
        return _parse(self.rrule, self.timezone).wall_times(start)


class _Rule(msgspec.Struct, frozen=True):
    """One RRULE line: when it starts, what bounds it, and the rest of its parts."""

    start: datetime
    parts: dict[str, str]
    count: int | None
    until: datetime | None

    @property
    def period(self) -> int:
        """Seconds from one candidate to the next, 0 for months and years, which have no fixed length."""
        return _SECONDS.get(self.parts["FREQ"], 0) * int(self.parts.get("INTERVAL", "1"))

    @property
    def follows_real_time(self) -> bool:
        """Whether it ticks in every hour of the clock."""
        return self.period > 0 and 3_600 % self.period == 0 and "BYHOUR" not in self.parts

    def times(self, after: datetime) -> Iterator[datetime]:
        """The wall times of the rule, from `after` or somewhat earlier on."""
        times = _enumerate(self.parts, self.start if self.count is not None else self._start_near(after))
        if self.until is not None:
            until = self.until
            times = takewhile(lambda time: time <= until, times)
        return islice(times, self.count)

    def _start_near(self, after: datetime) -> datetime:
        """A later start with the same ticks from `after` on, so that a search does not begin decades ago."""
        if not self.period or after <= self.start:
            return self.start
        periods = int((after - self.start).total_seconds()) // self.period
        return self.start + timedelta(seconds=periods * self.period)

    def check_that_it_ticks(self) -> None:
        """Refuse a rule that matches no day, or whose parts the library refuses."""
        parts = self.parts
        _check_time_parts(parts, self.start)
        if parts["FREQ"] in _WITHIN_A_DAY:
            # Only its days are tried: to step through the minutes of 400 years would take too long.
            parts = {name: value for name, value in parts.items() if name not in _TIME_PARTS}
            parts["FREQ"] = "DAILY"
        if next(_enumerate(parts, self.start), None) is None:
            raise _refusal("it never ticks")


class _Recurrence(msgspec.Struct, frozen=True):
    """What a whole text says, on the wall clock of its zone."""

    tz: ZoneInfo
    rules: list[_Rule]
    extra: list[datetime]
    excluded: frozenset[datetime]

    def ticks(self, after: datetime) -> Iterator[datetime]:
        start = wall_clock.start_of_search(after, self.tz)
        streams = [self._place(rule.times(start), rule.follows_real_time) for rule in self.rules]
        streams.append(self._place(iter(self.extra), False))
        return _without_repeats(tick for tick in merge(*streams) if tick > after)

    def wall_times(self, start: datetime) -> Iterator[datetime] | None:
        fixed = [rule.times(start) for rule in self.rules if not rule.follows_real_time]
        if not (fixed or self.extra):
            return None
        return (time for time in merge(*fixed, self.extra) if time not in self.excluded)

    def _place(self, times: Iterator[datetime], follows_real_time: bool) -> Iterator[datetime]:
        place = wall_clock.every_time if follows_real_time else wall_clock.once
        return place((time for time in times if time not in self.excluded), self.tz)


class _Line(msgspec.Struct, frozen=True):
    """`EXDATE;TZID=Europe/London:20240131T090000`, taken apart."""

    name: str
    tzid: str | None
    value: str


def _refusal(reason: str, hint: str | None = None) -> InvalidInput:
    return InvalidInput(f"rrule is not valid: {reason}.", field="rrule", hint=hint)


def _parse(text: str, timezone: str | None) -> _Recurrence:
    if len(text) > MAX_LENGTH:
        raise _refusal("it has more than 6,500 characters")
    lines = [_parse_line(line) for line in text.split()]
    tz = wall_clock.zone(next((line.tzid for line in lines if line.name == "DTSTART"), None) or timezone)
    starts, extra, excluded = (_dates(lines, name, tz) for name in ("DTSTART", "RDATE", "EXDATE"))
    rules = [_parse_rule(line.value, starts, tz) for line in lines if line.name == "RRULE"]
    if not (rules or extra):
        raise _refusal("it has no RRULE", "Give at least FREQ, such as 'FREQ=DAILY'.")
    return _Recurrence(tz, rules, extra, frozenset(excluded))


def _parse_line(line: str) -> _Line:
    head, colon, value = line.partition(":")
    if not colon:
        return _Line("RRULE", None, line.upper())
    name, _, parameter = head.partition(";")
    if name.upper() not in ("DTSTART", "RRULE", "RDATE", "EXDATE"):
        raise _refusal(name[:40] + " is not supported", "Give DTSTART, RRULE, RDATE and EXDATE lines.")
    tzid = parameter[5:] if parameter.upper().startswith("TZID=") else None
    return _Line(name.upper(), tzid, value.upper())


def _dates(lines: list[_Line], name: str, tz: ZoneInfo) -> list[datetime]:
    """The times that the lines of that name give, sorted, on the wall clock of `tz`."""
    found: list[datetime] = []
    for line in lines:
        if line.name == name:
            own = wall_clock.zone(line.tzid) if line.tzid else tz
            found += [_on_clock(text, own, tz) for text in line.value.split(",")]
    return sorted(found)


def _on_clock(text: str, own: ZoneInfo, tz: ZoneInfo) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _refusal(
            repr(text[:40]) + " is no time", "Write 20240131T090000, or with a Z for UTC."
        ) from None
    if not wall_clock.EARLIEST.year < moment.year < wall_clock.HORIZON.year:
        raise _refusal(text + " is out of range")
    return moment if moment.tzinfo is None and own is tz else wall_clock.wall(_aware(moment, own), tz)


def _aware(moment: datetime, tz: ZoneInfo) -> datetime:
    return moment if moment.tzinfo is not None else wall_clock.first_instant(moment, tz)


def _parse_rule(value: str, starts: list[datetime], tz: ZoneInfo) -> _Rule:
    parts = dict(part.partition("=")[::2] for part in value.split(";"))
    count, until = parts.pop("COUNT", None), parts.pop("UNTIL", None)
    if count is not None and not starts:
        raise _refusal("COUNT needs a DTSTART to count from")
    _check_bounds(parts)
    return _Rule(
        start=starts[0] if starts else _DEFAULT_START,
        parts=parts,
        count=None if count is None else _whole_number("COUNT", count, MAX_COUNT),
        until=None if until is None else _on_clock(until, tz, tz),
    )


def _whole_number(name: str, text: str, largest: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 12 and 1 <= int(text) <= largest):
        raise _refusal(name + f" must be a whole number from 1 to {largest:,}")
    return int(text)


def _check_bounds(parts: dict[str, str]) -> None:
    """Refuse what would make the search for a tick unbounded."""
    frequency = parts.get("FREQ")
    if frequency not in _FREQUENCIES:
        raise _refusal("it needs a FREQ", "FREQ is one of " + ", ".join(_FREQUENCIES) + ".")
    _whole_number("INTERVAL", parts.get("INTERVAL", "1"), _MAX_INTERVAL)
    if "BYEASTER" in parts:
        raise _refusal("BYEASTER is not part of RFC 5545")
    if frequency == "SECONDLY" and any(name.startswith("BY") for name in parts):
        raise _refusal("FREQ=SECONDLY takes no BY parts", "Use FREQ=MINUTELY with BYSECOND.")
    if frequency in _WITHIN_A_DAY and "BYSETPOS" in parts:
        raise _refusal(frequency + " rules take no BYSETPOS", "Use BYMINUTE or BYSECOND.")


def _enumerate(parts: dict[str, str], start: datetime) -> Iterator[datetime]:
    from dateutil.rrule import rrulestr  # here, because every client knows the type and few count its ticks

    text = "RRULE:" + ";".join(f"{name}={value}" for name, value in parts.items())
    try:
        rule = rrulestr(text, dtstart=start.replace(year=start.year + _SHIFT))
    except (ValueError, TypeError, IndexError) as error:
        raise _refusal(str(error).rstrip(".")[:100]) from None
    return (time.replace(year=time.year - _SHIFT) for time in rule)


def _check_time_parts(parts: dict[str, str], start: datetime) -> None:
    """Refuse hours and minutes that are none, or that the interval steps over."""
    _enumerate(parts, start)
    # The library notices some only when it looks for a time; without parts for days, there is one soon.
    timed = {name: value for name, value in parts.items() if name == "FREQ" or name in _TIME_PARTS}
    try:
        next(_enumerate(timed, start), None)
    except (ValueError, TypeError) as error:
        raise _refusal(str(error).rstrip(".")[:100]) from None


def _without_repeats(ticks: Iterator[datetime]) -> Iterator[datetime]:
    last = None
    for tick in ticks:
        if tick != last:
            yield tick
            last = tick
