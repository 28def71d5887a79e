"""What fired is written: into the log, as actions to do, and as events of its own."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from penstock.contract.permissions import Role
from penstock.db.port import Row, Transaction
from penstock.db.statements import automations as statements
from penstock.db.statements import buckets, firings
from penstock.domain.events import Event, NewEvent
from penstock.domain.ids import new_id
from penstock.domain.triggers.seen import FiringState
from penstock.server import event_reading
from penstock.server.caller import Caller
from penstock.server.changes import changed
from penstock.server.emitting import emit
from penstock.server.evaluation.folding import Fired
from penstock.server.evaluation.listeners import Listener
from penstock.server.evaluation.loops import depth_of
from penstock.server.evaluation.topics import ACTIONS, AUTOMATIONS
from penstock.server.event_sources.automations import automation_changed, automation_fired

_TICK = timedelta(microseconds=1)


class Written(Struct, frozen=True):
    """A firing and its rows."""

    fired: Fired
    row: Row
    actions: list[Row]


def actions_for(state: FiringState, row: Row) -> list[dict[str, Any]]:
    """Which actions of an automation follow, in their order."""
    if state is FiringState.RESOLVED:
        return list(row["actions_on_resolve"])
    return [*row["actions_on_trigger"], *row["actions"]]


async def write_firings(tx: Transaction, caller: Caller, fired: Sequence[Fired]) -> None:
    """Write firings in the order in which they happened."""
    if not fired:
        return
    written = [_written(tx, each, number) for number, each in enumerate(fired)]
    await tx.execute_many(firings.add(), [each.row for each in written])
    actions = [action for each in written for action in each.actions]
    await tx.execute_many(firings.add_action(), actions)
    if actions:
        tx.notify(ACTIONS)
    changed(tx, "automations", *dict.fromkeys(each.fired.listener.id for each in written))
    await _tell(tx, caller, written)


def _written(tx: Transaction, fired: Fired, number: int) -> Written:
    firing, listener = fired.firing, fired.listener
    # One after the other, so that the log has them in their order.
    moment = tx.now + number * _TICK
    row: Row = {
        "id": new_id(tx.now),
        "automation_id": listener.id,
        "trigger_id": firing.trigger_id,
        "state": firing.state.value,
        "fired": moment,
        "event_id": firing.event_id,
        "labels": firing.labels,
        "events": msgspec.to_builtins(firing.events),
        "depth": depth_of(fired.event),
    }
    actions = actions_for(firing.state, listener.row)
    return Written(fired, row, [_action(row, n, action) for n, action in enumerate(actions)])


def _action(firing: Row, position: int, action: dict[str, Any]) -> Row:
    return {
        "id": new_id(firing["fired"]),
        "firing_id": firing["id"],
        "automation_id": firing["automation_id"],
        "position": position,
        "action": action,
        "due": firing["fired"],
    }


async def _tell(tx: Transaction, caller: Caller, written: Sequence[Written]) -> None:
    whole = await _whole_events(tx, written)
    told: defaultdict[tuple[UUID, int], list[NewEvent]] = defaultdict(list)
    listeners = {each.fired.listener.id: each.fired.listener for each in written}
    for each in written:
        listener, row = each.fired.listener, each.row
        posture = getattr(listener.trigger, "posture", None)
        event = automation_fired(listener.row, row, whole.get(row["event_id"]), posture)
        told[listener.id, row["depth"] + 1].append(event)
    for (id, depth), events in told.items():
        await emit(tx, on_behalf_of(caller, listeners[id], depth), *events, is_listened_to=True)


async def _whole_events(tx: Transaction, written: Sequence[Written]) -> Mapping[UUID | None, Event]:
    ids = list({each.row["event_id"]: None for each in written if each.row["event_id"] is not None})
    return {event.id: event for event in await event_reading.of_ids(tx, ids)}


def on_behalf_of(caller: Caller, listener: Listener, depth: int) -> Caller:
    """The automation as the cause of something."""
    return Caller(
        principal=caller.principal,
        role=Role.ADMIN,
        origin=f"automation:{listener.name}",
        automation_id=listener.id,
        depth=depth,
        limits=caller.limits,
    )


async def stop(tx: Transaction, caller: Caller, listener: Listener, why: str) -> None:
    """Let an automation fire no more, and say why."""
    stopped = {"row_id": listener.id, "why": why, "at": tx.now}
    if await tx.execute(statements.stop(), stopped):
        await tx.execute(buckets.rest_all(), {"of_automation": listener.id})
        changed(tx, "automations", listener.id)
        tx.notify(AUTOMATIONS)
        row = listener.row | {"enabled": False, "stopped": why, "updated": tx.now}
        await emit(tx, caller, automation_changed("updated", row))
