"""Which JSON is acceptable, and the one text of it. Size and nesting are bounded, and nothing recurses."""

import datetime
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.domain.json_values import (
    MAX_CHARACTERS,
    MAX_DEPTH,
    MAX_VALUES,
    as_text,
    canonical,
    digest,
    survey,
    type_name,
)

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
)
documents = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), inner, max_size=4
        )
    ),
    max_leaves=20,
)


def nested(depth, value=None):
    for _ in range(depth):
        value = [value]
    return value


@given(documents)
def test_ordinary_documents_have_no_fault(document):
    assert survey(document).fault is None


@given(documents)
def test_the_canonical_text_reads_back_and_does_not_depend_on_the_order_of_keys(document):
    def turned(value):
        if isinstance(value, dict):
            return {key: turned(value[key]) for key in reversed(value)}
        return [turned(item) for item in value] if isinstance(value, list) else value

    assert json.loads(canonical(document)) == document
    assert canonical(turned(document)) == canonical(document)
    assert digest(turned(document)) == digest(document)


@pytest.mark.parametrize(
    ("document", "path", "rule", "value_type"),
    [
        (nested(MAX_DEPTH + 1), (0,) * MAX_DEPTH, "depth", "array"),
        (nested(10_000), (0,) * MAX_DEPTH, "depth", "array"),
        ({"a": [float("nan")]}, ("a", 0), "range", "number"),
        ({"a": float("-inf")}, ("a",), "range", "number"),
        ({"a": 10**400}, ("a",), "range", "integer"),
        ({"a": 2**64}, ("a",), "range", "integer"),
        ({"a": -(2**63) - 1}, ("a",), "range", "integer"),
        ({"a": "x\0"}, ("a",), "nul", "string"),
        ({"a": {"x\0": 1}}, ("a",), "nul", "string"),
        ({"a": "\ud800"}, ("a",), "unicode", "string"),
        ({"\ud800": 1}, (), "unicode", "string"),
        ({"a": {1: 2}}, ("a",), "json", "object"),
        ({"a": (1, 2)}, ("a",), "json", "tuple"),
        ({"a": datetime.date(2026, 1, 1)}, ("a",), "json", "date"),
        ([0] * (MAX_VALUES + 1), (), "size", "object"),
        (["x" * (MAX_CHARACTERS + 1)], (), "size", "object"),
        ({"x" * (MAX_CHARACTERS + 1): 1}, (), "size", "object"),
    ],
)
def test_what_is_not_acceptable_is_told_with_its_place_and_without_its_value(
    document, path, rule, value_type
):
    fault = survey(document).fault
    assert (fault.path, fault.rule, fault.value_type) == (path, rule, value_type)
    assert len(fault.message) < 100


@pytest.mark.parametrize("document", [nested(MAX_DEPTH), 2**64 - 1, -(2**63), "ä€𝄞", True, None, 1.5, [], {}])
def test_the_last_acceptable_values(document):
    assert survey(document).fault is None


@pytest.mark.parametrize(
    ("document", "found"), [("{{", True), ({"a": ["x {{ y }}"]}, True), ({"{{ a }}": 1}, False)]
)
def test_a_survey_tells_whether_there_may_be_placeholders(document, found):
    assert survey(document).has_braces is found


@pytest.mark.parametrize(
    ("value", "text", "name"),
    [
        ("as it is ", "as it is ", "string"),
        (None, "", "null"),
        (True, "true", "boolean"),
        (42, "42", "integer"),
        (1.5, "1.5", "number"),
        ([1, "a", None], '[1,"a",null]', "array"),
        ({"b": 1, "a": {"d": False, "c": "ä"}}, '{"a":{"c":"ä","d":false},"b":1}', "object"),
    ],
)
def test_values_as_text(value, text, name):
    assert as_text(value) == text
    assert type_name(value) == name
