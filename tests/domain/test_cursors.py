"""Cursors hold a place, and what is none is refused by name."""

import base64
import json
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from penstock.domain.cursors import from_cursor, to_cursor
from penstock.domain.errors import InvalidInput


class Place(Struct):
    id: UUID
    name: str | None = None


@given(st.uuids(), st.none() | st.text())
def test_a_place_comes_back_as_it_was(id, name):
    cursor = to_cursor("NAME_ASC", Place(id, name))
    assert cursor.isascii()
    assert not set(cursor) & set("+/= ")
    assert from_cursor(cursor, "NAME_ASC", Place) == Place(id, name)


def packed(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "x",
        "ü",
        "not a cursor!",
        "AAAA",
        packed({"id": "NAME_ASC"}),
        packed(["NAME_ASC"]),
        packed(["NAME_ASC", {"id": "nobody"}]),
        packed(["NAME_ASC", 5]),
        base64.urlsafe_b64encode(b"[" * 9_000).decode(),
    ],
)
def test_what_is_no_cursor_is_refused(broken):
    with pytest.raises(InvalidInput, match="no cursor of such a list") as refused:
        from_cursor(broken, "NAME_ASC", Place)
    assert refused.value.field == "cursor"


def test_a_cursor_of_another_order_is_refused():
    with pytest.raises(InvalidInput, match="NAME_ASC, and ID_DESC is asked for") as refused:
        from_cursor(to_cursor("NAME_ASC", Place(UUID(int=1))), "ID_DESC", Place)
    assert refused.value.field == "cursor"
