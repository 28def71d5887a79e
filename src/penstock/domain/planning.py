"""How far ahead a schedule is turned into runs, and when it is looked at again."""

from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct

from penstock.domain.catch_up import MOMENT, CatchUp, CatchUpTerms
from penstock.domain.schedules import Schedule, next_dates
from penstock.domain.schedules.wall_clock import HORIZON

_MINUTE = timedelta(minutes=1)
_SECOND = timedelta(seconds=1)
_HOUR = timedelta(hours=1)


class Window(Struct, frozen=True, kw_only=True):
    """How many runs of a schedule wait: enough for some time, but neither too few nor too many."""

    min_runs: int = 3
    max_runs: int = 100
    ahead: timedelta = timedelta(hours=1)
    """Ticks within this time are wanted, up to `max_runs`; later ones only up to `min_runs`."""
    slack: timedelta = timedelta(0)
    """So much further one look reaches, so that the next is not wanted at the very next tick."""
    horizon: timedelta = timedelta(days=100)
    """No tick later than this is wanted."""


class Plan(Struct, frozen=True, kw_only=True):
    """The ticks of a schedule that should have a run now."""

    ticks: list[datetime]
    enough_until: datetime
    """When the window will want another tick."""


def plan(schedule: Schedule, start: datetime, window: Window) -> Plan:
    """The ticks later than `start` that a window wants, in order."""
    ticks: list[datetime] = []
    room = max(HORIZON - start, timedelta(0))
    horizon, ahead = min(window.horizon, room), min(window.ahead, room)
    reach = start + min(ahead + window.slack, room)
    if window.max_runs:
        for tick in next_dates(schedule, start, until=start + horizon):
            if len(ticks) == window.max_runs:
                return Plan(ticks=ticks, enough_until=ticks[_of_most(window)])
            if tick > reach and len(ticks) >= window.min_runs:
                enough_until = min(tick - window.ahead, _when_too_few(ticks, window, tick))
                return Plan(ticks=ticks, enough_until=enough_until)
            ticks.append(tick)
    return Plan(ticks=ticks, enough_until=start + max(min(ahead, horizon), min(_MINUTE, room)))


def is_tick(schedule: Schedule, moment: datetime) -> bool:
    """Whether a schedule ticks at a moment; it may have done so by other rules of its time zone."""
    return moment in next_dates(schedule, moment - MOMENT, until=moment)


def _of_most(window: Window) -> int:
    """Which of the most runs there may be must have passed before more are wanted.

    Without slack the first. With it a quarter of them, and never so many that too few are left.
    """
    if not window.slack:
        return 0
    return max(0, min(window.max_runs // 4, window.max_runs - window.min_runs) - 1)


def _when_too_few(ticks: list[datetime], window: Window, following: datetime) -> datetime:
    """When fewer than `min_runs` of the ticks will still be to come."""
    spare = len(ticks) - window.min_runs
    return [*ticks, following][spare]


def spread(id: UUID) -> float:
    """A number from 0 up to 1 that is always the same for an id, and different for different ones."""
    return (id.int % 65_521) / 65_521


def look_at(id: UUID, now: datetime, enough_until: datetime) -> datetime:
    """When a schedule is looked at again: in time, and not at the same moment as all others made with it.

    That is in the second half of the time until it must be, and never within a second.
    """
    return max(now + _SECOND, now + (enough_until - now) * (0.5 + spread(id) / 2))


class MadeUp(Struct, frozen=True, kw_only=True):
    """The ticks that passed while no server was there, as far as they get runs now."""

    ticks: list[datetime]
    left_out_before: datetime | None = None
    """There were more of them than are made; those before this one have no runs."""


def made_up(schedule: Schedule, since: datetime, now: datetime, terms: CatchUpTerms, at_most: int) -> MadeUp:
    """Which ticks after `since` and until `now` get a run now, oldest first."""
    if terms.max_lateness is not None:
        since = max(since, now - terms.max_lateness - MOMENT)
    if terms.policy is CatchUp.NONE:
        since = max(since, now - terms.missed_after - MOMENT)
    ticks = _newest(schedule, since, now, at_most + 1)
    is_pile = len(ticks) > terms.tolerated and ticks[0] < now - terms.missed_after
    if terms.policy is CatchUp.LATEST and is_pile:
        return MadeUp(ticks=ticks[-1:])
    if len(ticks) > at_most:
        return MadeUp(ticks=ticks[1:], left_out_before=ticks[1])
    return MadeUp(ticks=ticks)


def _newest(schedule: Schedule, since: datetime, until: datetime, at_most: int) -> list[datetime]:
    """The last ticks of a span, at most so many. It looks back as far as it must, and not all the way."""
    reach = _HOUR
    while reach < until - since:
        if len(found := list(next_dates(schedule, until - reach, until=until))) >= at_most:
            return found[-at_most:]
        reach *= 2
    return list(next_dates(schedule, since, until=until))[-at_most:] if since < until else []
