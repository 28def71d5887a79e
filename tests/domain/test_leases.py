"""Leases: who holds a run, who may speak about it, and what happens when nobody does."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from penstock.domain.errors import Conflict, Fenced
from penstock.domain.ids import new_id
from penstock.domain.leases import (
    LeaseKind,
    LeaseTerms,
    Proposer,
    check_fence,
    grant,
    is_holder,
    is_owned,
    on_expiry,
    on_release,
    renew,
    succeed,
)
from penstock.domain.runs import Run, RunKind
from penstock.domain.states import StateDetails, StateType, new_state, scheduled

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TERMS = LeaseTerms()
RUN_ID = new_id(NOW)


def lease(kind=LeaseKind.CLAIM):
    return grant(kind, RUN_ID, "worker etl-1", TERMS, NOW)


def run_in(state, *, is_served=True):
    return Run(id=RUN_ID, kind=RunKind.FLOW, state=state, is_served=is_served)


@pytest.mark.parametrize(("kind", "seconds"), [("claim", 120), ("run", 60)])
def test_a_lease_lasts_as_its_kind_says(kind, seconds):
    granted = lease(LeaseKind(kind))
    assert granted.expires - granted.acquired == timedelta(seconds=seconds)
    assert granted.is_live(NOW + timedelta(seconds=seconds - 1))
    assert not granted.is_live(granted.expires)


def test_renewing_gives_a_full_term_and_keeps_the_token():
    first = lease()
    later = NOW + timedelta(seconds=100)
    again = renew(first, TERMS, later)
    assert (again.id, again.expires) == (first.id, later + timedelta(seconds=120))


def test_only_the_token_of_the_lease_opens():
    held = lease()
    check_fence(held, held.id)
    check_fence(held, None)
    check_fence(None, None)
    with pytest.raises(Fenced, match="worker etl-1 owns it now"):
        check_fence(held, new_id(NOW))
    with pytest.raises(Fenced, match="given back or expired"):
        check_fence(None, held.id)


def test_a_caller_without_a_token_may_be_whom_a_worker_launched_but_not_a_running_process():
    claim, run = lease(), lease(LeaseKind.RUN)
    assert is_holder(claim, claim.id)
    assert is_holder(claim, None)
    assert is_holder(run, run.id)
    assert not is_holder(run, None)
    assert not is_holder(run, claim.id)
    assert not is_holder(None, None)
    assert is_owned(claim)
    assert is_owned(run)
    assert not is_owned(None)


RUNNING, PENDING = new_state(StateType.RUNNING, NOW), new_state(StateType.PENDING, NOW)
SOON = NOW + timedelta(seconds=30)


def after(held, entered, token=None, *, holder=None, run=None):
    by = Proposer(token=token, holder=holder)
    return succeed(held, run or run_in(RUNNING), entered, by, TERMS, SOON)


def test_the_claim_becomes_the_lease_of_the_process_under_the_same_token():
    claim = lease()
    run = after(claim, RUNNING, claim.id)
    assert (run.id, run.kind, run.holder) == (claim.id, LeaseKind.RUN, claim.holder)
    assert run.expires == NOW + timedelta(seconds=90)
    named = after(claim, RUNNING, claim.id, holder="process 1 on a")
    assert named == replace(run, holder="process 1 on a")


def test_who_asks_for_a_lease_gets_a_new_one():
    first, second = (after(None, state, holder="process 1 on a") for state in (PENDING, RUNNING))
    assert first.id != second.id
    assert {first.kind, second.kind} == {LeaseKind.RUN}
    taken_over = after(lease(), RUNNING, holder="process 2 on b")
    assert (taken_over.kind, taken_over.acquired) == (LeaseKind.RUN, SOON)


def test_of_a_client_without_leases_only_the_place_is_kept():
    claim = lease()
    for kept in (after(claim, RUNNING), after(None, PENDING), after(None, RUNNING)):
        assert kept.kind is LeaseKind.SLOT
        assert kept.is_live(NOW + timedelta(days=365))
    assert after(claim, RUNNING).id == claim.id
    assert not is_owned(after(claim, RUNNING))
    assert after(None, RUNNING, run=run_in(None, is_served=False)) is None


def test_further_preparation_changes_nothing():
    claim = lease()
    assert after(claim, PENDING, claim.id) == claim


@pytest.mark.parametrize(
    ("state", "entered", "held"),
    [
        (RUNNING, new_state(StateType.CANCELLING, NOW), True),
        (RUNNING, new_state(StateType.PAUSED, NOW), True),
        (RUNNING, new_state(StateType.PAUSED, NOW, details=StateDetails(pause_reschedule=True)), False),
        (RUNNING, scheduled(NOW, NOW, name="AwaitingRetry"), True),
        (PENDING, scheduled(NOW, NOW), False),
        (RUNNING, new_state(StateType.COMPLETED, NOW), False),
        (RUNNING, new_state(StateType.CRASHED, NOW), False),
    ],
)
def test_a_lease_is_held_while_the_run_is_not_at_rest(state, entered, held):
    run = lease(LeaseKind.RUN)
    assert after(run, entered, run.id, run=run_in(state)) == (run if held else None)


@pytest.mark.parametrize(
    ("state", "is_served", "becomes"),
    [
        (StateType.PENDING, True, StateType.SCHEDULED),
        (StateType.PENDING, False, StateType.CRASHED),
        (StateType.SCHEDULED, True, StateType.SCHEDULED),
        (StateType.SCHEDULED, False, StateType.CRASHED),
        (StateType.RUNNING, True, StateType.CRASHED),
        (StateType.PAUSED, True, StateType.CRASHED),
        (StateType.CANCELLING, True, StateType.CANCELLED),
        (StateType.COMPLETED, True, None),
        (None, True, None),
    ],
)
def test_a_lease_that_ran_out_moves_the_run_explicitly(state, is_served, becomes):
    current = new_state(state, NOW) if state else None
    moved = on_expiry(lease(), run_in(current, is_served=is_served), NOW)
    assert (moved.type if moved else None) == becomes
    if moved is not None:
        assert "worker etl-1" in moved.message


def test_a_run_that_was_not_started_keeps_its_place_in_the_queue():
    due = NOW - timedelta(minutes=9)
    pending = new_state(StateType.PENDING, NOW, details=StateDetails(scheduled_time=due))
    assert on_expiry(lease(), run_in(pending), NOW).state_details.scheduled_time == due
    assert (
        on_expiry(lease(), run_in(new_state(StateType.PENDING, NOW)), NOW).state_details.scheduled_time == NOW
    )


def test_a_claim_that_is_given_back_is_due_when_it_was():
    due = NOW - timedelta(minutes=5)
    claimed = new_state(StateType.PENDING, NOW, details=StateDetails(scheduled_time=due))
    state = on_release(run_in(claimed), "the worker hung up", NOW)
    assert (state.type, state.state_details.scheduled_time) == (StateType.SCHEDULED, due)
    assert state.message == "Given back before it was started: the worker hung up."


def test_a_claim_without_a_time_is_due_at_once_when_it_is_given_back():
    state = on_release(run_in(new_state(StateType.PENDING, NOW)), None, NOW)
    assert state.state_details.scheduled_time == NOW
    assert state.message == "Given back before it was started."


def test_a_run_that_is_cancelled_between_claim_and_start_is_cancelled_when_it_is_given_back():
    assert on_release(run_in(new_state(StateType.CANCELLING, NOW)), None, NOW).type is StateType.CANCELLED


@pytest.mark.parametrize(
    "run",
    [
        run_in(None),
        run_in(new_state(StateType.RUNNING, NOW)),
        run_in(new_state(StateType.PENDING, NOW), is_served=False),
    ],
)
def test_what_was_never_claimed_cannot_be_given_back(run):
    with pytest.raises(Conflict, match="no claim to give back"):
        on_release(run, None, NOW)
