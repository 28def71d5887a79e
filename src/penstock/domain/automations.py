"""Automations: when this happens, do that. Triggers and actions as people write them, and as they are kept.

The field names and kinds are the reference's. What a trigger does with events is in `triggers`, what becomes
of an action in the server's `actions`.
"""

from enum import StrEnum
from typing import Annotated, Any, Literal, TypeAlias
from uuid import UUID

from msgspec import Meta, Struct, field

from penstock.domain.states import StateType

Specification: TypeAlias = dict[str, str | list[str]]
"""Labels and what they must be: a text, `*` at its end, `!` before what must not be, or a list of these."""

Seconds = Annotated[float, Meta(ge=0)]
Source: TypeAlias = Literal["selected", "inferred"]


class Posture(StrEnum):
    """Whether a trigger answers what happens or what does not."""

    REACTIVE = "Reactive"
    PROACTIVE = "Proactive"
    METRIC = "Metric"
    # As the reference spells them.
    Reactive = REACTIVE
    Proactive = PROACTIVE
    Metric = METRIC


SHORTEST_WATCH = 10.0
"""Seconds: what does not happen is watched for at least as long."""


class _Trigger(Struct, kw_only=True, tag_field="type", forbid_unknown_fields=True):
    id: UUID | None = None
    """Given by the server, so that what a trigger has seen survives an edit of another one."""


class EventTrigger(_Trigger, kw_only=True, tag="event"):
    """Fires when events come, or don't."""

    match: Specification = {}
    """What the event must be about."""
    match_related: Specification | list[Specification] = {}
    """Each of these must be met by one of the event's related resources."""
    after: list[str] = []
    """Names of events that must come first."""
    expect: list[str] = []
    """Names of events that count; none given: all. A name may end in `*`."""
    for_each: list[str] = []
    """Labels by whose values events are counted apart; `related:<role>:<label>` is a related resource's."""
    posture: Posture = Posture.REACTIVE
    threshold: int = 1
    within: Seconds = 0.0
    """Reactive: the events must come within this time; 0 is any. Proactive: how long they are waited for."""


class MetricName(StrEnum):
    """What is measured, of the runs that a trigger matches."""

    LATENESS = "lateness"
    """Mean delay of the start, in seconds."""
    DURATION = "duration"
    """Mean duration, in seconds."""
    SUCCESSES = "successes"
    """Share of completed runs among the ended ones, from 0 to 1."""
    # As the reference spells them.
    lateness = LATENESS
    duration = DURATION
    successes = SUCCESSES


class MetricQuery(Struct, kw_only=True, forbid_unknown_fields=True):
    """What is measured and what is too much, or too little."""

    name: MetricName
    threshold: float
    operator: Literal["<", "<=", ">", ">="]
    range: Annotated[float, Meta(ge=300)] = 300.0
    """Over which time, in seconds."""
    firing_for: Annotated[float, Meta(ge=300)] = 300.0
    """For how long it must hold, in seconds."""


class MetricTrigger(_Trigger, kw_only=True, tag="metric"):
    """Fires when a measure of runs has been beyond its threshold for some time."""

    match: Specification = {}
    match_related: Specification | list[Specification] = {}
    posture: Literal["Metric"] = "Metric"
    metric: MetricQuery


class CompoundTrigger(_Trigger, kw_only=True, tag="compound"):
    """Fires when some of its triggers have, in any order."""

    triggers: list["Trigger"]
    require: int | Literal["any", "all"]
    within: Seconds | None = None
    """How far apart, in seconds; None: any time."""


class SequenceTrigger(_Trigger, kw_only=True, tag="sequence"):
    """Fires when all of its triggers have, in their order."""

    triggers: list["Trigger"]
    within: Seconds | None = None


Trigger: TypeAlias = EventTrigger | MetricTrigger | CompoundTrigger | SequenceTrigger


class _Action(Struct, kw_only=True, tag_field="type", forbid_unknown_fields=True):
    pass


class DoNothing(_Action, kw_only=True, tag="do-nothing"):
    """Only note that the automation fired."""


