"""Pauses: what is remembered of them, and the rules by which a run is paused and goes on."""

from datetime import UTC, datetime, timedelta

import pytest

from penstock.domain.ids import new_id
from penstock.domain.leases import LeaseKind, LeaseTerms, Proposer, grant, succeed
from penstock.domain.pauses import (
    NEVER_RESUMED,
    NO_PAUSES,
    OWN_WORDS,
    Pauses,
    expires,
    has_left,
    keyset_of_pause,
    on_overdue,
    on_timeout,
    overdue,
    pauses_after,
)
from penstock.domain.rules import FLOW_RUN_RULES
from penstock.domain.run_inputs import obstacle
from penstock.domain.runs import Progress, RetryPolicy, Run, RunKind, RunPolicy, advance
from penstock.domain.states import StateDetails, StateType, new_state, scheduled
from penstock.domain.transitions import Abort, Accept, Facts, Reject, Transition, decide

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
S = StateType
RUNNING = new_state(S.RUNNING, NOW)
PENDING = new_state(S.PENDING, NOW)
RESUMING = scheduled(NOW, NOW, name="Resuming")


def paused(key=None, *, leaves=False, until=None):
    details = StateDetails(pause_key=key, pause_reschedule=leaves, pause_timeout=until)
    return new_state(S.PAUSED, NOW, name="Suspended" if leaves else None, details=details)


def verdict(current, proposed, *, served=True, pauses=NO_PAUSES, facts=None, **run):
    made = Run(id=new_id(NOW), kind=RunKind.FLOW, state=current, is_served=served, pauses=pauses, **run)
    return decide(Transition(made, proposed, facts or Facts(), NOW), FLOW_RUN_RULES)


def after(*states):
    """What a run remembers that has gone through these states."""
    pauses, previous = NO_PAUSES, None
    for state in states:
        pauses, previous = pauses_after(pauses, previous, state), state
    return pauses


def test_pauses_are_remembered_by_their_keys_each_once():
    again = [RUNNING, paused("1"), RUNNING, paused("2"), RUNNING, paused("1"), RUNNING]
    assert after(*again) == Pauses(("1", "2"))


def test_a_pause_without_a_key_is_remembered_by_its_state():
    state = paused()
    assert after(RUNNING, state) == Pauses((str(state.id),))


def test_a_resumed_run_is_resuming_until_it_runs():
    suspended = (RUNNING, paused("1", leaves=True), RESUMING)
    assert after(*suspended) == Pauses(("1",), resuming=True)
    assert after(*suspended, scheduled(NOW, NOW, name="Late"), PENDING, RESUMING, PENDING).resuming
    assert after(*suspended, PENDING, RUNNING) == Pauses(("1",))
    assert after(*suspended, new_state(S.CANCELLED, NOW)).resuming


@pytest.mark.parametrize("before", [RUNNING, new_state(S.FAILED, NOW), new_state(S.CRASHED, NOW)])
def test_a_new_attempt_has_made_no_pause(before):
    history = RUNNING, paused("1"), RUNNING, before, scheduled(NOW, NOW, name="AwaitingRetry")
    assert after(*history) == NO_PAUSES


def test_the_policy_of_the_wire_says_what_is_remembered():
    policy = RunPolicy(retries=2, pause_keys=["1"], resuming=True)
    assert policy.pauses == Pauses(("1",), resuming=True)
    assert policy.remembering(Pauses(("1", "2"))) == RunPolicy(
        retries=2, pause_keys=["1", "2"], resuming=False
    )
    assert RunPolicy(resuming=None).pauses == NO_PAUSES


def test_to_go_on_is_no_attempt_of_its_own():
    progress = advance(Progress(), PENDING, RUNNING)
    waiting = advance(progress, RUNNING, paused())
    assert advance(waiting, paused(), RUNNING).run_count == 1
    pending = advance(waiting, RESUMING, PENDING)
    assert advance(pending, PENDING, RUNNING, resuming=True).run_count == 1
    assert advance(pending, PENDING, RUNNING).run_count == 2


def test_a_resumed_run_has_all_the_retries_that_it_had():
    run = {"progress": Progress(run_count=1), "policy": RetryPolicy(retries=1), "pauses": Pauses(("1", "2"))}
    assert verdict(RUNNING, new_state(S.FAILED, NOW), **run).state.name == "AwaitingRetry"


def test_a_pause_that_was_made_is_over():
    found = verdict(RUNNING, paused("1"), pauses=Pauses(("1",)))
    assert found == Reject(None, "This run has made the pause '1' already.")
    assert isinstance(verdict(RUNNING, paused("2"), pauses=Pauses(("1",))), Accept)
    assert isinstance(verdict(RUNNING, paused(), pauses=Pauses(("1",))), Accept)


@pytest.mark.parametrize(("served", "leaves", "accepted"), [(0, 0, 1), (0, 1, 0), (1, 0, 1), (1, 1, 1)])
def test_only_what_others_can_start_is_suspended(served, leaves, accepted):
    found = verdict(RUNNING, paused(leaves=bool(leaves)), served=bool(served))
    assert isinstance(found, Accept if accepted else Abort)


