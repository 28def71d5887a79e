"""Flow runs: one execution of a flow, from its creation to its last state."""

from typing import Literal
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType, field

from penstock.contract.endpoint import endpoint
from penstock.contract.fields import (
    MAX_BULK,
    MAX_PAGE,
    BulkLimit,
    JsonObject,
    Labels,
    Limit,
    Offset,
    PageNumber,
)
from penstock.contract.filters import (
    DeploymentFilter,
    FlowFilter,
    FlowRunFilter,
    FlowRunSort,
    TaskRunFilter,
    WorkPoolFilter,
    WorkQueueFilter,
)
from penstock.contract.flows import BulkDeleted
from penstock.contract.forms import Document, Form, Page
from penstock.contract.leases import LeaseGrant
from penstock.contract.states import (
    OrchestrationResult,
    SetStateStatus,
    State,
    StateCreate,
    StateType,
    TransitionDetails,
)
from penstock.domain.errors import Conflict, Fenced, NotFound
from penstock.domain.moments import Moment
from penstock.domain.problems import JobVariablesForbidden, JobVariablesInvalid, Problem
from penstock.domain.runs import RunPolicy


class Creator(Struct, kw_only=True):
    """Who or what made a thing: an id, a kind such as `SCHEDULE` or `CLI`, and a name for people."""

    id: UUID | None = None
    type: str | None = None
    display_value: str | None = None


class FlowRunResponse(Struct, kw_only=True):
    """A flow run. Times are in UTC, durations in seconds."""

    id: UUID
    created: Moment
    updated: Moment
    name: str
    flow_id: UUID
    state_id: UUID | None = None
    deployment_id: UUID | None = None
    deployment_version: str | None = None
    work_queue_id: UUID | None = None
    work_queue_name: str | None = None
    flow_version: str | None = None
    parameters: JsonObject = {}
    idempotency_key: str | None = None
    context: JsonObject = {}
    empirical_policy: RunPolicy
    tags: list[str] = []
    labels: Labels = {}
    parent_task_run_id: UUID | None = None
    state_type: StateType | None = None
    state_name: str | None = None
    run_count: int = 0
    """How often it has entered RUNNING."""
    expected_start_time: Moment | None = None
    next_scheduled_start_time: Moment | None = None
    start_time: Moment | None = None
    end_time: Moment | None = None
    total_run_time: float = 0.0
    """Spent in RUNNING states that have ended."""
    estimated_run_time: float = 0.0
    """`total_run_time` and what the current RUNNING state has lasted."""
    estimated_start_time_delta: float = 0.0
    """How much later than expected it started, or has not started yet."""
    auto_scheduled: bool = False
    infrastructure_document_id: UUID | None = None
    infrastructure_pid: str | None = None
    created_by: Creator | None = None
    work_pool_id: UUID | None = None
    work_pool_name: str | None = None
    state: State | None = None
    job_variables: JsonObject | None = None
    """What this run overrides: dotted names are nested, values are as they were given."""
    job_variable_warnings: list[Problem] | UnsetType = UNSET
    """In the answer to its creation: what is doubtful about its job variables."""
    lease: LeaseGrant | UnsetType = UNSET
    """In the answer to a creation that asked for it with `lease_holder`."""


class FlowRunCreate(Document, kw_only=True):
    """A flow run to make, without a deployment."""

    state: StateCreate | None = None
    """Pending when left out."""
    name: str | None = None
    """Two friendly words when left out."""
    flow_id: UUID
    flow_version: str | None = None
    parameters: JsonObject = {}
    context: JsonObject = {}
    parent_task_run_id: UUID | None = None
    parent_flow_run_id: UUID | None = None
    """The run whose code makes this one: an automation that is behind that one is behind this one too."""
    infrastructure_document_id: UUID | None = None
    empirical_policy: RunPolicy = field(default_factory=RunPolicy)
    tags: list[str] = []
    labels: Labels | None = None
    idempotency_key: str | None = None
    """A second creation with the key answers the run that the first one made."""
    work_pool_name: str | None = None
    work_queue_name: str | None = None
    job_variables: JsonObject | None = None
    deployment_id: UUID | None = None
    lease_holder: str | None = None
    """Who runs it and will renew its lease, e.g. `process 4711 on host a`; without, there is no lease."""


