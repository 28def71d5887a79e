"""Events, and what is done about them: triggers, also of deployments, and actions."""

from penstock.domain.automations import (
    Action,
    AutomationCore,
    CallWebhook,
    CancelFlowRun,
    ChangeFlowRunState,
    CompoundTrigger,
    DeleteFlowRun,
    DoNothing,
    EventTrigger,
    MetricTrigger,
    PauseAutomation,
    PauseDeployment,
    PauseWorkPool,
    PauseWorkQueue,
    Posture,
    ResumeAutomation,
    ResumeDeployment,
    ResumeFlowRun,
    ResumeWorkPool,
    ResumeWorkQueue,
    RunDeployment,
    SendNotification,
    SequenceTrigger,
    SuspendFlowRun,
    Trigger,
)
from penstock.domain.automations import MetricName as PrefectMetric
from penstock.domain.automations import MetricQuery as MetricTriggerQuery
from penstock.domain.automations import Specification as ResourceSpecification
from penstock.domain.events import Event
from penstock.domain.events import Labels as RelatedResource
from penstock.domain.events import Labels as Resource
from penstock.sdk.automations import Automation, CompositeTrigger, MetricTriggerOperator, ResourceTrigger
from penstock.sdk.deployments.triggers import (
    DeploymentCompoundTrigger,
    DeploymentEventTrigger,
    DeploymentMetricTrigger,
    DeploymentSequenceTrigger,
)
from penstock.sdk.events import emit_event

TriggerTypes = Trigger
ActionTypes = Action
DeploymentTriggerTypes = (
    DeploymentEventTrigger | DeploymentMetricTrigger | DeploymentCompoundTrigger | DeploymentSequenceTrigger
)
ReceivedEvent = Event


__all__ = [
    "Action",
    "ActionTypes",
    "Automation",
    "AutomationCore",
    "CallWebhook",
    "CancelFlowRun",
    "ChangeFlowRunState",
    "CompositeTrigger",
    "CompoundTrigger",
    "DeleteFlowRun",
    "DeploymentCompoundTrigger",
    "DeploymentEventTrigger",
    "DeploymentMetricTrigger",
    "DeploymentSequenceTrigger",
    "DeploymentTriggerTypes",
    "DoNothing",
    "Event",
    "EventTrigger",
    "MetricTrigger",
    "MetricTriggerOperator",
    "MetricTriggerQuery",
    "PauseAutomation",
    "PauseDeployment",
    "PauseWorkPool",
    "PauseWorkQueue",
    "Posture",
    "PrefectMetric",
    "ReceivedEvent",
    "RelatedResource",
    "Resource",
    "ResourceSpecification",
    "ResourceTrigger",
    "ResumeAutomation",
    "ResumeDeployment",
    "ResumeFlowRun",
    "ResumeWorkPool",
    "ResumeWorkQueue",
    "RunDeployment",
    "SendNotification",
    "SequenceTrigger",
    "SuspendFlowRun",
    "Trigger",
    "TriggerTypes",
    "emit_event",
]
