"""Deployments: a flow with the place of its code, its parameters, its schedules and its infrastructure."""

from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType, field

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
    Positive,
)
from penstock.contract.filters import (
    DeploymentFilter,
    FlowFilter,
    FlowRunFilter,
    NamedSort,
    TaskRunFilter,
    WorkPoolFilter,
    WorkQueueFilter,
)
from penstock.contract.flow_runs import Creator, FlowRunBulkCreateResponse, FlowRunResponse
from penstock.contract.flows import BulkDeleted
from penstock.contract.forms import Document, Form, Page
from penstock.contract.global_limits import GlobalConcurrencyLimitResponse
from penstock.contract.schedules import (
    DeploymentSchedule,
    DeploymentScheduleCreate,
    DeploymentScheduleUpdate,
)
from penstock.contract.states import StateCreate
from penstock.contract.statuses import DeploymentStatus
from penstock.contract.work_queues import WorkQueueResponse
from penstock.domain.deployment_triggers import DeploymentTrigger
from penstock.domain.errors import NotFound, ParameterInvalid
from penstock.domain.moments import Moment
from penstock.domain.problems import JobVariablesForbidden, JobVariablesInvalid, Problem
from penstock.domain.runs import RunPolicy
from penstock.domain.transitions import CollisionStrategy


class ConcurrencyOptions(Struct, kw_only=True):
    """What happens to a run that finds the deployment's concurrency limit reached."""

    collision_strategy: CollisionStrategy
    grace_period_seconds: Annotated[int, Meta(ge=60, le=86400)] | None = None
    """How long a run may take to start before its slot is given on."""


class DeploymentResponse(Struct, kw_only=True):
    """A deployment."""

    id: UUID
    created: Moment
    updated: Moment
    name: str
    version: str | None = None
    description: str | None = None
    flow_id: UUID
    paused: bool = False
    schedules: list[DeploymentSchedule] = []
    concurrency_limit: int | None = None
    global_concurrency_limit: GlobalConcurrencyLimitResponse | None = None
    concurrency_options: ConcurrencyOptions | None = None
    job_variables: JsonObject = {}
    """What this deployment overrides: dotted names are nested, values are as they were given."""
    parameters: JsonObject = {}
    tags: list[str] = []
    labels: Labels = {}
    work_queue_name: str | None = None
    work_queue_id: UUID | None = None
    last_polled: Moment | None = None
    parameter_openapi_schema: JsonObject | None = None
    path: str | None = None
    pull_steps: list[JsonObject] | None = None
    entrypoint: str | None = None
    """`path/to/file.py:function`, or `package.module.function`."""
    storage_document_id: UUID | None = None
    infrastructure_document_id: UUID | None = None
    created_by: Creator | None = None
    updated_by: Creator | None = None
    work_pool_name: str | None = None
    status: DeploymentStatus | None = DeploymentStatus.NOT_READY
    enforce_parameter_schema: bool = True
    job_variable_warnings: list[Problem] | UnsetType = UNSET
    """In the answer to its creation: what is doubtful about its job variables."""


class DeploymentCreate(Document, kw_only=True):
    """A deployment to make, or to replace: there is one of a name for each flow."""

    name: str
    flow_id: UUID
    paused: bool = False
    schedules: list[DeploymentScheduleCreate] = []
    concurrency_limit: Positive | None = None
    concurrency_options: ConcurrencyOptions | None = None
    global_concurrency_limit_id: UUID | None = None
    enforce_parameter_schema: bool = True
    parameter_openapi_schema: JsonObject | None = None
    parameters: JsonObject = {}
    tags: list[str] = []
    labels: Labels | None = None
    pull_steps: list[JsonObject] | None = None
    work_queue_name: str | None = None
    work_pool_name: str | None = None
    storage_document_id: UUID | None = None
    infrastructure_document_id: UUID | None = None
    description: str | None = None
    path: str | None = None
    version: str | None = None
    entrypoint: str | None = None
    job_variables: JsonObject = {}
    version_info: JsonObject | None = None
    """`type` and `version`, both text, and whatever else tells of the code's version."""
    triggers: list[DeploymentTrigger] | UnsetType = UNSET
    """The automations that belong to it, all of them; those that it has stay when this is left out."""

    def __post_init__(self) -> None:
        _check_version_info(self.version_info)


