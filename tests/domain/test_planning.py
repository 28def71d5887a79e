"""How far ahead schedules are planned."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.domain.planning import Window, is_tick, look_at, plan, spread
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


@pytest.mark.parametrize(
    "schedule",
    [
        every(20),
        IntervalSchedule(interval=1.3),
        IntervalSchedule(interval=86_400, timezone="Europe/London"),
        CronSchedule(cron="30 1 * * *", timezone="Europe/London"),
        RRuleSchedule(rrule="FREQ=HOURLY;INTERVAL=5", timezone="America/New_York"),
    ],
)
@given(start=st.integers(0, 10**9).map(lambda seconds: NOW + timedelta(seconds=seconds)))
def test_whatever_was_planned_is_a_tick_whenever_one_looks_and_nothing_beside_it(schedule, start):
    for tick in plan(schedule, start, Window()).ticks:
        assert is_tick(schedule, tick)
        assert not is_tick(schedule, tick + timedelta(microseconds=7))


def test_a_window_may_be_small():
    assert len(plan(every(1), NOW, Window(min_runs=1, max_runs=1)).ticks) == 1
    assert plan(every(1), NOW, Window(min_runs=0, ahead=timedelta(0))).ticks == []
    assert plan(every(1), NOW, Window(horizon=timedelta(0))).ticks == []
    nothing = plan(every(1), NOW, Window(min_runs=0, max_runs=0, ahead=timedelta(0)))
    assert (nothing.ticks, nothing.enough_until) == ([], NOW + MINUTE)


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


@pytest.mark.parametrize(
    ("schedule", "window", "count", "enough_for"),
    [
        (every(1), Window(slack=15 * MINUTE), 75, 16),  # it reaches a quarter further, and rests as long
        (every(20), Window(slack=15 * MINUTE), 4, 30),
        (IntervalSchedule(interval=10), Window(slack=15 * MINUTE), 100, 250 / 60),  # a quarter of the most
        (every(1), Window(min_runs=3, max_runs=4, slack=MINUTE), 4, 1),
        (every(1), Window(min_runs=1, max_runs=1, slack=MINUTE), 1, 1),
    ],
)
def test_with_slack_a_look_is_wanted_less_often(schedule, window, count, enough_for):
    found = plan(schedule, NOW, window)
    assert len(found.ticks) == count
    assert found.enough_until == NOW + timedelta(minutes=enough_for)


@given(st.integers(1, 3000), st.integers(0, 5), st.integers(1, 200), st.integers(0, 300), st.integers(1, 90))
def test_with_slack_nothing_that_must_be_there_is_missed(minutes, least, most, ahead, slack):
    """Until the next look there is what the window wants; but of very many, three quarters are enough."""
    strict = Window(min_runs=min(least, most), max_runs=most, ahead=ahead * MINUTE)
    loose = Window(min_runs=strict.min_runs, max_runs=most, ahead=strict.ahead, slack=slack * MINUTE)
    found = plan(every(minutes), NOW, loose)
    assert found.enough_until > NOW
    just_before = found.enough_until - timedelta(microseconds=1)
    wanted = plan(every(minutes), just_before, strict).ticks
    coming = [tick for tick in found.ticks if tick > just_before]
    if len(found.ticks) == most:
        both = min(len(coming), len(wanted))
        assert coming[:both] == wanted[:both]
        assert len(coming) >= min(len(wanted), max(strict.min_runs, most * 3 // 4))
    else:
        assert set(wanted) <= set(coming)


IDS = st.integers(0, 2**128 - 1).map(lambda number: UUID(int=number))


@given(IDS, st.integers(0, 10**6))
def test_looks_are_spread_and_never_late(id, seconds):
    until = NOW + timedelta(seconds=seconds)
    look = look_at(id, NOW, until)
    assert look == look_at(id, NOW, until)
    assert NOW + timedelta(seconds=1) <= look <= max(until, NOW + timedelta(seconds=1))
    assert look >= NOW + (until - NOW) / 2


def test_what_is_made_together_is_not_looked_at_together():
    ids = [UUID(int=(0x019D371A << 96) + number * 2_654_435_761) for number in range(5000)]
    until = NOW + MINUTE
    seconds = [int((look_at(id, NOW, until) - NOW).total_seconds()) for id in ids]
    assert max(seconds.count(second) for second in set(seconds)) < 250
    assert all(0 <= spread(id) < 1 for id in ids)
