"""What becomes of ticks whose time has passed without a start: the catch-up policy and the maximum lateness.

A tick is *missed* when its run has not started some time after it was due: because no worker took the run, or
because no server was there to make it. The policy says what is done about missed ticks; the maximum lateness
says when it is too late for a run, whatever the policy.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

MOMENT = timedelta(microseconds=1)
"""Moments are told apart no finer than this."""


class CatchUp(StrEnum):
    """What is done about the missed ticks of a schedule."""

    ALL = "all"
    """All of them are run, oldest first."""
    LATEST = "latest"
    """Only the newest tick that is due is run; those before it are skipped."""
    NONE = "none"
    """They are skipped."""


FEW = 3
"""Where nothing is said, so many due runs of a schedule wait for as long as it takes, …"""
PATIENCE = timedelta(minutes=30)
"""… and more of them for so long; then only the newest is run."""


class CatchUpDefaults(Struct, frozen=True, kw_only=True):
    """What a server does where a schedule says nothing."""

    policy: CatchUp | None = None
    """None: `latest` for crons and intervals, with patience (see `FEW`), and `all` for recurrence rules."""
    missed_after: timedelta = timedelta(seconds=60)
    """A tick is missed when its run hasn't started so long after it, where a policy is named."""
    max_lateness: timedelta | None = None
    """A run does not start later than this after its time; None: it may."""


class CatchUpTerms(Struct, frozen=True, kw_only=True):
    """What holds for one schedule."""

    policy: CatchUp
    missed_after: timedelta
    tolerated: int = 1
    """With `latest`: so many due runs may wait, and none of them is skipped."""
    max_lateness: timedelta | None = None


def terms_of(
    policy: CatchUp | None, max_lateness: timedelta | None, defaults: CatchUpDefaults, *, is_rule: bool
) -> CatchUpTerms:
    """What holds for a schedule that says this; None: it says nothing.

    Args:
        is_rule: Whether it is a recurrence rule.
    """
    policy = policy or defaults.policy
    latest = defaults.max_lateness if max_lateness is None else max_lateness
    if policy is not None:
        return CatchUpTerms(policy=policy, missed_after=defaults.missed_after, max_lateness=latest)
    unsaid = CatchUp.ALL if is_rule else CatchUp.LATEST
    return CatchUpTerms(policy=unsaid, missed_after=PATIENCE, tolerated=FEW, max_lateness=latest)


class Waiting(Struct, frozen=True, kw_only=True):
    """The runs of a schedule that are due and have not started."""

    oldest: datetime
    newest: datetime
    count: int


class Skip(Struct, frozen=True, kw_only=True):
    """Which of them are not to start any more: those of the ticks up to two moments."""

    missed_until: datetime | None
    """By the policy."""
    late_until: datetime | None
    """By the maximum lateness."""
    terms: CatchUpTerms

    def why(self, tick: datetime, now: datetime) -> str | None:
        """What is said of the run of a tick that is skipped; None if it is not."""
        late = f"Skipped {_in_words(now - tick)} after its time"
        if self.missed_until is not None and tick <= self.missed_until:
            policy = self.terms.policy
            newer = ": a later run of its schedule is due" if policy is CatchUp.LATEST else ""
            return f"{late}, by the catch-up policy `{policy}`{newer}."
        if self.late_until is not None and tick <= self.late_until:
            return f"{late}: it may start at most {_in_words(self.terms.max_lateness)} late."
        return None


def skip(waiting: Waiting, terms: CatchUpTerms, now: datetime) -> Skip | None:
    """Which of the runs that wait are not to start any more; None: all of them may."""
    missed, late = _missed_until(waiting, terms, now), None
    if terms.max_lateness is not None and waiting.oldest < now - terms.max_lateness:
        late = now - terms.max_lateness - MOMENT
    if missed is None and late is None:
        return None
    return Skip(missed_until=missed, late_until=late, terms=terms)


def _missed_until(waiting: Waiting, terms: CatchUpTerms, now: datetime) -> datetime | None:
    is_missed_before = now - terms.missed_after
    if terms.policy is CatchUp.ALL or waiting.oldest >= is_missed_before:
        return None
    if terms.policy is CatchUp.NONE:
        return is_missed_before - MOMENT
    if waiting.count <= terms.tolerated:
        return None
    return waiting.newest - MOMENT


def _in_words(length: timedelta | None) -> str:
    """A length of time in its two largest units: `2 d 3 h`, `15 s`."""
    left, said = int((length or timedelta(0)).total_seconds()), []
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        number, left = divmod(left, size)
        if number:
            said.append(f"{number} {unit}")
    return " ".join(said[:2]) or "0 s"
