"""Drafts of automations are shown the past, and actions are filled in from events."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from penstock.contract.automation_tests import (
    ActionPreview,
    ActionTest,
    AutomationTest,
    AutomationTestResult,
    EventDraft,
    TestFiring,
)
from penstock.db.port import Database, Row, Transaction
from penstock.domain.automations import Action, AutomationCore
from penstock.domain.errors import InvalidInput
from penstock.domain.events import ID, Event
from penstock.domain.ids import new_id
from penstock.domain.triggers import check_automation, check_trigger
from penstock.server import automation_checking, event_reading, named
from penstock.server.action_kinds import Occasion
from penstock.server.action_previews import preview
from penstock.server.caller import Caller
from penstock.server.evaluation import replay, words
from penstock.server.evaluation.folding import Fired
from penstock.server.evaluation.listeners import Listener
from penstock.server.evaluation.loops import depth_of
from penstock.server.evaluation.writing import actions_for
from penstock.server.ops.registry import operation
from penstock.server.views.automations import core_columns, core_of

_MADE_UP = EventDraft(event="example", resource={ID: "example"})


@operation("test_automation", access="database")
async def test_automation(db: Database, caller: Caller, *, body: AutomationTest) -> AutomationTestResult:
    """When a draft would have fired, and what its actions would have done."""
    core = check_automation(core_of(body.automation, body.automation.owner_resource))
    draft = await db.read(lambda tx: _draft(tx, caller, core, body.since))
    now = draft["updated"]
    until = min(body.until or now, now)
    if body.since > until:
        raise InvalidInput(
            "The time ends before it begins.", field="since", hint="Let since lie in the past."
        )
    found = await replay.Replay(Listener(draft), body.since, until, body.limit).run(db)
    whole = await db.read(lambda tx: _whole_events(tx, found.fired))
    firings = [await _told(db, caller, each, whole) for each in found.fired]
    return AutomationTestResult(
        since=body.since,
        until=found.until,
        is_whole=found.is_whole,
        events_read=found.events_read,
        events_matched=found.events_matched,
        firing_count=found.count,
        firings=firings,
        remarks=_remarks(found, core, now),
    )


test_automation.__test__ = False  # type: ignore[attr-defined]  # not a test of pytest's


async def _draft(tx: Transaction, caller: Caller, core: AutomationCore, since: datetime) -> Row:
    """The row that the draft would be. Raises what saving it would be refused with."""
    await automation_checking.check_actions(tx, caller, core)
    row: Row = {**core_columns(core), "enabled": True, "stopped": None}
    return row | {"id": new_id(tx.now), "created": tx.now, "updated": tx.now, "since": since}


async def _whole_events(tx: Transaction, fired: list[Fired]) -> dict[UUID, Event]:
    ids = list({each.firing.event_id for each in fired if each.firing.event_id is not None})
    return {event.id: event for event in await event_reading.of_ids(tx, ids)}


async def _told(db: Database, caller: Caller, fired: Fired, whole: dict[UUID, Event]) -> TestFiring:
    firing, row = fired.firing, fired.listener.row
    event = whole.get(firing.event_id) if firing.event_id else None
    occasion = Occasion(
        automation_id=row["id"],
        name=row["name"],
        description=row["description"],
        tags=row["tags"],
        trigger=row["trigger"],
        trigger_id=firing.trigger_id,
        firing_id=new_id(firing.fired),
        state=firing.state.value,
        fired=firing.fired,
        labels=firing.labels,
        events=msgspec.to_builtins(firing.events),
        event=event,
        event_id=firing.event_id,
        depth=depth_of(event),
    )
    actions = [msgspec.convert(each, Action) for each in actions_for(firing.state, row)]
    told = [await preview(db, caller, each, occasion, position=n) for n, each in enumerate(actions)]
    return TestFiring(
        state=occasion.state,  # type: ignore[arg-type]  # one of the two
        fired=firing.fired,
        trigger_id=firing.trigger_id,
        labels=firing.labels,
        event=event,
        events=occasion.events,
        actions=told,
    )


def _remarks(found: replay.Replayed, core: AutomationCore, now: datetime) -> list[str]:
    remarks = []
    if found.failure:
        remarks.append(found.failure)
    if not found.is_whole:
        remarks.append(
            f"Only the first {found.events_read:,} events were read, up to {words.moment(found.until, now)}. "
            "Let since be later, to see the rest."
        )
    if found.count > len(found.fired):
        remarks.append(f"{found.count:,} firings, of which the first {len(found.fired):,} are told.")
    if not found.events_read:
        remarks.append("No event with a name that it expects was received in this time.")
    elif not found.events_matched:
        were = "was" if found.events_read == 1 else "were"
        read = words.counted(found.events_read, "event")
        remarks.append(f"{read} with a name that it expects {were} received, and none matched.")
    return remarks


@operation("preview_action", access="database")
async def preview_action(db: Database, caller: Caller, *, body: ActionTest) -> ActionPreview:
    """One action filled in from one event."""
    event, now = await db.read(lambda tx: _event(tx, body))
    draft = body.automation
    automation_checking.check_templates(body.action)
    occasion = Occasion(
        automation_id=new_id(now),
        name=draft.name if draft else "preview",
        description=draft.description if draft else "",
        tags=draft.tags if draft else [],
        trigger=msgspec.to_builtins(check_trigger(draft.trigger)) if draft else {},
        firing_id=new_id(now),
        fired=now,
        events=[str(event.id)],
        event=event,
        event_id=event.id,
    )
    return await preview(db, caller, body.action, occasion)


async def _event(tx: Transaction, body: ActionTest) -> tuple[Event, datetime]:
    if body.event_id is not None:
        found = await event_reading.of_ids(tx, [body.event_id])
        if not found:
            named.found(None, "event", body.event_id)
        return found[0], tx.now
    given = body.event or _MADE_UP
    if not given.resource.get(ID):
        raise InvalidInput(f"An event is about a resource, which has a label {ID!r}.", field="event.resource")
    fields: dict[str, Any] = {
        name: getattr(given, name) for name in ("event", "resource", "related", "payload", "follows")
    }
    event = Event(
        id=given.id or new_id(tx.now),
        occurred=given.occurred or tx.now,
        received=given.received or tx.now,
        **fields,
    )
    return event, tx.now
