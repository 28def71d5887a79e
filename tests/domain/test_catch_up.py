"""What becomes of ticks that passed without a start."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.domain.catch_up import (
    FEW,
    PATIENCE,
    CatchUp,
    CatchUpDefaults,
    CatchUpTerms,
    Waiting,
    skip,
    terms_of,
)
from penstock.domain.planning import made_up
from penstock.domain.schedules import CronSchedule, IntervalSchedule

NOW = datetime(2026, 5, 4, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
EACH_MINUTE = IntervalSchedule(interval=60)


def terms(policy, missed_after=MINUTE, **said):
    return CatchUpTerms(policy=policy, missed_after=missed_after, **said)


def skipped(ticks, how, now=NOW):
    """Which of the ticks that wait are skipped."""
    found = skip(Waiting(oldest=ticks[0], newest=ticks[-1], count=len(ticks)), how, now)
    return [tick for tick in ticks if found is not None and found.why(tick, now) is not None]


def back(*minutes):
    return [NOW - minute * MINUTE for minute in minutes]


@pytest.mark.parametrize(
    ("policy", "waiting", "gone"),
    [
        (CatchUp.ALL, (300, 200, 100), ()),
        (CatchUp.LATEST, (300, 200, 100), (300, 200)),
        (CatchUp.LATEST, (300,), ()),
        (CatchUp.LATEST, (1, 0.5), ()),  # none is missed yet
        (CatchUp.LATEST, (2, 0.5), (2,)),
        (CatchUp.NONE, (300, 200, 0.5), (300, 200)),
        (CatchUp.NONE, (1,), ()),
    ],
)
def test_the_policy_says_which_runs_are_skipped(policy, waiting, gone):
    assert skipped(back(*waiting), terms(policy)) == back(*gone)


@pytest.mark.parametrize("policy", list(CatchUp))
def test_what_is_too_late_is_skipped_whatever_the_policy(policy):
    gone = skipped(back(300, 200, 61), terms(policy, max_lateness=HOUR))
    assert gone == back(300, 200, 61)
    assert skipped(back(60, 30), terms(CatchUp.ALL, max_lateness=HOUR)) == []


def test_what_is_said_of_a_run_names_policy_and_lateness():
    [first, last] = back(26 * 60 + 3, 70)
    found = skip(Waiting(oldest=first, newest=last, count=2), terms(CatchUp.LATEST, max_lateness=HOUR), NOW)
    assert found.why(first, NOW) == (
        "Skipped 1 d 2 h after its time, by the catch-up policy `latest`: a later run of its schedule is due."
    )
    assert found.why(last, NOW) == "Skipped 1 h 10 min after its time: it may start at most 1 h late."
    assert found.why(NOW, NOW) is None
    found = skip(Waiting(oldest=first, newest=first, count=1), terms(CatchUp.NONE), NOW)
    assert found.why(first, NOW) == "Skipped 1 d 2 h after its time, by the catch-up policy `none`."
    found = skip(Waiting(oldest=first, newest=first, count=1), terms(CatchUp.NONE, timedelta(0)), NOW)
    assert found.why(NOW - MINUTE / 600, NOW) == "Skipped 0 s after its time, by the catch-up policy `none`."


def test_where_nothing_is_said_a_few_wait_and_a_pile_does_not():
    unsaid = terms_of(None, None, CatchUpDefaults(), is_rule=False)
    assert (unsaid.policy, unsaid.tolerated, unsaid.missed_after) == (CatchUp.LATEST, FEW, PATIENCE)
    assert skipped(back(3000, 1500, 10), unsaid) == []
    assert skipped(back(29, 20, 10, 5), unsaid) == []
    assert skipped(back(31, 20, 10, 5), unsaid) == back(31, 20, 10)
    assert terms_of(None, None, CatchUpDefaults(), is_rule=True).policy is CatchUp.ALL


def test_a_schedule_has_the_last_word_and_then_the_server():
    server = CatchUpDefaults(policy=CatchUp.ALL, missed_after=HOUR, max_lateness=2 * HOUR)
    assert terms_of(None, None, server, is_rule=True) == terms(CatchUp.ALL, HOUR, max_lateness=2 * HOUR)
    own = terms_of(CatchUp.LATEST, MINUTE, server, is_rule=False)
    assert own == terms(CatchUp.LATEST, HOUR, max_lateness=MINUTE)


MINUTES = st.lists(st.integers(0, 10_000), min_size=1, max_size=50, unique=True).map(
    lambda found: sorted(found, reverse=True)
)


@given(
    MINUTES, st.sampled_from(CatchUp), st.integers(0, 500), st.integers(1, 4), st.none() | st.integers(0, 500)
)
def test_only_the_oldest_are_ever_skipped(minutes, policy, missed, tolerated, most):
    """Whatever is said: it is skipped up to a moment; `latest` alone keeps exactly the newest."""
    how = terms(
        policy,
        missed * MINUTE,
        tolerated=tolerated,
        max_lateness=None if most is None else most * MINUTE,
    )
    ticks = back(*minutes)
    gone = skipped(ticks, how)
    assert gone == ticks[: len(gone)]
    if most is not None:
        assert all(NOW - tick <= most * MINUTE for tick in ticks[len(gone) :])
    elif policy is CatchUp.ALL:
        assert not gone
    elif policy is CatchUp.LATEST:
        assert len(ticks) - len(gone) in {1, len(ticks)}
        assert bool(gone) == (len(ticks) > tolerated and minutes[0] > missed)
    else:
        assert gone == [tick for tick in ticks if NOW - tick > missed * MINUTE]


# Ticks for which no server was there.


@pytest.mark.parametrize(
    ("how", "first", "count"),
    [
        (terms(CatchUp.ALL), 120, 121),
        (terms(CatchUp.LATEST), 0, 1),
        (terms(CatchUp.LATEST, 3 * HOUR), 120, 121),
        (terms(CatchUp.NONE), 1, 2),
        (terms(CatchUp.ALL, max_lateness=HOUR), 60, 61),
        (terms(CatchUp.NONE, max_lateness=MINUTE / 2), 0, 1),
    ],
)
def test_what_was_missed_without_a_server_is_made_up(how, first, count):
    found = made_up(EACH_MINUTE, NOW - 121 * MINUTE, NOW, how, 1000)
    assert found.ticks[0] == NOW - first * MINUTE
    assert (len(found.ticks), found.ticks[-1], found.left_out_before) == (count, NOW, None)


def test_a_few_that_fell_without_a_server_are_all_made():
    unsaid = terms_of(None, None, CatchUpDefaults(), is_rule=False)
    daily = CronSchedule(cron="0 6 * * *")
    assert len(made_up(daily, NOW - timedelta(days=3), NOW, unsaid, 1000).ticks) == 3
    assert len(made_up(daily, NOW - timedelta(days=4), NOW, unsaid, 1000).ticks) == 1


def test_no_more_are_made_than_is_sensible_and_that_is_said():
    found = made_up(EACH_MINUTE, NOW - 5000 * HOUR, NOW, terms(CatchUp.ALL), 100)
    assert found.ticks == [NOW - number * MINUTE for number in reversed(range(100))]
    assert found.left_out_before == found.ticks[0]


def test_of_no_time_nothing_is_made_up():
    assert made_up(EACH_MINUTE, NOW, NOW, terms(CatchUp.ALL), 100).ticks == []


@given(st.integers(60, 100_000), st.integers(0, 5000), st.integers(1, 60))
def test_what_is_made_up_is_what_was_missed(seconds, minutes, most):
    """Looked back at in growing steps, they are the newest of all that there are."""
    schedule, since = IntervalSchedule(interval=seconds), NOW - minutes * MINUTE
    every = [tick for tick in _all(schedule, since) if tick <= NOW]
    found = made_up(schedule, since, NOW, terms(CatchUp.ALL), most)
    assert found.ticks == every[-most:]
    assert (found.left_out_before is None) == (len(every) <= most)


def _all(schedule, since):
    for tick in schedule.ticks(since):
        if tick > NOW:
            return
        yield tick
