"""What changed, told to those who watch: the ids of things, by their nouns, and never the things themselves.

Whoever changes something says so in its transaction by `changed`. What is told is a hint: who hears it looks
into the database, and who missed it is told that something was missed.
"""

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, TypeAlias
from uuid import UUID

from msgspec import Struct

from penstock.db.port import Transaction
from penstock.server.bell import Bell

CHANGED = "changed"
"""Channel of the hints."""

Noun: TypeAlias = Literal[
    "flows",
    "flow_runs",
    "task_runs",
    "logs",
    "artifacts",
    "deployments",
    "work_pools",
    "work_queues",
    "workers",
    "variables",
    "events",
    "automations",
    "webhooks",
    "block_types",
    "block_documents",
    "concurrency_limits",
]
"""What changes. Task runs and logs are told by their flow run, artifacts by it and by their own id, workers
by their work pool."""

ALL = "*"
"""Stands for more ids than are worth telling."""
MOST_IDS = 100
"""Of one noun, between two looks of a watcher."""
MOST_KEPT = 2_000
"""Hints that are kept for those who begin to watch after they have looked."""


def changed(tx: Transaction, noun: Noun, *ids: UUID | str) -> None:
    """Say that these things have changed, once the transaction is committed."""
    for id in ids:
        tx.hint(CHANGED, f"{noun}:{id}")


class Seen(Struct, frozen=True):
    """What a watcher has not been told yet."""

    ids: dict[str, list[str] | str]
    """By noun; `ALL` in their place where there are too many."""
    is_all: bool
    """Whether nothing was missed."""


class Watch:
    """What one watcher is to be told. It holds little, however late the watcher comes to take it."""

    def __init__(self) -> None:
        self._bell = Bell()
        self._lock = threading.Lock()
        self._ids: dict[str, dict[str, None]] = {}
        self._missed = False

    def note(self, noun: str, id: str) -> None:
        """Keep that a thing has changed. From any thread."""
        with self._lock:
            is_first = not self._ids
            ids = self._ids.setdefault(noun, {})
            if len(ids) <= MOST_IDS:
                ids[id] = None
        if is_first:
            self._bell.ring()

    def miss(self) -> None:
        """Keep that nobody knows what has changed. From any thread."""
        with self._lock:
            self._missed = True
        self._bell.ring()

    async def wait(self, seconds: float) -> bool:
        """Wait until there is something to take; whether there was within so many seconds."""
        return await self._bell.wait(seconds)

    def take(self) -> Seen:
        """What has come together since the last time."""
        with self._lock:
            ids, self._ids = self._ids, {}
            missed, self._missed = self._missed, False
        return Seen({noun: _told(found) for noun, found in ids.items()}, is_all=not missed)


def _told(ids: dict[str, None]) -> list[str] | str:
    return ALL if ALL in ids or len(ids) > MOST_IDS else list(ids)


class Changes:
    """Tells all watchers of one process, and remembers what it told lately."""

    def __init__(self) -> None:
        self._watches: tuple[Watch, ...] = ()
        self._lock = threading.Lock()
        self._told: deque[tuple[float, str | None]] = deque(maxlen=MOST_KEPT)
        """Hints, and None where some may have been missed, with the monotonic clock's time."""

    @contextmanager
    def watching(self, look_back: float = 0.0) -> Iterator[Watch]:
        """A watch of all that changes from now on.

        Args:
            look_back: Seconds. What was told within them is told to this watch too; where that is not known
                any more, it is told that it may have missed something.
        """
        watch = Watch()
        with self._lock:
            self._watches = (*self._watches, watch)
        if look_back:
            self._tell_again(watch, time.monotonic() - look_back)
        try:
            yield watch
        finally:
            with self._lock:
                self._watches = tuple(other for other in self._watches if other is not watch)

    def _tell_again(self, watch: Watch, since: float) -> None:
        told = list(self._told)
        if len(told) == MOST_KEPT and told[0][0] > since:
            watch.miss()
        for at, payload in told:
            if at >= since:
                _tell(watch, payload)

    def note(self, payload: str | None) -> None:
        """Tell of a hint, `noun:id`; None says that some may have been missed."""
        # Kept first: a watch that begins meanwhile hears of it twice, and not never.
        self._told.append((time.monotonic(), payload))
        for watch in self._watches:
            _tell(watch, payload)

    def miss(self) -> None:
        """Tell that hints may have been missed."""
        self.note(None)


def _tell(watch: Watch, payload: str | None) -> None:
    if payload is None:
        watch.miss()
    else:
        noun, _, id = payload.partition(":")
        watch.note(noun, id)
