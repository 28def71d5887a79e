"""Work queues: the lanes of a work pool, by priority and with limits of their own.

Paths below `/work_queues` are the reference's older ones, which know a queue by its id or as one of the
default pool.
"""

from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from penstock.contract.endpoint import endpoint
from penstock.contract.fields import MAX_PAGE, Count, Limit, Name, Offset, PageNumber, Positive
from penstock.contract.filters import WorkQueueFilter
from penstock.contract.flow_runs import FlowRunResponse
from penstock.contract.forms import Document, Form
from penstock.contract.states import StateType
from penstock.contract.statuses import WorkQueueStatus
from penstock.domain.errors import AlreadyExists, NotFound
from penstock.domain.moments import Moment


class QueueFilter(Struct, kw_only=True):
    """Which runs an old kind of queue took; kept for old clients, without effect."""

    tags: list[str] | None = None
    deployment_ids: list[UUID] | None = None


class WorkQueueResponse(Struct, kw_only=True):
    """A work queue."""

    id: UUID
    created: Moment
    updated: Moment
    name: str
    description: str | None = ""
    is_paused: bool = False
    concurrency_limit: int | None = None
    priority: int = 1
    """1 goes first."""
    work_pool_id: UUID | None = None
    filter: QueueFilter | None = None
    last_polled: Moment | None = None
    work_pool_name: str | None = None
    status: WorkQueueStatus | None = None
    active_slots: int | None = None
    """Runs under way that count towards `concurrency_limit`."""


class WorkQueueCreate(Document):
    """A work queue to make."""

    name: Name
    description: str | None = ""
    is_paused: bool = False
    concurrency_limit: Count | None = None
    priority: Positive | None = None
    """After all others when left out."""
    filter: QueueFilter | None = None


class WorkQueueUpdate(Document):
    """What to change about a work queue; what is left out stays."""

    name: str | UnsetType | None = UNSET
    description: str | UnsetType | None = UNSET
    is_paused: bool | UnsetType = UNSET
    concurrency_limit: Count | UnsetType | None = UNSET
    priority: Positive | UnsetType | None = UNSET
    last_polled: Moment | UnsetType | None = UNSET
    filter: QueueFilter | UnsetType | None = UNSET


class WorkQueueQuery(Form):
    """Which work queues, how many."""

    work_queues: WorkQueueFilter | None = None
    offset: Offset = 0
    limit: Limit = MAX_PAGE


class WorkQueueRunsQuery(Form):
    """Which runs of a queue: those that are due."""

    scheduled_before: Moment | None = None
    limit: Limit = MAX_PAGE


class SlotPageQuery(Form):
    """Which page of the runs under way."""

    page: PageNumber = 1
    limit: Limit = MAX_PAGE


class FlowRunSlotSummary(Struct, kw_only=True):
    """A run that occupies a slot."""

    id: UUID
    name: str
    state_type: StateType | None = None
    state_name: str | None = None
    start_time: Moment | None = None
    state_timestamp: Moment | None = None
    time_in_current_state: float | None = None
    """In seconds."""


class WorkQueueConcurrencyStatus(Struct, kw_only=True):
    """What occupies a queue's slots, one page of it."""

    active_slots: int
    concurrency_limit: int | None = None
    flow_runs: list[FlowRunSlotSummary] = []
    count: int
    limit: int
    pages: int
    page: int


class WorkQueueHealthPolicy(Struct, kw_only=True):
    """When a queue counts as healthy."""

    maximum_late_runs: int | None = 0
    maximum_seconds_since_last_polled: int | None = 60


class WorkQueueStatusDetail(Struct, kw_only=True):
    """Whether a queue's runs are picked up in time."""

    healthy: bool
    late_runs_count: int = 0
    last_polled: Moment | None = None
    health_check_policy: WorkQueueHealthPolicy


