"""Parameters against a flow's schema: what does not fit is named, what is still to come is not missed."""

import pytest

from penstock.domain.errors import ParameterInvalid
from penstock.domain.parameters import check_parameters

SCHEMA = {
    "type": "object",
    "properties": {
        "count": {"type": "integer"},
        "place": {"type": "object", "properties": {"zip": {"type": "string"}}, "required": ["zip"]},
    },
    "required": ["count"],
}


def test_what_fits_is_accepted():
    check_parameters(SCHEMA, {"count": 1, "place": {"zip": "1"}}, complete=True)


@pytest.mark.parametrize("schema", [None, {}])
def test_without_a_schema_everything_fits(schema):
    check_parameters(schema, {"anything": object}, complete=True)


def test_a_parameter_that_does_not_fit_is_named():
    with pytest.raises(ParameterInvalid) as refusal:
        check_parameters(SCHEMA, {"count": "many", "place": {"zip": 1}}, complete=True)
    assert "Parameter 'count' must be integer" in refusal.value.message
    assert "Parameter 'place.zip' must be string" in refusal.value.message
    assert refusal.value.field == "parameters.count"
    assert [each["path"] for each in refusal.value.detail] == ["count", "place.zip"]


def test_what_may_still_come_is_missed_only_at_the_end():
    check_parameters(SCHEMA, {}, complete=False)
    with pytest.raises(ParameterInvalid, match="count"):
        check_parameters(SCHEMA, {}, complete=True)


def test_what_is_missing_within_a_value_does_not_come_later():
    with pytest.raises(ParameterInvalid, match=r"place\.zip"):
        check_parameters(SCHEMA, {"place": {}}, complete=False)


@pytest.mark.parametrize(
    ("properties", "says"),
    [
        (SCHEMA["properties"], "Parameter 'cuont' is not one of the flow. Did you mean 'count'?"),
        ({"x": {}, "y": {}}, "Parameter 'cuont' is not one of the flow. It takes x, y."),
        ({}, "Parameter 'cuont' is not one of the flow. It takes none."),
    ],
)
def test_a_parameter_that_a_closed_schema_does_not_have_is_named(properties, says):
    schema = {"type": "object", "properties": properties, "additionalProperties": False}
    with pytest.raises(ParameterInvalid) as refusal:
        check_parameters(schema, {"cuont": 1}, complete=False)
    assert refusal.value.message == says
    assert refusal.value.field == "parameters.cuont"


def test_what_is_not_allowed_within_a_value_is_told_as_it_is():
    place = {"type": "object", "properties": {"zip": {}}, "additionalProperties": False}
    schema = {"type": "object", "properties": {"place": place}}
    with pytest.raises(ParameterInvalid, match=r"'place\.zap' is not allowed here"):
        check_parameters(schema, {"place": {"zap": 1}}, complete=True)
