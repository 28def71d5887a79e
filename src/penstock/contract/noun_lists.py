"""Lists of flows, deployments, work pools and workers for people: rows with what is asked of each at once."""

from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from penstock.contract.deployments import DeploymentCriteria
from penstock.contract.endpoint import endpoint
from penstock.contract.fields import MAX_PAGE
from penstock.contract.filters import NamedSort
from penstock.contract.flows import FlowCriteria
from penstock.contract.forms import Form
from penstock.contract.schedules import DeploymentSchedule
from penstock.contract.states import StateType
from penstock.contract.statuses import DeploymentStatus, WorkerStatus, WorkPoolStatus
from penstock.contract.subjects import RunBrief
from penstock.domain.errors import InvalidInput
from penstock.domain.moments import Moment

RECENT = 10
"""How many runs are shown of each thing in a list."""

PageLimit = Annotated[int, Meta(ge=1, le=MAX_PAGE)]
SearchText = Annotated[str, Meta(max_length=200)]


class DeploymentListQuery(DeploymentCriteria):
    """Which deployments, in which order, from where on."""

    search: SearchText | None = None
    """In the deployment's or the flow's name, or in a tag."""
    sort: NamedSort = NamedSort.NAME_ASC
    cursor: str | None = None
    limit: PageLimit = 50


class DeploymentRow(Struct, kw_only=True):
    """A deployment in a list."""

    id: UUID
    name: str
    flow_id: UUID
    flow_name: str
    created: Moment
    updated: Moment
    paused: bool
    status: DeploymentStatus
    description: str | None = None
    version: str | None = None
    tags: list[str] = []
    work_pool_name: str | None = None
    work_queue_name: str | None = None
    concurrency_limit: int | None = None
    active: int = 0
    """Runs under way."""
    schedules: list[DeploymentSchedule] = []
    overrides: list[str] = []
    """The job variables that it sets."""
    recent_runs: list[RunBrief] = []
    """The last that have begun or were to begin, newest first."""
    next_run: RunBrief | None = None


class DeploymentList(Struct, kw_only=True):
    """One stretch of a list; `next` says where the next one begins."""

    rows: list[DeploymentRow]
    next: str | None
    count: int


class FlowListQuery(FlowCriteria):
    """Which flows, in which order, from where on."""

    search: SearchText | None = None
    """In the name, or in a tag."""
    sort: NamedSort = NamedSort.NAME_ASC
    cursor: str | None = None
    limit: PageLimit = 50


class FlowRow(Struct, kw_only=True):
    """A flow in a list. Counts and durations are of its last seven days."""

    id: UUID
    name: str
    created: Moment
    tags: list[str] = []
    deployments: int
    runs: dict[StateType, int]
    median_seconds: float | None = None
    """Of the last hundred that completed."""
    recent_runs: list[RunBrief] = []
    next_run: RunBrief | None = None


class FlowList(Struct, kw_only=True):
    """One stretch of a list; `next` says where the next one begins."""

    rows: list[FlowRow]
    next: str | None
    count: int


class WorkPoolRow(Struct, kw_only=True):
    """A work pool in a list."""

    id: UUID
    name: str
    type: str
    description: str | None = None
    is_paused: bool
    status: WorkPoolStatus
    concurrency_limit: int | None
    active: int
    """Runs under way."""
    waiting: int
    """Runs that are due."""
    late: int
    queues: int
    deployments: int
    workers_online: int
    workers_offline: int
    last_polled: Moment | None = None
    overridden_defaults: int = 0
    """Job variables of the template that have a default."""


class WorkerListQuery(Form):
    """Which workers."""

    work_pool_name: str | None = None
    """All pools when left out."""


class WorkerRow(Struct, kw_only=True):
    """A worker in a list."""

    id: UUID
    name: str
    work_pool_name: str
    work_pool_type: str
    created: Moment
    last_heartbeat_time: Moment | None
    heartbeat_interval_seconds: int | None
    clock_ahead_seconds: int | None
    """How far its clock is ahead of the server's, below zero where it is behind."""
    status: WorkerStatus
    runs: list[RunBrief] = []
    """What it has claimed or runs, the first ten."""
    run_count: int = 0


@endpoint(
    "POST", "/deployments/list", action="deployments:read", idempotent=True, errors=(InvalidInput,), ours=True
)
def list_deployments(body: DeploymentListQuery = DeploymentListQuery()) -> DeploymentList:
    """A stretch of the deployments that meet the criteria, with their schedules and runs."""


@endpoint("POST", "/flows/list", action="flows:read", idempotent=True, errors=(InvalidInput,), ours=True)
def list_flows(body: FlowListQuery = FlowListQuery()) -> FlowList:
    """A stretch of the flows that meet the criteria, with how their runs went."""


@endpoint("GET", "/overview/work_pools", action="work_pools:read", ours=True)
def list_work_pools() -> list[WorkPoolRow]:
    """All work pools, with how busy they are."""


@endpoint("POST", "/overview/workers", action="workers:read", idempotent=True, ours=True)
def list_workers(body: WorkerListQuery = WorkerListQuery()) -> list[WorkerRow]:
    """All workers, or those of one pool, with what they run."""
