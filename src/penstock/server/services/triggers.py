"""Shows what happened to the triggers of automations, and writes what they make of it.

The rows of the outbox are the cursor: they go in the transaction that writes what came of them.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from msgspec import Struct

from penstock.db.dialect import try_lock
from penstock.db.port import Database, Row, Transaction
from penstock.db.statements import buckets as statements
from penstock.domain.events import Event
from penstock.domain.triggers.seen import BucketId
from penstock.server import event_reading
from penstock.server.emitting import EVENTS
from penstock.server.evaluation import writing
from penstock.server.evaluation.folding import Folding, places_for, places_when_due
from penstock.server.evaluation.listeners import Audience, Listener, Listeners
from penstock.server.evaluation.loops import LoopGuard
from penstock.server.evaluation.rows import Place, load_buckets, save_buckets
from penstock.server.evaluation.topics import AUTOMATIONS, EVALUATION_LOCK
from penstock.server.limits import Limits
from penstock.server.metrics import counted
from penstock.server.services.base import Round, Service
from penstock.server.views.automations import event_from

BATCH = 200
"""Events in one transaction."""
_MOST_CHARACTERS = 4_000_000
"""Of the labels of events in one transaction: some have a hundred thousand."""
_MOST_DUE = 500
_REST = 10.0
"""Seconds after which it looks though nobody rang."""
_CONTENDED = 0.25
"""Seconds after which it looks again where another server evaluates: that one might die."""


class _Turn(Struct, frozen=True):
    """What one transaction did."""

    is_full: bool = False
    """Whether more events may wait."""
    done: int = 0
    next_due: datetime | None = None
    now: datetime | None = None
    is_contended: bool = False

    @property
    def again_in(self) -> float:
        """Seconds until there may be more to do."""
        if self.is_contended:
            return _CONTENDED
        if self.is_full:
            return 0.0
        if self.next_due is None or self.now is None:
            return _REST
        return min(_REST, max(0.0, (self.next_due - self.now).total_seconds()))


class Triggers(Service):
    """Events → firings."""

    name: ClassVar[str] = "triggers"
    topics: ClassVar[tuple[str, ...]] = (EVENTS, AUTOMATIONS)

    def __init__(self, db: Database, limits: Limits) -> None:
        super().__init__(db, limits)
        self._audience = Audience()

    async def run_once(self) -> Round:
        """Evaluate one batch; at once again while there may be more."""
        turn = await self.db.write(self._evaluate)
        return Round(done=turn.done, again_in=turn.again_in)

    async def _evaluate(self, tx: Transaction) -> _Turn:
        if not await tx.fetch_value(try_lock(), {"number": EVALUATION_LOCK}):
            return _Turn(is_contended=True)
        listeners = await self._audience.gather(tx)
        asked = {"at_most": BATCH, "at_most_characters": _MOST_CHARACTERS}
        waiting = await tx.fetch_all(statements.waiting(), asked)
        folding = Folding()
        await _show(tx, folding, listeners, waiting)
        await _pass_time(tx, folding, listeners, _until(tx, waiting))
        await self._write(tx, folding, listeners)
        taken = [{"at_position": row["position"]} for row in waiting]
        await tx.execute_many(statements.taken(), taken)
        counted.events(tx, "evaluated", len(taken))
        next_due = await tx.fetch_value(statements.next_due())
        done = len(waiting) + len(folding.fired)
        return _Turn(done=done, is_full=_is_full(waiting), next_due=next_due, now=tx.now)

    async def _write(self, tx: Transaction, folding: Folding, listeners: Listeners) -> None:
        await self._stop_loops(tx, folding)
        for id, why in folding.failed.items():
            await writing.stop(tx, self.caller, listeners.by_id[id], why)
        await save_buckets(tx, folding.changes)
        await writing.write_firings(tx, self.caller, folding.fired)

    async def _stop_loops(self, tx: Transaction, folding: Folding) -> None:
        """Leave out the firings with which an automation goes too far, and stop it."""
        guard, kept, stopped = LoopGuard(tx), [], set()
        for fired in folding.fired:
            if fired.listener.id in stopped:
                continue
            why = await guard.objection(fired)
            if why is None:
                kept.append(fired)
                continue
            stopped.add(fired.listener.id)
            await writing.stop(tx, self.caller, fired.listener, why)
        folding.fired = kept


async def _show(tx: Transaction, folding: Folding, listeners: Listeners, waiting: Sequence[Row]) -> None:
    """Show the events that wait, each to whom it concerns, in their order."""
    pairs: list[tuple[Listener, Event]] = []
    of_task_runs = await _of_task_runs(tx, waiting)
    for row in waiting:
        event = event_from(row) if row["event"] is not None else of_task_runs.get(row["id"])
        if event is not None:  # it may be older than events are kept
            pairs += [(listener, event) for listener in listeners.concerned(event)]
    folding.know(await load_buckets(tx, places_for(pairs)))
    for listener, event in pairs:
        folding.show(listener, event, tx.now)


async def _of_task_runs(tx: Transaction, waiting: Sequence[Row]) -> dict[UUID, Event]:
    """The events among those that wait which are rows of the histories of task runs, and no others."""
    missing = [row["id"] for row in waiting if row["event"] is None]
    return {event.id: event for event in await event_reading.of_ids(tx, missing)}


def _is_full(waiting: Sequence[Row]) -> bool:
    """Whether more events may wait than these."""
    return len(waiting) == BATCH or bool(waiting and len(waiting) < waiting[0]["found"])


def _until(tx: Transaction, waiting: Sequence[Row]) -> datetime:
    """Up to when nothing is missed by now: no silence is told of while its end waits to be shown."""
    if not _is_full(waiting):
        return tx.now
    received: list[datetime] = [row["received"] for row in waiting if row["received"] is not None]
    return min([tx.now, *received[-1:]])


async def _pass_time(tx: Transaction, folding: Folding, listeners: Listeners, until: datetime) -> None:
    """Let time pass for whoever waits for something."""
    stored = await tx.fetch_all(statements.due(), {"now": until, "at_most": _MOST_DUE})
    due = [(row["automation_id"], BucketId(row["trigger_id"], row["key"])) for row in stored]
    due += [(automation_id, bucket) for _, automation_id, bucket in folding.due(until)]
    known = [(listeners.by_id[id], bucket) for id, bucket in dict.fromkeys(due) if id in listeners.by_id]
    folding.know(await load_buckets(tx, places_when_due(known)))
    for listener, bucket in known:
        folding.pass_time(listener, bucket, until)
    await _rest(tx, [place for place in due if place not in folding.changes])


async def _rest(tx: Transaction, unmoved: Sequence[Place]) -> None:
    """Look no more at what time changes nothing about: it can't be read, or its trigger can't."""
    gone = [{"of_automation": id, "of_trigger": b.trigger_id, "of_key": b.key} for id, b in unmoved]
    await tx.execute_many(statements.rest(), gone)