class FlowRunUpdate(Document):
    """What to change about a flow run; what is left out stays."""

    name: str | UnsetType | None = UNSET
    flow_version: str | UnsetType | None = UNSET
    parameters: JsonObject | UnsetType = UNSET
    empirical_policy: RunPolicy | UnsetType = UNSET
    tags: list[str] | UnsetType = UNSET
    infrastructure_pid: str | UnsetType | None = UNSET
    job_variables: JsonObject | UnsetType | None = UNSET
    """Replaces what the run overrides; only while it is scheduled."""


class FlowRunCriteria(Form):
    """Which flow runs: all filters that are given must hold."""

    flows: FlowFilter | None = None
    flow_runs: FlowRunFilter | None = None
    task_runs: TaskRunFilter | None = None
    deployments: DeploymentFilter | None = None
    work_pools: WorkPoolFilter | None = None
    work_pool_queues: WorkQueueFilter | None = None


class FlowRunQuery(FlowRunCriteria):
    """Which flow runs, in which order, how many."""

    sort: FlowRunSort = FlowRunSort.ID_DESC
    offset: Offset = 0
    limit: Limit = MAX_PAGE


class FlowRunPageQuery(FlowRunCriteria):
    """Which flow runs, in which order, which page of them."""

    sort: FlowRunSort = FlowRunSort.ID_DESC
    page: PageNumber = 1
    limit: Limit = MAX_PAGE


class HistoryQuery(Form):
    """Which runs to count, in slices of `history_interval_seconds` between start and end."""

    history_start: Moment
    history_end: Moment
    history_interval_seconds: float
    flows: FlowFilter | None = None
    flow_runs: FlowRunFilter | None = None
    task_runs: TaskRunFilter | None = None
    deployments: DeploymentFilter | None = None


class FlowRunHistoryQuery(HistoryQuery):
    """Which flow runs to count."""

    work_pools: WorkPoolFilter | None = None
    work_queues: WorkQueueFilter | None = None


class HistoryResponseState(Struct, kw_only=True):
    """The runs of one slice of time that are in one state; sums are in seconds."""

    state_type: StateType
    state_name: str
    count_runs: int
    sum_estimated_run_time: float
    sum_estimated_lateness: float


class HistoryResponse(Struct, kw_only=True):
    """One slice of time."""

    interval_start: Moment
    interval_end: Moment
    states: list[HistoryResponseState]


class SetRunState(Form):
    """A proposed state. `force` skips the rules."""

    state: StateCreate
    force: bool = False


class SetFlowRunState(SetRunState):
    """A proposed state of a flow run."""

    lease_holder: str | None = None
    """Asks for a lease, when the run is pending or running with this state; names who will renew it."""


class FlowRunBulkDelete(Form):
    """Which flow runs to delete, at most `limit` in one call."""

    flow_runs: FlowRunFilter | None = None
    limit: BulkLimit = MAX_BULK


class FlowRunBulkSetState(Form, kw_only=True):
    """Which flow runs to propose a state to, at most `limit` in one call."""

    flow_runs: FlowRunFilter | None = None
    state: StateCreate
    force: bool = False
    limit: BulkLimit = MAX_BULK


class FlowRunOrchestrationResult(Struct, kw_only=True):
    """The answer to a proposed state for one of several runs."""

    flow_run_id: UUID
    status: SetStateStatus
    state: State | None = None
    details: TransitionDetails


class FlowRunBulkSetStateResponse(Struct):
    """The answers to a proposed state, one a run."""

    results: list[FlowRunOrchestrationResult] = []


class FlowRunCreateResult(Struct, kw_only=True):
    """What became of one of several runs to create."""

    flow_run_id: UUID | None = None
    status: Literal["CREATED", "FAILED"]
    error: str | None = None
    job_variable_warnings: list[Problem] | UnsetType = UNSET
    """What is doubtful about the job variables of one that was created."""


