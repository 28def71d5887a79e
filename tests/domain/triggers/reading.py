"""The definition of triggers, read by brute force: it looks at a whole history at once, and keeps nothing.

It is slow and stupid on purpose, and shares nothing with the folds.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from math import inf
from typing import TypeAlias

from tests.domain.triggers.history import Turn

from penstock.domain.automations import CompoundTrigger, EventTrigger, SequenceTrigger, Trigger

HOUR = 3600.0
DAYS = 86400.0

Told: TypeAlias = tuple[int, float, frozenset[int], bool]
"""The turn, the moment, the events by their numbers, and whether it is over."""


@dataclass(frozen=True)
class Fired:
    turn: int
    moment: float
    numbers: frozenset[int]
    over: bool = False
    order: tuple[int, str] = (0, "")


def read(trigger: Trigger, turns: Sequence[Turn], start: float = 0.0) -> list[Fired]:
    """Everything that a trigger fires in a history."""
    if isinstance(trigger, EventTrigger):
        keys = {key for turn in turns if (key := key_of(trigger, turn)) is not None} or {()}
        fired = [one for key in keys for one in _of_key(trigger, turns, key, start)]
        return sorted(fired, key=lambda one: (one.turn, one.order))
    assert isinstance(trigger, CompoundTrigger | SequenceTrigger)
    return _composite(trigger, turns, start)


def key_of(trigger: EventTrigger, turn: Turn) -> tuple[str, ...] | None:
    """The values of `for_each`. None where the event doesn't concern the trigger."""
    if not turn.name or not _named([*(trigger.expect or ["*"]), *trigger.after], turn):
        return None
    values = [turn.labels.get(name) for name in sorted(set(trigger.for_each))]
    return None if None in values else tuple(values)


def _named(names: Sequence[str], turn: Turn) -> bool:
    return any(
        turn.name == name or (name.endswith("*") and turn.name.startswith(name[:-1])) for name in names
    )


def _of_key(trigger: EventTrigger, turns: Sequence[Turn], key: tuple[str, ...], start: float) -> list[Fired]:
    mine = [turn for turn in turns if not turn.name or key_of(trigger, turn) == key]
    places = [index for index, turn in enumerate(turns) if not turn.name or key_of(trigger, turn) == key]
    reader = _proactive if trigger.posture == "Proactive" else _reactive
    return [
        Fired(places[turn], moment, numbers, over, (0, str(key)))
        for turn, moment, numbers, over in reader(trigger, mine, start)
    ]


class _SinceStart:
    """What a reactive trigger may look at: the turns since it started over."""

    def __init__(self, trigger: EventTrigger, turns: Sequence[Turn], begin: int, used: bool) -> None:
        self.trigger, self.turns, self.begin = trigger, turns, begin
        # With an event that has fired it begins again: as one of `after` that still counts.
        self.first = begin + 1 if used else begin

    def afters(self, upto: int) -> list[float]:
        return [t.moment for t in self.turns[self.begin : upto] if t.name and _named(self.trigger.after, t)]

    def counts(self, j: int) -> bool:
        turn, w = self.turns[j], self.trigger.within
        if j < self.first or not turn.name or not _named(self.trigger.expect or ["*"], turn):
            return False
        if self.trigger.after:
            newest = max(self.afters(j), default=None)
            if newest is None or turn.moment < newest or (w and turn.moment - newest > w):
                return False
        return not any(self.turns[k].number == turn.number and self.counts(k) for k in range(self.first, j))

    def spans(self, kept: list[int]) -> list[list[int]]:
        """As many as are enough, near enough to each other."""
        n, w = self.trigger.threshold, self.trigger.within
        kept = sorted(kept, key=lambda j: (self.turns[j].moment, j))
        runs = [kept[k : k + n] for k in range(len(kept) - n + 1)]
        return [run for run in runs if not w or self.turns[run[-1]].moment - self.turns[run[0]].moment <= w]


def _reactive(trigger: EventTrigger, turns: Sequence[Turn], start: float) -> Iterator[Told]:
    w = trigger.within
    since = _SinceStart(trigger, turns, 0, False)
    for i, turn in enumerate(turns):
        counted = [j for j in range(i + 1) if since.counts(j)]
        moments = [turns[j].moment for j in counted] + since.afters(i if i in counted else i + 1)
        newest = max(moments, default=turn.moment)
        if not turn.name:
            memory = 2 * w + HOUR if w else 90 * DAYS
            if moments and (w or trigger.for_each) and turn.now >= newest + memory:
                since = _SinceStart(trigger, turns, i + 1, False)
            continue
        spans = since.spans([j for j in counted if not w or newest - turns[j].moment <= 2 * w])
        if i in counted and spans:
            yield i, turn.moment, frozenset(turns[j].number for j in spans[-1]), False
            since = _SinceStart(trigger, turns, i, True)


@dataclass(frozen=True)
class _Window:
    opened: float
    first: int
    """The first turn that may count in it."""
    end: int
    """The turn with which it is over."""
    expired: bool


