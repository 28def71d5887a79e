"""Work pools: where runs go, and the template of the infrastructure that they get there."""

from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType, field

from penstock.contract.endpoint import endpoint
from penstock.contract.fields import MAX_PAGE, Count, JsonObject, Limit, Name, Offset, PageNumber
from penstock.contract.filters import WorkPoolFilter
from penstock.contract.flow_runs import FlowRunResponse
from penstock.contract.forms import Document, Form
from penstock.contract.statuses import WorkPoolStatus
from penstock.contract.work_queues import FlowRunSlotSummary
from penstock.domain.errors import AlreadyExists, NotFound
from penstock.domain.moments import Moment
from penstock.domain.problems import BaseJobTemplateInvalid, Problem


class WorkPoolStorageConfiguration(Document):
    """Where code and results of a pool's runs are kept, unless something else is said."""

    bundle_upload_step: JsonObject | None = None
    bundle_execution_step: JsonObject | None = None
    default_result_storage_block_id: UUID | None = None


class WorkPoolResponse(Struct, kw_only=True):
    """A work pool."""

    id: UUID
    created: Moment
    updated: Moment
    name: str
    description: str | None = None
    type: str
    """Which workers serve it: `process`, `docker`, …"""
    base_job_template: JsonObject = {}
    """`variables`, a JSON Schema, and `job_configuration` with their placeholders."""
    is_paused: bool = False
    concurrency_limit: int | None = None
    status: WorkPoolStatus | None = None
    default_queue_id: UUID | None = None
    storage_configuration: WorkPoolStorageConfiguration = field(default_factory=WorkPoolStorageConfiguration)
    active_slots: int | None = None
    """Runs under way that count towards `concurrency_limit`."""
    job_variable_warnings: list[Problem] | UnsetType = UNSET
    """What is doubtful about its template; not told where several pools are listed."""


class WorkPoolCreate(Document):
    """A work pool to make. With an empty template, that of its type is taken."""

    name: Name
    description: str | None = None
    type: str = "prefect-agent"
    base_job_template: JsonObject = {}
    is_paused: bool = False
    concurrency_limit: Count | None = None
    storage_configuration: WorkPoolStorageConfiguration = field(default_factory=WorkPoolStorageConfiguration)


class WorkPoolUpdate(Document):
    """What to change about a work pool; what is left out stays. Its name and type cannot change."""

    description: str | UnsetType | None = UNSET
    is_paused: bool | UnsetType | None = UNSET
    base_job_template: JsonObject | UnsetType | None = UNSET
    concurrency_limit: Count | UnsetType | None = UNSET
    storage_configuration: WorkPoolStorageConfiguration | UnsetType | None = UNSET


class WorkPoolCriteria(Form):
    """Which work pools."""

    work_pools: WorkPoolFilter | None = None


class WorkPoolQuery(WorkPoolCriteria):
    """Which work pools, how many."""

    offset: Offset = 0
    limit: Limit = MAX_PAGE


class PoolSlotPageQuery(Form):
    """Which page of a pool's queues, with how many runs of each."""

    page: PageNumber = 1
    limit: Limit = MAX_PAGE
    flow_run_limit: Annotated[int, Meta(ge=0, le=MAX_PAGE)] = 10


class WorkQueueConcurrencyStatusDetail(Struct, kw_only=True):
    """What occupies the slots of one queue of a pool."""

    queue_id: UUID
    queue_name: str
    active_slots: int
    concurrency_limit: int | None = None
    flow_runs: list[FlowRunSlotSummary] = []
    flow_run_count: int | None = None


class WorkPoolConcurrencyStatus(Struct, kw_only=True):
    """What occupies a pool's slots, one page of its queues."""

    active_slots: int
    concurrency_limit: int | None = None
    queues: list[WorkQueueConcurrencyStatusDetail] = []
    count: int
    limit: int
    pages: int
    page: int


class ScheduledRunsQuery(Form):
    """Which scheduled runs of a pool: of these queues (all when none is named), due between these moments."""

    work_queue_names: list[str] | None = None
    scheduled_before: Moment | None = None
    scheduled_after: Moment | None = None
    limit: Limit = MAX_PAGE


class WorkerFlowRunResponse(Struct, kw_only=True):
    """A scheduled run, and where it waits."""

    work_pool_id: UUID
    work_queue_id: UUID
    flow_run: FlowRunResponse


@endpoint(
    "POST",
    "/work_pools/",
    action="work_pools:create",
    status=201,
    errors=(AlreadyExists, BaseJobTemplateInvalid),
)
def create_work_pool(body: WorkPoolCreate) -> WorkPoolResponse:
    """Make a work pool, with its queue `default`."""


@endpoint("GET", "/work_pools/{name}", action="work_pools:read", errors=(NotFound,))
def read_work_pool(name: str) -> WorkPoolResponse:
    """One work pool."""


@endpoint(
    "PATCH",
    "/work_pools/{name}",
    action="work_pools:update",
    status=204,
    errors=(NotFound, BaseJobTemplateInvalid),
)
def update_work_pool(name: str, body: WorkPoolUpdate) -> None:
    """Change a work pool. Runs that were claimed before keep what they got."""


@endpoint("DELETE", "/work_pools/{name}", action="work_pools:delete", status=204, errors=(NotFound,))
def delete_work_pool(name: str) -> None:
    """Delete a work pool with its queues."""


@endpoint("POST", "/work_pools/filter", action="work_pools:read", idempotent=True)
def read_work_pools(body: WorkPoolQuery = WorkPoolQuery()) -> list[WorkPoolResponse]:
    """The work pools that meet the criteria, by name."""


@endpoint("POST", "/work_pools/count", action="work_pools:read", idempotent=True)
def count_work_pools(body: WorkPoolCriteria = WorkPoolCriteria()) -> int:
    """How many work pools meet the criteria."""


@endpoint(
    "POST",
    "/work_pools/{name}/concurrency_status",
    action="work_pools:read",
    errors=(NotFound,),
    idempotent=True,
)
def read_work_pool_concurrency_status(
    name: str, body: PoolSlotPageQuery = PoolSlotPageQuery()
) -> WorkPoolConcurrencyStatus:
    """What occupies a pool's slots, by queue."""


@endpoint(
    "POST",
    "/work_pools/{name}/get_scheduled_flow_runs",
    action="flow_runs:read",
    errors=(NotFound,),
    idempotent=True,
)
def get_scheduled_flow_runs(
    name: str, body: ScheduledRunsQuery = ScheduledRunsQuery()
) -> list[WorkerFlowRunResponse]:
    """The scheduled runs of a pool, by priority and time, for workers that poll. Claims nothing."""
