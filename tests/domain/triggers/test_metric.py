"""Metric triggers: what they measure, and for how long it must hold."""

from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.domain.triggers.history import START, Play, Turn, at, told, watch_of

from penstock.domain.automations import MetricName
from penstock.domain.events import ID, Event
from penstock.domain.triggers import BucketId, Watch, expire
from penstock.domain.triggers.metric import measurement
from penstock.domain.triggers.seen import Measured

STATES = {"Completed": "COMPLETED", "Failed": "FAILED", "Crashed": "CRASHED", "Running": "RUNNING"}


class Run(Turn):
    """A run that ends, or starts, with something measured."""

    @property
    def event(self) -> Event:
        measured = self.labels.get("measured")
        return Event(
            id=UUID(int=self.number),
            occurred=at(self.moment),
            received=at(self.now),
            event=f"prefect.flow-run.{self.name}",
            resource={ID: "prefect.flow-run.1", "prefect.state-type": STATES.get(self.name, "")},
            payload={"measures": {"duration": float(measured)}} if measured else {},
        )


def metric(name: str = "successes", threshold: float = 0.5, operator: str = "<", **more: object) -> Watch:
    query = {"name": name, "threshold": threshold, "operator": operator, **more}
    return watch_of({"type": "metric", "metric": query})


def runs(text: str) -> list[Turn]:
    """`F0` is a failed run at 0, `C5` a completed one, `R5` one that starts, `(60)` that it is 60."""
    turns: list[Turn] = []
    for number, word in enumerate(text.split(), start=1):
        if word.startswith("("):
            turns.append(Turn(float(word.strip("()"))))
            continue
        name = {"F": "Failed", "C": "Completed", "R": "Running", "H": "heartbeat"}[word[0]]
        turns.append(Run(float(word[1:]), name, float(word[1:]), number))
    return turns


def play(watch: Watch, turns: list[Turn]) -> Play:
    played = Play(watch)
    for index, turn in enumerate(turns):
        played.take(index, turn)
    return played


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        ("F0 F100 F200 (299) (300)", "300"),
        ("F0 F100 F200 F301", "300"),
        ("F0 (300)", ""),
        ("F0 F299 F594", "300"),
        ("F0 C1 (400)", ""),
        ("F0 F100 F200 (300) C301 C302 C303", "300 -302"),
        ("F0 F100 F200 (300) (600)", "300 -500"),
        ("F0 F100 F200 (300) F900", "300 -500"),
        ("F0 R5 H6 F200 R300", ""),
        ("F0 F200 F250 R300 (300)", "300"),
        ("C0 F200 F210 F250 (499) (501)", ""),
    ],
)
def test_successes(history: str, expected: str) -> None:
    assert told(play(metric(), runs(history))) == expected


def test_what_was_added_is_not_added_again_and_what_is_too_old_not_at_all() -> None:
    failed, completed = Run(600, "Failed", 600, 1), Run(601, "Completed", 601, 2)
    late = Run(602, "Completed", 300, 3)
    played = play(metric(), [failed, failed, completed, completed, late])
    [bucket] = played.stored.values()
    assert isinstance(bucket.seen, Measured)
    assert sum(part.count for part in bucket.seen.slices) == 2


def test_nothing_is_kept_when_nothing_is_in_the_range() -> None:
    assert play(metric(), runs("F0 (299)")).stored
    assert not play(metric(), runs("F0 (300)")).stored


def test_nothing_is_due_of_nothing() -> None:
    watch = metric()
    stored = {BucketId(watch.id): Measured(newest=START)}
    assert expire(watch, stored, BucketId(watch.id), at(9999)).buckets == {}


def test_a_firing_names_what_was_measured_last() -> None:
    [(_, firing)] = play(metric(), runs("F0 F100 F200 (300)")).firings
    assert [id.int for id in firing.events] == [1, 2, 3] and firing.event_id is None


def ended(name: str, payload: object = None, state: str = "COMPLETED") -> Event:
    return Event(
        id=UUID(int=1),
        occurred=START,
        event=f"prefect.flow-run.{name}",
        resource={ID: "r", "prefect.state-type": state},
        payload={} if payload is None else {"measures": payload},
    )


@pytest.mark.parametrize(
    ("name", "event", "value"),
    [
        ("successes", ended("Completed"), 1.0),
        ("successes", ended("TimedOut", state="FAILED"), 0.0),
        ("successes", ended("Cancelled", state="CANCELLED"), 0.0),
        ("successes", ended("Running", state="RUNNING"), None),
        ("duration", ended("Completed", {"duration": 12}), 12.0),
        ("duration", ended("Running", {"lateness": 1.5}), None),
        ("lateness", ended("Running", {"lateness": 1.5}), 1.5),
        ("lateness", ended("Running"), None),
        ("lateness", ended("Running", [1]), None),
        ("lateness", ended("Running", {"lateness": "1"}), None),
        ("lateness", ended("Running", {"lateness": True}), None),
    ],
)
def test_measurements(name: str, event: Event, value: float | None) -> None:
    assert measurement(MetricName(name), event) == value


def by_definition(watch: Watch, turns: list[Turn]) -> list[tuple[int, float, bool]]:
    """Firings by the definition: of the whole history, at each moment at which the value may change."""
    query = watch.trigger.metric  # type: ignore[union-attr]
    step, epoch = query.range / 60, START.timestamp()

    def place(moment: float) -> int:
        return int((epoch + moment) // step)

    found: list[tuple[int, float, bool]] = []
    since, fired, begin = None, False, 0
    for index, turn in enumerate(turns):
        until = turn.moment if turn.name else turn.now
        told_of = [t for t in turns[:index] if t.name]
        leaving = {(place(t.moment) + 60) * step - epoch for t in told_of}
        # At the moment of an event, what has passed is looked at before the event is.
        looks = [(moment, told_of) for moment in sorted({*leaving, until}) if begin < moment <= until]
        looks += [(until, [*told_of, turn])] if turn.name else []
        for moment, known in looks:
            values = [
                float(t.labels["measured"])
                for t in known
                if place(moment) - 60 < place(t.moment) <= place(moment)
            ]
            beyond = bool(values) and sum(values) / len(values) > query.threshold
            if since is not None and not fired and since + query.firing_for < moment:
                found.append((index, since + query.firing_for, False))
                fired = True
            if beyond:
                since = moment if since is None else since
                if not fired and moment - since >= query.firing_for:
                    found.append((index, moment, False))
                    fired = True
            else:
                if fired:
                    found.append((index, moment, True))
                since, fired = None, False
            begin = moment
        if since is not None and not fired and since + query.firing_for <= until:
            found.append((index, since + query.firing_for, False))
            fired = True
    return found


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([0, 40, 100, 299, 305, 700]), st.integers(0, 4)), max_size=12))
def test_the_fold_agrees_with_the_definition(steps: list[tuple[int, int]]) -> None:
    watch = metric("duration", 2, ">", range=600, firing_for=300)
    now, turns = 0, []
    for number, (step, measured) in enumerate(steps, start=1):
        now += step
        # Nothing was measured: only time passes.
        turns.append(
            Run(now, "Completed", now, number, {"measured": str(measured)}) if measured else Turn(now)
        )
    played = play(watch, turns)
    told_of = [
        (index, (firing.fired - START).total_seconds(), firing.state == "Resolved")
        for index, firing in played.firings
    ]
    assert told_of == by_definition(watch, turns)
