"""The decision about states: each rule by a table, and all of them together as a machine."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace

from penstock.domain import leases
from penstock.domain.errors import Fenced
from penstock.domain.ids import new_id
from penstock.domain.leases import LeaseTerms, Proposer
from penstock.domain.pauses import has_left, on_timeout, pauses_after
from penstock.domain.rules import FLOW_RUN_RULES, TASK_RUN_RULES
from penstock.domain.runs import Progress, RetryPolicy, Run, RunKind, advance, retries_in_process
from penstock.domain.states import StateCreate, StateDetails, StateType, from_proposal, new_state, scheduled
from penstock.domain.transitions import (
    Abort,
    Accept,
    CollisionStrategy,
    Facts,
    Reject,
    SlotFacts,
    Transition,
    Wait,
    decide,
    entered,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
S = StateType


def state(kind, name=None, **details):
    return new_state(S(kind), NOW, name=name, message="why", details=StateDetails(**details))


def propose(current, proposed, facts=None, *, rules=FLOW_RUN_RULES, force=False, served=True, **run):
    made = Run(id=new_id(NOW), kind=RunKind.FLOW, state=current, is_served=served, **run)
    transition = Transition(made, proposed, facts or Facts(), NOW)
    return decide(transition, rules, force=force), transition


def verdict(*args, **kwargs):
    return propose(*args, **kwargs)[0]


ORDINARY = [
    (None, "SCHEDULED"),
    (None, "PENDING"),
    (None, "RUNNING"),
    ("SCHEDULED", "PENDING"),
    ("SCHEDULED", "RUNNING"),
    ("SCHEDULED", "CANCELLED"),
    ("PENDING", "RUNNING"),
    ("PENDING", "SCHEDULED"),
    ("PENDING", "CRASHED"),
    ("PENDING", "CANCELLING"),
    ("RUNNING", "COMPLETED"),
    ("RUNNING", "FAILED"),
    ("RUNNING", "CRASHED"),
    ("RUNNING", "PAUSED"),
    ("RUNNING", "CANCELLING"),
    ("PAUSED", "RUNNING"),
    ("PAUSED", "SCHEDULED"),
    ("CANCELLING", "CANCELLED"),
    ("CANCELLING", "COMPLETED"),
    ("FAILED", "SCHEDULED"),
    ("COMPLETED", "SCHEDULED"),
]


@pytest.mark.parametrize(("current", "proposed"), ORDINARY)
def test_the_ordinary_course_is_accepted(current, proposed):
    made = state(proposed)
    progress = Progress(run_count=1)
    found, transition = propose(current and state(current), made, progress=progress)
    assert found == Accept(made)
    assert entered(found, transition) is made


@pytest.mark.parametrize("current", ["COMPLETED", "FAILED", "CRASHED", "CANCELLED"])
@pytest.mark.parametrize("proposed", sorted(set(S) - {S.SCHEDULED}))
def test_the_first_end_wins(current, proposed):
    found = verdict(state(current), state(proposed))
    assert isinstance(found, Reject if current == proposed else Abort)
    assert "already ended" in found.reason


def test_an_ended_run_that_nobody_serves_stays_ended():
    assert "without a deployment" in verdict(state("FAILED"), state("SCHEDULED"), served=False).reason


@pytest.mark.parametrize(
    ("proposed", "becomes"),
    [("FAILED", S.CANCELLED), ("CRASHED", S.CANCELLED), ("RUNNING", None), ("CANCELLING", None)],
)
def test_what_is_being_cancelled_ends_as_cancelled(proposed, becomes):
    found = verdict(state("CANCELLING"), state(proposed))
    assert isinstance(found, Reject)
    assert (found.state.type if found.state else None) == becomes


@pytest.mark.parametrize(
    ("current", "owned", "becomes"),
    [
        ("SCHEDULED", False, S.CANCELLED),
        (None, False, S.CANCELLED),
        ("PAUSED", False, S.CANCELLED),
        ("PAUSED", True, S.CANCELLING),
        ("RUNNING", False, S.CANCELLING),
        ("PENDING", True, S.CANCELLING),
    ],
)
def test_only_an_owner_is_asked_to_stop(current, owned, becomes):
    found = verdict(current and state(current), state("CANCELLING"), Facts(owned=owned))
    assert found.state.type is becomes


@pytest.mark.parametrize(
    ("current", "name", "accepted"),
    [
        ("SCHEDULED", "Pending", True),
        ("PENDING", "Pending", False),
        ("PENDING", "Submitting", True),
        ("PENDING", "InfrastructurePending", True),
        ("RUNNING", "Pending", False),
        ("RUNNING", "Submitting", False),
        (None, "Pending", True),
    ],
)
def test_of_all_claimants_one_gets_the_run(current, name, accepted):
    found = verdict(current and state(current), state("PENDING", name))
    assert isinstance(found, Accept if accepted else Abort)


@pytest.mark.parametrize(
    ("owned", "by_owner", "accepted"),
    [(True, True, True), (True, False, False), (False, False, True)],
)
def test_nobody_starts_what_another_owns(owned, by_owner, accepted):
    found = verdict(state("PENDING"), state("RUNNING"), Facts(owned=owned, by_owner=by_owner))
    assert isinstance(found, Accept if accepted else Abort)


@pytest.mark.parametrize(
    ("current", "accepted"),
    [
        (("SCHEDULED", None), True),
        (("SCHEDULED", "AwaitingRetry"), False),
        (("PENDING", None), False),
        (None, False),
    ],
)
def test_only_what_waits_for_its_time_is_late(current, accepted):
    found = verdict(current and state(*current), state("SCHEDULED", "Late"))
    assert isinstance(found, Accept if accepted else Reject)


@pytest.mark.parametrize("current", [None, "PENDING", "SCHEDULED"])
def test_only_what_runs_is_paused(current):
    assert isinstance(verdict(current and state(current), state("PAUSED")), Abort)


@pytest.mark.parametrize(
    ("current", "minutes", "waits"),
    [
        ("SCHEDULED", 2, 120),
        ("PENDING", 2, 120),
        ("SCHEDULED", 0, None),
        ("SCHEDULED", -2, None),
        ("PAUSED", 2, None),
    ],
)
def test_nothing_runs_before_its_time(current, minutes, waits):
    found, transition = propose(state(current, scheduled_time=NOW + minutes * MINUTE), state("RUNNING"))
    assert (found.delay_seconds if isinstance(found, Wait) else None) == waits
    assert (entered(found, transition) is None) == (waits is not None)


def test_preparing_a_run_ahead_keeps_its_time():
    due = NOW + MINUTE
    found, transition = propose(scheduled(due, NOW), state("PENDING"))
    pending = entered(found, transition)
    assert pending.state_details.scheduled_time == due
    found, transition = propose(pending, state("PENDING", "Submitting"))
    assert isinstance(verdict(entered(found, transition), state("RUNNING")), Wait)


FULL = SlotFacts(name="the pool 'local'", limit=2, taken=2)


@pytest.mark.parametrize(
    ("slots", "becomes"),
    [
        ([], "Pending"),
        ([replace(FULL, taken=1)], "Pending"),
        ([replace(FULL, held=True)], "Pending"),
        ([replace(FULL, taken=1), FULL], "AwaitingConcurrencySlot"),
        ([replace(FULL, strategy=CollisionStrategy.CANCEL_NEW)], "Cancelled"),
    ],
)
def test_a_limited_run_needs_a_slot(slots, becomes):
    found = verdict(scheduled(NOW, NOW), state("PENDING"), Facts(slots=slots))
    assert found.state.name == becomes
    if isinstance(found, Reject):
        assert found.reason.startswith("The concurrency limit of the pool 'local' is reached: 2 of 2")


@pytest.mark.parametrize(
    ("current", "attempts", "retries", "becomes"),
    [
        ("RUNNING", 1, 1, "AwaitingRetry"),
        ("RUNNING", 2, 1, "Failed"),
        ("RUNNING", 1, 0, "Failed"),
        ("PENDING", 0, 1, "Failed"),
        (None, 0, 1, "Failed"),
    ],
)
def test_a_failed_run_is_tried_again_while_attempts_are_left(current, attempts, retries, becomes):
    run = {"progress": Progress(run_count=attempts), "policy": RetryPolicy(retries=retries, delay=30)}
    found = verdict(current and state(current), state("FAILED"), **run)
    assert found.state.name == becomes
    if becomes == "AwaitingRetry":
        assert found.state.state_details.scheduled_time == NOW + timedelta(seconds=30)


def test_force_asks_nobody():
    made = state("RUNNING")
    assert verdict(state("COMPLETED"), made, force=True) == Accept(made)


def test_a_transition_that_is_sent_twice_is_made_once_and_answered_alike():
    sent = state("COMPLETED", transition_id=new_id(NOW))
    found, transition = propose(state("RUNNING"), sent)
    made = entered(found, transition)
    found, transition = propose(made, replace(sent, id=new_id(NOW)))
    assert found == Accept(made)
    assert entered(found, transition) is None


def test_a_repetition_is_recognised_even_where_another_state_was_entered():
    sent = state("FAILED", transition_id=new_id(NOW))
    running, policy = state("RUNNING"), RetryPolicy(retries=3)
    found, transition = propose(running, sent, progress=Progress(run_count=1), policy=policy)
    retry = entered(found, transition)
    assert retry.name == "AwaitingRetry"
    found, transition = propose(retry, sent, progress=Progress(run_count=1), policy=policy)
    assert found == Reject(retry, "why")
    assert entered(found, transition) is None
    found = verdict(replace(retry, message=None), sent)
    assert found.reason == "The run became AwaitingRetry instead."


@pytest.mark.parametrize(
    ("current", "proposed", "accepted"),
    [
        (None, "RUNNING", True),
        ("RUNNING", "COMPLETED", True),
        ("COMPLETED", "RUNNING", False),
        ("FAILED", "RUNNING", True),
        ("FAILED", "PENDING", True),
        ("CRASHED", "SCHEDULED", True),
        ("FAILED", "COMPLETED", False),
        ("CANCELLED", "FAILED", False),
    ],
)
def test_task_runs_end_once_unless_their_flow_is_tried_again(current, proposed, accepted):
    found = verdict(current and state(current), state(proposed), rules=TASK_RUN_RULES)
    assert isinstance(found, Accept if accepted else Reject)


TERMS = LeaseTerms()
LIMIT = 1
PAUSE_DETAILS = [
    StateDetails(pause_key=key, pause_reschedule=leaves) for key in (None, "1") for leaves in (False, True)
]
EDGES = {
    None: set(S),
    S.SCHEDULED: {*S} - {S.PAUSED},
    S.PENDING: {*S} - {S.PAUSED},
    S.RUNNING: {*S} - {S.PENDING},
    S.PAUSED: {*S} - {S.PENDING, S.PAUSED},
    S.CANCELLING: {S.CANCELLED, S.COMPLETED},
    S.COMPLETED: {S.SCHEDULED},
    S.FAILED: {S.SCHEDULED},
    S.CRASHED: {S.SCHEDULED},
    S.CANCELLED: {S.SCHEDULED},
}


class TwoRunsUnderOneLimit(RuleBasedStateMachine):
    """Clients with and without leases propose anything to two runs; time passes; the sweeper sweeps."""

    @initialize()
    def create(self):
        self.now = NOW
        self.runs = [
            Run(id=new_id(NOW), kind=RunKind.FLOW, is_served=True, policy=RetryPolicy(retries=1))
            for _ in range(2)
        ]
        self.leases = [None, None]
        self.tokens = [[], []]
        for which in (0, 1):
            self.enter(which, scheduled(NOW, NOW), Proposer())

    def enter(self, which, made, by):
        run = self.runs[which]
        before = run.state and run.state.type
        assert made.type in EDGES[before]
        self.leases[which] = leases.succeed(self.leases[which], run, made, by, TERMS, self.now)
        if self.leases[which] is not None and self.leases[which].id not in self.tokens[which]:
            self.tokens[which].append(self.leases[which].id)
        waits, resuming = retries_in_process(run, made), run.pauses.resuming
        progress = advance(run.progress, run.state, made, in_process=waits, resuming=resuming)
        pauses = pauses_after(run.pauses, run.state, made)
        self.runs[which] = replace(run, state=made, progress=progress, pauses=pauses)

    def slots(self, which):
        other = self.leases[1 - which]
        return SlotFacts(name="q", limit=LIMIT, taken=other is not None, held=self.leases[which] is not None)

    @rule(
        which=st.sampled_from([0, 1]),
        kind=st.sampled_from(S),
        name=st.sampled_from([None, None, "Submitting", "Late"]),
        token=st.integers(-1, 3),
        holder=st.sampled_from([None, "process 1"]),
        details=st.sampled_from(PAUSE_DETAILS),
        is_resumption=st.booleans(),
    )
    def propose(self, which, kind, name, token, holder, details, is_resumption):
        lease, run = self.leases[which], self.runs[which]
        known = self.tokens[which]
        shown = known[token] if 0 <= token < len(known) else None
        by = Proposer(token=shown, holder=holder)
        try:
            leases.check_fence(lease, shown)
        except Fenced:
            assert lease is None or lease.id != shown
            return
        owned, by_owner = leases.is_owned(lease), leases.is_holder(lease, shown)
        facts = Facts(slots=[self.slots(which)], owned=owned, by_owner=by_owner, is_resumption=is_resumption)
        said = replace(details, pause_timeout=self.now + MINUTE) if kind is S.PAUSED else StateDetails()
        made = from_proposal(StateCreate(type=kind, name=name, state_details=said), self.now)
        transition = Transition(run, made, facts, self.now)
        made = entered(decide(transition, FLOW_RUN_RULES), transition)
        if made is None:
            return
        if made.type is S.RUNNING and owned:
            assert by_owner or (is_resumption and run.state.is_paused())
        self.enter(which, made, by)

    @rule(seconds=st.integers(1, 200))
    def time_passes(self, seconds):
        self.now += timedelta(seconds=seconds)

    @precondition(lambda self: any(self.expired()))
    @rule()
    def sweep(self):
        for which, lease in self.expired():
            made = leases.on_expiry(lease, self.runs[which], self.now)
            self.enter(which, made, Proposer())
            assert self.leases[which] is None

    @rule()
    def pauses_run_out(self):
        for which, run in enumerate(self.runs):
            if (made := on_timeout(run.state, self.now)) is not None:
                self.enter(which, made, Proposer())
                assert self.leases[which] is None

    def expired(self):
        return [
            (which, lease) for which, lease in enumerate(self.leases) if lease and not lease.is_live(self.now)
        ]

    @invariant()
    def nobody_is_stuck(self):
        for run, lease in zip(self.runs, self.leases, strict=True):
            current = run.state
            at_rest = current.is_terminal or current.is_paused()
            queued = run.progress.next_scheduled_start_time is not None
            assert at_rest or queued or lease is not None
            assert (lease is None) or not (current.is_terminal or queued or has_left(current))

    @invariant()
    def the_limit_holds(self):
        assert sum(lease is not None for lease in self.leases) <= LIMIT

    @invariant()
    def ended_runs_know_their_end(self):
        for run in self.runs:
            assert run.state.is_terminal == (run.progress.end_time is not None)


TwoRunsUnderOneLimit.TestCase.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
test_two_runs_under_one_limit = TwoRunsUnderOneLimit.TestCase
