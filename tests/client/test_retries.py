"""When a request is sent again."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.client.errors import AnswerLost, NotTrusted, ServerError, retry_after
from penstock.client.retries import BRIEF, PATIENT, RetryPolicy, is_repeatable
from penstock.contract.deployments import DeploymentFlowRunCreate
from penstock.contract.registry import ENDPOINTS
from penstock.contract.states import StateCreate, StateType
from penstock.domain.errors import Conflict, InvalidInput, NotFound, ServerUnreachable, Unavailable
from penstock.domain.states import StateDetails

POLICY = RetryPolicy(budget=100.0, first_delay=1.0, longest_delay=8.0, jitter=0.5)


def delay(policy=POLICY, attempt=1, elapsed=0.0, error=None, repeatable=True, chance=0.0):
    error = error or Unavailable("Later.")
    return policy.delay_after(attempt, elapsed, error, repeatable=repeatable, chance=chance)


def test_delays_double_up_to_the_longest():
    assert [delay(attempt=n) for n in range(1, 7)] == [1.0, 2.0, 4.0, 8.0, 8.0, 8.0]


def test_jitter_makes_a_delay_longer_by_its_share_at_most():
    assert delay(chance=1.0) == 1.5


@pytest.mark.parametrize("error", [NotFound("x"), InvalidInput("x"), Conflict("x"), ServerError("x")])
def test_what_would_fail_again_is_not_tried_again(error):
    assert delay(error=error) is None


def test_a_lost_answer_is_asked_for_again_only_where_that_does_no_harm():
    assert delay(error=AnswerLost("x"), repeatable=True) == 1.0
    assert delay(error=AnswerLost("x"), repeatable=False) is None
    assert delay(error=Unavailable("x"), repeatable=False) == 1.0


def test_a_server_that_is_not_there_is_waited_for_by_those_who_wait():
    assert delay(error=ServerUnreachable("x"), repeatable=False) == 1.0
    assert delay(PATIENT, error=ServerUnreachable("x")) is not None
    assert delay(BRIEF, error=ServerUnreachable("x")) is None
    assert delay(PATIENT, error=NotTrusted("x")) is None


def test_the_number_of_retries_may_be_bounded():
    bounded = RetryPolicy(budget=1000.0, attempts=2)
    assert [delay(bounded, attempt=n) is not None for n in (1, 2, 3)] == [True, True, False]
    assert delay(RetryPolicy(budget=1.0, attempts=0)) is None


@given(
    attempt=st.integers(1, 10_000),
    elapsed=st.floats(0, 1e6),
    chance=st.floats(0, 1),
    asked=st.none() | st.floats(0, 1e6),
    policy=st.sampled_from([POLICY, PATIENT, BRIEF]),
)
def test_no_retry_starts_after_the_budget_nor_before_it_was_asked_to(attempt, elapsed, chance, asked, policy):
    wait = delay(policy, attempt, elapsed, Unavailable("x", retry_after=asked), chance=chance)
    if wait is not None:
        assert elapsed + wait <= policy.budget
        assert wait >= (asked or 0.0)
        assert wait >= min(policy.first_delay, policy.longest_delay)


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        ("read_flow", None, True),
        ("update_flow", None, True),
        ("create_deployment", None, True),
        ("record_task_runs", None, True),
        ("create_flow_run_from_deployment", DeploymentFlowRunCreate(), False),
        ("create_flow_run_from_deployment", DeploymentFlowRunCreate(idempotency_key="k"), True),
        ("bulk_create_flow_runs_from_deployment", [DeploymentFlowRunCreate(idempotency_key="k")], False),
        ("claim_flow_runs", None, False),
    ],
)
def test_repeatable_is_what_does_the_same_twice_as_once(name, body, expected):
    assert is_repeatable(ENDPOINTS[name], body) is expected


def test_a_transition_is_told_by_its_id():
    body = ENDPOINTS["set_flow_run_state"].body.type
    plain = body(state=StateCreate(type=StateType.PENDING))
    known = body(
        state=StateCreate(type=StateType.PENDING, state_details=StateDetails(transition_id=UUID(int=1)))
    )
    assert [is_repeatable(ENDPOINTS["set_flow_run_state"], one) for one in (plain, known)] == [False, True]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (None, None),
        ("3", 3.0),
        ("0.5", 0.5),
        ("-1", None),
        ("Mon, 01 Jan 2024 00:00:30 GMT", 30.0),
        ("Sun, 31 Dec 2023 00:00:30 GMT", 0.0),
        ("soon", None),
        ("Mon, 99 Jan 2024", None),
        ("nan", None),
        ("inf", None),
    ],
)
def test_retry_after_is_a_number_or_a_moment(text, seconds):
    assert retry_after(text, datetime(2024, 1, 1, tzinfo=UTC)) == seconds
