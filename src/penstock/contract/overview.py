"""Home: what needs somebody now, and whether all else goes its way. One answer for the whole page."""

from enum import StrEnum

from msgspec import Struct

from penstock.contract.endpoint import endpoint
from penstock.contract.run_lists import FlowRunRow
from penstock.contract.statuses import WorkPoolStatus
from penstock.contract.subjects import RunBrief, Subject
from penstock.domain.moments import Moment

MAX_ATTENTION = 20
"""The most cases that are told; `Overview.attention_count` says how many there are."""


class AttentionKind(StrEnum):
    """Why somebody should look."""

    LATE = "late"
    """Runs that are due and that nobody has claimed; the text says why."""
    STUCK = "stuck"
    """Runs that are pending, or cancelling, for longer than that should take."""
    FAILING = "failing"
    """A deployment whose last two runs, or more, failed or crashed."""
    STARVED = "starved"
    """A limit is used up and runs wait for it."""
    NO_WORKER = "no_worker"
    """A pool has runs that are due and no worker that is heard of."""


class Severity(StrEnum):
    """How soon."""

    WARNING = "warning"
    CRITICAL = "critical"


class Attention(Struct, kw_only=True):
    """One case that needs somebody."""

    kind: AttentionKind
    severity: Severity
    text: str
    """One sentence that says what is wrong and, where known, why."""
    subject: Subject
    """What it is about: a deployment, a pool, a queue, a run."""
    count: int
    """How many runs it concerns."""
    since: Moment | None = None
    runs: list[RunBrief] = []
    """The first three of them, oldest first."""


class PoolCapacity(Struct, kw_only=True):
    """How busy one work pool is."""

    name: str
    type: str
    status: WorkPoolStatus
    workers_online: int
    active: int
    """Runs under way."""
    limit: int | None
    waiting: int
    """Runs that are due."""


class ServiceHealth(Struct, kw_only=True):
    """How far behind one background service is, told by what it has left undone in the database."""

    name: str
    """`scheduler`, `late_runs`, `lease_sweeper`."""
    behind_seconds: float
    """How long the oldest thing that it should have done by now has waited; 0 where there is none."""


class Overview(Struct, kw_only=True):
    """Everything that Home shows but the histogram."""

    version: str
    database: str
    """`sqlite` or `postgresql`."""
    database_seconds: float
    """How long reading this answer took so far."""
    services: list[ServiceHealth]
    workers_online: int
    workers_offline: int
    running: int
    pending: int
    late: int
    scheduled: int
    attention: list[Attention]
    attention_count: int
    pools: list[PoolCapacity]
    next_runs: list[FlowRunRow]
    """The next ten that are due."""
    last_runs: list[FlowRunRow]
    """The last ten that ended."""
    is_empty: bool
    """Whether there is neither a flow nor a work pool yet: show how to begin."""


@endpoint("GET", "/overview", action="server:read", ours=True)
def read_overview() -> Overview:
    """What needs somebody, what is under way and what comes next."""
