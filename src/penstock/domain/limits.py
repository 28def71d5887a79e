"""Concurrency limits: how many slots are taken, and whether somebody may take more.

A limit has so many slots. Whoever takes some holds them under a lease until they are given back, or the lease
runs out; what is taken is what the leases hold, and there is no counter beside them. A limit whose slots
*decay* is a leaky bucket instead: what was taken flows away by itself, so many slots a second, whoever still
works. It limits how often something begins, and not how many do it at once.
"""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from penstock.domain.errors import InvalidInput

TAG = "tag:"
"""A limit of this name and a tag is for the task runs that have the tag."""
SHORTEST_WAIT = 1.0
LONGEST_WAIT = 30.0
"""Seconds after which somebody who found no room is told to ask again, at least and at most."""
USUAL_OCCUPANCY = 2.0
"""Seconds that a slot is held, as long as nothing is known of the limit."""
_ROUNDING = 1e-9
_WEIGHT = 0.1
"""How much the last holder counts for what is usual."""


class SlotMode(StrEnum):
    """How slots are taken."""

    CONCURRENCY = "concurrency"
    """Until they are given back."""
    RATE_LIMIT = "rate_limit"
    """For good: they flow away."""


class LimitFacts(Struct, frozen=True, kw_only=True):
    """A limit as it stands when slots are asked for."""

    id: UUID
    name: str
    limit: int
    is_active: bool = True
    """A limit that is switched off takes no notice of anybody."""
    held: int = 0
    """Slots that leases hold."""
    decay: float = 0.0
    """Slots that flow away in a second; 0: each is held until it is given back."""
    level: float = 0.0
    """How full the bucket was, …"""
    level_at: datetime | None = None
    """… and when."""
    occupancy: float = USUAL_OCCUPANCY
    """Seconds for which a slot is usually held."""

    def taken(self, now: datetime) -> float:
        """Slots that are taken; a whole number where they don't decay."""
        if not self.decay:
            return self.held
        since = (now - self.level_at).total_seconds() if self.level_at is not None else 0.0
        return max(0.0, self.level - self.decay * max(0.0, since))


class Granted(Struct, frozen=True):
    """There is room in all limits that count."""

    limits: tuple[LimitFacts, ...]
    """Those of which slots are taken; others are switched off."""


class Refused(Struct, frozen=True, kw_only=True):
    """There is no room."""

    retry_after: float
    """Seconds until there may be."""
    reason: str
    limit: str
    """The name of the limit without room; of several, the one that takes longest."""


def acquire(
    limits: Sequence[LimitFacts], slots: int, mode: SlotMode, now: datetime, *, waits: bool = False
) -> Granted | Refused:
    """Whether so many slots of each of these limits can be taken now: of all of them, or of none.

    Args:
        waits: Whoever asks has waited already, and goes on even where the limit has become too small for it.

    Raises:
        InvalidInput: The limits never have so many slots, or are no rate limits.
    """
    counting = tuple(limit for limit in limits if limit.is_active)
    for limit in counting:
        _check(limit, slots, mode, waits=waits)
    refusals = [refusal for limit in counting if (refusal := _refusal(limit, slots, now)) is not None]
    if refusals:
        return max(refusals, key=lambda refusal: refusal.retry_after)
    return Granted(counting)


def _check(limit: LimitFacts, slots: int, mode: SlotMode, *, waits: bool) -> None:
    if mode is SlotMode.RATE_LIMIT and not limit.decay:
        message = f"The concurrency limit {limit.name!r} is no rate limit: its slots do not decay."
        hint = "Give it a slot_decay_per_second above 0, or take its slots by concurrency()."
        raise InvalidInput(message, field="names", hint=hint)
    if 0 < limit.limit < slots and not waits:
        message = f"{slots} slots are more than the concurrency limit {limit.name!r} has: {limit.limit}."
        raise InvalidInput(message, field="slots", hint="Ask for fewer, or raise the limit.")


def _refusal(limit: LimitFacts, slots: int, now: datetime) -> Refused | None:
    taken = limit.taken(now)
    missing = taken + slots - limit.limit
    if missing <= _ROUNDING:
        return None
    reason = (
        f"The concurrency limit {limit.name!r} has no room for {slots} more: "
        f"{math.ceil(taken - _ROUNDING)} of {limit.limit} slots are taken."
    )
    return Refused(retry_after=_wait(limit, slots, missing), reason=reason, limit=limit.name)


def _wait(limit: LimitFacts, slots: int, missing: float) -> float:
    """Seconds until there may be room: exact for a bucket, else what is usual among those who hold slots."""
    if limit.limit < slots:
        return LONGEST_WAIT
    if limit.decay:
        return missing / limit.decay
    return min(max(limit.occupancy * slots / limit.limit, SHORTEST_WAIT), LONGEST_WAIT)


def usual_occupancy(before: float, held: timedelta) -> float:
    """For how long slots are usually held, in seconds, after one more was given back."""
    return (1 - _WEIGHT) * before + _WEIGHT * max(0.0, held.total_seconds())


class Held(Struct, frozen=True):
    """Slots of one limit under one lease, or under none."""

    id: UUID
    slots: int


class Shrunk(Struct, frozen=True):
    """What becomes of slots that are held without a lease when some are given back."""

    gone: tuple[UUID, ...] = ()
    left: Held | None = None
    """One that is given back in part, with what is left of it."""


def give_back(held: Sequence[Held], slots: int) -> Shrunk:
    """Give back so many slots, those that were taken first before others; never more than are held."""
    gone: list[UUID] = []
    for each in held:
        if slots <= 0:
            break
        if each.slots > slots:
            return Shrunk(tuple(gone), Held(each.id, each.slots - slots))
        gone.append(each.id)
        slots -= each.slots
    return Shrunk(tuple(gone))


def after_release(*, is_leased: bool, holds_others: bool, is_known: bool) -> str:
    """What it means for who held slots that they were taken by force, in sentences.

    Args:
        is_leased: Whether a process renews a lease on them.
        holds_others: Whether the same lease holds slots of other limits too.
        is_known: Whether it is known what held them.
    """
    if is_leased and not holds_others:
        return (
            "What held them is not stopped. When it renews its lease next, it hears that the slots are lost: "
            "it goes on and logs a warning, or ends its block where it asked for that. "
            "Until then it may work beside whoever has the slots now."
        )
    if is_leased:
        return (
            "What held them is neither stopped nor told, as its lease holds slots of other limits too. "
            "It may work beside whoever has the slots now."
        )
    if is_known:
        return (
            "What held them is neither stopped nor told. "
            "It goes on, and may work beside whoever has the slots now."
        )
    return (
        "Whoever took them without a lease is not told, and may still work. "
        "What it gives back later frees slots that others took without a lease."
    )


def tag_limit(tag: str) -> str:
    """The name of the limit of a tag."""
    return f"{TAG}{tag}"


def tag_of(name: str) -> str | None:
    """The tag that a limit of this name is for, or None."""
    return name.removeprefix(TAG) if name.startswith(TAG) else None
