"""What changes beside a run's state."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.domain.ids import new_id
from penstock.domain.runs import (
    Progress,
    RetryPolicy,
    Run,
    RunKind,
    RunPolicy,
    advance,
    lateness,
    retries_in_process,
    run_time_until,
)
from penstock.domain.states import StateType, new_state, scheduled

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def after(*steps):
    """Progress after states that are entered one second after another."""
    progress, previous = Progress(), None
    for number, step in enumerate(steps):
        at = NOW + number * SECOND
        entered = step(at) if callable(step) else new_state(step, at)
        progress = advance(progress, previous, entered)
        previous = entered
    return progress


def test_an_ordinary_course():
    due = NOW + 10 * SECOND
    done = after(lambda at: scheduled(due, at), StateType.PENDING, StateType.RUNNING, StateType.COMPLETED)
    assert done == Progress(
        run_count=1,
        expected_start_time=due,
        next_scheduled_start_time=None,
        start_time=NOW + 2 * SECOND,
        end_time=NOW + 3 * SECOND,
        total_run_time=SECOND,
    )


def test_a_run_is_in_a_queue_only_while_it_is_scheduled():
    assert after(lambda at: scheduled(NOW, at)).next_scheduled_start_time == NOW
    assert after(lambda at: scheduled(NOW, at), StateType.PENDING).next_scheduled_start_time is None
    waiting = advance(Progress(), None, scheduled(NOW, NOW, name="AwaitingRetry"), in_process=True)
    assert waiting.next_scheduled_start_time is None


def test_a_retry_without_a_delay_is_a_start_of_its_own():
    done = after(
        StateType.RUNNING,
        lambda at: new_state(StateType.RUNNING, at, name="Retrying"),
        lambda at: new_state(StateType.RUNNING, at, name="Retrying"),
        StateType.COMPLETED,
    )
    assert (done.run_count, done.start_time, done.total_run_time) == (3, NOW, 3 * SECOND)


def test_running_again_counts_and_adds_up():
    again = after(
        StateType.RUNNING,
        lambda at: scheduled(at + SECOND, at, name="AwaitingRetry"),
        StateType.RUNNING,
        StateType.RUNNING,
        StateType.FAILED,
    )
    assert (again.run_count, again.total_run_time) == (2, 3 * SECOND)
    assert (again.start_time, again.end_time) == (NOW, NOW + 4 * SECOND)


def test_before_the_first_attempt_a_new_time_is_the_expected_one_and_after_it_not():
    first, second = NOW + 60 * SECOND, NOW + 120 * SECOND
    moved = after(lambda at: scheduled(first, at), lambda at: scheduled(second, at))
    assert moved.expected_start_time == second
    retried = after(lambda at: scheduled(first, at), StateType.RUNNING, lambda at: scheduled(second, at))
    assert retried.expected_start_time == first


def test_leaving_an_end_takes_it_back():
    assert after(StateType.RUNNING, StateType.FAILED, lambda at: scheduled(at, at)).end_time is None


def test_a_clock_that_goes_back_takes_no_time_away():
    running = new_state(StateType.RUNNING, NOW)
    ended = advance(Progress(), running, new_state(StateType.COMPLETED, NOW - SECOND))
    assert ended.total_run_time == timedelta(0)
    assert run_time_until(Progress(), running, NOW - SECOND) == timedelta(0)


def test_run_time_includes_the_state_that_lasts():
    progress = Progress(total_run_time=5 * SECOND)
    assert run_time_until(progress, new_state(StateType.RUNNING, NOW), NOW + SECOND) == 6 * SECOND
    assert run_time_until(progress, new_state(StateType.COMPLETED, NOW), NOW + SECOND) == 5 * SECOND
    assert run_time_until(progress, None, NOW) == 5 * SECOND


@pytest.mark.parametrize(
    ("progress", "state", "expected"),
    [
        (Progress(), None, 0),
        (Progress(expected_start_time=NOW, start_time=NOW + 3 * SECOND), StateType.RUNNING, 3),
        (Progress(expected_start_time=NOW, start_time=NOW - SECOND), StateType.RUNNING, 0),
        (Progress(expected_start_time=NOW), StateType.CANCELLED, 0),
        (Progress(expected_start_time=NOW), StateType.SCHEDULED, 9),
        (Progress(expected_start_time=NOW), None, 9),
        (Progress(expected_start_time=NOW + 20 * SECOND), StateType.PENDING, 0),
    ],
)
def test_lateness(progress, state, expected):
    current = new_state(state, NOW) if state else None
    assert lateness(progress, current, NOW + 9 * SECOND) == expected * SECOND


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (RunPolicy(), RetryPolicy()),
        (RunPolicy(max_retries=2, retry_delay_seconds=1.5), RetryPolicy(retries=2, delay=1.5)),
        (RunPolicy(max_retries=2, retries=3, retry_delay=4), RetryPolicy(retries=3, delay=4.0)),
        (RunPolicy(retries=0, max_retries=9), RetryPolicy()),
        (RunPolicy(retry_type="reschedule"), RetryPolicy(in_process=False)),
        (RunPolicy(retry_delay_seconds=1e300), RetryPolicy(delay=1e9)),
        (RunPolicy(retry_delay=-5), RetryPolicy()),
    ],
)
def test_the_newer_fields_of_a_policy_count(policy, expected):
    assert policy.retry_policy == expected


@pytest.mark.parametrize(
    ("state", "name", "in_process", "expected"),
    [
        (StateType.RUNNING, "AwaitingRetry", True, True),
        (StateType.RUNNING, "AwaitingRetry", False, False),
        (StateType.FAILED, "AwaitingRetry", True, False),
        (StateType.RUNNING, "Scheduled", True, False),
        (None, "AwaitingRetry", True, False),
    ],
)
def test_only_a_process_that_has_the_run_retries_in_itself(state, name, in_process, expected):
    run = Run(
        id=new_id(NOW),
        kind=RunKind.FLOW,
        state=new_state(state, NOW) if state else None,
        policy=RetryPolicy(in_process=in_process),
    )
    assert retries_in_process(run, scheduled(NOW, NOW, name=name)) is expected


STATES = st.sampled_from(StateType).map(lambda kind: lambda at: new_state(kind, at))


@given(st.lists(STATES, max_size=12))
def test_whatever_the_course_the_books_are_consistent(steps):
    done = after(*steps)
    assert 0 <= done.run_count <= len(steps)
    assert (done.start_time is None) == (done.run_count == 0)
    assert timedelta(0) <= done.total_run_time <= len(steps) * SECOND
    assert not (done.end_time and done.next_scheduled_start_time)
