"""What automations did: how each of them fares lately, and its firings one by one."""

from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import Meta, Struct

from penstock.contract.automations import Automation
from penstock.contract.endpoint import endpoint
from penstock.contract.fields import MAX_PAGE, JsonObject
from penstock.contract.forms import Form
from penstock.domain.errors import NotFound
from penstock.domain.events import Event, Labels
from penstock.domain.moments import Moment

FiringState = Literal["Triggered", "Resolved"]
ActionStatus = Literal["pending", "running", "done", "failed"]


class AutomationRow(Struct, kw_only=True):
    """An automation in a list, with what became of it lately."""

    automation: Automation
    last_fired: Moment | None
    firings_24h: int
    failed_24h: int
    """Actions that failed in the last 24 hours."""
    last_error: str | None
    """The reason of the last failed action, where no action has been done since."""
    last_error_at: Moment | None
    stopped: str | None
    """Why the server stopped it."""


class FiringAction(Struct, kw_only=True):
    """One action of one firing: what was to be done, and what came of it."""

    id: UUID
    position: int
    type: str
    """`run-deployment`, …"""
    action: JsonObject
    """As it stood in the automation, with its templates."""
    status: ActionStatus
    attempts: int
    due: Moment
    """When it is tried, or tried again, where it has not ended."""
    ended: Moment | None
    rendered: JsonObject | None
    """The action with its templates filled in; null before it was tried."""
    outcome: JsonObject | None
    """What came of it: `{"flow_run_id": …, "status_code": 201}`."""
    reason: str | None
    """Why it failed, or is tried again."""
    flow_run_id: UUID | None
    """The run that it created or changed."""


class Firing(Struct, kw_only=True):
    """One time that an automation fired."""

    id: UUID
    automation_id: UUID
    trigger_id: UUID
    state: FiringState
    fired: Moment
    labels: Labels
    """What it was counted by: `for_each` and the values."""
    event: Event | None
    """The event that made it fire; null for a silence, or where it is not kept any more."""
    event_id: UUID | None
    events: list[Any]
    """What was counted, as the trigger kept it."""
    depth: int
    """How many firings led to this one, each by its actions."""
    actions: list[FiringAction]


class FiringQuery(Form):
    """Which firings of one automation."""

    limit: Annotated[int, Meta(ge=1, le=MAX_PAGE)] = 50
    before: UUID | None = None
    """Only what is older than this firing: the last one of the page before."""


@endpoint("GET", "/automations/overview", action="automations:read", ours=True)
def read_automation_rows() -> list[AutomationRow]:
    """All automations by their names, with what became of them lately."""


@endpoint(
    "POST",
    "/automations/{id}/firings",
    action="automations:read",
    errors=(NotFound,),
    idempotent=True,
    ours=True,
)
def read_firings(id: UUID, body: FiringQuery = FiringQuery()) -> list[Firing]:
    """The firings of an automation with their actions, newest first."""
