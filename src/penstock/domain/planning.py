"""How far ahead a schedule is turned into runs."""

from datetime import datetime, timedelta

from msgspec import Struct

from penstock.domain.schedules import Schedule, next_dates
from penstock.domain.schedules.wall_clock import HORIZON


class Window(Struct, frozen=True, kw_only=True):
    """How many runs of a schedule wait: enough for some time, but neither too few nor too many."""

    min_runs: int = 3
    max_runs: int = 100
    ahead: timedelta = timedelta(hours=1)
    """Ticks within this time are wanted, up to `max_runs`; later ones only up to `min_runs`."""
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
    for tick in next_dates(schedule, start, until=start + horizon):
        if len(ticks) == window.max_runs:
            return Plan(ticks=ticks, enough_until=ticks[0])
        is_soon = tick <= start + ahead
        if not is_soon and len(ticks) >= window.min_runs:
            return Plan(
                ticks=ticks, enough_until=min(tick - window.ahead, _when_too_few(ticks, window, tick))
            )
        ticks.append(tick)
    return Plan(ticks=ticks, enough_until=start + min(ahead, horizon))


def _when_too_few(ticks: list[datetime], window: Window, following: datetime) -> datetime:
    """When fewer than `min_runs` of the ticks will still be to come."""
    spare = len(ticks) - window.min_runs
    return [*ticks, following][spare]
