"""Events about deployments."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from penstock.db.port import Row, Transaction
from penstock.db.statements import event_subjects
from penstock.domain.events import NewEvent
from penstock.server.caller import Caller
from penstock.server.emitting import emit
from penstock.server.event_sources import lifecycles, resources


async def emit_created(tx: Transaction, caller: Caller, id: UUID) -> None:
    """Tell that a deployment was made."""
    await emit(tx, caller, about(await _subject(tx, id), "created"))


async def emit_updated(
    tx: Transaction, caller: Caller, before: Mapping[str, Any], columns: Mapping[str, Any]
) -> None:
    """Tell what was changed of a deployment, if anything; and that it was disabled, if it was paused."""
    said = lifecycles.updates(before, columns)
    if not said:
        return
    subject = await _subject(tx, before["id"])
    events = [about(subject, "updated", said)]
    if "paused" in said["updated_fields"] and columns["paused"]:
        events.append(about(subject, "disabled"))
    await emit(tx, caller, *events)


async def emit_deleted(tx: Transaction, caller: Caller, id: UUID) -> None:
    """Tell that a deployment is deleted; to be called while it is there."""
    await emit(tx, caller, about(await _subject(tx, id), "deleted"))


async def _subject(tx: Transaction, id: UUID) -> Row:
    row = await tx.fetch_one(event_subjects.deployment(), {"row_id": id})
    assert row is not None, "it is there in this transaction"
    return row


def about(row: Row, what: str, payload: dict[str, Any] | None = None) -> NewEvent:
    """An event about a deployment, from a row of `event_subjects.deployment`."""
    flow = resources.part("flow", row["flow_id"], row["flow_name"])
    return NewEvent(
        event=f"prefect.deployment.{what}",
        resource=resources.resource("deployment", row["id"], row["name"]),
        related=[flow, *resources.places(row)],
        payload=payload or {},
    )