class _Watching:
    """What a proactive trigger may look at."""

    def __init__(self, trigger: EventTrigger, turns: Sequence[Turn]) -> None:
        self.trigger, self.turns = trigger, turns
        self.expect = trigger.expect or ["*"]
        self.opens = trigger.after or (self.expect if trigger.for_each else [])

    def expected(self, first: int, last: int, low: float, high: float) -> set[int]:
        """Numbers of the expected events of some turns that have their moments there."""
        return {
            t.number
            for t in self.turns[first:last]
            if t.name and _named(self.expect, t) and low <= t.moment <= high
        }

    def opener(self, begin: int) -> int | None:
        """The next turn that opens a window."""
        places = range(begin, len(self.turns))
        return next((i for i in places if self.turns[i].name and _named(self.opens, self.turns[i])), None)

    def window(self, opened: float, first: int) -> _Window | None:
        """The window that opens then. None if the history ends before it."""
        deadline = opened + self.trigger.within
        for i in range(first, len(self.turns)):
            expired = self.passed(i, deadline)
            enough = len(self.expected(first, i + 1, opened, deadline)) >= self.trigger.threshold
            if expired or (self.turns[i].name and enough):
                return _Window(opened, first, i, expired)
        return None

    def passed(self, i: int, deadline: float) -> bool:
        turn = self.turns[i]
        return turn.moment > deadline if turn.name else turn.now >= deadline

    def windows(self, start: float) -> Iterator[_Window]:
        return self.opened_windows() if self.opens else self.chained_windows(start)

    def opened_windows(self) -> Iterator[_Window]:
        begin = self.opener(0)
        while begin is not None:
            window = self.window(self.turns[begin].moment, begin + 1)
            if window is None:
                return
            yield window
            # The event that ended it may open the next.
            begin = self.opener(window.end)

    def chained_windows(self, start: float) -> Iterator[_Window]:
        window = self.window(start, 0)
        while window is not None:
            yield window
            end = self.turns[window.end]
            if not window.expired:
                window = self.window(end.moment, window.end + 1)
                continue
            opened = window.opened + self.trigger.within
            while self.passed(window.end, opened + self.trigger.within):
                opened += self.trigger.within
            window = self.window(opened, window.end if end.name else window.end + 1)


def _proactive(trigger: EventTrigger, turns: Sequence[Turn], start: float) -> Iterator[Told]:
    watching = _Watching(trigger, turns)
    alarms = [window for window in watching.windows(start) if window.expired]
    # Until the next one takes its place.
    ends = [*(window.end for window in alarms[1:]), len(turns)]
    for window, until in zip(alarms, ends, strict=False):
        deadline = window.opened + trigger.within
        inside = watching.expected(window.first, window.end, window.opened, deadline)
        yield window.end, deadline, frozenset(inside), False
        for i in range(window.end, until):
            came = inside | watching.expected(window.end, i + 1, window.opened, inf)
            if turns[i].name and len(came) >= trigger.threshold:
                yield i, turns[i].moment, frozenset(came), True
                break


def _composite(
    trigger: CompoundTrigger | SequenceTrigger, turns: Sequence[Turn], start: float
) -> list[Fired]:
    parts = [
        Fired(one.turn, one.moment, one.numbers, False, (index, one.order[1]))
        for index, part in enumerate(trigger.triggers)
        for one in read(part, turns, start)
        if not one.over
    ]
    parts.sort(key=lambda one: (one.turn, one.order))
    gathering = _Gathering(trigger, turns, parts)
    fired: list[Fired] = []
    begin = 0
    while (end := gathering.completed(begin)) is not None:
        chosen = gathering.kept(begin, end)
        moment = max(parts[i].moment for i in chosen)
        fired.append(Fired(parts[end].turn, moment, frozenset()))
        begin = end + 1
        # One event makes it fire at most once.
        while turns[parts[end].turn].name and begin < len(parts) and parts[begin].turn == parts[end].turn:
            begin += 1
    return fired


@dataclass(frozen=True)
class _Gathering:
    """What a compound or a sequence may look at: what its parts fired, in the order in which they did."""

    trigger: CompoundTrigger | SequenceTrigger
    turns: Sequence[Turn]
    parts: Sequence[Fired]

    def completed(self, begin: int) -> int | None:
        """The first part that completes it, of those from `begin` on."""
        return next((end for end in range(begin, len(self.parts)) if self.completes(begin, end)), None)

    def completes(self, begin: int, end: int) -> bool:
        chosen = self.kept(begin, end)
        clock = {i: max(self.parts[j].moment for j in chosen if j <= i) for i in chosen}
        within = inf if self.trigger.within is None else self.trigger.within
        return any(
            max(way) == end and max(clock[i] for i in way) - min(clock[i] for i in way) <= within
            for way in self.ways(chosen)
        )

    def ways(self, chosen: list[int]) -> Iterator[tuple[int, ...]]:
        """All choices of one firing of each part that it needs."""
        each = [
            [i for i in chosen if self.parts[i].order[0] == index]
            for index in range(len(self.trigger.triggers))
        ]
        if isinstance(self.trigger, SequenceTrigger):
            yield from (way for way in product(*each) if list(way) == sorted(way))
            return
        words = {"any": 1, "all": len(each)}
        require = self.trigger.require
        count = words[require] if isinstance(require, str) else require
        for some in combinations(each, count):
            yield from product(*some)

    def kept(self, begin: int, end: int) -> list[int]:
        """Which of the parts from `begin` to `end` are not forgotten: a sequence begins with its first."""
        first = self.first(begin, end)
        for i in range(begin, end):
            if first <= i and self.forgets(first, i):
                first = self.first(i + 1, end)
        return list(range(first, end + 1))

    def first(self, begin: int, end: int) -> int:
        if isinstance(self.trigger, CompoundTrigger):
            return begin
        return next((i for i in range(begin, end + 1) if self.parts[i].order[0] == 0), end + 1)

    def forgets(self, first: int, i: int) -> bool:
        """Whether it forgets between this part and the next."""
        if self.trigger.within is None:
            return False
        newest = max(part.moment for part in self.parts[first : i + 1])
        between = self.turns[self.parts[i].turn : self.parts[i + 1].turn]
        return any(not turn.name and turn.now >= newest + self.trigger.within + HOUR for turn in between)
