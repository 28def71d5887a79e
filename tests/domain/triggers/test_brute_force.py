"""The folds and the brute-force reading agree on every history."""

from dataclasses import replace

from hypothesis import event as seen_by_hypothesis
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.domain.triggers.history import START, Turn, play
from tests.domain.triggers.reading import read

from penstock.domain.automations import CompoundTrigger, EventTrigger, Posture, SequenceTrigger, Trigger
from penstock.domain.triggers import Watch, check_trigger

NAMES = st.sampled_from(["a.x", "a.y", "b.x", "c.x"])
PATTERNS = st.lists(st.sampled_from(["a.x", "a.*", "b.x", "c.*", "*"]), max_size=2, unique=True)

# Few moments, so that there are ties, ends of windows and disorder in most histories.
STEPS = st.sampled_from([0, 0, 1, 2, 5, 10, 11, 25, 8000])
DELAYS = st.sampled_from([0, 0, 0, 0, 1, 3, 10, 15, 40])


@st.composite
def histories(draw: st.DrawFn) -> list[Turn]:
    turns: list[Turn] = []
    now = 0
    for number in range(draw(st.integers(0, 14))):
        now += draw(STEPS)
        kind = draw(st.integers(0, 9))
        told = [turn for turn in turns if turn.name]
        if kind < 3:
            turns.append(Turn(now))
        elif kind == 3 and told:
            again = draw(st.sampled_from(told))
            turns.append(
                replace(again, now=now, received=again.now if again.received is None else again.received)
            )
        else:
            labels = draw(st.sampled_from([{"k": "x"}, {"k": "x"}, {"k": "y"}, {}]))
            turns.append(Turn(now, draw(NAMES), now - draw(DELAYS), number + 1, labels))
    return turns


@st.composite
def event_triggers(draw: st.DrawFn, posture: str | None = None) -> EventTrigger:
    posture = posture or draw(st.sampled_from(["Reactive", "Proactive"]))
    return EventTrigger(
        expect=draw(PATTERNS),
        after=draw(st.one_of(st.just([]), PATTERNS)),
        for_each=draw(st.sampled_from([[], [], ["k"]])),
        posture=Posture(posture),
        threshold=draw(st.integers(1, 3)),
        within=draw(st.sampled_from([0, 1, 5, 10, 30] if posture == "Reactive" else [10, 15, 60])),
    )


def composites(parts: st.SearchStrategy[Trigger]) -> st.SearchStrategy[Trigger]:
    within = st.sampled_from([None, 0, 1, 5, 10, 30])
    lists = st.lists(parts, min_size=1, max_size=3)
    compounds = lists.flatmap(
        lambda triggers: st.builds(
            CompoundTrigger,
            triggers=st.just(triggers),
            require=st.one_of(st.sampled_from(["any", "all"]), st.integers(1, len(triggers))),
            within=within,
        )
    )
    return st.one_of(compounds, st.builds(SequenceTrigger, triggers=lists, within=within))


def agree(trigger: Trigger, turns: list[Turn], numbers: bool = True) -> None:
    watch = Watch(check_trigger(trigger))
    played = play(watch, turns)
    told = [
        (
            index,
            (firing.fired - START).total_seconds(),
            firing.state == "Resolved",
            frozenset(id.int for id in firing.events) if numbers else frozenset(),
        )
        for index, firing in played.firings
    ]
    expected = [
        (one.turn, one.moment, one.over, one.numbers if numbers else frozenset())
        for one in read(watch.trigger, turns)
    ]
    seen_by_hypothesis(f"{min(len(told), 3)} firings")
    assert told == expected


@settings(max_examples=250, deadline=None)
@given(event_triggers("Reactive"), histories())
def test_reactive(trigger: EventTrigger, turns: list[Turn]) -> None:
    agree(trigger, turns)


@settings(max_examples=250, deadline=None)
@given(event_triggers("Proactive"), histories())
def test_proactive(trigger: EventTrigger, turns: list[Turn]) -> None:
    agree(trigger, turns)


@settings(max_examples=250, deadline=None)
@given(composites(event_triggers("Reactive")), histories())
def test_composites(trigger: Trigger, turns: list[Turn]) -> None:
    agree(trigger, turns, numbers=False)


@settings(max_examples=250, deadline=None)
@given(composites(st.one_of(event_triggers(), composites(event_triggers()))), histories())
def test_nested_composites(trigger: Trigger, turns: list[Turn]) -> None:
    agree(trigger, turns, numbers=False)
