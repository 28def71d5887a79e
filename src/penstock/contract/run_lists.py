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

MAX_SLICES = 200
MAX_SCANNED = 100_000
"""So many runs, the newest ones, are looked at for what no index knows."""
MAX_COUNTED = 10_000
"""Runs are counted up to here: beyond, nobody reads the number, and a million rows would be read for it."""


class ValueAt(Document, kw_only=True):
    """A value at a path of parameters or job variables: `{"path": ["env", "REGION"], "is_": "eu"}`."""

    path: Annotated[list[str], Meta(min_length=1, max_length=10)]
    is_: Any = None
    """A number, a truth value, or text, which also finds numbers and truth values that are written so.

    Null stands for anything: runs that have something at the path."""
    exists: bool = True
    """With false: runs that have nothing at the path; `is_` is not looked at then."""


ValuesAt = Annotated[list[ValueAt], Meta(max_length=20)]


class FlowRunSelection(FlowRunCriteria):
    """Which flow runs: all that is given must hold.

    State types, deployments, flows, pools, queues, ids, parents and times are found by indexes, among all
    runs; so is a `search` for what few runs have in their names. Everything else has to be looked for in each
    run, so that only the newest `MAX_SCANNED` runs (of the deployment or the flow, where one is given, and
    expected between the times that are given) are looked at. The answer says since when.
    """

    search: Annotated[str, Meta(max_length=200)] | None = None
    """In the run's name, or the beginning of its id."""
    without: FlowRunFilter | None = None
    """Runs that this filter finds are left out."""
    parameters: ValuesAt = []
    job_variables: ValuesAt = []
    """Of the run's own layer."""
    origins: Annotated[list[str], Meta(max_length=100)] | None = None
    """Who or what made the run: kinds of creators (`SCHEDULE`) or entrances (`cli`, `sdk`, `ui`, `rest`)."""


class FlowRunListQuery(FlowRunSelection):
    """Which flow runs, in which order, from where on.

    An order by another time than the expected start, together with any filter, and an order by names, are
    orders of the newest `MAX_SCANNED` runs too.
    """

    sort: FlowRunSort = FlowRunSort.EXPECTED_START_TIME_DESC
    cursor: str | None = None
    """From `FlowRunList.next`, with everything else unchanged."""
    limit: Annotated[int, Meta(ge=1, le=MAX_PAGE)] = 50
    count: bool = True
    """Whether to count; a further page need not."""


class FlowRunHistogramQuery(FlowRunSelection, kw_only=True):
    """Which flow runs to count, by slices of their expected start times."""

    start: Moment
    end: Moment
    slices: Annotated[int, Meta(ge=1, le=MAX_SLICES)] = 60


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
    since: Moment | None = None
    """Runs that were expected before this were not looked at; null where all were."""


class StateTypeCounts(Struct, kw_only=True):
    """How many runs of each slice are in states of one type."""

    state_type: StateType
    counts: list[int]
    """One number a slice, the oldest first."""


class FlowRunHistogram(Struct, kw_only=True):
    """How many runs were expected when, and what became of them."""

    start: Moment
    slice_seconds: float
    series: list[StateTypeCounts]
    """Of the types that were found, in the order of `StateType`."""
    since: Moment | None = None
    """Runs that were expected before this were not looked at; null where all were."""


@endpoint(
    "POST", "/flow_runs/list", action="flow_runs:read", idempotent=True, errors=(InvalidInput,), ours=True
)
def list_flow_runs(body: FlowRunListQuery = FlowRunListQuery()) -> FlowRunList:
    """A stretch of the flow runs that meet the criteria, with the names of what they belong to."""


@endpoint(
    "POST",
    "/flow_runs/histogram",
    action="flow_runs:read",
    idempotent=True,
    errors=(InvalidInput,),
    ours=True,
)
def read_flow_run_histogram(body: FlowRunHistogramQuery) -> FlowRunHistogram:
    """How many flow runs are in states of which type, by equal slices of time.

    The picture beside a list: it takes the same criteria. `/flow_runs/history` also adds up durations, which
    costs a look at each run.
    """
