"""Automations: when this happens, do that."""

from typing import Annotated, Any
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from penstock.contract.endpoint import endpoint
from penstock.contract.fields import MAX_PAGE, Limit, Offset
from penstock.contract.filters import AutomationFilter, NamedSort
from penstock.contract.forms import Document, Form, Written
from penstock.domain.automation_reading import as_sent
from penstock.domain.automations import Action, Trigger
from penstock.domain.errors import Conflict, NotFound
from penstock.domain.moments import Moment
from penstock.domain.problems import JobVariablesInvalid


class Automation(Struct, kw_only=True):
    """When this happens, do that."""

    id: UUID
    created: Moment
    updated: Moment
    name: str
    description: str = ""
    enabled: bool = True
    tags: list[str] = []
    trigger: Trigger
    actions: list[Action]
    actions_on_trigger: list[Action] = []
    """Done when it fires, before `actions`."""
    actions_on_resolve: list[Action] = []
    """Done when what it fired about is over."""
    owner_resource: str | UnsetType = UNSET
    """What it belongs to and goes away with: `prefect.deployment.<id>`."""
    stopped: str | UnsetType = UNSET
    """Why the server stopped it, where it did. Enabling it again takes that away."""


class AutomationWritten(Written, kw_only=True):
    """An automation as it is to be. All of it: what is left out gets its default."""

    name: str
    description: str = ""
    enabled: bool = True
    tags: list[str] = []
    trigger: Trigger
    actions: list[Action]
    actions_on_trigger: list[Action] = []
    actions_on_resolve: list[Action] = []

    @staticmethod
    def as_read(written: Any) -> Any:
        """Durations as text, and triggers that don't say their type, are understood."""
        return as_sent(written)


class AutomationUpdate(AutomationWritten, kw_only=True):
    """What an automation is to become."""

    seen: Moment | UnsetType = UNSET
    """`Automation.updated` as it was read: refused where somebody changed it since."""


class AutomationCreate(AutomationWritten, kw_only=True):
    """An automation to make."""

    owner_resource: str | None = None
    """What it belongs to and goes away with: `prefect.deployment.<id>`."""


class AutomationBatch(Form, kw_only=True):
    """Automations to make, all of them or none."""

    automations: Annotated[list[AutomationCreate], Meta(min_length=1, max_length=MAX_PAGE)]

    @staticmethod
    def as_read(written: Any) -> Any:
        """Each is read like one that comes alone."""
        listed = written.get("automations") if isinstance(written, dict) else None
        return {"automations": [as_sent(each) for each in listed]} if isinstance(listed, list) else written


class AutomationPartialUpdate(Document):
    """Whether an automation is to fire."""

    enabled: bool = True


class AutomationCriteria(Form):
    """Which automations."""

    automations: AutomationFilter | None = None


class AutomationQuery(AutomationCriteria):
    """Which automations, in which order, how many."""

    sort: NamedSort = NamedSort.NAME_ASC
    offset: Offset = 0
    limit: Limit = MAX_PAGE


class OwnedDeleted(Struct, kw_only=True):
    """What became of the automations of a resource."""

    deleted: int


@endpoint(
    "POST", "/automations/", action="automations:create", status=201, errors=(NotFound, JobVariablesInvalid)
)
def create_automation(body: AutomationCreate) -> Automation:
    """Make an automation.

    Names need not be unique. Templates that don't parse are refused, and so are job variables that the
    pool of the deployment does not take.
    """


@endpoint(
    "POST",
    "/automations/bulk_create",
    action="automations:create",
    status=201,
    errors=(NotFound, JobVariablesInvalid),
    ours=True,
)
def bulk_create_automations(body: AutomationBatch) -> list[Automation]:
    """Make automations, all of them or none.

    A refusal names the automation that is wrong; its field begins with the place: `automations.1.trigger`.
    """


@endpoint("GET", "/automations/{id}", action="automations:read", errors=(NotFound,))
def read_automation(id: UUID) -> Automation:
    """One automation."""


@endpoint(
    "PUT",
    "/automations/{id}",
    action="automations:update",
    status=204,
    errors=(NotFound, JobVariablesInvalid, Conflict),
)
def update_automation(id: UUID, body: AutomationUpdate) -> None:
    """Replace an automation. What triggers have seen stays, where they and their ids stay."""


@endpoint("PATCH", "/automations/{id}", action="automations:pause", status=204, errors=(NotFound,))
def patch_automation(id: UUID, body: AutomationPartialUpdate) -> None:
    """Let an automation fire, or not. One that is enabled again begins anew."""


@endpoint("DELETE", "/automations/{id}", action="automations:delete", status=204, errors=(NotFound,))
def delete_automation(id: UUID) -> None:
    """Delete an automation and its firing log."""


@endpoint("POST", "/automations/filter", action="automations:read", idempotent=True)
def read_automations(body: AutomationQuery = AutomationQuery()) -> list[Automation]:
    """The automations that meet the criteria."""


@endpoint("POST", "/automations/count", action="automations:read", idempotent=True)
def count_automations(body: AutomationCriteria = AutomationCriteria()) -> int:
    """How many automations meet the criteria."""


@endpoint("GET", "/automations/related-to/{resource_id}", action="automations:read")
def read_automations_related_to_resource(resource_id: str) -> list[Automation]:
    """The automations that belong to a resource, watch it by its id, or have actions that are done to it."""


@endpoint(
    "DELETE", "/automations/owned-by/{resource_id}", action="automations:delete", status=202, idempotent=True
)
def delete_automations_owned_by_resource(resource_id: str) -> OwnedDeleted:
    """Delete the automations that belong to a resource."""


@endpoint(
    "POST", "/automations/templates/validate", action="automations:test", idempotent=True, audited="never"
)
def validate_automation_template(body: str = "") -> None:
    """Say whether a template parses: it is refused with the line and what is wrong."""


@endpoint("POST", "/templates/validate", action="automations:test", idempotent=True, audited="never")
def validate_template(body: str = "") -> None:
    """Say whether a template parses: it is refused with the line and what is wrong."""
