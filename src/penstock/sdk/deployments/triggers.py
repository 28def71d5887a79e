"""Triggers of deployments as people write them: flat, the trigger's own fields beside those of the run.

    triggers:
      - name: on-new-file
        expect: [file.arrived]
        parameters: {path: "{{ event.resource.id }}"}

Its kind is told by its fields where `type` is not given. `{{ $NAME }}` is filled in where `deploy` runs, and
`{{ id.key }}` with the output of the step of that id; any other `{{ … }}` is a template over the event, and
stays for the server.
"""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, TypeAlias, TypedDict, Unpack

from penstock.domain.automations import (
    CompoundTrigger,
    EventTrigger,
    MetricTrigger,
    SequenceTrigger,
    Trigger,
)
from penstock.domain.deployment_triggers import DeploymentTrigger, as_written
from penstock.domain.errors import InvalidInput
from penstock.domain.json_values import Json, type_name
from penstock.domain.names import did_you_mean
from penstock.domain.triggers import automation_from, check_automation
from penstock.sdk.plain_data import field_told, plain_data
from penstock.sdk.trigger_fields import (
    CompoundTriggerFields,
    Duration,
    EventTriggerFields,
    MetricTriggerFields,
    SequenceTriggerFields,
)


def deployment_triggers_from(data: Iterable[Any]) -> list[DeploymentTrigger]:
    """Triggers as people write them. Raises `InvalidInput` that names the field, as `triggers.0.within`."""
    read: list[DeploymentTrigger] = []
    for index, item in enumerate(data):
        try:
            read.append(deployment_trigger_from(item))
        except InvalidInput as error:
            error.field = as_written(f"{index}.{error.field or ''}")
            raise
    return read


_OF_THE_RUN = ("parameters", "job_variables", "schedule_after")
_OF_THE_AUTOMATION = ("name", "description", "enabled")
_OF_TRIGGERS = {
    name
    for kind in (EventTrigger, MetricTrigger, CompoundTrigger, SequenceTrigger)
    for name in kind.__struct_fields__
}
_KNOWN = ("type", *_OF_THE_AUTOMATION, *_OF_THE_RUN, *sorted(_OF_TRIGGERS))


def deployment_trigger_from(data: Any) -> DeploymentTrigger:
    """One trigger as people write it.

    Raises:
        InvalidInput: A field is unknown, or has a value that cannot be used; names it.
    """
    if not isinstance(data, Mapping):
        raise InvalidInput(f"A trigger is an object with fields, and this is {type_name(data)}.")
    for name in data:
        if name not in _KNOWN:
            hint = did_you_mean(str(name), _KNOWN) or None
            raise InvalidInput(f"There is no field {name!r}.", field=str(name), hint=hint)
    said = _untexted({name: value for name, value in data.items() if value is not None})
    own = {name: said.pop(name) for name in _OF_THE_AUTOMATION if name in said}
    run = {name: said.pop(name) for name in _OF_THE_RUN if name in said}
    # Which deployment is only known when it is there.
    action = {"type": "run-deployment", "source": "inferred", **run}
    core = automation_from({"name": "-", **own, "trigger": said, "actions": [action]})
    check_automation(core)
    [read] = core.actions
    return DeploymentTrigger(
        trigger=core.trigger,
        name=core.name if "name" in own else None,
        description=core.description,
        enabled=core.enabled,
        **{name: getattr(read, name) for name in _OF_THE_RUN},
    )


_NUMBERS = ("threshold", "require")


def _untexted(fields: dict[str, Any]) -> dict[str, Any]:
    """Numbers, and whether it is enabled, may come as text, from a variable or the output of a step."""
    for name in _NUMBERS:
        if isinstance(fields.get(name), str) and fields[name].strip().isdecimal():
            fields[name] = int(fields[name])
    if fields.get("enabled") in ("true", "false"):
        fields["enabled"] = fields["enabled"] == "true"
    if isinstance(inner := fields.get("triggers"), list):
        fields["triggers"] = [_untexted(dict(each)) if isinstance(each, Mapping) else each for each in inner]
    return fields


class _RunFields(TypedDict, total=False):
    """What can be said about any trigger of a deployment, besides what it is."""

    name: str | None
    """Of the automation: `<deployment>__automation_<number>`."""
    description: str
    enabled: bool
    parameters: dict[str, Any] | None
    """Of the run, over the deployment's; texts may be templates over the event."""
    job_variables: dict[str, Any] | None
    """Of the run, over the deployment's; texts may be templates over the event."""
    schedule_after: Duration
    """How long after the event the run starts."""


class _EventFields(EventTriggerFields, _RunFields, total=False):
    pass


class _MetricFields(MetricTriggerFields, _RunFields, total=False):
    pass


class _CompoundFields(CompoundTriggerFields, _RunFields, total=False):
    pass


class _SequenceFields(SequenceTriggerFields, _RunFields, total=False):
    pass


class WrittenTrigger:
    """A trigger of a deployment, written in Python.

    Raises:
        InvalidInput: A field is unknown, or has a value that cannot be used; names it.
    """

    kind: ClassVar[str]

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self.data: dict[str, Json] = plain_data({"type": self.kind, **fields})
        with field_told():
            deployment_trigger_from(self.data)

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in self.data.items() if name != "type")
        return f"{type(self).__name__}({fields})"


class DeploymentEventTrigger(WrittenTrigger):
    """Runs a deployment when events come, or don't."""

    kind = "event"

    def __init__(self, **fields: Unpack[_EventFields]) -> None:
        super().__init__(fields)


class DeploymentMetricTrigger(WrittenTrigger):
    """Runs a deployment when a measure of runs has been beyond its threshold for some time."""

    kind = "metric"

    def __init__(self, **fields: Unpack[_MetricFields]) -> None:
        super().__init__(fields)


class DeploymentCompoundTrigger(WrittenTrigger):
    """Runs a deployment when some of its triggers have fired, in any order."""

    kind = "compound"

    def __init__(self, **fields: Unpack[_CompoundFields]) -> None:
        super().__init__(fields)


class DeploymentSequenceTrigger(WrittenTrigger):
    """Runs a deployment when all of its triggers have fired, in their order."""

    kind = "sequence"

    def __init__(self, **fields: Unpack[_SequenceFields]) -> None:
        super().__init__(fields)


AnyDeploymentTrigger: TypeAlias = WrittenTrigger | Trigger | Mapping[str, Any]
"""Of the classes above, a trigger that says nothing of the run, or a map as it would stand in a file."""


def written_triggers(given: Iterable[AnyDeploymentTrigger]) -> list[Json]:
    """Triggers that Python code gives, as they would stand in a file. Raises `InvalidInput`."""
    written = [each.data if isinstance(each, WrittenTrigger) else plain_data(each) for each in given]
    with field_told():
        deployment_triggers_from(written)
    return written
