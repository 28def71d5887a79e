"""Who may take slots of concurrency limits: tables, and a model that is searched for a way past them."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.domain.errors import InvalidInput
from penstock.domain.limits import (
    LONGEST_WAIT,
    Granted,
    Held,
    LimitFacts,
    Refused,
    Shrunk,
    SlotMode,
    acquire,
    give_back,
    tag_limit,
    tag_of,
    usual_occupancy,
)

NOW = datetime(2026, 3, 29, 1, tzinfo=UTC)
CONCURRENCY, RATE_LIMIT = SlotMode.CONCURRENCY, SlotMode.RATE_LIMIT


def limit(name="db", size=2, **given):
    return LimitFacts(id=UUID(int=sum(map(ord, name))), name=name, limit=size, **given)


def bucket(size=2, decay=0.5, level=0.0, ago=0.0):
    return limit("api", size, decay=decay, level=level, level_at=NOW - timedelta(seconds=ago))


@pytest.mark.parametrize(
    ("facts", "slots", "granted"),
    [
        (limit(held=0), 1, True),
        (limit(held=0), 2, True),
        (limit(held=1), 1, True),
        (limit(held=1), 2, False),
        (limit(held=2), 1, False),
        (limit(held=9), 1, False),
        (limit(size=0), 1, False),
        (bucket(), 2, True),
        (bucket(level=2), 1, False),
        (bucket(level=2, ago=2), 1, True),
        (bucket(level=2, ago=2), 2, False),
        (bucket(level=2, ago=1.9), 1, False),
        (bucket(level=2, ago=99), 2, True),
        (bucket(level=2, ago=-5), 1, False),  # a clock that went back empties nothing
        (limit("new", decay=1.0), 2, True),
    ],
)
def test_there_is_room_for_as_many_as_are_not_taken(facts, slots, granted):
    assert isinstance(acquire([facts], slots, CONCURRENCY, NOW), Granted) is granted


def test_of_several_limits_all_must_have_room_and_the_slowest_is_named():
    full, slow, free = limit("full", held=2), limit("slow", held=2, occupancy=20.0), limit("free")
    found = acquire([full, slow, free], 1, CONCURRENCY, NOW)
    assert found == Refused(
        retry_after=10.0,
        reason="The concurrency limit 'slow' has no room for 1 more: 2 of 2 slots are taken.",
        limit="slow",
    )
    assert acquire([free, limit("other")], 1, CONCURRENCY, NOW) == Granted((free, limit("other")))
    assert acquire([], 1, CONCURRENCY, NOW) == Granted(())


def test_a_limit_that_is_switched_off_counts_nobody():
    off = limit(size=1, held=5, is_active=False)
    assert acquire([off], 3, RATE_LIMIT, NOW) == Granted(())


def test_more_than_there_ever_are_is_a_mistake_unless_one_waits_already():
    with pytest.raises(InvalidInput, match="3 slots are more than the concurrency limit 'db' has: 2"):
        acquire([limit()], 3, CONCURRENCY, NOW)
    waiting = acquire([limit()], 3, CONCURRENCY, NOW, waits=True)
    assert isinstance(waiting, Refused)
    assert waiting.retry_after == LONGEST_WAIT


def test_only_slots_that_decay_limit_a_rate():
    with pytest.raises(InvalidInput, match="'db' is no rate limit") as refused:
        acquire([limit()], 1, RATE_LIMIT, NOW)
    assert "slot_decay_per_second" in str(refused.value)
    assert acquire([bucket()], 1, RATE_LIMIT, NOW) == Granted((bucket(),))


@pytest.mark.parametrize(
    ("facts", "slots", "seconds"),
    [
        (limit(held=2, occupancy=3.0), 1, 1.5),
        (limit(held=2, occupancy=3.0), 2, 3.0),
        (limit(held=2, occupancy=0.1), 1, 1.0),
        (limit(held=2, occupancy=900.0), 1, 30.0),
        (limit(size=0), 1, 30.0),
        (bucket(level=2), 1, 2.0),
        (bucket(level=2, ago=1), 2, 3.0),
    ],
)
def test_who_finds_no_room_is_told_when_to_ask_again(facts, slots, seconds):
    found = acquire([facts], slots, CONCURRENCY, NOW)
    assert isinstance(found, Refused)
    assert found.retry_after == pytest.approx(seconds)


def test_what_is_usual_follows_what_happens_slowly():
    assert usual_occupancy(2.0, timedelta(seconds=12)) == pytest.approx(3.0)
    assert usual_occupancy(2.0, timedelta(seconds=-12)) == pytest.approx(1.8)


A, B, C = (UUID(int=number) for number in range(3))


@pytest.mark.parametrize(
    ("held", "slots", "shrunk"),
    [
        ([], 1, Shrunk()),
        ([Held(A, 1)], 0, Shrunk()),
        ([Held(A, 1)], 1, Shrunk((A,))),
        ([Held(A, 1)], 5, Shrunk((A,))),
        ([Held(A, 1), Held(B, 2), Held(C, 1)], 2, Shrunk((A,), Held(B, 1))),
        ([Held(A, 1), Held(B, 2), Held(C, 1)], 3, Shrunk((A, B))),
        ([Held(A, 3)], 1, Shrunk((), Held(A, 2))),
    ],
)
def test_the_oldest_slots_are_given_back_first(held, slots, shrunk):
    assert give_back(held, slots) == shrunk


@given(st.lists(st.integers(1, 5)), st.integers(0, 30))
def test_as_many_are_given_back_as_were_asked_for_or_all(sizes, slots):
    held = [Held(UUID(int=number), size) for number, size in enumerate(sizes)]
    shrunk = give_back(held, slots)
    left = {each.id: each.slots for each in held if each.id not in shrunk.gone}
    if shrunk.left is not None:
        left[shrunk.left.id] = shrunk.left.slots
    assert sum(left.values()) == max(0, sum(sizes) - slots)


def test_a_tags_limit_is_known_by_its_name():
    assert tag_limit("gpu") == "tag:gpu"
    assert tag_of("tag:gpu") == "gpu"
    assert tag_of("db") is None


@given(
    size=st.integers(1, 4),
    asked=st.lists(st.tuples(st.floats(0, 3), st.integers(1, 4)), max_size=40),
    decay=st.floats(0.1, 5),
)
def test_a_bucket_lets_no_more_through_than_its_size_and_what_flows_away(size, asked, decay):
    """In no span of time, wherever it begins, more than the size and what decays in it."""
    facts, now, passed = bucket(size, decay), NOW, []
    for pause, slots in asked:
        now += timedelta(seconds=pause)
        if slots > size or isinstance(acquire([facts], slots, RATE_LIMIT, now), Refused):
            continue
        level = facts.taken(now) + slots
        facts = bucket(size, decay, level)
        facts = LimitFacts(id=A, name="api", limit=size, decay=decay, level=level, level_at=now)
        passed.append((now, slots))
    for first, (start, _) in enumerate(passed):
        for last in range(first, len(passed)):
            through = sum(slots for _, slots in passed[first : last + 1])
            seconds = (passed[last][0] - start).total_seconds()
            assert through <= size + decay * seconds + 1e-6