@pytest.mark.parametrize(
    ("leaves", "proposed", "served", "accepted"),
    [
        (False, RUNNING, False, True),
        (False, PENDING, True, False),
        (False, RESUMING, True, True),
        (False, RESUMING, False, False),
        (True, RESUMING, True, True),
        (True, RUNNING, True, False),
        (True, PENDING, True, False),
        (True, new_state(S.CRASHED, NOW), True, True),
        (False, new_state(S.COMPLETED, NOW), True, True),
        (False, paused("2"), True, False),
    ],
)
def test_what_is_paused_is_resumed_before_it_starts(leaves, proposed, served, accepted):
    found = verdict(paused("1", leaves=leaves), proposed, served=served)
    assert isinstance(found, Accept if accepted else Abort)


def test_what_a_process_waits_for_is_resumed_by_others_and_started_by_nobody_else():
    facts = Facts(owned=True)
    assert isinstance(verdict(paused(), RUNNING, facts=facts), Abort)
    resumed = Facts(owned=True, is_resumption=True)
    assert isinstance(verdict(paused(), RUNNING, facts=resumed), Accept)
    owner = Facts(owned=True, by_owner=True)
    assert isinstance(verdict(paused(), RUNNING, facts=owner), Accept)


@pytest.mark.parametrize("current", [None, RUNNING, RESUMING, PENDING, new_state(S.COMPLETED, NOW)])
@pytest.mark.parametrize(("proposed", "facts"), [(RESUMING, None), (RUNNING, Facts(is_resumption=True))])
def test_only_what_is_paused_is_resumed(current, proposed, facts):
    found = verdict(current, proposed, facts=facts)
    name = current.name if current else "new"
    assert found == Abort(f"The flow run is {name}: only one that is paused is resumed.")


@pytest.mark.parametrize("leaves", [True, False])
@pytest.mark.parametrize("proposed", [RUNNING, RESUMING, PENDING])
def test_a_pause_that_ran_out_fails_its_run(leaves, proposed):
    found = verdict(paused(leaves=leaves, until=NOW), proposed)
    assert isinstance(found, Reject)
    assert (found.state.type, found.state.message) == (S.FAILED, NEVER_RESUMED)


def test_a_run_that_is_not_tried_again_for_a_pause_that_ran_out():
    run = {"progress": Progress(run_count=1), "policy": RetryPolicy(retries=3)}
    failed = on_timeout(paused(until=NOW), NOW)
    assert verdict(paused(until=NOW), failed, **run) == Accept(failed)


@pytest.mark.parametrize("current", [None, RUNNING, paused(), paused(until=NOW + MINUTE)])
def test_nothing_else_runs_out(current):
    assert on_timeout(current, NOW) is None
    assert on_overdue(current, NOW) is None


@pytest.mark.parametrize(("leaves", "moment"), [(True, NOW), (False, NOW + OWN_WORDS)])
def test_a_process_that_waits_has_a_moment_to_say_that_its_pause_ran_out(leaves, moment):
    current = paused(leaves=leaves, until=NOW)
    assert overdue(current) == moment
    assert on_overdue(current, moment - MINUTE / 1000) is None
    failed = on_overdue(current, moment)
    assert (failed.type, failed.message) == (S.FAILED, NEVER_RESUMED)


def test_what_is_known_of_a_paused_state():
    assert expires(paused(until=NOW)) == NOW
    assert expires(new_state(S.FAILED, NOW, details=StateDetails(pause_timeout=NOW))) is None
    assert [has_left(each) for each in (None, RUNNING, paused(), paused(leaves=True))] == [0, 0, 0, 1]


@pytest.mark.parametrize(("leaves", "kept"), [(True, False), (False, True)])
def test_who_leaves_gives_back_the_place(leaves, kept):
    run = Run(id=new_id(NOW), kind=RunKind.FLOW, state=RUNNING, is_served=True)
    lease = grant(LeaseKind.RUN, run.id, "process 1", LeaseTerms(), NOW)
    by = Proposer(token=lease.id)
    assert succeed(lease, run, paused(leaves=leaves), by, LeaseTerms(), NOW) == (lease if kept else None)


@pytest.mark.parametrize("current", [RUNNING, PENDING, RESUMING, paused()])
def test_only_what_has_ended_is_tried_again(current):
    found = verdict(current, scheduled(NOW, NOW, name="AwaitingRetry"))
    assert found == Reject(None, f"This run is {current.name}: only one that has ended is tried again.")


def test_a_retry_that_is_pressed_again_changes_nothing():
    again = scheduled(NOW, NOW, name="AwaitingRetry")
    assert verdict(new_state(S.FAILED, NOW), again) == Accept(again)
    assert isinstance(verdict(again, again), Reject)


def test_the_keys_of_a_question():
    assert keyset_of_pause("Suspended", "1") == {
        "description": "suspended-1-description",
        "response": "suspended-1-response",
        "schema": "suspended-1-schema",
    }


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        (None, "has not said yet"),
        ("{", "is no JSON Schema"),
        ('{"type": 7}', "is no JSON Schema"),
        ('{"required": ["a"]}', "waits for. a: is required."),
        ('{"required": ["b"]}', None),
    ],
)
def test_what_a_run_waits_for_is_what_it_goes_on_with(schema, told):
    found = obstacle(schema, {"b": 1})
    assert found is None if told is None else told in found
