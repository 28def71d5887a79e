"""Windows on the log of a flow run: any stretch of a million lines by its place, and where words are."""

from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from penstock.contract.endpoint import endpoint
from penstock.contract.forms import Document, Form
from penstock.domain.errors import NotFound
from penstock.domain.moments import Moment

MAX_LINES = 1000
MAX_HITS = 10_000

SearchText = Annotated[str, Meta(max_length=500)]


class LogLineFilter(Document):
    """Which lines of the log: all that is given must hold."""

    min_level: int | None = None
    loggers: Annotated[list[str], Meta(max_length=1000)] | None = None
    task_run_ids: Annotated[list[UUID], Meta(max_length=10_000)] | None = None
    outside_tasks: bool = False
    """Only what the flow itself wrote."""
    text: SearchText | None = None
    """Words as in `LogFilter.text`."""


class LogWindowQuery(Form):
    """Which stretch of the log. Of `position`, `line` and `tail` at most one is given."""

    filter: LogLineFilter | None = None
    position: Annotated[int, Meta(ge=0)] | None = None
    """The first line's place among those that the filter finds, from 0."""
    line: UUID | None = None
    """A line by its id; the window begins so that it is in the middle."""
    tail: bool = False
    """The last lines."""
    limit: Annotated[int, Meta(ge=1, le=MAX_LINES)] = 200

    def __post_init__(self) -> None:
        if (self.position is not None) + (self.line is not None) + self.tail > 1:
            raise ValueError("give one of position, line and tail")


class LogLine(Struct, kw_only=True):
    """One line. `level` is that of Python's `logging`."""

    id: UUID
    timestamp: Moment
    level: int
    name: str
    """The logger's name."""
    message: str
    task_run_id: UUID | None = None


class LogWindow(Struct, kw_only=True):
    """A stretch of the log, oldest line first."""

    lines: list[LogLine]
    position: int
    """The first line's place among those that the filter finds, from 0."""
    total: int
    """How many lines the filter finds."""
    task_names: dict[str, str] = {}
    """Names of the task runs that wrote these lines, by their ids."""


class LogHitQuery(Form, kw_only=True):
    """Where lines with these words are."""

    text: SearchText
    filter: LogLineFilter | None = None
    """Places are counted among the lines that this finds."""
    limit: Annotated[int, Meta(ge=1, le=MAX_HITS)] = 1000


class LogHits(Struct, kw_only=True):
    """Places of lines, lowest first."""

    positions: list[int]
    complete: bool
    """False where there are more."""


class LogFacets(Struct, kw_only=True):
    """What there is to filter by."""

    total: int
    levels: dict[int, int]
    """How many lines of each level."""
    loggers: dict[str, int]
    """How many lines of each logger; the hundred with the most."""


@endpoint(
    "POST",
    "/flow_runs/{id}/log_window",
    action="logs:read",
    errors=(NotFound,),
    idempotent=True,
    ours=True,
)
def read_log_window(id: UUID, body: LogWindowQuery = LogWindowQuery()) -> LogWindow:
    """A stretch of a flow run's log."""


@endpoint(
    "POST", "/flow_runs/{id}/log_hits", action="logs:read", errors=(NotFound,), idempotent=True, ours=True
)
def find_log_lines(id: UUID, body: LogHitQuery) -> LogHits:
    """Where in a flow run's log these words are."""


@endpoint("GET", "/flow_runs/{id}/log_facets", action="logs:read", errors=(NotFound,), ours=True)
def read_log_facets(id: UUID) -> LogFacets:
    """How many lines of which level and logger a flow run's log has."""