class FlowRunBulkCreateResponse(Struct):
    """What became of several runs to create, in the order in which they were asked for."""

    results: list[FlowRunCreateResult] = []


@endpoint(
    "POST",
    "/flow_runs/",
    action="flow_runs:create",
    status=201,
    existing_status=200,
    errors=(NotFound,),
    audited="by-people",
)
def create_flow_run(body: FlowRunCreate) -> FlowRunResponse:
    """Make a flow run of a flow, outside deployments."""


@endpoint(
    "PATCH",
    "/flow_runs/{id}",
    action="flow_runs:update",
    status=204,
    errors=(NotFound, Conflict, Fenced, JobVariablesInvalid, JobVariablesForbidden),
    audited="by-others",
)
def update_flow_run(id: UUID, body: FlowRunUpdate) -> None:
    """Change a flow run; its job variables only while it is scheduled."""


@endpoint("GET", "/flow_runs/{id}", action="flow_runs:read", errors=(NotFound,))
def read_flow_run(id: UUID) -> FlowRunResponse:
    """One flow run."""


@endpoint("DELETE", "/flow_runs/{id}", action="flow_runs:delete", status=204, errors=(NotFound,))
def delete_flow_run(id: UUID) -> None:
    """Delete a flow run with its task runs, states and logs."""


@endpoint("POST", "/flow_runs/count", action="flow_runs:read", idempotent=True)
def count_flow_runs(body: FlowRunCriteria = FlowRunCriteria()) -> int:
    """How many flow runs meet the criteria."""


@endpoint("POST", "/flow_runs/lateness", action="flow_runs:read", idempotent=True)
def average_flow_run_lateness(body: FlowRunCriteria = FlowRunCriteria()) -> float | None:
    """The mean lateness of the flow runs that meet the criteria, in seconds; null where none does."""


@endpoint("POST", "/flow_runs/history", action="flow_runs:read", idempotent=True)
def flow_run_history(body: FlowRunHistoryQuery) -> list[HistoryResponse]:
    """How many flow runs were in which state, by slices of their expected start times."""


@endpoint("POST", "/flow_runs/filter", action="flow_runs:read", idempotent=True)
def read_flow_runs(body: FlowRunQuery = FlowRunQuery()) -> list[FlowRunResponse]:
    """The flow runs that meet the criteria."""


@endpoint("POST", "/flow_runs/paginate", action="flow_runs:read", idempotent=True)
def paginate_flow_runs(body: FlowRunPageQuery = FlowRunPageQuery()) -> Page[FlowRunResponse]:
    """One page of the flow runs that meet the criteria."""


@endpoint(
    "POST",
    "/flow_runs/{id}/set_state",
    action="flow_runs:set_state",
    status=201,
    existing_status=200,
    errors=(NotFound, Fenced),
    audited="by-people",
)
def set_flow_run_state(id: UUID, body: SetFlowRunState) -> OrchestrationResult:
    """Propose a state to a flow run; 201 where it entered one by it, else 200.

    With a `transition_id` in its details, a proposal that arrives twice is answered twice and happens once.
    """


@endpoint("POST", "/flow_runs/bulk_set_state", action="flow_runs:set_state", audited="by-others")
def bulk_set_flow_run_state(body: FlowRunBulkSetState) -> FlowRunBulkSetStateResponse:
    """Propose a state to the flow runs that meet the criteria."""


@endpoint("POST", "/flow_runs/bulk_delete", action="flow_runs:delete")
def bulk_delete_flow_runs(body: FlowRunBulkDelete = FlowRunBulkDelete()) -> BulkDeleted:
    """Delete the flow runs that meet the criteria."""


@endpoint(
    "PATCH",
    "/flow_runs/{id}/labels",
    action="flow_runs:update",
    status=204,
    errors=(NotFound,),
    audited="by-others",
)
def update_flow_run_labels(id: UUID, body: Labels) -> None:
    """Add labels to a flow run, or replace those of the same name."""


@endpoint(
    "GET", "/flow_runs/{id}/logs/download", action="logs:read", errors=(NotFound,), media_type="text/csv"
)
def download_logs(id: UUID) -> bytes:
    """A flow run's log lines as CSV, oldest first."""
