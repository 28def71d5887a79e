"""When a task is tried again."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.domain.retries import TaskRetryPolicy, exponential_delays

RNG = random.Random(1)


@pytest.mark.parametrize(
    ("delays", "attempt", "expected"),
    [((), 1, 0.0), ((5.0,), 1, 5.0), ((5.0,), 9, 5.0), ((1.0, 2.0, 4.0), 2, 2.0), ((1.0, 2.0, 4.0), 7, 4.0)],
)
def test_the_last_delay_counts_for_all_that_follow(delays, attempt, expected):
    assert TaskRetryPolicy(retries=9, delays=delays).delay_before(attempt, RNG) == expected


def test_as_many_attempts_as_were_allowed():
    policy = TaskRetryPolicy(retries=2)
    assert [policy.allows(attempt) for attempt in (1, 2, 3)] == [True, True, False]


@given(st.floats(0, 1000), st.floats(0.01, 5), st.integers(1, 10))
def test_jitter_only_lengthens_and_never_by_more_than_its_share(delay, jitter, attempt):
    waited = TaskRetryPolicy(retries=10, delays=[delay], jitter=jitter).delay_before(attempt, RNG)
    assert delay <= waited <= delay * (1 + jitter) + 1e-9


def test_exponential_delays_double():
    assert exponential_delays(3, 4) == [3, 6, 12, 24]
    assert exponential_delays(3, 0) == []