class RunDeployment(_Action, kw_only=True, tag="run-deployment"):
    """Create a run of a deployment. Texts in parameters and job variables may be templates."""

    source: Source = "selected"
    deployment_id: UUID | None = None
    parameters: dict[str, Any] | None = None
    job_variables: dict[str, Any] | None = None
    schedule_after: Seconds = 0.0
    name: str | None = None
    """Of the run; a template. Ours."""
    tags: list[str] = []
    """Of the run, besides the deployment's. Ours."""
    work_queue_name: str | None = None
    """Another queue than the deployment's. Ours."""
    idempotency_key: str | None = None
    """A template: of two firings that give the same text one creates a run. Ours."""


class PauseDeployment(_Action, kw_only=True, tag="pause-deployment"):
    """Pause a deployment's schedules."""

    source: Source = "selected"
    deployment_id: UUID | None = None


class ResumeDeployment(_Action, kw_only=True, tag="resume-deployment"):
    """Let a deployment's schedules go on."""

    source: Source = "selected"
    deployment_id: UUID | None = None


class CancelFlowRun(_Action, kw_only=True, tag="cancel-flow-run"):
    """Cancel the flow run that the event is about."""


class DeleteFlowRun(_Action, kw_only=True, tag="delete-flow-run"):
    """Delete the flow run that the event is about."""


class SuspendFlowRun(_Action, kw_only=True, tag="suspend-flow-run"):
    """Suspend the flow run that the event is about."""


class ResumeFlowRun(_Action, kw_only=True, tag="resume-flow-run"):
    """Resume the flow run that the event is about."""


class ChangeFlowRunState(_Action, kw_only=True, tag="change-flow-run-state"):
    """Put the flow run that the event is about into a state."""

    state: StateType
    name: str | None = None
    message: str | None = None
    """A template."""
    force: bool = False


class PauseWorkPool(_Action, kw_only=True, tag="pause-work-pool"):
    """Pause a work pool."""

    source: Source = "selected"
    work_pool_id: UUID | None = None


class ResumeWorkPool(_Action, kw_only=True, tag="resume-work-pool"):
    """Let a work pool go on."""

    source: Source = "selected"
    work_pool_id: UUID | None = None


class PauseWorkQueue(_Action, kw_only=True, tag="pause-work-queue"):
    """Pause a work queue."""

    source: Source = "selected"
    work_queue_id: UUID | None = None


class ResumeWorkQueue(_Action, kw_only=True, tag="resume-work-queue"):
    """Let a work queue go on."""

    source: Source = "selected"
    work_queue_id: UUID | None = None


class PauseAutomation(_Action, kw_only=True, tag="pause-automation"):
    """Pause an automation."""

    source: Source = "selected"
    automation_id: UUID | None = None


class ResumeAutomation(_Action, kw_only=True, tag="resume-automation"):
    """Let an automation go on."""

    source: Source = "selected"
    automation_id: UUID | None = None


class CallWebhook(_Action, kw_only=True, tag="call-webhook"):
    """Send a request to a URL: that of a block, or one that is given here."""

    block_document_id: UUID | None = None
    payload: str = ""
    """The body; a template."""
    url: str | None = None
    """A template. Ours, instead of a block."""
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "POST"
    headers: dict[str, str] = {}
    """Ours. Values may be templates."""


class SendNotification(_Action, kw_only=True, tag="send-notification"):
    """Tell people, through a notification block."""

    block_document_id: UUID
    subject: str = "Prefect automated notification"
    """A template."""
    body: str
    """A template."""


Action: TypeAlias = (
    DoNothing
    | RunDeployment
    | PauseDeployment
    | ResumeDeployment
    | CancelFlowRun
    | DeleteFlowRun
    | SuspendFlowRun
    | ResumeFlowRun
    | ChangeFlowRunState
    | PauseWorkPool
    | ResumeWorkPool
    | PauseWorkQueue
    | ResumeWorkQueue
    | PauseAutomation
    | ResumeAutomation
    | CallWebhook
    | SendNotification
)


class AutomationCore(Struct, kw_only=True):
    """An automation as people write it."""

    name: str
    description: str = ""
    enabled: bool = True
    tags: list[str] = []
    trigger: Trigger
    actions: list[Action]
    actions_on_trigger: list[Action] = []
    """Done when it fires, before `actions`."""
    actions_on_resolve: list[Action] = []
    """Done when what a proactive or metric trigger fired about is over."""
    owner_resource: str | None = field(default=None)
    """What it belongs to and goes away with: `prefect.deployment.<id>`."""
