"""Why an automation fired, or hasn't: what its triggers have seen, and what nearly counted."""

from typing import Literal
from uuid import UUID

from msgspec import Struct

from penstock.contract.automations import Automation
from penstock.contract.endpoint import endpoint
from penstock.domain.automations import Posture
from penstock.domain.errors import NotFound
from penstock.domain.moments import Moment


class Miss(Struct, kw_only=True):
    """What an event would have needed to be counted, and was not."""

    part: Literal["expect", "after", "match", "match_related", "for_each", "since"]
    label: str | None = None
    wanted: list[str] = []
    found: str | None = None
    """Null: there was no such label."""
    words: str
    """`prefect.resource.id was 'X', wanted 'Y'`."""


class NearMiss(Struct, kw_only=True):
    """An event that nearly counted, and why it did not."""

    event_id: UUID
    event: str
    resource_id: str
    occurred: Moment
    misses: list[Miss]


class BucketState(Struct, kw_only=True):
    """What a trigger has seen, for one value of what it counts apart."""

    key: list[str]
    """The values of `for_each`."""
    count: int
    threshold: int
    since: Moment | None
    """When what it counts began."""
    due: Moment | None
    """When it is looked at though nothing happens: the end of a wait."""
    updated: Moment
    words: str
    """`2 of 3 events seen since 10:02:11; the next must come within 40 s`."""


class TriggerState(Struct, kw_only=True):
    """One trigger, or one that is inside another one."""

    id: UUID
    path: str
    """Where: empty for the outermost, `triggers[0]`, `triggers[1].triggers[0]`."""
    type: str
    """`event`, `metric`, `compound`, `sequence`."""
    posture: Posture | None
    words: str
    """What it waits for, in a sentence."""
    buckets: list[BucketState]
    """Those that changed last; `bucket_count` says how many there are."""
    bucket_count: int
    named_24h: int | None
    """How many events of the last 24 hours have a name that it expects; null where it watches no events."""
    matched_24h: int | None
    """How many of those counted, as far as was looked."""
    near_misses: list[NearMiss]
    reasons: list[str]
    """Why it hasn't fired, in sentences."""


class AutomationExplanation(Struct, kw_only=True):
    """What an automation has seen, what it waits for, and why it hasn't fired."""

    automation: Automation
    since: Moment
    """Events that were received before are not for it."""
    last_fired: Moment | None
    firings_24h: int
    pending_actions: int
    waiting_events: int
    """Events that no trigger has been shown yet, of all automations; bounded at 10,000."""
    reasons: list[str]
    """In sentences, the weightiest first."""
    triggers: list[TriggerState]
    """The outermost first, then what is inside, in the order in which it is written."""


@endpoint("GET", "/automations/{id}/explain", action="automations:read", errors=(NotFound,), ours=True)
def explain_automation(id: UUID) -> AutomationExplanation:
    """What an automation has seen, what it waits for, and why it hasn't fired."""