@endpoint(
    "POST",
    "/work_pools/{work_pool_name}/queues",
    action="work_queues:create",
    status=201,
    errors=(NotFound, AlreadyExists),
)
def create_work_queue(work_pool_name: str, body: WorkQueueCreate) -> WorkQueueResponse:
    """Make a queue in a pool."""


@endpoint("GET", "/work_pools/{work_pool_name}/queues/{name}", action="work_queues:read", errors=(NotFound,))
def read_work_queue(work_pool_name: str, name: str) -> WorkQueueResponse:
    """One queue of a pool."""


@endpoint(
    "PATCH",
    "/work_pools/{work_pool_name}/queues/{name}",
    action="work_queues:update",
    status=204,
    errors=(NotFound, AlreadyExists),
)
def update_work_queue(work_pool_name: str, name: str, body: WorkQueueUpdate) -> None:
    """Change a queue of a pool."""


@endpoint(
    "DELETE",
    "/work_pools/{work_pool_name}/queues/{name}",
    action="work_queues:delete",
    status=204,
    errors=(NotFound,),
)
def delete_work_queue(work_pool_name: str, name: str) -> None:
    """Delete a queue of a pool."""


@endpoint(
    "POST",
    "/work_pools/{work_pool_name}/queues/filter",
    action="work_queues:read",
    errors=(NotFound,),
    idempotent=True,
)
def read_work_queues(work_pool_name: str, body: WorkQueueQuery = WorkQueueQuery()) -> list[WorkQueueResponse]:
    """The queues of a pool that meet the criteria, by priority."""


@endpoint("POST", "/work_queues/", action="work_queues:create", status=201, errors=(AlreadyExists,))
def create_default_work_queue(body: WorkQueueCreate) -> WorkQueueResponse:
    """Make a queue in the default pool."""


@endpoint(
    "PATCH", "/work_queues/{id}", action="work_queues:update", status=204, errors=(NotFound, AlreadyExists)
)
def update_work_queue_by_id(id: UUID, body: WorkQueueUpdate) -> None:
    """Change a queue that is known by its id."""


@endpoint("GET", "/work_queues/{id}", action="work_queues:read", errors=(NotFound,))
def read_work_queue_by_id(id: UUID) -> WorkQueueResponse:
    """One queue, by its id."""


@endpoint("DELETE", "/work_queues/{id}", action="work_queues:delete", status=204, errors=(NotFound,))
def delete_work_queue_by_id(id: UUID) -> None:
    """Delete a queue that is known by its id."""


@endpoint("GET", "/work_queues/name/{name}", action="work_queues:read", errors=(NotFound,))
def read_work_queue_by_name(name: str) -> WorkQueueResponse:
    """One queue of the default pool, by its name."""


@endpoint("POST", "/work_queues/{id}/get_runs", action="flow_runs:read", errors=(NotFound,), idempotent=True)
def read_work_queue_runs(id: UUID, body: WorkQueueRunsQuery = WorkQueueRunsQuery()) -> list[FlowRunResponse]:
    """The runs of a queue that are due."""


@endpoint("POST", "/work_queues/filter", action="work_queues:read", idempotent=True)
def read_all_work_queues(body: WorkQueueQuery = WorkQueueQuery()) -> list[WorkQueueResponse]:
    """The queues of all pools that meet the criteria."""


@endpoint(
    "POST",
    "/work_queues/{id}/concurrency_status",
    action="work_queues:read",
    errors=(NotFound,),
    idempotent=True,
)
def read_work_queue_concurrency_status(
    id: UUID, body: SlotPageQuery = SlotPageQuery()
) -> WorkQueueConcurrencyStatus:
    """What occupies a queue's slots."""


@endpoint("GET", "/work_queues/{id}/status", action="work_queues:read", errors=(NotFound,))
def read_work_queue_status(id: UUID) -> WorkQueueStatusDetail:
    """Whether a queue's runs are picked up in time."""