class DeploymentUpdate(Document):
    """What to change about a deployment; what is left out stays."""

    version: str | UnsetType | None = UNSET
    description: str | UnsetType | None = UNSET
    paused: bool | UnsetType = UNSET
    schedules: list[DeploymentScheduleUpdate] | UnsetType = UNSET
    concurrency_limit: Positive | UnsetType | None = UNSET
    concurrency_options: ConcurrencyOptions | UnsetType | None = UNSET
    global_concurrency_limit_id: UUID | UnsetType | None = UNSET
    parameters: JsonObject | UnsetType | None = UNSET
    parameter_openapi_schema: JsonObject | UnsetType | None = UNSET
    tags: list[str] | UnsetType = UNSET
    work_queue_name: str | UnsetType | None = UNSET
    work_pool_name: str | UnsetType | None = UNSET
    path: str | UnsetType | None = UNSET
    job_variables: JsonObject | UnsetType | None = UNSET
    """Replaces what the deployment overrides; null changes nothing."""
    pull_steps: list[JsonObject] | UnsetType | None = UNSET
    entrypoint: str | UnsetType | None = UNSET
    storage_document_id: UUID | UnsetType | None = UNSET
    infrastructure_document_id: UUID | UnsetType | None = UNSET
    enforce_parameter_schema: bool | UnsetType | None = UNSET
    version_info: JsonObject | UnsetType | None = UNSET

    def __post_init__(self) -> None:
        _check_version_info(self.version_info)


def _check_version_info(info: JsonObject | UnsetType | None) -> None:
    if info and not all(isinstance(info.get(key), str) for key in ("type", "version")):
        message = "version_info needs `type` and `version`, both text"
        raise ValueError(message)


class DeploymentFlowRunCreate(Document):
    """A flow run to make of a deployment; what it does not say comes from there."""

    state: StateCreate | None = None
    """Scheduled for now when left out."""
    name: str | None = None
    parameters: JsonObject = {}
    enforce_parameter_schema: bool | None = None
    context: JsonObject = {}
    infrastructure_document_id: UUID | None = None
    empirical_policy: RunPolicy = field(default_factory=RunPolicy)
    tags: list[str] = []
    idempotency_key: str | None = None
    labels: Labels | None = None
    parent_task_run_id: UUID | None = None
    parent_flow_run_id: UUID | None = None
    """The run whose code makes this one: an automation that is behind that one is behind this one too."""
    work_queue_name: str | None = None
    job_variables: JsonObject | None = None


class DeploymentCriteria(Form):
    """Which deployments: all filters that are given must hold."""

    flows: FlowFilter | None = None
    flow_runs: FlowRunFilter | None = None
    task_runs: TaskRunFilter | None = None
    deployments: DeploymentFilter | None = None
    work_pools: WorkPoolFilter | None = None
    work_pool_queues: WorkQueueFilter | None = None


class DeploymentQuery(DeploymentCriteria):
    """Which deployments, in which order, how many."""

    sort: NamedSort = NamedSort.NAME_ASC
    offset: Offset = 0
    limit: Limit = MAX_PAGE


class DeploymentPageQuery(DeploymentCriteria):
    """Which deployments, in which order, which page of them."""

    sort: NamedSort = NamedSort.NAME_ASC
    page: PageNumber = 1
    limit: Limit = MAX_PAGE


class DeploymentRunsQuery(Form):
    """Which scheduled runs: of these deployments, due before this moment."""

    deployment_ids: list[UUID]
    scheduled_before: Moment | None = None
    limit: Limit = MAX_PAGE


class DeploymentBulkDelete(Form):
    """Which deployments to delete, at most `limit` in one call."""

    deployments: DeploymentFilter | None = None
    limit: BulkLimit = MAX_BULK


class ScheduleDeployment(Form):
    """Which runs to schedule now: those between the two moments, at least and at most so many.

    `min_time` is in seconds: at least until so long after `start_time`.
    """

    start_time: Moment | None = None
    end_time: Moment | None = None
    min_time: float | None = None
    min_runs: int | None = None
    max_runs: int | None = None


@endpoint(
    "POST",
    "/deployments/",
    action="deployments:create",
    status=201,
    existing_status=200,
    errors=(NotFound, JobVariablesInvalid, JobVariablesForbidden),
    idempotent=True,
)
def create_deployment(body: DeploymentCreate) -> DeploymentResponse:
    """Make a deployment, or replace the flow's deployment of that name."""


