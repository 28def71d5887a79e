"""What automations are made of, as people write it in Python: triggers and actions.

While code runs these are the classes of the domain. Type checkers see constructors that take what an
automation takes: any iterable for a list, a timedelta or ISO 8601 for seconds, text for an id. They are
brought into their form when the automation is made.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, Required, TypedDict, Unpack

from msgspec import Struct

from penstock.domain import automations
from penstock.domain.states import StateType
from penstock.sdk.trigger_fields import (
    CompoundTriggerFields,
    Duration,
    EventTriggerFields,
    Id,
    MetricQueryFields,
    MetricTriggerFields,
    SequenceTriggerFields,
)

_Source = Literal["selected", "inferred"]


class DeclareIncident(Struct, tag_field="type", tag="declare-incident"):
    """Declare an incident. Only Prefect Cloud can: an automation here refuses it."""


class UnknownAction(Struct, kw_only=True):
    """An action that this version does not know. It is there for code that asks for it."""

    type: str


class _DeploymentFields(TypedDict, total=False):
    source: _Source
    deployment_id: Id | None


class _RunFields(_DeploymentFields, total=False):
    parameters: Mapping[str, Any] | None
    job_variables: Mapping[str, Any] | None
    schedule_after: Duration
    name: str | None
    tags: Iterable[str]
    work_queue_name: str | None
    idempotency_key: str | None


class _PoolFields(TypedDict, total=False):
    source: _Source
    work_pool_id: Id | None


class _QueueFields(TypedDict, total=False):
    source: _Source
    work_queue_id: Id | None


class _AutomationFields(TypedDict, total=False):
    source: _Source
    automation_id: Id | None


class _StateFields(TypedDict, total=False):
    state: Required[StateType | str]
    name: str | None
    message: str | None
    force: bool


class _WebhookFields(TypedDict, total=False):
    block_document_id: Id | None
    payload: str
    url: str | None
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    headers: Mapping[str, str]


class _NotificationFields(TypedDict, total=False):
    block_document_id: Required[Id]
    subject: str
    body: Required[str]


if TYPE_CHECKING:

    class EventTrigger(automations.EventTrigger):
        def __init__(self, **fields: Unpack[EventTriggerFields]) -> None: ...

    class MetricTriggerQuery(automations.MetricQuery):
        def __init__(self, **fields: Unpack[MetricQueryFields]) -> None: ...

    class MetricTrigger(automations.MetricTrigger):
        def __init__(self, **fields: Unpack[MetricTriggerFields]) -> None: ...

    class CompoundTrigger(automations.CompoundTrigger):
        def __init__(self, **fields: Unpack[CompoundTriggerFields]) -> None: ...

    class SequenceTrigger(automations.SequenceTrigger):
        def __init__(self, **fields: Unpack[SequenceTriggerFields]) -> None: ...

    class RunDeployment(automations.RunDeployment):
        def __init__(self, **fields: Unpack[_RunFields]) -> None: ...

    class PauseDeployment(automations.PauseDeployment):
        def __init__(self, **fields: Unpack[_DeploymentFields]) -> None: ...

    class ResumeDeployment(automations.ResumeDeployment):
        def __init__(self, **fields: Unpack[_DeploymentFields]) -> None: ...

    class PauseWorkPool(automations.PauseWorkPool):
        def __init__(self, **fields: Unpack[_PoolFields]) -> None: ...

    class ResumeWorkPool(automations.ResumeWorkPool):
        def __init__(self, **fields: Unpack[_PoolFields]) -> None: ...

    class PauseWorkQueue(automations.PauseWorkQueue):
        def __init__(self, **fields: Unpack[_QueueFields]) -> None: ...

    class ResumeWorkQueue(automations.ResumeWorkQueue):
        def __init__(self, **fields: Unpack[_QueueFields]) -> None: ...

    class PauseAutomation(automations.PauseAutomation):
        def __init__(self, **fields: Unpack[_AutomationFields]) -> None: ...

    class ResumeAutomation(automations.ResumeAutomation):
        def __init__(self, **fields: Unpack[_AutomationFields]) -> None: ...

    class ChangeFlowRunState(automations.ChangeFlowRunState):
        def __init__(self, **fields: Unpack[_StateFields]) -> None: ...

    class CallWebhook(automations.CallWebhook):
        def __init__(self, **fields: Unpack[_WebhookFields]) -> None: ...

    class SendNotification(automations.SendNotification):
        def __init__(self, **fields: Unpack[_NotificationFields]) -> None: ...

else:
    EventTrigger = automations.EventTrigger
    MetricTriggerQuery = automations.MetricQuery
    MetricTrigger = automations.MetricTrigger
    CompoundTrigger = automations.CompoundTrigger
    SequenceTrigger = automations.SequenceTrigger
    RunDeployment = automations.RunDeployment
    PauseDeployment = automations.PauseDeployment
    ResumeDeployment = automations.ResumeDeployment
    PauseWorkPool = automations.PauseWorkPool
    ResumeWorkPool = automations.ResumeWorkPool
    PauseWorkQueue = automations.PauseWorkQueue
    ResumeWorkQueue = automations.ResumeWorkQueue
    PauseAutomation = automations.PauseAutomation
    ResumeAutomation = automations.ResumeAutomation
    ChangeFlowRunState = automations.ChangeFlowRunState
    CallWebhook = automations.CallWebhook
    SendNotification = automations.SendNotification
