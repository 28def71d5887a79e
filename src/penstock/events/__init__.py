"""Events, and what is done about them: triggers, also of deployments, and actions."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from penstock.domain.automations import Action, Trigger
from penstock.domain.events import Labels as RelatedResource
from penstock.domain.events import Labels as Resource
from penstock.sdk import automation_names
from penstock.sdk.automation_names import *  # noqa: F403 - they are listed there, for automations too
from penstock.sdk.deployments.triggers import (
    DeploymentCompoundTrigger,
    DeploymentEventTrigger,
    DeploymentMetricTrigger,
    DeploymentSequenceTrigger,
)
from penstock.sdk.events import Event, ReceivedEvent, emit_event

if TYPE_CHECKING:
    from penstock.sdk.event_clients import get_events_client, get_events_subscriber
    from penstock.sdk.flow_run_subscriber import FlowRunSubscriber

TriggerTypes = Trigger
ActionTypes = Action
DeploymentTriggerTypes = (
    DeploymentEventTrigger | DeploymentMetricTrigger | DeploymentCompoundTrigger | DeploymentSequenceTrigger
)

__all__ = [
    "ActionTypes",
    "DeploymentCompoundTrigger",
    "DeploymentEventTrigger",
    "DeploymentMetricTrigger",
    "DeploymentSequenceTrigger",
    "DeploymentTriggerTypes",
    "Event",
    "FlowRunSubscriber",
    "ReceivedEvent",
    "RelatedResource",
    "Resource",
    "TriggerTypes",
    "emit_event",
    "get_events_client",
    "get_events_subscriber",
]
__all__ += automation_names.__all__
__all__.sort(key=lambda name: (name[0].islower(), name))

_HOMES = {
    "FlowRunSubscriber": "penstock.sdk.flow_run_subscriber",
    "get_events_client": "penstock.sdk.event_clients",
    "get_events_subscriber": "penstock.sdk.event_clients",
}
"""What is only for code on an event loop, which most flows have not: it is imported when it is asked for."""


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'penstock.events' has no attribute {name!r}", name=name)
    value = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return value
