"""Triggers of a deployment: automations that are written beside it, belong to it, and run it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from msgspec import Struct

from penstock.domain.automations import AutomationCore, RunDeployment, Seconds, Trigger
from penstock.domain.errors import InvalidInput
from penstock.domain.events import resource_id


class DeploymentTrigger(Struct, kw_only=True, forbid_unknown_fields=True):
    """When this happens, run the deployment that it is written beside."""

    trigger: Trigger
    name: str | None = None
    """Of the automation: `<deployment>__automation_<number>`."""
    description: str = ""
    enabled: bool = True
    parameters: dict[str, Any] | None = None
    """Of the run, over the deployment's; texts may be templates."""
    job_variables: dict[str, Any] | None = None
    """Of the run, over the deployment's; texts may be templates."""
    schedule_after: Seconds = 0.0
    """How long after the event the run starts, in seconds."""


def owner_of(deployment_id: UUID) -> str:
    """The resource that the automations of a deployment belong to."""
    return resource_id("deployment", deployment_id)


def names_of(triggers: Sequence[DeploymentTrigger], deployment_name: str) -> list[str]:
    """What the automations are called. Raises `InvalidInput` where two have the same name."""
    names = [
        each.name or f"{deployment_name}__automation_{number}"
        for number, each in enumerate(triggers, start=1)
    ]
    for index, name in enumerate(names):
        if name in names[:index]:
            message = f"{name!r} is the name of two triggers."
            raise InvalidInput(message, field=f"triggers.{index}.name", hint="Give each a name of its own.")
    return names


def as_written(field: str) -> str:
    """A field of one of the automations as people know it: a trigger's stand beside those of the run.

    So `0.actions[0].parameters.x` is their `triggers.0.parameters.x`.
    """
    number, _, rest = field.partition(".")
    if not number.isdecimal():
        return field
    own = rest.removeprefix("actions[0]").removeprefix("actions.0").removeprefix("trigger").lstrip(".")
    return ".".join(filter(None, ["triggers", number, own]))


def automations_of(
    triggers: Sequence[DeploymentTrigger], deployment_id: UUID, deployment_name: str
) -> list[AutomationCore]:
    """The automations that a deployment's triggers are. Raises as `names_of`."""
    names = names_of(triggers, deployment_name)
    owner = owner_of(deployment_id)
    return [_automation(*pair, deployment_id, owner) for pair in zip(triggers, names, strict=True)]


def _automation(trigger: DeploymentTrigger, name: str, deployment_id: UUID, owner: str) -> AutomationCore:
    run = RunDeployment(
        deployment_id=deployment_id,
        parameters=trigger.parameters,
        job_variables=trigger.job_variables,
        schedule_after=trigger.schedule_after,
    )
    return AutomationCore(
        name=name,
        description=trigger.description,
        enabled=trigger.enabled,
        trigger=trigger.trigger,
        actions=[run],
        owner_resource=owner,
    )
