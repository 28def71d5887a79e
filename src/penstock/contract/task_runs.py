"""Task runs: one call of a task, within a flow run or on its own."""

from typing import Any
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType, field

from penstock.contract.endpoint import endpoint
from penstock.contract.fields import MAX_PAGE, Labels, Limit, Offset, PageNumber
from penstock.contract.filters import DeploymentFilter, FlowFilter, FlowRunFilter, TaskRunFilter, TaskRunSort
from penstock.contract.flow_runs import HistoryQuery, HistoryResponse, SetRunState
from penstock.contract.forms import Document, Form, Page
from penstock.contract.states import OrchestrationResult, State, StateCreate, StateDetails, StateType
from penstock.domain.errors import Fenced, NotFound
from penstock.domain.moments import Moment


class TaskRunResult(Struct, tag="task_run", tag_field="input_type"):
    """An argument that is the result of another task run."""

    id: UUID


class FlowRunResult(Struct, tag="flow_run", tag_field="input_type"):
    """An argument that is the result of a child flow run."""

    id: UUID


class ParameterInput(Struct, tag="parameter", tag_field="input_type"):
    """An argument that is a parameter of the flow."""

    name: str


class ConstantInput(Struct, tag="constant", tag_field="input_type"):
    """An argument that was written in the code; only its type is known."""

    type: str


TaskInputs = dict[str, list[TaskRunResult | FlowRunResult | ParameterInput | ConstantInput]]
"""Where each argument of a call came from, by parameter name."""


class TaskRunPolicy(Struct, kw_only=True):
    """How a task run is retried; delays are in seconds, one for all attempts or one for each."""

    max_retries: int = 0
    retry_delay_seconds: float = 0.0
    retries: int | None = None
    retry_delay: int | float | list[float] | None = None
    retry_jitter_factor: float | None = None


class TaskRun(Struct, kw_only=True):
    """A task run. Times are in UTC, durations in seconds."""

    id: UUID
    created: Moment
    updated: Moment
    name: str
    flow_run_id: UUID | None = None
    task_key: str
    """Identifies the task's code."""
    dynamic_key: str
    """Tells calls of one task apart within a flow run."""
    cache_key: str | None = None
    cache_expiration: Moment | None = None
    task_version: str | None = None
    empirical_policy: TaskRunPolicy
    tags: list[str] = []
    labels: Labels = {}
    state_id: UUID | None = None
    task_inputs: TaskInputs = {}
    state_type: StateType | None = None
    state_name: str | None = None
    run_count: int = 0
    flow_run_run_count: int = 0
    """The attempt of the flow run in which it ran."""
    expected_start_time: Moment | None = None
    next_scheduled_start_time: Moment | None = None
    start_time: Moment | None = None
    end_time: Moment | None = None
    total_run_time: float = 0.0
    estimated_run_time: float = 0.0
    estimated_start_time_delta: float = 0.0
    state: State | None = None


class TaskRunCreate(Document, kw_only=True):
    """A task run to make."""

    id: UUID | None = None
    state: StateCreate | None = None
    """Pending when left out."""
    name: str | None = None
    flow_run_id: UUID | None = None
    task_key: str
    dynamic_key: str
    cache_key: str | None = None
    cache_expiration: Moment | None = None
    task_version: str | None = None
    empirical_policy: TaskRunPolicy = field(default_factory=TaskRunPolicy)
    tags: list[str] = []
    labels: Labels | None = None
    task_inputs: TaskInputs = {}


class TaskRunUpdate(Document):
    """What to change about a task run; what is left out stays."""

    name: str | UnsetType = UNSET


class TaskRunCriteria(Form):
    """Which task runs: all filters that are given must hold."""

    flows: FlowFilter | None = None
    flow_runs: FlowRunFilter | None = None
    task_runs: TaskRunFilter | None = None
    deployments: DeploymentFilter | None = None


class TaskRunQuery(TaskRunCriteria):
    """Which task runs, in which order, how many."""

    sort: TaskRunSort = TaskRunSort.ID_DESC
    offset: Offset = 0
    limit: Limit = MAX_PAGE


class TaskRunPageQuery(TaskRunCriteria):
    """Which task runs, in which order, which page of them."""

    sort: TaskRunSort = TaskRunSort.ID_DESC
    page: PageNumber = 1
    limit: Limit = MAX_PAGE


