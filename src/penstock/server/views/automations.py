"""Automations and their firings, from rows to what is answered."""

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import UNSET

from penstock.contract.automation_log import Firing, FiringAction
from penstock.contract.automations import Automation, AutomationWritten
from penstock.db.port import Row
from penstock.domain.automations import (
    Action,
    AutomationCore,
    Trigger,
)
from penstock.domain.events import Event

_COLUMNS = (
    "name",
    "description",
    "enabled",
    "tags",
    "trigger",
    "actions",
    "actions_on_trigger",
    "actions_on_resolve",
)


def automation_from(row: Row) -> Automation:
    """A row as it is answered."""
    given = {name: row[name] for name in ("id", "created", "updated")}
    return Automation(
        **given,
        **_core_fields(row),
        owner_resource=row["owner_resource"] or UNSET,
        stopped=row["stopped"] or UNSET,
    )


def core_of(body: AutomationWritten, owner: str | None) -> AutomationCore:
    """What was sent, as people wrote it."""
    return AutomationCore(**{name: getattr(body, name) for name in _COLUMNS}, owner_resource=owner)


def core_from(row: Row) -> AutomationCore:
    """A row as people wrote it."""
    return AutomationCore(**_core_fields(row), owner_resource=row["owner_resource"])


def core_columns(core: AutomationCore) -> Row:
    """What a row says of an automation, as the database gives it back."""
    return {name: msgspec.to_builtins(getattr(core, name)) for name in (*_COLUMNS, "owner_resource")}


def automation_as_data(row: Row) -> dict[str, Any]:
    """A row as plain JSON, as events carry it."""
    data: dict[str, Any] = msgspec.to_builtins(automation_from(row))
    return data


def _core_fields(row: Row) -> dict[str, Any]:
    fields = {name: row[name] for name in ("name", "description", "enabled", "tags")}
    fields["trigger"] = msgspec.convert(row["trigger"], Trigger)
    for name in ("actions", "actions_on_trigger", "actions_on_resolve"):
        fields[name] = msgspec.convert(row[name], list[Action])
    return fields


def event_from(row: Row) -> Event:
    """A row of `events` as an event."""
    return Event(
        id=row["id"],
        occurred=row["occurred"],
        received=row["received"],
        event=row["event"],
        resource=row["resource"],
        related=row["related"],
        payload=row.get("payload") or {},
        follows=row["follows"],
    )


def firing_from(row: Row, event: Event | None, actions: Iterable[Row]) -> Firing:
    """A firing with what followed."""
    names = ("id", "automation_id", "trigger_id", "state", "fired", "labels", "event_id", "events", "depth")
    given = {name: row[name] for name in names}
    return Firing(**given, event=event, actions=[_action_from(action) for action in actions])


def _action_from(row: Row) -> FiringAction:
    names = (
        "id",
        "position",
        "action",
        "status",
        "attempts",
        "due",
        "ended",
        "rendered",
        "outcome",
        "reason",
    )
    given = {name: row[name] for name in names}
    return FiringAction(
        **given, type=str(row["action"].get("type")), flow_run_id=(row["outcome"] or {}).get("flow_run_id")
    )
