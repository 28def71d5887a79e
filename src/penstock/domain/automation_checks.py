"""What an automation must be before it is kept, and the ids of its triggers."""

import math
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid5

import msgspec
from msgspec.structs import replace

from penstock.domain import automations
from penstock.domain.automations import (
    SHORTEST_WATCH,
    Action,
    AutomationCore,
    CallWebhook,
    CompoundTrigger,
    EventTrigger,
    MetricTrigger,
    Posture,
    SequenceTrigger,
    Trigger,
)
from penstock.domain.errors import InvalidInput

DEEPEST: Final = 5
"""How deep triggers may lie in each other."""
MOST_TRIGGERS: Final = 20
"""How many one automation has, those that contain others among them."""
HIGHEST_THRESHOLD: Final = 10_000
LONGEST: Final = timedelta(days=366)
"""The longest time in a trigger."""
MOST_NAMES: Final = 100
"""How many names `expect` and `after` may list, and labels `for_each`."""

# Ids of triggers that come without one are made of what they are: so who writes the same file twice doesn't
# make what has been seen be forgotten.
_TRIGGERS: Final = UUID("5f1d2f0e-3c57-4c57-9b0b-0b6f3a1f6f0e")

_TARGETS: Final[dict[type, str]] = {
    automations.RunDeployment: "deployment_id",
    automations.PauseDeployment: "deployment_id",
    automations.ResumeDeployment: "deployment_id",
    automations.PauseWorkPool: "work_pool_id",
    automations.ResumeWorkPool: "work_pool_id",
    automations.PauseWorkQueue: "work_queue_id",
    automations.ResumeWorkQueue: "work_queue_id",
    automations.PauseAutomation: "automation_id",
    automations.ResumeAutomation: "automation_id",
}


def check_automation(core: AutomationCore) -> AutomationCore:
    """The automation, each of its triggers with an id.

    Raises:
        InvalidInput: A part of it is not what it must be; `field` is its path: `trigger.triggers.1.within`.
    """
    if not core.name.strip():
        raise InvalidInput("An automation has a name.", field="name")
    for name in ("actions", "actions_on_trigger", "actions_on_resolve"):
        for index, action in enumerate(getattr(core, name)):
            _check_action(action, f"{name}.{index}")
    return replace(core, trigger=check_trigger(core.trigger))


def check_trigger(trigger: Trigger, field: str = "trigger") -> Trigger:
    """The trigger, it and each of its parts with an id. Raises as `check_automation`."""
    taken: dict[UUID, str] = {}
    for depth, path, part in _walk(trigger, field, 1):
        if depth > DEEPEST:
            raise InvalidInput(f"Triggers lie at most {DEEPEST} deep in each other.", field=path)
        _check_part(part, path)
        if part.id in taken:
            message = f"{part.id} is the id of {taken[part.id]} already."
            raise InvalidInput(message, field=f"{path}.id", hint="Leave it out, and one is given.")
        if part.id is not None:
            taken[part.id] = path
    if (count := sum(1 for _ in _walk(trigger, field, 1))) > MOST_TRIGGERS:
        message = f"An automation has at most {MOST_TRIGGERS} triggers, and this one has {count}."
        raise InvalidInput(message, field=field, hint="Make several automations of it.")
    return _identified(trigger, set(taken))


def unchanged(before: Trigger, after: Trigger) -> set[UUID]:
    """The ids of those parts that are the same in both: what they have seen stays, the rest starts over."""
    old = {part.id: part for _, _, part in _walk(before, "", 1)}
    return {part.id for _, _, part in _walk(after, "", 1) if part.id is not None and old.get(part.id) == part}


def _walk(trigger: Trigger, path: str, depth: int) -> Iterator[tuple[int, str, Trigger]]:
    yield depth, path, trigger
    if isinstance(trigger, CompoundTrigger | SequenceTrigger):
        for index, part in enumerate(trigger.triggers):
            yield from _walk(part, f"{path}.triggers.{index}", depth + 1)


def _identified(trigger: Trigger, taken: set[UUID]) -> Trigger:
    if isinstance(trigger, CompoundTrigger | SequenceTrigger):
        trigger = replace(trigger, triggers=[_identified(part, taken) for part in trigger.triggers])
    if trigger.id is not None:
        return trigger
    said = msgspec.json.encode(trigger).decode()
    number = 0
    while (id := uuid5(_TRIGGERS, f"{number}{said}")) in taken:
        number += 1
    taken.add(id)
    return replace(trigger, id=id)


