"""Events of automations: made, changed, deleted, fired."""

from typing import Any
from uuid import UUID

import msgspec

from penstock.db.port import Row
from penstock.domain.events import ID, NAME, ROLE, Event, Labels, NewEvent, resource_id
from penstock.server.views.automations import automation_as_data

_LARGEST_ECHO = 50_000
"""Bytes of an event's payload that another event repeats."""


def automation_changed(verb: str, row: Row) -> NewEvent:
    """An automation was `created`, `updated` or `deleted`."""
    return NewEvent(
        event=f"prefect.automation.{verb}",
        resource=automation_resource(row["id"], row["name"]),
        payload=automation_as_data(row),
    )


def automation_resource(id: UUID, name: str) -> Labels:
    """The resource that an automation is."""
    return {ID: resource_id("automation", id), NAME: name}


def automation_fired(row: Row, firing: Row, event: Event | None, posture: str | None) -> NewEvent:
    """An automation fired, or what it fired about is over. `event` is the one that made it.

    Its id is that of the firing, so that what follows can name it.
    """
    verb = "resolved" if firing["state"] == "Resolved" else "triggered"
    posture_label = {"prefect.posture": str(posture)} if posture else {}
    triggering = [{ID: resource_id("event", firing["event_id"]), ROLE: "triggering-event"}]
    return NewEvent(
        id=firing["id"],
        event=f"prefect.automation.{verb}",
        resource=automation_resource(row["id"], row["name"]) | posture_label,
        related=triggering if firing["event_id"] else [],
        payload={"triggering_labels": firing["labels"], "triggering_event": _echo(event)},
    )


def _echo(event: Event | None) -> dict[str, Any] | None:
    """The event, without what it carries where that is a lot."""
    if event is None:
        return None
    echo: dict[str, Any] = {name: getattr(event, name) for name in event.__struct_fields__}
    if len(msgspec.json.encode(event.payload)) > _LARGEST_ECHO:
        echo["payload"] = {}
    return echo