class RecordedState(Document):
    """A state that a task run entered in its own process, as it was there."""

    id: UUID
    type: StateType
    timestamp: Moment
    name: str | None = None
    """The plain name of its type when left out."""
    message: str | None = None
    data: Any = None
    state_details: StateDetails | None = None


class TaskRunRecord(Document, kw_only=True):
    """A task run as its own process saw it, with the states that were not recorded yet, oldest first.

    The first record of a run carries all that is known of it; later ones may leave out what has not changed.
    """

    id: UUID
    flow_run_id: UUID | None = None
    name: str
    task_key: str
    dynamic_key: str
    cache_key: str | None = None
    cache_expiration: Moment | None = None
    task_version: str | None = None
    empirical_policy: TaskRunPolicy | None = None
    tags: list[str] = []
    labels: Labels = {}
    task_inputs: TaskInputs = {}
    flow_run_run_count: int = 0
    states: list[RecordedState] = []


class RecordTaskRuns(Form):
    """A batch of records. It may be sent twice: runs and states are told apart by their ids."""

    recorder: UUID
    """The process that records, so that its batches can be put in order."""
    sequence: int
    """Counts the recorder's batches from 1."""
    records: list[TaskRunRecord]


class TaskRunsRecorded(Struct, kw_only=True):
    """A receipt: all of the batch is in the database."""

    recorder: UUID
    sequence: int
    runs: int
    """Task runs that were new."""
    states: int
    """States that were new."""


@endpoint(
    "POST",
    "/task_runs/",
    action="task_runs:create",
    status=201,
    existing_status=200,
    errors=(NotFound,),
    audited="by-people",
)
def create_task_run(body: TaskRunCreate) -> TaskRun:
    """Make a task run; one with the same flow run, task key and dynamic key is answered as it is."""


@endpoint(
    "PATCH",
    "/task_runs/{id}",
    action="task_runs:update",
    status=204,
    errors=(NotFound, Fenced),
    audited="by-others",
)
def update_task_run(id: UUID, body: TaskRunUpdate) -> None:
    """Change a task run's name."""


@endpoint("GET", "/task_runs/{id}", action="task_runs:read", errors=(NotFound,))
def read_task_run(id: UUID) -> TaskRun:
    """One task run."""


@endpoint("DELETE", "/task_runs/{id}", action="task_runs:delete", status=204, errors=(NotFound,))
def delete_task_run(id: UUID) -> None:
    """Delete a task run with its states and logs."""


@endpoint("POST", "/task_runs/count", action="task_runs:read", idempotent=True)
def count_task_runs(body: TaskRunCriteria = TaskRunCriteria()) -> int:
    """How many task runs meet the criteria."""


@endpoint("POST", "/task_runs/history", action="task_runs:read", idempotent=True)
def task_run_history(body: HistoryQuery) -> list[HistoryResponse]:
    """How many task runs were in which state, by slices of their expected start times."""


@endpoint("POST", "/task_runs/filter", action="task_runs:read", idempotent=True)
def read_task_runs(body: TaskRunQuery = TaskRunQuery()) -> list[TaskRun]:
    """The task runs that meet the criteria."""


@endpoint("POST", "/task_runs/paginate", action="task_runs:read", idempotent=True)
def paginate_task_runs(body: TaskRunPageQuery = TaskRunPageQuery()) -> Page[TaskRun]:
    """One page of the task runs that meet the criteria."""


@endpoint(
    "POST",
    "/task_runs/{id}/set_state",
    action="task_runs:set_state",
    status=201,
    existing_status=200,
    errors=(NotFound, Fenced),
    audited="by-people",
)
def set_task_run_state(id: UUID, body: SetRunState) -> OrchestrationResult:
    """Propose a state to a task run; 201 where it entered one by it, else 200."""


@endpoint(
    "POST",
    "/task_runs/record",
    action="task_runs:create",
    errors=(NotFound, Fenced),
    idempotent=True,
    ours=True,
    audited="never",
)
def record_task_runs(body: RecordTaskRuns) -> TaskRunsRecorded:
    """Record what task runs went through in their own process, many at a time and in order."""
