"""What pages of the reference ask for, under `/ui`. Our own pages use the endpoints of their nouns."""

from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from penstock.contract.endpoint import endpoint
from penstock.contract.fields import MAX_PAGE, JsonObject, Offset
from penstock.contract.filters import (
    DeploymentFilter,
    FlowFilter,
    FlowRunFilter,
    FlowRunSort,
    TaskRunFilter,
    WorkPoolFilter,
    WorkQueueFilter,
)
from penstock.contract.forms import Form
from penstock.contract.states import StateType
from penstock.contract.task_runs import TaskRun, TaskRunCriteria
from penstock.domain.errors import InvalidInput, NotFound
from penstock.domain.moments import Moment

MAX_POINTS = 1000
BUCKETS = 20
"""Into so many equal slices the dashboard cuts its time."""

Ids = Annotated[list[UUID], Meta(max_length=MAX_PAGE)]


class FlowIds(Form):
    """Some flows."""

    flow_ids: Ids


class FlowRunIds(Form):
    """Some flow runs."""

    flow_run_ids: Ids


class SimpleNextFlowRun(Struct, kw_only=True):
    """The run of a flow that comes next."""

    id: UUID
    flow_id: UUID
    name: str
    state_name: str
    state_type: StateType
    next_scheduled_start_time: Moment


class FlowRunPointsQuery(Form):
    """Which flow runs to draw, in which order, how many."""

    sort: FlowRunSort = FlowRunSort.EXPECTED_START_TIME_DESC
    limit: Annotated[int, Meta(ge=0, le=MAX_POINTS)] = MAX_POINTS
    offset: Offset = 0
    flows: FlowFilter | None = None
    flow_runs: FlowRunFilter | None = None
    task_runs: TaskRunFilter | None = None
    deployments: DeploymentFilter | None = None
    work_pools: WorkPoolFilter | None = None


class SimpleFlowRun(Struct, kw_only=True):
    """A flow run as a point of a picture. Durations are in seconds."""

    id: UUID
    state_type: StateType
    timestamp: Moment
    """When it started, or is expected to."""
    duration: float
    lateness: float


class ValuesToCheck(Form):
    """Values, and the JSON Schema that they should fit."""

    schema: JsonObject
    values: JsonObject


class SchemaValueError(Struct, kw_only=True):
    """What is wrong with or within a property of an object or an item of a list: it has one of the two."""

    property: str | UnsetType = UNSET
    index: int | UnsetType = UNSET
    errors: "list[str | SchemaValueError]"


class SchemaValuesValidationResponse(Struct, kw_only=True):
    """What is wrong with some values; a text is about the value in which it stands as a whole."""

    errors: list[str | SchemaValueError]
    valid: bool


class DashboardQuery(Form, kw_only=True):
    """Which task runs to count; `task_runs.start_time.after_` must be there."""

    task_runs: TaskRunFilter
    flows: FlowFilter | None = None
    flow_runs: FlowRunFilter | None = None
    deployments: DeploymentFilter | None = None
    work_pools: WorkPoolFilter | None = None
    work_queues: WorkQueueFilter | None = None


class CountByState(Struct, kw_only=True):
    """How many runs are in a state of each type."""

    COMPLETED: int = 0
    PENDING: int = 0
    RUNNING: int = 0
    FAILED: int = 0
    CANCELLED: int = 0
    CRASHED: int = 0
    PAUSED: int = 0
    CANCELLING: int = 0
    SCHEDULED: int = 0


class UITaskRun(TaskRun, kw_only=True):
    """A task run with the name of its flow run."""

    flow_run_name: str | None = None


@endpoint("POST", "/ui/flows/count-deployments", action="deployments:read", idempotent=True)
def count_deployments_by_flow(body: FlowIds) -> dict[UUID, int]:
    """How many deployments each of some flows has."""


@endpoint("POST", "/ui/flows/next-runs", action="flow_runs:read", idempotent=True)
def next_runs_by_flow(body: FlowIds) -> dict[UUID, SimpleNextFlowRun | None]:
    """The run of each of some flows that comes next, if one is scheduled."""


@endpoint("POST", "/ui/flow_runs/history", action="flow_runs:read", idempotent=True)
def read_flow_run_points(body: FlowRunPointsQuery = FlowRunPointsQuery()) -> list[SimpleFlowRun]:
    """The flow runs that meet the criteria, as points of a picture."""


@endpoint("POST", "/ui/flow_runs/count-task-runs", action="task_runs:read", idempotent=True)
def count_task_runs_by_flow_run(body: FlowRunIds) -> dict[UUID, int]:
    """How many task runs each of some flow runs has, without those that stand for child flow runs."""


@endpoint("POST", "/ui/schemas/validate", action="variables:read", idempotent=True, errors=(InvalidInput,))
def check_values(body: ValuesToCheck) -> SchemaValuesValidationResponse:
    """What is wrong with values that should fit a JSON Schema.

    A value may stand for another, as `{"__prefect_kind": "json", "value": "[1]"}` does; one that is a
    template (`jinja`) is only known when it is filled in, and fits anything until then.
    """


@endpoint(
    "POST",
    "/ui/task_runs/dashboard/counts",
    action="task_runs:read",
    idempotent=True,
    errors=(InvalidInput,),
)
def read_dashboard_task_run_counts(body: DashboardQuery) -> list[dict[str, int]]:
    """How many task runs `completed` and `failed`, by twenty equal slices of whole minutes."""


@endpoint("POST", "/ui/task_runs/count", action="task_runs:read", idempotent=True)
def count_task_runs_by_state(body: TaskRunCriteria = TaskRunCriteria()) -> CountByState:
    """How many of the task runs that meet the criteria are in a state of each type."""


@endpoint("GET", "/ui/task_runs/{id}", action="task_runs:read", errors=(NotFound,))
def read_ui_task_run(id: UUID) -> UITaskRun:
    """One task run with the name of its flow run."""
