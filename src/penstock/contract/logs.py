"""Log lines of runs."""

from uuid import UUID

from msgspec import Struct

from penstock.contract.endpoint import endpoint
from penstock.contract.fields import MAX_PAGE, Limit, Offset
from penstock.contract.filters import LogFilter, LogSort
from penstock.contract.forms import Document, Form
from penstock.domain.errors import TooLarge
from penstock.domain.moments import Moment


class Log(Struct, kw_only=True):
    """One log line. `level` is that of Python's `logging`."""

    id: UUID
    created: Moment
    updated: Moment
    name: str
    """The logger's name."""
    level: int
    message: str
    timestamp: Moment
    flow_run_id: UUID | None = None
    task_run_id: UUID | None = None


class LogCreate(Document, kw_only=True):
    """A log line to keep."""

    id: UUID | None = None
    """Tells lines apart, so that a batch may be sent twice; the server gives one where it is left out."""
    name: str
    level: int
    message: str
    timestamp: Moment
    flow_run_id: UUID | None = None
    task_run_id: UUID | None = None
    worker_id: UUID | None = None
    """The reference's workers send it; it is not kept."""


class LogQuery(Form):
    """Which log lines, in which order, how many."""

    logs: LogFilter | None = None
    sort: LogSort = LogSort.TIMESTAMP_ASC
    offset: Offset = 0
    limit: Limit = MAX_PAGE


@endpoint(
    "POST", "/logs/", action="logs:create", status=201, errors=(TooLarge,), idempotent=True, audited="never"
)
def create_logs(body: list[LogCreate]) -> None:
    """Keep log lines."""


@endpoint("POST", "/logs/filter", action="logs:read", idempotent=True)
def read_logs(body: LogQuery = LogQuery()) -> list[Log]:
    """The log lines that meet the criteria."""
