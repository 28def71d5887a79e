"""Whether values fit a schema, as forms of the reference ask it."""

import pytest

from penstock.contract.codec import encode
from penstock.contract.ui import ValuesToCheck
from penstock.contract.variables import VariableCreate
from penstock.domain.errors import InvalidInput
from penstock.domain.json_schema import SchemaInvalid

SCHEMA = {
    "type": "object",
    "properties": {
        "a": {"type": "integer"},
        "l": {"type": "array", "items": {"type": "integer"}, "maxItems": 3},
        "o": {"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]},
        "u": {"anyOf": [{"type": "object", "required": ["k"]}, {"type": "null"}]},
    },
    "required": ["a"],
    "additionalProperties": False,
}


@pytest.fixture
def check(sqlite_world):
    def check(values, schema=SCHEMA):
        body = ValuesToCheck(schema=schema, values=values)
        return sqlite_world.call("check_values", body=body)

    return check


def tree(errors):
    """As places and texts."""
    return [
        each if isinstance(each, str) else (encode(each).split(b'"errors"')[0], tree(each.errors))
        for each in errors
    ]


def test_values_that_fit_have_no_errors(check):
    for values in ({"a": 1}, {"a": 1, "l": [1, 2], "o": {"x": 1}, "u": None}):
        told = check(values)
        assert (told.errors, told.valid) == ([], True)


def test_errors_stand_at_the_property_and_the_index_that_they_are_about(check):
    told = check({"l": [1, "x", 2, "y"], "o": {}, "zz": 1})
    assert not told.valid
    found = {each.property: each.errors for each in told.errors}
    assert found.keys() == {"a", "l", "o", "zz"}
    assert found["a"] == ["is required."]
    assert found["zz"] == ["is not allowed here."]
    assert [(e.property, e.errors) for e in found["o"]] == [("x", ["is required."])]
    items = {e.index: e.errors for e in found["l"] if not isinstance(e, str)}
    assert items == {1: ["must be integer, not string."], 3: ["must be integer, not string."]}
    assert [e for e in found["l"] if isinstance(e, str)] == ["must be a list of at most 3 items."]
    assert encode(told.errors[0]).startswith(b'{"property":')


def test_what_is_wrong_with_the_whole_is_a_text(check):
    told = check({}, {"type": "object", "minProperties": 1})
    assert told.errors == ["must be a map of at least 1 keys."]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"__prefect_kind": "none", "value": 3}, None),
        ({"__prefect_kind": None, "value": 3}, None),
        ({"__prefect_kind": "none", "value": "x"}, "must be integer, not string."),
        ({"__prefect_kind": "none", "value": {"__prefect_kind": "json", "value": "3"}}, None),
        ({"__prefect_kind": "json", "value": "3"}, None),
        ({"__prefect_kind": "json", "value": "[3]"}, "must be integer, not array."),
        ({"__prefect_kind": "json", "value": "{"}, "This is not JSON"),
        ({"__prefect_kind": "json", "value": 3}, "must be a text"),
        ({"__prefect_kind": "json", "value": "[" * 80 + "]" * 80}, "This JSON is nested deeper"),
        ({"__prefect_kind": "jinja", "template": "{{ event.payload.n }}"}, None),
        ({"__prefect_kind": "jinja", "template": "{{ event"}, ""),
        ({"__prefect_kind": "jinja"}, "must be a text"),
        ({"__prefect_kind": "workspace_variable", "variable_name": "three"}, None),
        ({"__prefect_kind": "workspace_variable", "variable_name": "text"}, "must be integer, not string."),
        ({"__prefect_kind": "workspace_variable", "variable_name": "self"}, "must be integer, not object."),
        ({"__prefect_kind": "workspace_variable", "variable_name": "nope"}, "There is no variable 'nope'."),
        ({"__prefect_kind": "workspace_variable", "variable_name": [1]}, "There is no variable [1]."),
        ({"__prefect_kind": "what"}, "'what' is no kind of value"),
    ],
)
def test_a_value_that_stands_for_another_is_judged_by_that(check, sqlite_world, value, message):
    itself = {"__prefect_kind": "workspace_variable", "variable_name": "self"}
    for name, kept in (("three", 3), ("text", "x"), ("self", itself)):
        sqlite_world.call("create_variable", body=VariableCreate(name=name, value=kept))
    told = check({"a": value})
    if message is None:
        assert told.errors == []
    else:
        [place] = told.errors
        [text] = place.errors
        assert place.property == "a"
        assert message in text


def test_a_template_may_become_whatever_a_choice_needs(check):
    template = {"__prefect_kind": "jinja", "template": "{{ event.id }}"}
    assert check({"a": 1, "u": template}).valid
    schema = {"properties": {"c": {"enum": [{"k": 1}]}, "d": {"type": "object"}}}
    assert check({"c": {"k": template}, "d": {"k": template}}, schema).valid
    assert not check({"c": {"k": template}, "d": [template]}, schema).valid


def test_what_is_no_schema_is_refused(check):
    for schema in ({"type": "nonsense"}, {"properties": {"a": {"$ref": "http://x/y"}}}):
        with pytest.raises(SchemaInvalid):
            check({"a": 1}, schema)


def test_values_that_are_too_deep_are_refused(check):
    deep = []
    for _ in range(80):
        deep = [deep]
    with pytest.raises(InvalidInput, match="nested deeper"):
        check({"a": deep})
