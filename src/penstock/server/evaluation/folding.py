"""Events on their way through many triggers: what each has seen by now, and what fired."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from msgspec import Struct

from penstock.domain.events import Event
from penstock.domain.triggers import Changes, expire, needed, needed_when_due, observe
from penstock.domain.triggers.seen import Bucket, BucketId, Firing, Seen
from penstock.server.evaluation.listeners import Listener
from penstock.server.evaluation.rows import Place

_LOG = logging.getLogger("penstock.server.automations")

Fold: TypeAlias = Callable[[Mapping[BucketId, Seen]], Changes]


class Fired(Struct, frozen=True, kw_only=True):
    """An automation that fired."""

    listener: Listener
    firing: Firing
    event: Event | None
    """What made it."""


class Folding:
    """What a number of triggers have seen, in memory. One that fails is left out, and the others go on."""

    def __init__(self, stored: Mapping[Place, Seen] | None = None) -> None:
        self.fired: list[Fired] = []
        self.failed: dict[UUID, str] = {}
        """Why automations could not be evaluated."""
        self.changes: dict[Place, Bucket | None] = {}
        self.touched: list[BucketId] = []
        """What was changed, in its order."""
        self._seen: dict[UUID, dict[BucketId, Seen]] = {}
        self.know(stored or {})

    def know(self, stored: Mapping[Place, Seen]) -> None:
        """Add what is kept; what has been changed meanwhile stays."""
        for (automation_id, id), seen in stored.items():
            if (automation_id, id) not in self.changes:
                self._seen.setdefault(automation_id, {})[id] = seen

    def show(self, listener: Listener, event: Event, now: datetime) -> None:
        """Show an event to an automation."""
        if listener.id not in self.failed:
            self._fold(listener, event, lambda stored: observe(listener.watch, stored, event, now))

    def pass_time(self, listener: Listener, bucket: BucketId, now: datetime) -> None:
        """Let time pass for something that an automation waits for."""
        if listener.id not in self.failed:
            self._fold(listener, None, lambda stored: expire(listener.watch, stored, bucket, now))

    def due(self, now: datetime) -> list[tuple[datetime, UUID, BucketId]]:
        """What has been changed here and is due, the earliest first."""
        found = [
            (bucket.due, automation_id, id)
            for (automation_id, id), bucket in self.changes.items()
            if bucket is not None and bucket.due is not None and bucket.due <= now
        ]
        return sorted(found)

    def drop(self, automation_id: UUID) -> None:
        """Undo what an automation made of all this."""
        self.fired = [each for each in self.fired if each.listener.id != automation_id]
        self.changes = {place: each for place, each in self.changes.items() if place[0] != automation_id}

    def _fold(self, listener: Listener, event: Event | None, fold: Fold) -> None:
        stored = self._seen.setdefault(listener.id, {})
        try:
            changes = fold(stored)
        except Exception as error:
            _LOG.exception("The automation %r can't be evaluated.", listener.name)
            self.failed[listener.id] = f"It could not be evaluated: {type(error).__name__}: {error}"
            self.drop(listener.id)
            return
        self.apply(listener, changes, event)

    def apply(self, listener: Listener, changes: Changes, event: Event | None) -> None:
        """Take over what a fold made."""
        stored = self._seen.setdefault(listener.id, {})
        self.touched += changes.buckets
        for id, bucket in changes.buckets.items():
            self.changes[listener.id, id] = bucket
            if bucket is None:
                stored.pop(id, None)
            else:
                stored[id] = bucket.seen
        self.fired += [Fired(listener=listener, firing=firing, event=event) for firing in changes.firings]


def places_for(pairs: Iterable[tuple[Listener, Event]]) -> list[Place]:
    """What must be known before events are shown."""
    return [(listener.id, id) for listener, event in pairs for id in needed(listener.watch, event)]


def places_when_due(due: Sequence[tuple[Listener, BucketId]]) -> list[Place]:
    """What must be known before time passes."""
    return [(listener.id, id) for listener, bucket in due for id in needed_when_due(listener.watch, bucket)]
