"""Limits on how much runs at once: who occupies each, since when, and who waits."""

from typing import Literal
from uuid import UUID

from msgspec import Struct

from penstock.contract.endpoint import endpoint
from penstock.contract.subjects import RunBrief, Subject, TaskRunBrief
from penstock.domain.errors import NotFound
from penstock.domain.moments import Moment

MAX_SHOWN = 50
"""Holders and waiters of one limit that are named; the counts say how many there are."""


class SlotHolder(Struct, kw_only=True):
    """Who occupies places. The id of a lease is the right to them, and nobody else's to know."""

    id: UUID | None = None
    """By which slots of a limit with a name, or of a tag, are released."""
    run: RunBrief | None = None
    """The flow run, or the one in which the task run runs."""
    task_run: TaskRunBrief | None = None
    deployment: Subject | None = None
    holder: str | None = None
    """The worker or process that has the run; or what else is known, where there is no run."""
    slots: int = 1
    since: Moment
    expires: Moment | None = None
    """When the lease runs out, unless it is renewed. None: a state ends it, or whoever took the slots."""


class Waiter(Struct, kw_only=True):
    """Who waits for a place."""

    run: RunBrief | None = None
    """The flow run, or the one in which the task run is to run."""
    task_run: TaskRunBrief | None = None
    since: Moment | None = None
    """When it was due; of a task run, when it became pending."""


class Bucket(Struct, kw_only=True):
    """What a limit holds whose slots decay, when it was asked."""

    level: float
    """Slots that have not flowed away yet."""
    decay: float
    """Slots that flow away in a second."""


class ConcurrencyLimit(Struct, kw_only=True):
    """One limit."""

    kind: Literal["work_pool", "work_queue", "deployment", "global", "tag"]
    subject: Subject
    limit: int
    active: int
    """Places that are taken; of slots that decay, rounded up."""
    is_on: bool = True
    """One that is switched off limits nothing."""
    bucket: Bucket | None = None
    """Where slots decay."""
    holding: int
    """How many there are who hold places."""
    waiting: int
    """Runs that are due, or pending, and are held up by it, or by another limit before it."""
    holders: list[SlotHolder]
    """Oldest first."""
    waiters: list[Waiter]
    """In the order in which they will be claimed; task runs, those first that are pending longest.

    Code that waits for a limit with a name stands in the server's memory alone, and is not among them.
    """


class SlotRelease(Struct, kw_only=True):
    """Slots that were taken from who held them."""

    limit: Subject
    slots: int
    text: str
    """What that means for who held them, in sentences."""


@endpoint("GET", "/overview/concurrency", action="work_pools:read", ours=True)
def list_concurrency_limits() -> list[ConcurrencyLimit]:
    """All limits of pools, queues, deployments and tags, and those with a name, the fullest first."""


@endpoint(
    "GET",
    "/v2/concurrency_limits/{id_or_name}/holders",
    action="concurrency_limits:read",
    errors=(NotFound,),
    ours=True,
)
def read_limit_holders(id_or_name: str) -> ConcurrencyLimit:
    """A limit with a name, or of a tag, with who holds slots of it and who waits for some."""


@endpoint(
    "POST",
    "/v2/concurrency_limits/{id_or_name}/holders/{id}/release",
    action="concurrency_limits:release",
    errors=(NotFound,),
    ours=True,
)
def release_slot_holder(id_or_name: str, id: UUID) -> SlotRelease:
    """Take slots from who holds them: whoever waits gets them. What works under them is not stopped."""
