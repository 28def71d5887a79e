"""The index finds those, and only those, that an event concerns."""

from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.domain.triggers.history import START, watch_of

from penstock.domain.events import ID, ROLE, Event
from penstock.domain.triggers import Interests, Watch
from penstock.domain.triggers import interests as module

VALUES = st.one_of(
    st.sampled_from(["1", "2", "1*", "!1", "!*", "*"]),
    st.lists(st.sampled_from(["1", "2", "!3", "2*"]), max_size=2),
)
SPECS = st.dictionaries(st.sampled_from([ID, ROLE, "k"]), VALUES, max_size=2)
NAMES = st.lists(st.sampled_from(["a.x", "a.y", "a.*", "b", "*"]), max_size=2)
TRIGGERS = st.fixed_dictionaries(
    {
        "match": SPECS,
        "match_related": st.one_of(SPECS, st.lists(SPECS, max_size=2)),
        "expect": NAMES,
        "after": NAMES,
    }
)
LABELS = st.fixed_dictionaries(
    {ID: st.sampled_from(["1", "2", "12"])}, optional={"k": st.sampled_from(["1", "3"])}
)
RELATED = st.lists(
    st.fixed_dictionaries({ID: st.sampled_from(["1", "2", "12"]), ROLE: st.sampled_from(["1", "3"])}),
    max_size=2,
)
EVENTS = st.builds(
    Event,
    id=st.just(UUID(int=1)),
    occurred=st.just(START),
    event=st.sampled_from(["a.x", "a.z", "b", "c"]),
    resource=LABELS,
    related=RELATED,
)


@settings(max_examples=300, deadline=None)
@given(st.lists(TRIGGERS, max_size=6), st.lists(EVENTS, min_size=1, max_size=4))
def test_those_and_only_those(triggers: list[dict[str, object]], events: list[Event]) -> None:
    watches: dict[int, Watch] = {number: watch_of(trigger) for number, trigger in enumerate(triggers)}
    index = Interests(watches)
    for event in events:
        asked = [number for number, watch in watches.items() if any(watch.concerned(event))]
        assert index.concerned(event) == asked


def test_a_trigger_with_many_parts_is_named_once() -> None:
    watch = watch_of(
        {"require": "any", "triggers": [{"expect": ["a"]}, {"expect": ["*"]}, {"metric": METRIC}]}
    )
    index = Interests({"it": watch})
    assert index.concerned(_event("a")) == ["it"]
    assert index.concerned(_event("prefect.flow-run.Completed")) == ["it"]


METRIC = {"name": "duration", "threshold": 1, "operator": ">"}


def test_names_without_end_are_not_kept(monkeypatch) -> None:
    monkeypatch.setattr(module, "_MOST_NAMES", 3)
    index = Interests({1: watch_of({"expect": ["a*"]})})
    for number in range(10):
        assert index.concerned(_event(f"a{number}")) == [1]
        assert len(index._by_name) <= 3


def _event(name: str) -> Event:
    return Event(id=UUID(int=1), occurred=START, event=name, resource={ID: "1"})
