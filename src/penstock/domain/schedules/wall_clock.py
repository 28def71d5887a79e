"""Between the clock on the wall of a time zone and real time.

A schedule says times of a wall clock; runs happen in real time. Twice a year, and now and then for politics,
the two disagree, and then this is the policy, for all kinds of schedules:

- A time that the clock shows twice is meant the first time.
- A time that the clock skips is meant at the next valid instant: the end of the gap.
- A schedule that ticks in every hour of the clock is about elapsed time and not about hours: it ticks in both
  passes of a repeated hour, and nothing of it is moved out of a skipped one. Every real hour gets its ticks.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from penstock.domain.errors import InvalidInput
from penstock.domain.names import did_you_mean

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
HORIZON = datetime(2390, 1, 1, tzinfo=UTC)
"""No schedule ticks outside of these bounds, so that every search for a tick ends."""

_DAY = timedelta(days=1)


def zone(name: str | None) -> ZoneInfo:
    """The IANA time zone of that name, UTC for None; else `InvalidInput` with the nearest name."""
    try:
        return ZoneInfo(name if name is not None else "UTC")
    except (KeyError, ValueError, OSError):
        problem = f"timezone {name!r} is not the name of a time zone."
        hint = did_you_mean(str(name), available_timezones()) or "Give an IANA name such as 'Europe/London'."
        raise InvalidInput(problem, field="timezone", hint=hint) from None


def wall(instant: datetime, tz: ZoneInfo) -> datetime:
    """What the clock of `tz` shows at an instant, as a naive datetime."""
    return instant.astimezone(tz).replace(tzinfo=None, fold=0)


def start_of_search(after: datetime, tz: ZoneInfo) -> datetime:
    """A wall time from which on no tick later than `after` can be missed.

    Clocks that go back within a day of `after` show again times before what they show now.
    """
    return min(wall(after, tz), wall(after + _DAY, tz) - _DAY)


def _readings(time: datetime, tz: ZoneInfo) -> tuple[datetime, datetime]:
    """The instants that a wall time means by the rules before, and after, a change of the clock near it."""
    return time.replace(tzinfo=tz).astimezone(UTC), time.replace(tzinfo=tz, fold=1).astimezone(UTC)


def first_instant(time: datetime, tz: ZoneInfo) -> datetime:
    """The instant, in UTC, at which the clock of `tz` first shows `time`, or skips it."""
    before, after = _readings(time, tz)
    return before if before <= after else _end_of_gap(after, before, tz)


def _end_of_gap(low: datetime, high: datetime, tz: ZoneInfo) -> datetime:
    """The second between two instants in which the clock of `tz` jumps ahead."""
    offset = high.astimezone(tz).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = (low + (high - low) / 2).replace(microsecond=0)
        if middle.astimezone(tz).utcoffset() == offset:
            high = middle
        else:
            low = middle
    return high


def once(times: Iterable[datetime], tz: ZoneInfo) -> Iterator[datetime]:
    """Each wall time at its first or next valid instant; several that fall on one instant make one tick."""
    last = None
    for time in times:
        instant = first_instant(time, tz)
        if last is None or instant > last:
            yield instant
            last = instant


def every_time(times: Iterable[datetime], tz: ZoneInfo) -> Iterator[datetime]:
    """Each wall time as often as the clock shows it: twice in a repeated hour, never in a skipped one."""
    second_pass: deque[datetime] = deque()
    for time in times:
        before, after = _readings(time, tz)
        if before > after:
            continue
        while second_pass and second_pass[0] < before:
            yield second_pass.popleft()
        yield before
        if after > before:
            second_pass.append(after)
    yield from second_pass
