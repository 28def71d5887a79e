"""The audit log: what was changed, and by whom. The changes themselves add its rows."""

from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import Meta, Struct

from penstock.contract.endpoint import endpoint
from penstock.contract.fields import MAX_PAGE, Limit
from penstock.contract.forms import Form
from penstock.contract.permissions import Role
from penstock.domain.errors import InvalidInput
from penstock.domain.moments import Moment

Wanted = Annotated[str, Meta(max_length=1_000)]


class AuditRow(Struct, kw_only=True):
    """One row of the log."""

    sequence: int
    """Counts the rows, without gaps."""
    occurred: Moment
    principal: str
    role: Role
    api_key_id: UUID | None = None
    """The API key that was shown; it may be gone by now."""
    address: str
    """Where it came from; empty for what no request brought about."""
    origin: str
    """Which entrance was used, as the caller says it."""
    action: str
    operation: str
    """Name of the endpoint, or of what an automation did."""
    outcome: Literal["done", "refused"]
    subject: dict[str, Any] = {}
    """What it was done to: ids and names, as the path has them."""
    said: Any = None
    """What was asked for, with masks in the place of secrets, and cut where it is long."""
    hash: str
    """SHA-256 over this row and the hash of the one before."""


class AuditQuery(Form):
    """Which rows: all that is given must hold."""

    principal: Wanted | None = None
    action: Wanted | None = None
    """Such as `variables:update`; `variables:` stands for all that begin so."""
    subject: Wanted | None = None
    """An id or a name that the row is about."""
    outcome: Literal["done", "refused"] | None = None
    since: Moment | None = None
    until: Moment | None = None
    """Before this moment."""
    newest_first: bool = True
    limit: Limit = MAX_PAGE
    cursor: str | None = None
    """Where the last page ended."""


class AuditPage(Struct, kw_only=True):
    """Some rows of the log."""

    rows: list[AuditRow]
    cursor: str | None = None
    """What the next page begins with; None at the end."""


class AuditVerdict(Struct, kw_only=True):
    """Whether the log is as it was written."""

    is_whole: bool
    rows: int
    """How many were looked at, each with all before it."""
    first: int | None = None
    """The first row that is kept; those before were taken away for their age."""
    last: int | None = None
    broken_at: int | None = None
    """The first row that is not as it was written, or is not there."""
    reason: str | None = None


@endpoint("POST", "/audit/filter", action="audit:read", errors=(InvalidInput,), idempotent=True, ours=True)
def read_audit_log(body: AuditQuery = AuditQuery()) -> AuditPage:
    """The rows of the audit log that meet the criteria."""


@endpoint("GET", "/audit/verify", action="audit:read", ours=True)
def verify_audit_log() -> AuditVerdict:
    """Follow the log from its first row to its last, and say where it is broken."""
