"""Events of the actions of automations: begun, and done or not."""

from typing import Any
from uuid import UUID

from penstock.domain.events import ID, ROLE, Labels, NewEvent, related, resource_id
from penstock.server.action_kinds import Kind, Occasion
from penstock.server.event_sources.automations import automation_resource


def action_triggered(
    occasion: Occasion, action_id: UUID, position: int, kind: Kind, target: UUID | None
) -> NewEvent:
    """An action is about to be done. The event has the action's id, and follows that of the firing."""
    return NewEvent(
        id=action_id,
        event="prefect.automation.action.triggered",
        resource=_resource(occasion),
        related=[*_target(kind, target), *_events(occasion)],
        payload=_payload(action_id, position, kind),
        follows=occasion.firing_id,
    )


def action_ended(
    occasion: Occasion,
    action_id: UUID,
    position: int,
    kind: Kind,
    target: UUID | None,
    *,
    others: list[Labels],
    told: dict[str, Any],
) -> NewEvent:
    """An action was done, or could not be.

    Args:
        others: Resources that have part in it besides the target.
        told: `status_code` of one that was done; `reason` of one that was not.
    """
    return NewEvent(
        event=f"prefect.automation.action.{'failed' if 'reason' in told else 'executed'}",
        resource=_resource(occasion),
        related=[*_target(kind, target), *others, *_events(occasion)],
        payload=_payload(action_id, position, kind) | told,
        follows=action_id,
    )


def _resource(occasion: Occasion) -> Labels:
    labels = automation_resource(occasion.automation_id, occasion.name)
    for name in ("type", "posture"):
        if said := occasion.trigger.get(name):
            labels["prefect.trigger-type" if name == "type" else "prefect.posture"] = str(said)
    return labels


def _target(kind: Kind, target: UUID | None) -> list[Labels]:
    if kind.target is None or target is None:
        return []
    return [related(resource_id(kind.target, target), "target")]


def _events(occasion: Occasion) -> list[Labels]:
    found = [{ID: resource_id("event", occasion.firing_id), ROLE: "automation-triggered-event"}]
    if occasion.event_id is not None:
        found.append({ID: resource_id("event", occasion.event_id), ROLE: "triggering-event"})
    return found


def _payload(action_id: UUID, position: int, kind: Kind) -> dict[str, Any]:
    return {"action_index": position, "action_type": kind.name, "invocation": str(action_id)}
