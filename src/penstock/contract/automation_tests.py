"""Drafts of automations are shown the past, and actions are filled in from events. Nothing is done."""

from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta, Struct

from penstock.contract.automation_log import FiringState
from penstock.contract.automations import AutomationCreate
from penstock.contract.endpoint import endpoint
from penstock.contract.fields import MAX_PAGE, JsonObject
from penstock.contract.forms import Document, Form
from penstock.domain.automation_reading import as_sent
from penstock.domain.automations import Action
from penstock.domain.errors import NotFound
from penstock.domain.events import Event, Labels
from penstock.domain.job_spec import Explanation
from penstock.domain.moments import Moment
from penstock.domain.problems import Problem

MOST_TEST_EVENTS = 50_000
"""How many stored events one test reads at most."""


class Target(Struct, kw_only=True):
    """What an action is done to."""

    kind: str
    """`deployment`, `flow-run`, `work-pool`, `work-queue`, `automation`, `block-document`."""
    id: UUID | None = None
    name: str | None = None
    """For people; null where it is not there any more."""


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


@endpoint("POST", "/automations/test", action="automations:test", idempotent=True, ours=True, audited="never")
def test_automation(body: AutomationTest) -> AutomationTestResult:
    """Show stored events to a draft: when it would have fired, and what its actions would have done.

    Nothing is written and nothing is done.
    """


@endpoint(
    "POST",
    "/automations/preview",
    action="automations:test",
    errors=(NotFound,),
    idempotent=True,
    ours=True,
    audited="never",
)
def preview_action(body: ActionTest) -> ActionPreview:
    """One action filled in from one event, and what it would do. Nothing is done."""