def _check_part(trigger: Trigger, path: str) -> None:
    if isinstance(trigger, EventTrigger):
        _check_event_trigger(trigger, path)
    elif isinstance(trigger, MetricTrigger):
        _check_metric(trigger, path)
    else:
        _check_composite(trigger, path)


def _check_event_trigger(trigger: EventTrigger, path: str) -> None:
    if trigger.posture == Posture.METRIC:
        hint = "Say Reactive or Proactive, or give it a `metric`."
        raise InvalidInput("An event trigger measures nothing.", field=f"{path}.posture", hint=hint)
    if not 1 <= trigger.threshold <= HIGHEST_THRESHOLD:
        message = f"A threshold is from 1 to {HIGHEST_THRESHOLD} events, not {trigger.threshold}."
        raise InvalidInput(message, field=f"{path}.threshold")
    _check_seconds(trigger.within, f"{path}.within")
    if trigger.posture == Posture.PROACTIVE and trigger.within < SHORTEST_WATCH:
        message = f"What does not happen is watched for at least {SHORTEST_WATCH:g} seconds."
        hint = f"Set it to {SHORTEST_WATCH:g} or more, or make the trigger Reactive."
        raise InvalidInput(message, field=f"{path}.within", hint=hint)
    for name in ("after", "expect", "for_each"):
        _check_names(getattr(trigger, name), f"{path}.{name}")


def _check_names(names: Sequence[str], path: str) -> None:
    if len(names) > MOST_NAMES:
        raise InvalidInput(f"At most {MOST_NAMES} are listed here, not {len(names)}.", field=path)
    for index, name in enumerate(names):
        if not name:
            raise InvalidInput("A name that is empty fits nothing.", field=f"{path}.{index}")


def _check_metric(trigger: MetricTrigger, path: str) -> None:
    if not math.isfinite(trigger.metric.threshold):
        raise InvalidInput("A threshold is a number.", field=f"{path}.metric.threshold")
    _check_seconds(trigger.metric.range, f"{path}.metric.range")
    _check_seconds(trigger.metric.firing_for, f"{path}.metric.firing_for")


def _check_composite(trigger: CompoundTrigger | SequenceTrigger, path: str) -> None:
    count = len(trigger.triggers)
    if not count:
        message = "It is made of other triggers, and has none."
        raise InvalidInput(message, field=f"{path}.triggers", hint="Give it at least one.")
    if trigger.within is not None:
        _check_seconds(trigger.within, f"{path}.within")
    require = trigger.require if isinstance(trigger, CompoundTrigger) else "all"
    if isinstance(require, int) and not 1 <= require <= count:
        message = f"It requires {require} of its {count} triggers."
        hint = f"Say a number from 1 to {count}, any, or all."
        raise InvalidInput(message, field=f"{path}.require", hint=hint)


def _check_seconds(seconds: float, path: str) -> None:
    # What isn't a number compares false.
    if not 0 <= seconds <= LONGEST.total_seconds():
        message = f"It is from 0 to {LONGEST.days} days, in seconds, not {seconds:g}."
        raise InvalidInput(message, field=path)


def _check_action(action: Action, path: str) -> None:
    if target := _TARGETS.get(type(action)):
        _check_target(action, target, path)
    if isinstance(action, automations.RunDeployment):
        _check_seconds(action.schedule_after, f"{path}.schedule_after")
    if isinstance(action, CallWebhook) and (action.block_document_id is None) == (action.url is None):
        message = "A webhook is called by a block, or by a URL that is given here: one of them."
        raise InvalidInput(message, field=path, hint="Set block_document_id, or url.")


def _check_target(action: Action, target: str, path: str) -> None:
    selected = getattr(action, "source", None) == "selected"
    given = getattr(action, target) is not None
    if selected and not given:
        hint = f"Set {target}, or source to inferred, so that it is taken from the event."
        raise InvalidInput("What it is done to is not said.", field=f"{path}.{target}", hint=hint)
    if given and not selected:
        message = "It takes its target from the event, and one is named."
        hint = f"Leave out {target}, or set source to selected."
        raise InvalidInput(message, field=f"{path}.{target}", hint=hint)
