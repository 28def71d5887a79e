"""The one decision about states: may this run enter that state now?

`decide` reads facts that somebody else gathered and answers with a verdict; it changes nothing. The rules are
short functions in `rules/`, tried in order; the first that has an opinion decides. With none, the proposal
is accepted.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum

import msgspec

from penstock.domain.runs import Run
from penstock.domain.states import State


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
    """Whether the proposal comes from the lease's holder."""


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
