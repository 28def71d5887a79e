"""Limits on how much runs at once: who occupies each, since when, and who waits."""

from typing import Literal

from msgspec import Struct

from penstock.contract.endpoint import endpoint
from penstock.contract.subjects import RunBrief, Subject
from penstock.domain.moments import Moment

MAX_SHOWN = 50
"""Holders and waiters of one limit that are named; the counts say how many there are."""


class SlotHolder(Struct, kw_only=True):
    """A run that occupies a place. The id of its lease is the right to it, and nobody else's to know."""

    run: RunBrief
    holder: str
    """The worker or process that has the run."""
    since: Moment
    expires: Moment


class ConcurrencyLimit(Struct, kw_only=True):
    """One limit."""

    kind: Literal["work_pool", "work_queue", "deployment"]
    subject: Subject
    limit: int
    active: int
    waiting: int
    """Runs that are due and are held up by it, or by another limit before it."""
    holders: list[SlotHolder]
    """Oldest first."""
    waiters: list[RunBrief]
    """In the order in which they will be claimed."""


@endpoint("GET", "/overview/concurrency", action="work_pools:read", ours=True)
def list_concurrency_limits() -> list[ConcurrencyLimit]:
    """All limits of pools, queues and deployments, the fullest first."""
