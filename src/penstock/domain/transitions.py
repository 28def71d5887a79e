"""The one decision about states: may this run enter that state now?

`decide` reads facts that somebody else gathered and answers with a verdict; it changes nothing. The rules are
short functions in `rules/`, tried in order; the first that has an opinion decides. With none, the proposal
is accepted.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import msgspec

from penstock.domain.runs import Run
from penstock.domain.states import State, StateType


class CollisionStrategy(StrEnum):
    """What happens to a run that finds its deployment's concurrency limit reached."""

    ENQUEUE = "ENQUEUE"
    CANCEL_NEW = "CANCEL_NEW"


class SlotFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A concurrency limit that the run must have a slot of."""

    name: str
    limit: int
    taken: int
    """Slots held by other runs."""
    held: bool = False
    """Whether the run has one already."""
    strategy: CollisionStrategy = CollisionStrategy.ENQUEUE
    shared_id: UUID | None = None
    """The limit with a name that this is, if it is one: others may take slots of it too."""
    grace: timedelta | None = None
    """How long a run that got a slot may take to start; as long as any claim, where nothing is said."""

    @property
    def is_free(self) -> bool:
        """Whether the run holds a slot or may take one."""
        return self.held or self.taken < self.limit


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the world looks like beside the run itself."""

    slots: Sequence[SlotFacts] = ()
    owned: bool = False
    """Whether somebody holds a live claim or run lease."""
    by_owner: bool = False
    """Whether the proposal comes from the lease's holder (see `leases.is_holder`)."""
    is_resumption: bool = False
    """Whether somebody lets a paused run go on, which its own process waits for."""


class Accept(msgspec.Struct, frozen=True, tag="ACCEPT"):
    """The run enters the proposed state."""

    state: State


class Reject(msgspec.Struct, frozen=True, tag="REJECT"):
    """The run enters `state` instead; None means that it stays where it is."""

    state: State | None
    reason: str


class Wait(msgspec.Struct, frozen=True, tag="WAIT"):
    """Not yet: propose again in `delay_seconds`."""

    delay_seconds: int
    reason: str


class Abort(msgspec.Struct, frozen=True, tag="ABORT"):
    """No; and the caller must not go on with this run."""

    reason: str


Verdict = Accept | Reject | Wait | Abort


class Transition(msgspec.Struct, frozen=True):
    """A run on its way from its state to a proposed one."""

    run: Run
    proposed: State
    facts: Facts
    now: datetime


Rule = Callable[[Transition], Verdict | None]


def decide(transition: Transition, rules: Sequence[Rule], *, force: bool = False) -> Verdict:
    """The verdict of the first rule that has one; without any, and with `force`, the proposal is accepted."""
    if not force:
        for rule in rules:
            if (verdict := rule(transition)) is not None:
                return verdict
    return Accept(transition.proposed)


def entered(verdict: Verdict, transition: Transition) -> State | None:
    """The state that the run enters by this verdict, or None if it stays in the one that it has."""
    state = verdict.state if isinstance(verdict, Accept | Reject) else None
    if state is None or state is transition.run.state:
        return None
    return _take_over(state, transition)


def _take_over(state: State, transition: Transition) -> State:
    """`state` with what it has from the run's last state and from the proposal.

    A run that is prepared ahead of its time keeps that time, or it would start early. And whatever state a
    proposal leads to is known by the proposal's `transition_id`, so that a repetition is recognised.
    """
    details, current = state.state_details, transition.run.state
    made = transition.proposed.state_details.transition_id or details.transition_id
    time = details.scheduled_time
    if state.type is StateType.PENDING and current is not None:
        time = time or current.state_details.scheduled_time
    if made == details.transition_id and time == details.scheduled_time:
        return state
    details = msgspec.structs.replace(details, transition_id=made, scheduled_time=time)
    return msgspec.structs.replace(state, state_details=details)
