"""What automations have done: the rows of their page, and the firing log."""

from collections import defaultdict
from datetime import timedelta
from typing import Any
from uuid import UUID

from penstock.contract.automation_log import AutomationRow, Firing, FiringQuery
from penstock.db.port import Row, Transaction
from penstock.db.statements import automations as statements
from penstock.db.statements import firings
from penstock.domain.events import Event
from penstock.server import event_reading, named
from penstock.server.caller import Caller
from penstock.server.ops.registry import operation
from penstock.server.views.automations import automation_from, firing_from

_DAY = timedelta(hours=24)


@operation("read_automation_rows", access="read")
async def read_automation_rows(tx: Transaction, caller: Caller) -> list[AutomationRow]:
    """All automations with what became of them lately."""
    found = await tx.fetch_all(statements.overview(), {"day_ago": tx.now - _DAY})
    last = [row["last_action"] for row in found if row["last_action"] is not None]
    failures = {row["id"]: row for row in await tx.fetch_all(statements.failures(), {"row_ids": last})}
    return [_overview_row(row, failures.get(row["last_action"])) for row in found]


def _overview_row(row: Row, failure: Row | None) -> AutomationRow:
    return AutomationRow(
        automation=automation_from(row),
        last_fired=row["last_fired"],
        firings_24h=row["firings_24h"],
        failed_24h=row["failed_24h"],
        last_error=failure["reason"] if failure else None,
        last_error_at=failure["ended"] if failure else None,
        stopped=row["stopped"],
    )


@operation("read_firings", access="read")
async def read_firings(tx: Transaction, caller: Caller, *, id: UUID, body: FiringQuery) -> list[Firing]:
    """The firings of an automation with their actions, newest first."""
    named.found(await tx.fetch_one(statements.by_id(), {"row_id": id}), "automation", id)
    before = await _place_of(tx, body.before) if body.before is not None else None
    found = await tx.fetch_all(firings.of_automation(id, body.limit, before))
    actions: defaultdict[UUID, list[Row]] = defaultdict(list)
    for action in await tx.fetch_all(firings.actions_of([row["id"] for row in found])):
        actions[action["firing_id"]].append(action)
    events = await events_by_id(tx, [row["event_id"] for row in found])
    return [firing_from(row, events.get(row["event_id"]), actions[row["id"]]) for row in found]


async def _place_of(tx: Transaction, firing_id: UUID) -> tuple[Any, UUID]:
    row = named.found(await tx.fetch_one(firings.by_id(), {"row_id": firing_id}), "firing", firing_id)
    return row["fired"], firing_id


async def events_by_id(tx: Transaction, ids: list[UUID | None]) -> dict[UUID | None, Event]:
    """Events that are still kept, by their ids."""
    wanted = [id for id in ids if id is not None]
    return {event.id: event for event in await event_reading.of_ids(tx, wanted)}
