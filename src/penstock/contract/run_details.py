"""One flow run or task run with everything around it, for the page of a run: one answer instead of ten."""

from uuid import UUID

from msgspec import Struct

from penstock.contract.endpoint import endpoint
from penstock.contract.fields import JsonObject
from penstock.contract.flow_runs import FlowRunResponse
from penstock.contract.run_lists import FlowRunRow
from penstock.contract.states import State, StateType
from penstock.contract.subjects import Subject
from penstock.contract.task_runs import TaskRun
from penstock.domain.errors import NotFound
from penstock.domain.moments import Moment
from penstock.domain.waiting import Why, WhyCode

__all__ = [
    "MAX_CHILDREN",
    "FlowRunDetail",
    "Holding",
    "StateCount",
    "StateEntry",
    "TaskRunDetail",
    "Why",
    "WhyCode",
    "read_flow_run_detail",
    "read_task_run_detail",
]

MAX_CHILDREN = 200


class Holding(Struct, kw_only=True):
    """A lease that the run holds."""

    kind: str
    """`claim`, `run` or `slot`; see `domain/leases.py`."""
    holder: str
    acquired: Moment
    expires: Moment
    counts_towards: list[Subject] = []
    """The limits under which it occupies a place."""


class StateEntry(Struct, kw_only=True):
    """One state of a run's history, and who brought it about."""

    state: State
    actor: str | None = None


class StateCount(Struct, kw_only=True):
    """How many task runs are in one state."""

    state_type: StateType
    state_name: str
    count: int


class FlowRunDetail(Struct, kw_only=True):
    """A flow run with everything that its page shows around logs, tasks and configuration."""

    run: FlowRunResponse
    flow: Subject
    deployment: Subject | None = None
    parent: Subject | None = None
    """The flow run whose task called it as a subflow."""
    why: Why | None = None
    """Null for a run that runs or has ended."""
    holdings: list[Holding] = []
    history: list[StateEntry]
    """Oldest first."""
    task_counts: list[StateCount] = []
    children: list[FlowRunRow] = []
    """Subflow runs, oldest first, at most 200."""
    child_count: int = 0
    log_count: int = 0
    has_frozen_job: bool = False
    parameter_openapi_schema: JsonObject | None = None
    """Of its deployment: says what its parameters mean."""
    origin: str | None = None
    """By which entrance its own job variables came: `cli`, `ui`, …"""
    token_scopes: list[str] | None = None
    """What the token of its last claim may write beside its own tree: `variables`, `blocks`; null where it
    has none."""
    deployment_latest_success: UUID | None = None
    """The deployment's last run that completed, other than this one: what to compare with."""


class TaskRunDetail(Struct, kw_only=True):
    """A task run with everything that its page shows."""

    run: TaskRun
    flow_run: Subject | None = None
    child: Subject | None = None
    """The flow run that it stands for, where it called a subflow."""
    history: list[StateEntry]
    inputs: dict[str, list[Subject]] = {}
    """The task runs whose results it took, by parameter."""
    log_count: int = 0


@endpoint("GET", "/flow_runs/{id}/detail", action="flow_runs:read", errors=(NotFound,), ours=True)
def read_flow_run_detail(id: UUID) -> FlowRunDetail:
    """A flow run, why it is not running, who holds it, and what belongs to it."""


@endpoint("GET", "/task_runs/{id}/detail", action="task_runs:read", errors=(NotFound,), ours=True)
def read_task_run_detail(id: UUID) -> TaskRunDetail:
    """A task run with its history and where its inputs came from."""
