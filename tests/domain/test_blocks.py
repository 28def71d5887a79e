"""Blocks: checksums as the reference's client makes them, what is secret, and what is another document."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.domain import blocks
from penstock.domain.blocks import MASK
from penstock.domain.errors import InvalidInput

INNER = {
    "block_schema_references": {},
    "block_type_slug": "inner-one",
    "properties": {
        "user": {"title": "User", "type": "string", "position": 0},
        "password": {
            "format": "password",
            "title": "Password",
            "type": "string",
            "writeOnly": True,
            "position": 1,
        },
    },
    "required": ["user", "password"],
    "secret_fields": ["password"],
    "title": "Inner",
    "type": "object",
}
INNER_SUM = "sha256:c2828e42173e30644e3f6ab3701c0935222f94437ca6353520afa0cc11ea7d1f"
REFERENCED = {"block_schema_checksum": INNER_SUM, "block_type_slug": "inner-one"}
OUTER = {
    "block_schema_references": {"extra": REFERENCED, "inner": REFERENCED},
    "block_type_slug": "outer-one",
    "properties": {
        "inner": {"$ref": "#/definitions/Inner", "position": 0},
        "extra": {
            "anyOf": [{"$ref": "#/definitions/Inner"}, {"type": "null"}],
            "default": None,
            "position": 1,
        },
        "n": {"default": 3, "title": "N", "type": "integer", "position": 2},
        "nested": {"default": {}, "title": "Nested", "type": "object", "position": 3},
    },
    "required": ["inner"],
    "secret_fields": ["inner.password", "extra.password"],
    "title": "Outer",
    "type": "object",
    "definitions": {"Inner": INNER},
}
ID = UUID(int=7)
REFERENCE = {"$ref": {"block_document_id": str(ID)}}


@pytest.mark.parametrize(
    ("fields", "sum_"),
    [
        (INNER, INNER_SUM),
        (OUTER, "sha256:0532a6ad2a6493c1ddf1f6ff1d9fdb100bb4f69371d2c436ff33909c6f3ed3d0"),
    ],
)
def test_checksums_are_those_that_the_clients_of_the_reference_look_for(fields, sum_):
    assert blocks.checksum(fields) == sum_
    assert blocks.checksum(dict(reversed(fields.items()))) == sum_


@pytest.mark.parametrize(
    ("fields", "secret"),
    [
        ({}, set()),
        ({"secret_fields": ["a.b", "headers.*", 7]}, {("a", "b"), ("headers", "*")}),
        (INNER, {("password",)}),
        # Said nowhere but in the schema itself.
        (OUTER | {"secret_fields": []}, {("inner", "password"), ("extra", "password")}),
        ({"properties": {"a": {"writeOnly": True}, "b": {"writeOnly": False}, "c": True}}, {("a",)}),
        ({"properties": {"a": {"additionalProperties": {"format": "password"}}}}, {("a", "*")}),
        ({"properties": {"a": {"items": {"properties": {"b": {"format": "password"}}}}}}, {("a",)}),
        ({"properties": {"a": {"allOf": [{"oneOf": [{"format": "password"}]}]}}}, {("a",)}),
        ({"properties": {"a": {"$ref": "#/definitions/A"}, "b": {"$ref": 7}}}, set()),
        ({"properties": {"a": {"$ref": "#/$defs/A"}}, "$defs": {"A": {"format": "password"}}}, {("a",)}),
        ({"properties": [], "anyOf": {}, "definitions": 3}, set()),
    ],
)
def test_a_schema_says_what_is_secret(fields, secret):
    assert blocks.secret_fields(fields) == secret


def test_a_schema_that_is_part_of_itself_ends():
    node = {"properties": {"next": {"$ref": "#/$defs/Node"}, "key": {"format": "password"}}}
    fields = {"properties": {"first": {"$ref": "#/$defs/Node"}}, "$defs": {"Node": node}}
    assert blocks.secret_fields(fields) == {("first", "key")}


@pytest.mark.parametrize(
    ("data", "pattern", "found"),
    [
        ({"a": 1}, ("a",), [("a",)]),
        ({"a": ""}, ("a",), [("a",)]),
        ({"a": None}, ("a",), []),
        ({}, ("a",), []),
        ({"a": {"x": 1, "y": 2}}, ("a",), [("a",)]),
        ({"a": {"x": 1, "y": None}}, ("a", "*"), [("a", "x")]),
        # Not as the schema says: all of it is secret.
        ({"a": "text"}, ("a", "*"), [("a",)]),
        ({"a": [{"b": 1}]}, ("a", "b"), [("a",)]),
        ({"a": {"b": {"c": 1}}}, ("a", "b", "c"), [("a", "b", "c")]),
        ({"a": REFERENCE}, ("a", "b"), []),
    ],
)
def test_where_a_document_has_secrets(data, pattern, found):
    assert blocks.secret_paths(data, [pattern]) == found


def test_no_place_is_secret_twice():
    data = {"a": {"b": 1}, "c": 2}
    assert blocks.secret_paths(data, [("a", "b"), ("a",), ("c",), ("c",)]) == [("a",), ("c",)]


KEYS = st.text("abc", min_size=1, max_size=2)
TREES = st.dictionaries(
    KEYS,
    st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.dictionaries(KEYS, inner), max_leaves=8
    ),
)
PATTERNS = st.sets(st.lists(KEYS | st.just("*"), min_size=1, max_size=3).map(tuple), max_size=4)


@given(TREES, PATTERNS)
def test_what_is_taken_apart_is_put_together_again(data, patterns):
    before = repr(data)
    apart = blocks.take_apart(data, patterns)
    assert blocks.put_in(apart.data, apart.secrets) == data
    assert all(blocks.value_at(apart.data, path) is None for path in apart.secrets)
    assert blocks.secret_paths(apart.data, patterns) == []
    masked = blocks.put_in(apart.data, dict.fromkeys(apart.secrets, MASK))
    assert blocks.secret_paths(masked, patterns) == list(apart.secrets)
    open_ = blocks.without(apart.data, apart.secrets)
    assert all(blocks.secret_paths(open_, [path]) == [] for path in apart.secrets)
    assert repr(data) == before


@pytest.mark.parametrize(
    ("value", "is_one"), [("********", True), ("**********", True), ("*******", False), ("a********", False)]
)
def test_what_is_a_mask(value, is_one):
    assert blocks.is_mask(value) is is_one
    assert not blocks.is_mask(8)


@pytest.mark.parametrize(
    "value",
    [None, "x", {}, {"$ref": "#/x"}, {"$ref": {}}, {"$ref": {"block_document_id": str(ID)}, "more": 1}],
)
def test_what_is_no_reference(value):
    assert blocks.reference_of(value) is None


def test_references_are_found_by_where_they_are():
    data = {"a": REFERENCE, "b": {"c": REFERENCE, "d": [REFERENCE]}, "e": 1}
    assert blocks.references(data) == {("a",): ID, ("b", "c"): ID}
    assert blocks.reference(ID) == REFERENCE
    assert blocks.references(REFERENCE) == {}


def test_a_reference_to_nonsense_is_refused():
    with pytest.raises(InvalidInput, match="'nonsense' is no id"):
        blocks.references({"a": {"$ref": {"block_document_id": "nonsense"}}})
