"""What became of an action is written down: in its row, for the firing log, and as events."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from penstock.db import dialect
from penstock.db.errors import UnsupportedValue
from penstock.db.event_tables import automation_actions
from penstock.db.port import Row, Transaction
from penstock.db.statements import actions as statements
from penstock.domain.errors import PenstockError, Unavailable
from penstock.domain.events import Event, NewEvent
from penstock.server.acting import Prepared
from penstock.server.action_kinds import Occasion, Outcome
from penstock.server.action_targets import target_of
from penstock.server.caller import Caller
from penstock.server.changes import changed
from penstock.server.emitting import emit
from penstock.server.event_sources.automation_actions import action_ended, action_triggered
from penstock.server.text import storable

MOST_ATTEMPTS: Final = 5
_LONGEST_PAUSE: Final = 300.0
_REASON_CHARACTERS: Final = 4_000
_PAUSED: Final = "Not done: the automation was paused before."
_NO_MORE: Final = "It is not tried again, since the automation was paused."


class Attempt(Struct, kw_only=True):
    """One action, tried once. What a transaction learns makes another one, since it may be repeated."""

    row: Row
    """As `statements.actions` finds it."""
    one: Prepared | None = None
    """None where it could not be prepared."""
    rendered: dict[str, Any] | None = None
    """Its templates, filled in; None where they could not be."""
    failure: PenstockError | None = None
    """Why it will not be done this time."""

    @property
    def is_begun(self) -> bool:
        """Whether it has been told that it was begun."""
        return self.row["rendered"] is not None

    @property
    def number(self) -> int:
        """Which attempt it is, from 1."""
        return int(self.row["attempts"]) + 1


def occasion_of(row: Row) -> Occasion:
    """Why an action is done, from a row of `statements.actions`."""
    return Occasion(
        automation_id=row["automation_id"],
        name=row["name"],
        description=row["description"],
        tags=row["tags"],
        trigger=row["trigger"],
        trigger_id=row["trigger_id"],
        firing_id=row["firing_id"],
        state=row["state"],
        fired=row["fired"],
        labels=row["labels"],
        events=row["events"],
        event=_event(row),
        event_id=row["event_id"],
        depth=row["depth"],
    )


def _event(row: Row) -> Event | None:
    if row["of_event"] is None:
        return None
    names = ("occurred", "received", "event", "resource", "related", "payload", "follows")
    return Event(id=row["of_event"], **{name: row[name] for name in names})


async def begun(tx: Transaction, attempt: Attempt, lease: timedelta) -> Attempt | None:
    """Take an action for a call to the outside; None where another server has it.

    Args:
        lease: For how long nobody else may take it.
    """
    one = attempt.one
    assert one is not None, "it was prepared"
    known = {"attempts": attempt.number, "rendered": one.shown(attempt.rendered or {})}
    if not await _mark(tx, attempt, {"status": "running", "due": tx.now + lease, **known}):
        return None
    if not attempt.is_begun:
        await emit(tx, one.caller, _begun(one))
    return replace(attempt, row=attempt.row | known)


async def done(tx: Transaction, attempt: Attempt, outcome: Outcome, *, number: int) -> None:
    """Mark an action done, and tell of it."""
    one = attempt.one
    assert one is not None, "it was done"
    target = target_of(one.kind, one.action, one.occasion)
    told = {"status_code": outcome.status_code}
    columns = {
        "status": "done",
        "ended": tx.now,
        "attempts": number,
        "rendered": one.shown(attempt.rendered or {}),
        "outcome": {**told, **outcome.detail},
        "reason": None,
    }
    if await _mark(tx, attempt, columns):
        ended = action_ended(
            one.occasion, one.id, one.position, one.kind, target, others=outcome.related, told=told
        )
        await emit(tx, one.caller, *([] if attempt.is_begun else [_begun(one)]), ended)


async def failed(tx: Transaction, attempt: Attempt, error: PenstockError, *, number: int) -> None:
    """Mark an action failed, or to be tried again where that may help."""
    if isinstance(error, Unavailable) and number < MOST_ATTEMPTS:
        await _again(tx, attempt, error, number)
        return
    reason = storable(str(error), _REASON_CHARACTERS)
    columns: dict[str, Any] = {"status": "failed", "ended": tx.now, "attempts": number, "reason": reason}
    columns["outcome"] = {"code": error.code, **({"problems": error.detail} if error.detail else {})}
    one = attempt.one
    if one is not None and attempt.rendered is not None:
        columns["rendered"] = one.shown(attempt.rendered)
    if await _mark(tx, attempt, columns) and one is not None:
        target = _target_if_any(one)
        told = {"reason": reason}
        ended = action_ended(one.occasion, one.id, one.position, one.kind, target, others=[], told=told)
        await emit(tx, one.caller, *([] if attempt.is_begun else [_begun(one)]), ended)


async def give_up(tx: Transaction, caller: Caller, automation_id: UUID) -> None:
    """Leave undone what an automation that is paused had yet to do; what is under way is not tried again.

    One that pauses itself does all the same what it fired for: that it pauses may be but the first of it.
    """
    if caller.automation_id == automation_id:
        return
    left = await tx.fetch_all(statements.open_of(), {"of_automation": automation_id})
    told = {"at": tx.now, "why": _PAUSED, "told": {"code": statements.PAUSED}}
    waiting = [{"row_id": row["id"], **told} for row in left if row["status"] == "pending"]
    under_way = [{"row_id": row["id"], "why": _PAUSED} for row in left if row["status"] != "pending"]
    await tx.execute_many(statements.give_up(), waiting)
    await tx.execute_many(statements.be_last(), under_way)


async def _again(tx: Transaction, attempt: Attempt, error: Unavailable, number: int) -> None:
    if await tx.fetch_value(statements.reason(), {"row_id": attempt.row["id"]}) == _PAUSED:
        ended = {"status": "failed", "ended": tx.now, "attempts": number, "reason": f"{error} {_NO_MORE}"}
        await _mark(tx, attempt, ended)
        return
    pause = min(max(2.0 ** (number - 1), error.retry_after or 0.0), _LONGEST_PAUSE)
    due = tx.now + timedelta(seconds=pause)
    reason = storable(f"{error} Trying again.", _REASON_CHARACTERS)
    await _mark(tx, attempt, {"status": "pending", "due": due, "attempts": number, "reason": reason})


async def _mark(tx: Transaction, attempt: Attempt, columns: dict[str, Any]) -> bool:
    row = attempt.row
    key = {"row_id": row["id"], "attempt": row["attempts"]}
    if not await tx.execute(statements.mark(), key | _storable(columns)):
        return False
    changed(tx, "automations", row["automation_id"])
    return True


def _storable(columns: dict[str, Any]) -> dict[str, Any]:
    """What is written down, without what no database takes: a template may make that, and stops nobody."""
    kept = dict(columns)
    for name in ("rendered", "outcome"):
        try:
            dialect.check_storable(automation_actions, {name: columns.get(name)})
        except UnsupportedValue as error:
            kept[name] = {"note": f"It can't be shown: {error}"}
    return kept


def _begun(one: Prepared) -> NewEvent:
    return action_triggered(one.occasion, one.id, one.position, one.kind, _target_if_any(one))


def _target_if_any(one: Prepared) -> Any:
    try:
        return target_of(one.kind, one.action, one.occasion)
    except PenstockError:
        return None
