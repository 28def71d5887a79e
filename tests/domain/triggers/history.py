"""Histories: turns in which an event is evaluated or time passes, and what a trigger makes of them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from penstock.domain.events import ID, Event
from penstock.domain.triggers import (
    Bucket,
    BucketId,
    Changes,
    Firing,
    Seen,
    Watch,
    as_state,
    check_trigger,
    expire,
    needed,
    needed_when_due,
    observe,
    seen_from,
    start,
    trigger_from,
)

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """A moment of the histories, which begin at 0."""
    return START + timedelta(seconds=seconds)


@dataclass(frozen=True)
class Turn:
    """An event of this name, or, without one, that time passes."""

    now: float
    name: str = ""
    moment: float = 0.0
    number: int = 0
    labels: dict[str, str] = field(default_factory=dict)
    received: float | None = None

    @property
    def event(self) -> Event:
        return Event(
            id=UUID(int=self.number),
            occurred=at(self.moment),
            received=at(self.now if self.received is None else self.received),
            event=self.name,
            resource={ID: "thing", **self.labels},
        )


def watch_of(data: object) -> Watch:
    """A trigger as people write it, ready to be asked."""
    return Watch(check_trigger(trigger_from(data)))


class Play:
    """A trigger in a history, with what it has seen stored as JSON between the turns."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self.stored: dict[BucketId, Bucket] = {}
        self.firings: list[tuple[int, Firing]] = []
        self._apply(-1, start(watch, {}, at(0)))

    def take(self, index: int, turn: Turn) -> None:
        if turn.name:
            self._observe(index, turn)
        else:
            # What fires makes buckets of what contains it, which are asked after it.
            for kind in (self.watch.sources, self.watch.composites):
                for bucket in sorted(
                    (name for name in self.stored if name.trigger_id in kind), key=self._place
                ):
                    self._expire(index, bucket, at(turn.now))

    def _observe(self, index: int, turn: Turn) -> None:
        names = needed(self.watch, turn.event)
        changes = observe(self.watch, self._seen(names), turn.event, at(turn.now))
        # It has asked for nothing else, and what is there besides makes no difference.
        assert set(changes.buckets) <= set(names)
        assert changes == observe(self.watch, self._seen(self.stored), turn.event, at(turn.now))
        self._apply(index, changes)

    def _expire(self, index: int, bucket: BucketId, now: datetime) -> None:
        if bucket not in self.stored:
            return
        due = self.stored[bucket].due
        changes = expire(self.watch, self._seen(needed_when_due(self.watch, bucket)), bucket, now)
        if due is None or now < due:
            # Nothing happens before it is due.
            assert changes == Changes({}, [])
        else:
            assert changes.buckets
        self._apply(index, changes)

    def _seen(self, names: Sequence[BucketId] | dict[BucketId, Bucket]) -> dict[BucketId, Seen]:
        return {name: self.stored[name].seen for name in names if name in self.stored}

    def _place(self, bucket: BucketId) -> tuple[int, str]:
        return [*self.watch.sources, *reversed(self.watch.composites)].index(bucket.trigger_id), bucket.key

    def _apply(self, index: int, changes: Changes) -> None:
        for name, bucket in changes.buckets.items():
            if bucket is None:
                del self.stored[name]
            else:
                again = seen_from(json.loads(json.dumps(as_state(bucket.seen))))
                assert again == bucket.seen
                self.stored[name] = Bucket(again, bucket.due)
        self.firings += [(index, firing) for firing in changes.firings]


def play(watch: Watch, turns: Sequence[Turn]) -> Play:
    """What becomes of a history."""
    played = Play(watch)
    for index, turn in enumerate(turns):
        played.take(index, turn)
    return played


def story(text: str) -> list[Turn]:
    """A history as words: `A5` is an event A at 5, `A5#1` one with this number, `(60)` that it is 60, and
    `A5@9` that the event of 5 has its turn at 9.
    """
    turns, now = [], 0.0
    for number, word in enumerate(text.split(), start=100):
        if word.startswith("("):
            now = float(word.strip("()"))
            turns.append(Turn(now))
            continue
        word, _, given = word.partition("#")
        name, (moment, _, late) = word[0], word[1:].partition("@")
        now = max(now, float(late or moment))
        turns.append(Turn(now, name, float(moment), int(given or number)))
    return turns


def told(played: Play) -> str:
    """What fired: `60` at 60, `-61` that it was over at 61."""
    return " ".join(
        f"{'-' if firing.state == 'Resolved' else ''}{(firing.fired - START).total_seconds():g}"
        for _, firing in played.firings
    )
