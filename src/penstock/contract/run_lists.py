"""Lists of flow runs for people: rows with the names around a run, paged by key, counted up to a bound."""

from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta, Struct

from penstock.contract.endpoint import endpoint
from penstock.contract.fields import MAX_PAGE
from penstock.contract.filters import FlowRunFilter, FlowRunSort
from penstock.contract.flow_runs import Creator, FlowRunCriteria
from penstock.contract.forms import Document
from penstock.contract.states import StateType
from penstock.domain.errors import InvalidInput
from penstock.domain.moments import Moment

MAX_COUNTED = 10_000
"""Runs are counted up to here: beyond, nobody reads the number, and a million rows would be read for it."""


class ValueAt(Document, kw_only=True):
    """A value at a path of a run's parameters or job variables: `{"path": ["env", "REGION"], "is_": "eu"}`."""

    path: Annotated[list[str], Meta(min_length=1, max_length=10)]
    is_: Any = None
    """Text, which also finds a number or a truth value that is written so, a number, or a truth value.

    With null, runs that have anything at the path."""
    exists: bool = True
    """With false: runs that have nothing at the path; `is_` is not looked at then."""


class FlowRunListQuery(FlowRunCriteria):
    """Which flow runs, in which order, from where on."""

    search: Annotated[str, Meta(max_length=200)] | None = None
    """In the run's name, or the beginning of its id."""
    without: FlowRunFilter | None = None
    """Runs that this filter finds are left out."""
    parameters: list[ValueAt] = []
    job_variables: list[ValueAt] = []
    """Of the run's own layer."""
    origins: list[str] | None = None
    """Who or what made the run: kinds of creators (`SCHEDULE`) or entrances (`cli`, `sdk`, `ui`, `rest`)."""
    sort: FlowRunSort = FlowRunSort.EXPECTED_START_TIME_DESC
    cursor: str | None = None
    """From `FlowRunList.next`, with everything else unchanged."""
    limit: Annotated[int, Meta(ge=1, le=MAX_PAGE)] = 50
    count: bool = True
    """Whether to count; a further page need not."""


class FlowRunRow(Struct, kw_only=True):
    """A flow run in a list. Times are in UTC, durations in seconds."""

    id: UUID
    name: str
    state_type: StateType | None
    state_name: str | None
    state_message: str | None = None
    """The first 300 characters."""
    flow_id: UUID
    flow_name: str
    deployment_id: UUID | None = None
    deployment_name: str | None = None
    work_pool_name: str | None = None
    work_queue_name: str | None = None
    parent_task_run_id: UUID | None = None
    run_count: int = 0
    expected_start_time: Moment | None = None
    start_time: Moment | None = None
    end_time: Moment | None = None
    estimated_run_time: float = 0.0
    estimated_start_time_delta: float = 0.0
    tags: list[str] = []
    auto_scheduled: bool = False
    created_by: Creator | None = None
    overrides: list[str] = []
    """The job variables that the run itself sets; of what is merged by keys the name alone."""


class FlowRunList(Struct, kw_only=True):
    """One stretch of a list."""

    rows: list[FlowRunRow]
    next: str | None
    """Where the next stretch begins; null at the end."""
    count: int | None
    """How many runs there are, at most `MAX_COUNTED` + 1, which means "more"; null where not asked."""


@endpoint(
    "POST", "/flow_runs/list", action="flow_runs:read", idempotent=True, errors=(InvalidInput,), ours=True
)
def list_flow_runs(body: FlowRunListQuery = FlowRunListQuery()) -> FlowRunList:
    """A stretch of the flow runs that meet the criteria, with the names of what they belong to."""
