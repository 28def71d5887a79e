"""What the folds of triggers have seen: plain values that are stored as JSON and read back unchanged."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Struct

from penstock.domain.events import Labels
from penstock.domain.moments import Moment

MAX_EVENTS: Final = 50
"""How many events a firing names: the last that counted."""
MAX_PART_EVENTS: Final = 5
"""How many of them are kept of each trigger of a compound or a sequence."""


class FiringState(StrEnum):
    """Whether what a trigger watches for is there, or over again."""

    TRIGGERED = "Triggered"
    RESOLVED = "Resolved"


class Firing(Struct, frozen=True, kw_only=True):
    """A trigger that fired."""

    trigger_id: UUID
    state: FiringState = FiringState.TRIGGERED
    fired: Moment
    """When, by the clock of the events: that of the event that completed it, or the deadline that passed."""
    labels: Labels = {}
    """The labels of `for_each` and their values."""
    events: list[UUID] = []
    """Those that counted, oldest first; the last `MAX_EVENTS` of them."""
    event_id: UUID | None = None
    """The event that completed it. None where it was a silence."""


class BucketId(NamedTuple):
    """Where something seen is kept: the trigger, and the values of its `for_each`."""

    trigger_id: UUID
    key: str = "[]"
    """A JSON list, or a digest of it where it is long."""


class Sample(Struct, frozen=True, array_like=True):
    """An event that counted."""

    moment: Moment
    id: UUID


class Counted(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="counted"):
    """Of a reactive trigger: what counts towards the threshold."""

    samples: list[Sample] = []
    """By their moments; fewer than the threshold of them within the time."""
    after: Moment | None = None
    """The newest of the events that must come first."""
    newest: Moment
    """Of all that was taken in."""


class Alarm(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A silence that was told of and is not over."""

    since: Moment
    """When its window opened."""
    samples: list[Sample] = []
    """The expected events that came since: in time, but too few, or late."""


class Watched(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="watched"):
    """Of a proactive trigger: the window that is open, and the silence that is not over."""

    opened: Moment | None = None
    samples: list[Sample] = []
    """The expected events in the window."""
    alarm: Alarm | None = None
    labels: Labels = {}
    """For the firing, which no event may be there to tell of."""


class Part(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A firing of one of the triggers of a compound or a sequence."""

    index: int
    """Which of them."""
    moment: Moment
    labels: Labels = {}
    events: list[UUID] = []


class Gathered(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="gathered"):
    """Of a compound: the newest firing of each of its triggers."""

    parts: list[Part]


class Ordered(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="ordered"):
    """Of a sequence: for each number of steps the newest way to have come so far."""

    chains: list[list[Part]]
    """The n-th has n + 1 parts; empty where nobody has come so far."""
    newest: Moment


class Slice(Struct, frozen=True, array_like=True):
    """What was measured in a part of the time."""

    index: int
    total: float
    count: int


class Measured(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="measured"):
    """Of a metric trigger: sums over slices of its range, and since when they are beyond the threshold."""

    slices: list[Slice] = []
    newest: Moment
    beyond_since: Moment | None = None
    fired: bool = False
    recent: list[Sample] = []
    """The last events that were measured."""


Seen: TypeAlias = Counted | Watched | Gathered | Ordered | Measured


class Bucket(Struct, frozen=True):
    """What is kept under a `BucketId`."""

    seen: Seen
    due: datetime | None = None
    """When `expire` must be asked though no event comes."""


class Changes(Struct):
    """What came of an event, or of the time."""

    buckets: dict[BucketId, Bucket | None]
    """Only those that changed; None: it is gone."""
    firings: list[Firing]
    """Of the automation's trigger itself, in order."""


def seen_from(state: Any) -> Seen | None:
    """What was stored as a bucket's state. None where it can't be read: the trigger then starts over."""
    try:
        seen: Seen = msgspec.convert(state, Seen)
    except msgspec.ValidationError:
        return None
    return seen


def as_state(seen: Seen) -> dict[str, Any]:
    """What is to be stored of it: plain JSON types."""
    state: dict[str, Any] = msgspec.to_builtins(seen)
    return state
