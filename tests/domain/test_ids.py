"""Identifiers sort as they were made."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from penstock.domain.ids import new_id

FIRST = datetime(1970, 1, 2, tzinfo=UTC)
MOMENTS = st.timedeltas(timedelta(0), timedelta(days=90_000)).map(lambda later: FIRST + later)


@given(MOMENTS)
def test_an_id_is_a_uuid_of_version_7_with_its_time_in_front(moment):
    made = new_id(moment)
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert made.int >> 80 == int(moment.timestamp() * 1000)


@given(MOMENTS, st.timedeltas(timedelta(milliseconds=1), timedelta(days=1000)))
def test_later_ids_are_greater(moment, later):
    assert new_id(moment) < new_id(moment + later)


def test_ids_of_one_moment_differ():
    now = datetime.now(UTC)
    assert len({new_id(now) for _ in range(1000)}) == 1000
