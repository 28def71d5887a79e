"""The next ticks of a schedule as people read them: on its clock, with what a change of the clock does."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from penstock.domain.schedules import Schedule, next_dates
from penstock.domain.schedules.wall_clock import wall

_SECOND = timedelta(seconds=1)
_HOUR = timedelta(hours=1)
_A_WHILE = timedelta(days=8)


class Tick(msgspec.Struct, frozen=True):
    """One time at which a schedule ticks."""

    at: datetime
    """In UTC."""
    local: datetime
    """The same on the schedule's clock, with its offset."""
    note: str | None
    """What a change of the clock since the tick before does to this one."""


class _Change(msgspec.Struct, frozen=True):
    """An instant at which a clock is put forward or back."""

    at: datetime
    before: datetime
    """What the clock would have shown, without its zone."""
    after: datetime
    """What it shows."""

    @property
    def is_forward(self) -> bool:
        return self.after > self.before

    def __str__(self) -> str:
        way = "forward" if self.is_forward else "back"
        day = self.before.date().isoformat()
        return f"The clock goes {way} from {_clock(self.before)} to {_clock(self.after)} on {day}"


def preview(schedule: Schedule, start: datetime, count: int) -> Iterator[Tick]:
    """The first `count` ticks later than the aware moment `start`."""
    zone, last = schedule.zone, None
    for tick in next_dates(schedule, start, count):
        change = _last_change(last or start, tick, zone)
        yield Tick(tick, tick.astimezone(zone), _note(schedule, last, tick, change))
        last = tick


def _note(schedule: Schedule, last: datetime | None, tick: datetime, change: _Change | None) -> str | None:
    time = wall(tick, schedule.zone)
    repeated = _repetition(tick, schedule.zone)
    if schedule.wall_times(time) is None:
        if repeated is not None and repeated.at <= tick:
            return f"{repeated}: this is the second {_clock(time)}."
        return None if change is None else _of_real_time(schedule, change, tick)
    if repeated is not None:
        return f"{repeated}: {_clock(time)} comes twice, and this run is at the first."
    if change is None:
        return None
    meant = _meant_in_gap(schedule, change, tick)
    if meant is not None:
        return f"{change}: {_clock(meant)} is skipped, and this run is at {_clock(time)}."
    stays = f"{change}: this run stays at {_clock(time)} on the clock"
    if last is None or tick - last > _A_WHILE:
        return f"{stays}."
    return f"{stays}, {_duration(tick - last)} after the one before."


def _of_real_time(schedule: Schedule, change: _Change, tick: datetime) -> str:
    following = next(next_dates(schedule, tick, 1), None)
    if following is None:
        return f"{change}."
    if following - tick <= _HOUR:
        return f"{change}: runs stay {_duration(following - tick)} apart."
    moved = abs(change.after - change.before)
    way = "later" if change.is_forward else "earlier"
    return f"{change}: from here on runs are {_duration(moved)} {way} on the clock."


def _last_change(low: datetime, high: datetime, zone: ZoneInfo) -> _Change | None:
    """A change between two instants that the clock shows at the second one."""
    low, offset = low.replace(microsecond=0), high.astimezone(zone).utcoffset()
    if low.astimezone(zone).utcoffset() == offset:
        return None
    while high - low > _SECOND:
        middle = (low + (high - low) / 2).replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == offset:
            high = middle
        else:
            low = middle
    return _change_at(high, zone)


def _change_at(instant: datetime, zone: ZoneInfo) -> _Change:
    return _Change(instant, wall(instant - _SECOND, zone) + _SECOND, wall(instant, zone))


def _repetition(tick: datetime, zone: ZoneInfo) -> _Change | None:
    """The change by which the clock shows the time of a tick twice, if it does."""
    shown = wall(tick, zone).replace(tzinfo=zone)
    first, second = shown.replace(fold=0), shown.replace(fold=1)
    if not first.utcoffset() > second.utcoffset():  # type: ignore[operator] # a zone has offsets
        return None
    return _last_change(first.astimezone(tick.tzinfo), second.astimezone(tick.tzinfo), zone)


def _meant_in_gap(schedule: Schedule, change: _Change, tick: datetime) -> datetime | None:
    """The time that was meant and does not exist, if that is why the tick is when the change is."""
    if not change.is_forward or change.at != tick:
        return None
    times = schedule.wall_times(change.before - _SECOND)
    found = (time for time in times or () if time >= change.before)
    time = next(found, None)
    return time if time is not None and time < change.after else None


def _clock(time: datetime) -> str:
    return f"{time:%H:%M:%S}" if time.second else f"{time:%H:%M}"


def _duration(span: timedelta) -> str:
    minutes, seconds = divmod(round(span.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "hour"), (minutes, "minute"), (seconds, "second")]
    told = [f"{number} {unit}{'' if number == 1 else 's'}" for number, unit in parts if number]
    return " and ".join(told)
