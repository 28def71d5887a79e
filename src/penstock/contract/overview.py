"""Home: what needs somebody now, and whether all else goes its way. One answer for the whole page."""

from msgspec import Struct

from penstock.contract.endpoint import endpoint
from penstock.contract.run_lists import FlowRunRow
from penstock.contract.statuses import WorkPoolStatus
from penstock.domain.attention import Attention, AttentionKind, Severity

__all__ = [
    "MAX_ATTENTION",
    "Attention",
    "AttentionKind",
    "Overview",
    "PoolCapacity",
    "ServiceHealth",
    "Severity",
    "read_overview",
]

MAX_ATTENTION = 20
"""The most cases that are told; `Overview.attention_count` says how many there are."""


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
    """`scheduler`, `late_runs`, `lease_sweeper`, `triggers`, `actions`."""
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
