"""Automations: when this happens, do that. And why they fired, or didn't, and what they would have done."""

from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from penstock.contract.endpoint import endpoint
from penstock.contract.fields import MAX_PAGE, JsonObject, Limit, Offset
from penstock.contract.filters import AutomationFilter, NamedSort
from penstock.contract.forms import Document, Form, Written
from penstock.domain.automation_reading import as_sent
from penstock.domain.automations import Action, Posture, Trigger
from penstock.domain.errors import NotFound
from penstock.domain.events import Event, Labels
from penstock.domain.job_spec import Explanation
from penstock.domain.moments import Moment
from penstock.domain.problems import JobVariablesInvalid, Problem

FiringState = Literal["Triggered", "Resolved"]
ActionStatus = Literal["pending", "running", "done", "failed"]

MOST_TEST_EVENTS = 50_000
"""How many stored events one test reads at most."""


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


class AutomationUpdate(Written, kw_only=True):
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


class AutomationCreate(AutomationUpdate, kw_only=True):
    """An automation to make."""

    owner_resource: str | None = None
    """What it belongs to and goes away with: `prefect.deployment.<id>`."""


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


# What is ours: seeing what they do.


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


class Target(Struct, kw_only=True):
    """What an action is done to."""

    kind: str
    """`deployment`, `flow-run`, `work-pool`, `work-queue`, `automation`, `block-document`."""
    id: UUID | None = None
    name: str | None = None
    """For people; null where it is not there any more."""


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


class Miss(Struct, kw_only=True):
    """What an event would have needed to be counted, and was not."""

    part: Literal["expect", "after", "match", "match_related", "for_each", "since"]
    label: str | None = None
    wanted: list[str] = []
    found: str | None = None
    """Null: there was no such label."""
    words: str
    """`prefect.resource.id was 'X', wanted 'Y'`."""


class NearMiss(Struct, kw_only=True):
    """An event that nearly counted, and why it did not."""

    event_id: UUID
    event: str
    resource_id: str
    occurred: Moment
    misses: list[Miss]


class BucketState(Struct, kw_only=True):
    """What a trigger has seen, for one value of what it counts apart."""

    key: list[str]
    """The values of `for_each`."""
    count: int
    threshold: int
    since: Moment | None
    """When what it counts began."""
    due: Moment | None
    """When it is looked at though nothing happens: the end of a wait."""
    updated: Moment
    words: str
    """`2 of 3 events seen since 10:02:11; the next must come within 40 s`."""


class TriggerState(Struct, kw_only=True):
    """One trigger, or one that is inside another one."""

    id: UUID
    path: str
    """Where: empty for the outermost, `triggers[0]`, `triggers[1].triggers[0]`."""
    type: str
    """`event`, `metric`, `compound`, `sequence`."""
    posture: Posture | None
    words: str
    """What it waits for, in a sentence."""
    buckets: list[BucketState]
    """Those that changed last; `bucket_count` says how many there are."""
    bucket_count: int
    named_24h: int | None
    """How many events of the last 24 hours have a name that it expects; null where it watches no events."""
    matched_24h: int | None
    """How many of those counted, as far as was looked."""
    near_misses: list[NearMiss]
    reasons: list[str]
    """Why it hasn't fired, in sentences."""


class AutomationExplanation(Struct, kw_only=True):
    """What an automation has seen, what it waits for, and why it hasn't fired."""

    automation: Automation
    since: Moment
    """Events that were received before are not for it."""
    last_fired: Moment | None
    firings_24h: int
    pending_actions: int
    waiting_events: int
    """Events that no trigger has been shown yet, of all automations; bounded at 10,000."""
    reasons: list[str]
    """In sentences, the weightiest first."""
    triggers: list[TriggerState]
    """The outermost first, then what is inside, in the order in which it is written."""


class ActionPreview(Struct, kw_only=True):
    """What an action would do. Nothing was done."""

    position: int = 0
    type: str
    action: JsonObject
    """As it is written."""
    ok: bool
    """Whether it would be done, as far as can be told."""
    target: Target | None = None
    rendered: JsonObject | None = None
    """With its templates filled in; null where they can't be."""
    parameters: JsonObject | None = None
    """Of the run: the deployment's, and over them the action's."""
    explanation: Explanation | None = None
    """Of a run's job variables: pool's, deployment's and action's, layer by layer."""
    problems: list[Problem] = []
    """What is wrong; the path begins with the action's field: `job_variables.env.A`."""


