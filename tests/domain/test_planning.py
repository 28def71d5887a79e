"""How far ahead schedules are planned."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.domain.planning import Window, plan
from penstock.domain.schedules import CronSchedule, IntervalSchedule, RRuleSchedule

NOW = datetime(2026, 5, 1, 0, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def every(minutes):
    return IntervalSchedule(interval=minutes * 60)


@pytest.mark.parametrize(
    ("schedule", "count", "enough_for"),
    [
        (every(20), 3, 10),  # three within the hour; when the first has passed they are too few
        (every(10), 6, 10),  # six within the hour; ten minutes later one more is
        (every(1), 60, 1),
        (IntervalSchedule(interval=10), 100, 10 / 60),  # never more than a hundred
        (every(24 * 60), 3, 23 * 60 + 30),  # three, however far away
        (CronSchedule(cron="0 0 1 1 *"), 0, 60),  # beyond the horizon: look again in a while
        (RRuleSchedule(rrule="DTSTART:20260501T000000Z\nFREQ=HOURLY;COUNT=2"), 1, 60),  # it ends
    ],
)
def test_enough_but_not_too_many(schedule, count, enough_for):
    found = plan(schedule, NOW, Window())
    assert len(found.ticks) == count
    assert found.enough_until == NOW + timedelta(minutes=enough_for)


def test_a_window_may_be_small():
    assert len(plan(every(1), NOW, Window(min_runs=1, max_runs=1)).ticks) == 1
    assert plan(every(1), NOW, Window(min_runs=0, ahead=timedelta(0))).ticks == []
    assert plan(every(1), NOW, Window(horizon=timedelta(0))).ticks == []


def test_calendars_end():
    assert plan(every(1), datetime(9999, 12, 31, 23, 59, tzinfo=UTC), Window()).ticks == []


@given(
    st.integers(1, 3000), st.integers(0, 5), st.integers(1, 200), st.integers(0, 300), st.integers(0, 100_000)
)
def test_nothing_is_missed_between_two_looks(minutes, least, most, ahead, start):
    """Who looks again only when the plan says so has at every moment what the window wants."""
    window = Window(min_runs=min(least, most), max_runs=most, ahead=ahead * MINUTE)
    now = NOW + start * MINUTE
    first = plan(every(minutes), now, window)
    assert first.enough_until > now
    just_before = first.enough_until - timedelta(microseconds=1)
    wanted = plan(every(minutes), just_before, window).ticks
    assert set(wanted) <= set(first.ticks)
