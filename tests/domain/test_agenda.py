"""The heap of due times: what is taken when, whatever was put, moved and dropped before."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from penstock.domain.agenda import Agenda

NOW = datetime(2026, 5, 1, tzinfo=UTC)
A, B, C = (UUID(int=number) for number in (1, 2, 3))


def at(seconds):
    return NOW + timedelta(seconds=seconds)


def test_the_longest_due_is_taken_first():
    agenda = Agenda()
    for id, seconds in ((A, 30), (B, 10), (C, 20)):
        agenda.put(id, at(seconds))
    assert agenda.next_due == at(10)
    assert agenda.take(at(20), 10) == [B, C]
    assert (len(agenda), A in agenda, B in agenda) == (1, True, False)
    assert agenda.take(at(29), 10) == []
    assert agenda.take(at(30), 10) == [A]
    assert agenda.next_due is None


def test_at_most_so_many_are_taken():
    agenda = Agenda()
    for id in (A, B, C):
        agenda.put(id, NOW)
    assert agenda.take(NOW, 2) == [A, B]
    assert agenda.take(NOW, 2) == [C]


def test_what_was_put_off_or_dropped_does_not_come_up():
    agenda = Agenda()
    agenda.put(A, at(1))
    agenda.put(A, at(5))
    agenda.put(B, at(2))
    agenda.drop(B)
    agenda.drop(C)
    assert agenda.take(at(4), 10) == []
    assert agenda.take(at(5), 10) == [A]


KEYS = st.integers(0, 5).map(lambda number: UUID(int=number))
TIMES = st.integers(0, 100)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), KEYS, TIMES),
        st.tuples(st.just("drop"), KEYS),
        st.tuples(st.just("take"), TIMES, st.integers(1, 4)),
    ),
    max_size=300,
)


@given(STEPS)
def test_it_does_what_a_table_would(steps):
    agenda, table = Agenda(), {}
    for name, *given_ in steps:
        if name == "put":
            table[given_[0]] = at(given_[1])
            agenda.put(given_[0], at(given_[1]))
        elif name == "drop":
            table.pop(given_[0], None)
            agenda.drop(given_[0])
        else:
            due = sorted((due, id) for id, due in table.items() if due <= at(given_[0]))[: given_[1]]
            assert agenda.take(at(given_[0]), given_[1]) == [id for _, id in due]
            for _, id in due:
                del table[id]
        assert len(agenda) == len(table)
        assert agenda.next_due == min(table.values(), default=None)


def test_a_thing_that_is_put_off_again_and_again_costs_no_memory():
    agenda = Agenda()
    for seconds in range(10_000):
        agenda.put(A, at(seconds))
    assert len(agenda._heap) < 100
    assert agenda.take(at(10_000), 5) == [A]