class TestFiring(Struct, kw_only=True):
    """A time that the automation would have fired."""

    __test__ = False  # not a test of pytest's

    state: FiringState
    fired: Moment
    trigger_id: UUID
    labels: Labels
    event: Event | None
    events: list[Any]
    actions: list[ActionPreview]


class AutomationTest(Form, kw_only=True):
    """A draft, and the past that it is shown."""

    automation: AutomationCreate
    since: Moment
    until: Moment | None = None
    """Now, when left out."""
    limit: Annotated[int, Meta(ge=1, le=MAX_PAGE)] = 20
    """How many firings are told with their actions; all are counted."""

    @staticmethod
    def as_read(written: Any) -> Any:
        """The draft is read like one that is to be saved."""
        return _draft_as_read(written)


class AutomationTestResult(Struct, kw_only=True):
    """What the past would have made of a draft."""

    since: Moment
    until: Moment
    """Up to where the past was read: earlier than asked for where there was too much of it."""
    is_whole: bool
    """Whether all that was asked for was read."""
    events_read: int
    events_matched: int
    """How many counted for one of its triggers."""
    firing_count: int
    firings: list[TestFiring]
    """The first ones, oldest first."""
    remarks: list[str]
    """What is to be known about the answer, in sentences."""


class EventDraft(Document, kw_only=True):
    """An event to think of."""

    event: str
    resource: Labels
    occurred: Moment | None = None
    """Now, when left out."""
    related: list[Labels] = []
    payload: JsonObject = {}
    id: UUID | None = None
    follows: UUID | None = None
    received: Moment | None = None


class ActionTest(Form, kw_only=True):
    """An action, and the event that it would answer."""

    action: Action
    event_id: UUID | None = None
    """A stored event."""
    event: EventDraft | None = None
    """Or one to think of; without either, an event is made up that says little."""
    automation: AutomationCreate | None = None
    """Whose action it is, for templates that speak of it."""

    @staticmethod
    def as_read(written: Any) -> Any:
        """The draft is read like one that is to be saved."""
        return _draft_as_read(written)


def _draft_as_read(written: Any) -> Any:
    if isinstance(written, dict):
        return {
            name: as_sent(value) if name in ("automation", "action") else value
            for name, value in written.items()
        }
    return written


@endpoint(
    "POST", "/automations/", action="automations:create", status=201, errors=(NotFound, JobVariablesInvalid)
)
def create_automation(body: AutomationCreate) -> Automation:
    """Make an automation.

    Names need not be unique. Templates that don't parse are refused, and so are job variables that the
    pool of the deployment does not take.
    """


@endpoint("GET", "/automations/{id}", action="automations:read", errors=(NotFound,))
def read_automation(id: UUID) -> Automation:
    """One automation."""


@endpoint(
    "PUT",
    "/automations/{id}",
    action="automations:update",
    status=204,
    errors=(NotFound, JobVariablesInvalid),
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


@endpoint("POST", "/automations/templates/validate", action="automations:test", idempotent=True)
def validate_automation_template(body: str = "") -> None:
    """Say whether a template parses: it is refused with the line and what is wrong."""


@endpoint("POST", "/templates/validate", action="automations:test", idempotent=True)
def validate_template(body: str = "") -> None:
    """Say whether a template parses: it is refused with the line and what is wrong."""


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


@endpoint("GET", "/automations/{id}/explain", action="automations:read", errors=(NotFound,), ours=True)
def explain_automation(id: UUID) -> AutomationExplanation:
    """What an automation has seen, what it waits for, and why it hasn't fired."""


@endpoint("POST", "/automations/test", action="automations:test", idempotent=True, ours=True)
def test_automation(body: AutomationTest) -> AutomationTestResult:
    """Show stored events to a draft: when it would have fired, and what its actions would have done.

    Nothing is written and nothing is done.
    """


@endpoint(
    "POST", "/automations/preview", action="automations:test", errors=(NotFound,), idempotent=True, ours=True
)
def preview_action(body: ActionTest) -> ActionPreview:
    """One action filled in from one event, and what it would do. Nothing is done."""
