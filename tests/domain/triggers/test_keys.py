"""Keys, labels, what a firing says, and what is kept for how long."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace
from tests.domain.triggers.history import Turn, at, play, story, told, watch_of

from penstock.domain.events import ID, ROLE, Event, related
from penstock.domain.triggers import BucketId, FiringState, Seen, expire, needed, observe, seen_from, start
from penstock.domain.triggers.seen import MAX_EVENTS, Counted, Gathered, Ordered, Part, Watched

DAY = 86_400
PAIRS = {"threshold": 2, "within": 10, "for_each": ["k", "related:flow:name"]}


def event(number: int, moment: float, k: str | None = "x", flow: str | None = "f") -> Event:
    labels = {} if k is None else {"k": k}
    others = [related("flow.1", "other", name="no")]
    if flow is not None:
        others += [{ID: "flow.2", ROLE: "flow"}, {ID: "flow.3", ROLE: "flow", "name": flow}]
    return Event(
        id=UUID(int=number), occurred=at(moment), event="A", resource={ID: "r", **labels}, related=others
    )


def fold(watch, events, stored=None):
    """The firings of events, and what has been seen then."""
    stored = {} if stored is None else stored
    firings = []
    for each in events:
        changes = observe(watch, stored, each, at(10_000))
        firings += changes.firings
        for name, bucket in changes.buckets.items():
            if bucket is None:
                del stored[name]
            else:
                stored[name] = bucket.seen
    return firings, stored


def test_each_key_counts_for_itself() -> None:
    watch = watch_of(PAIRS)
    firings, stored = fold(watch, [event(1, 0), event(2, 1, k="y"), event(3, 2, flow="g"), event(4, 3)])
    assert len(firings) == 1
    assert firings[0].labels == {"k": "x", "related:flow:name": "f"}
    assert firings[0].events == [UUID(int=1), UUID(int=4)] and firings[0].event_id == UUID(int=4)
    assert firings[0].trigger_id == watch.id and firings[0].fired == at(3)
    assert {name.key for name in stored} == {'["y", "f"]', '["x", "g"]'}


@pytest.mark.parametrize("lacking", [event(1, 0, k=None), event(1, 0, flow=None)])
def test_an_event_without_the_label_counts_for_nobody(lacking: Event) -> None:
    watch = watch_of({**PAIRS, "threshold": 1})
    assert needed(watch, lacking) == []
    assert fold(watch, [lacking]) == ([], {})


def test_a_long_key_is_kept_as_its_digest_and_labels_shortened() -> None:
    watch = watch_of({"posture": "Proactive", "within": 10, "for_each": ["k"]})
    _, stored = fold(watch, [event(1, 0, k="x" * 5000)])
    [(name, seen)] = stored.items()
    assert len(name.key) < 100 and name.key.startswith("sha256:")
    assert isinstance(seen, Watched) and len(seen.labels["k"]) == 1024
    [firing] = expire(watch, stored, name, at(10)).firings
    assert firing.labels == seen.labels and firing.event_id is None and firing.events == []


def test_nothing_is_kept_where_each_event_fires() -> None:
    watch = watch_of({"expect": ["A"]})
    assert needed(watch, event(1, 0)) == []
    assert fold(watch, [event(1, 0)])[1] == {}


def test_a_clock_that_is_ahead_is_not_believed() -> None:
    watch = watch_of({"expect": ["A"]})
    ahead = event(1, 300)
    assert observe(watch, {}, ahead, at(10)).firings[0].fired == at(10)
    assert observe(watch, {}, replace(ahead, received=at(5)), at(10)).firings[0].fired == at(5)


def test_a_deadline_is_never_early_whatever_the_clock_of_an_event_says() -> None:
    watch = watch_of({"posture": "Proactive", "within": 60, "after": ["A"], "expect": ["B"]})
    assert told(play(watch, [Turn(0, "A"), Turn(10, "A", 400, 2), Turn(59.9), Turn(60)])) == "60"


def test_a_firing_names_the_last_events_only() -> None:
    watch = watch_of({"threshold": 200})
    [firing], stored = fold(watch, [event(number, number) for number in range(200)])
    assert [id.int for id in firing.events] == list(range(200 - MAX_EVENTS, 200))
    assert stored == {}


def test_what_is_kept_stays_small() -> None:
    watch = watch_of({"threshold": 5, "within": 10})
    stored: dict[BucketId, Seen] = {}
    for number in range(500):
        _, stored = fold(watch, [event(number, number * 3)], stored)
        for seen in stored.values():
            assert isinstance(seen, Counted) and len(seen.samples) < 15


def test_a_composite_fires_with_the_labels_and_events_of_its_parts() -> None:
    part = {"expect": ["A"], "for_each": ["k"]}
    watch = watch_of({"triggers": [part, {"expect": ["A"], "for_each": ["related:flow:name"]}]})
    [firing], stored = fold(watch, [event(1, 5)])
    assert firing.trigger_id == watch.id and stored == {}
    assert firing.labels == {"k": "x", "related:flow:name": "f"}
    assert firing.events == [UUID(int=1)] and firing.event_id == UUID(int=1)
    assert firing.state is FiringState.TRIGGERED and firing.fired == at(5)


def test_a_start_does_not_start_over() -> None:
    watch = watch_of({"posture": "Proactive", "within": 60, "expect": ["A"]})
    [bucket] = start(watch, {}, at(0)).buckets.values()
    assert bucket is not None and bucket.due == at(60)
    assert start(watch, {BucketId(watch.id): bucket.seen}, at(30)).buckets == {}
    assert start(watch_of({"expect": ["A"]}), {}, at(0)).buckets == {}


COUNTED, WATCHED, GATHERED = Counted(newest=at(0)), Watched(), Gathered(parts=[])
TWO = [{"expect": ["A"]}, {"expect": ["B"]}]


@pytest.mark.parametrize(
    ("trigger", "other"),
    [
        ({"threshold": 2}, WATCHED),
        ({"posture": "Proactive", "within": 10, "for_each": ["k"]}, COUNTED),
        ({"require": "all", "triggers": TWO}, COUNTED),
        ({"triggers": TWO}, GATHERED),
        ({"triggers": TWO}, Ordered(chains=[[Part(index=0, moment=at(0))], [], []], newest=at(0))),
    ],
)
def test_what_another_trigger_has_seen_is_as_nothing(trigger: dict[str, Any], other: Seen) -> None:
    watch = watch_of(trigger)
    name = needed(watch, event(1, 0))[-1]
    assert fold(watch, [event(1, 0)], {name: other}) == fold(watch, [event(1, 0)])


def test_time_does_nothing_to_what_another_trigger_has_seen() -> None:
    for trigger in ({"threshold": 2}, {"require": "all", "triggers": TWO}):
        watch = watch_of(trigger)
        stored: dict[BucketId, Seen] = {BucketId(watch.id): GATHERED if "threshold" in trigger else COUNTED}
        assert expire(watch, stored, BucketId(watch.id), at(DAY)).buckets == {}


def test_a_sequence_begins_with_its_first_step() -> None:
    assert fold(watch_of({"triggers": [{"expect": ["B"]}, {"expect": ["A"]}]}), [event(1, 0)]) == ([], {})


def test_a_bucket_of_a_trigger_that_is_gone_goes_too() -> None:
    gone = BucketId(UUID(int=7))
    assert expire(watch_of({}), {gone: Watched()}, gone, at(0)).buckets == {gone: None}
    assert expire(watch_of({}), {}, gone, at(0)).buckets == {}


@pytest.mark.parametrize(
    ("trigger", "history"),
    [
        ({"threshold": 2}, "A0"),
        ({"posture": "Proactive", "within": DAY, "after": ["A"], "expect": ["B"]}, f"A0 ({DAY})"),
    ],
)
def test_a_key_without_a_limit_in_time_is_kept_for_90_days(trigger: dict[str, object], history: str) -> None:
    labelled = [Turn(**{**vars(turn), "labels": {"k": "x"}}) for turn in story(history)]
    last = 90 * DAY + (DAY if "after" in trigger else 0)
    keyed = watch_of({**trigger, "for_each": ["k"]})
    assert len(play(keyed, [*labelled, Turn(last - 1)]).stored) == 1
    assert len(play(keyed, [*labelled, Turn(last)]).stored) == 0
    # There is only one of those without a key.
    assert len(play(watch_of(trigger), [*labelled, Turn(last * 10)]).stored) == 1


def test_a_state_that_cannot_be_read_is_none() -> None:
    assert seen_from({"kind": "unheard of"}) is None
    assert seen_from([]) is None


def test_moments_may_have_any_zone_and_any_year() -> None:
    watch = watch_of({"threshold": 2, "within": 10})
    early = replace(event(1, 0), occurred=at(0).replace(year=1))
    firings, _ = fold(watch, [early, event(2, 1), event(3, 2)])
    assert len(firings) == 1
    assert expire(watch, {}, BucketId(watch.id), at(0) + timedelta(days=1)).buckets == {}