@endpoint(
    "PATCH",
    "/deployments/{id}",
    action="deployments:update",
    status=204,
    errors=(NotFound, JobVariablesInvalid, JobVariablesForbidden),
)
def update_deployment(id: UUID, body: DeploymentUpdate) -> None:
    """Change a deployment."""


@endpoint("GET", "/deployments/{id}", action="deployments:read", errors=(NotFound,))
def read_deployment(id: UUID) -> DeploymentResponse:
    """One deployment, by its id."""


@endpoint("DELETE", "/deployments/{id}", action="deployments:delete", status=204, errors=(NotFound,))
def delete_deployment(id: UUID) -> None:
    """Delete a deployment with its schedules and the runs that wait for them; other runs stay."""


@endpoint(
    "GET", "/deployments/name/{flow_name}/{deployment_name}", action="deployments:read", errors=(NotFound,)
)
def read_deployment_by_name(flow_name: str, deployment_name: str) -> DeploymentResponse:
    """One deployment, by its flow's name and its own."""


@endpoint("POST", "/deployments/filter", action="deployments:read", idempotent=True)
def read_deployments(body: DeploymentQuery = DeploymentQuery()) -> list[DeploymentResponse]:
    """The deployments that meet the criteria."""


@endpoint("POST", "/deployments/paginate", action="deployments:read", idempotent=True)
def paginate_deployments(body: DeploymentPageQuery = DeploymentPageQuery()) -> Page[DeploymentResponse]:
    """One page of the deployments that meet the criteria."""


@endpoint("POST", "/deployments/get_scheduled_flow_runs", action="flow_runs:read", idempotent=True)
def get_scheduled_flow_runs_for_deployments(body: DeploymentRunsQuery) -> list[FlowRunResponse]:
    """The scheduled runs of deployments, for runners that poll. Claims nothing."""


@endpoint("POST", "/deployments/count", action="deployments:read", idempotent=True)
def count_deployments(body: DeploymentCriteria = DeploymentCriteria()) -> int:
    """How many deployments meet the criteria."""


@endpoint("POST", "/deployments/bulk_delete", action="deployments:delete")
def bulk_delete_deployments(body: DeploymentBulkDelete = DeploymentBulkDelete()) -> BulkDeleted:
    """Delete the deployments that meet the criteria."""


@endpoint(
    "POST", "/deployments/{id}/schedule", action="deployments:update", errors=(NotFound,), idempotent=True
)
def schedule_deployment(id: UUID, body: ScheduleDeployment = ScheduleDeployment()) -> None:
    """Schedule the runs of a deployment's schedules now, without waiting for the scheduler."""


@endpoint(
    "POST",
    "/deployments/{id}/resume_deployment",
    action="deployments:pause",
    errors=(NotFound,),
    idempotent=True,
)
def resume_deployment(id: UUID) -> None:
    """Let a deployment's schedules make runs again."""


@endpoint(
    "POST",
    "/deployments/{id}/pause_deployment",
    action="deployments:pause",
    errors=(NotFound,),
    idempotent=True,
)
def pause_deployment(id: UUID) -> None:
    """Let a deployment's schedules make no runs, and drop those that wait."""


@endpoint(
    "POST",
    "/deployments/{id}/create_flow_run",
    action="deployments:run",
    status=201,
    existing_status=200,
    errors=(NotFound, JobVariablesInvalid, JobVariablesForbidden, ParameterInvalid),
    audited="by-others",
)
def create_flow_run_from_deployment(id: UUID, body: DeploymentFlowRunCreate) -> FlowRunResponse:
    """Make a run of a deployment."""


@endpoint(
    "POST",
    "/deployments/{id}/create_flow_run/bulk",
    action="deployments:run",
    errors=(NotFound,),
    audited="by-others",
)
def bulk_create_flow_runs_from_deployment(
    id: UUID, body: list[DeploymentFlowRunCreate]
) -> FlowRunBulkCreateResponse:
    """Make several runs of a deployment; each is made, or refused, on its own."""


@endpoint("GET", "/deployments/{id}/work_queue_check", action="deployments:read", errors=(NotFound,))
def work_queue_check_for_deployment(id: UUID) -> list[WorkQueueResponse]:
    """The work queues that would hand out a deployment's runs."""
