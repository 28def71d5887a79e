"""Parameters of flows: checked, coerced, described, made recordable."""

import subprocess
import sys
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from typing import Annotated, Any, Literal, Optional

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from penstock import flow
from penstock.sdk.engine.recordable import to_recordable
from penstock.sdk.exceptions import ParameterTypeError, SignatureMismatchError


class Size(Enum):
    SMALL = "small"
    LARGE = "large"


class Config(BaseModel):
    name: str
    size: Size = Size.SMALL


@dataclass
class Point:
    x: int
    y: int


class Foreign:
    """A type that pydantic knows nothing of."""


FOREIGN = Foreign()


def validated(annotation, value):
    def fn(parameter): ...

    fn.__annotations__["parameter"] = annotation
    return flow(fn).validate_parameters({"parameter": value})["parameter"]


@pytest.mark.parametrize(
    ("annotation", "value", "expected"),
    [
        (int, "5", 5),
        (int, 5, 5),
        (float, 1, 1.0),
        (bool, "yes", True),
        (str, "x", "x"),
        (Any, object, object),
        (date, "2026-02-03", date(2026, 2, 3)),
        (timedelta, 60, timedelta(minutes=1)),
        (list[int], ["1", 2], [1, 2]),
        (dict[str, float], {"a": "1.5"}, {"a": 1.5}),
        (Optional[int], None, None),  # noqa: UP045 - users write it
        (int | None, "3", 3),
        (Literal["a", "b"], "a", "a"),
        (Size, "large", Size.LARGE),
        (Config, {"name": "n", "size": "large"}, Config(name="n", size=Size.LARGE)),
        (Point, {"x": "1", "y": 2}, Point(1, 2)),
        (Annotated[int, Field(gt=3)], 4, 4),
    ],
)
def test_values_are_fitted_to_annotations(annotation, value, expected):
    assert validated(annotation, value) == expected
    assert type(validated(annotation, value)) is type(expected)


@pytest.mark.parametrize(
    ("annotation", "value", "path"),
    [
        (int, "five", "parameter"),
        (Size, "huge", "parameter"),
        (Config, {"name": "n", "size": "huge"}, "parameter.size"),
        (list[int], [1, "two"], "parameter.1"),
        (Annotated[int, Field(gt=3)], 3, "parameter"),
        (Foreign, 1, "parameter"),
    ],
)
def test_what_does_not_fit_is_named_by_its_path(annotation, value, path):
    with pytest.raises(ParameterTypeError) as caught:
        validated(annotation, value)
    assert f"Parameter {path!r}" in caught.value.message
    assert caught.value.field == f"parameters.{path}"


def test_every_parameter_that_does_not_fit_is_named():
    @flow
    def two(a: int, b: float): ...

    with pytest.raises(ParameterTypeError, match=r"Parameter 'a': .*; Parameter 'b': "):
        two.validate_parameters({"a": "x", "b": "y"})


def test_a_missing_parameter_is_named():
    @flow
    def one(a: int): ...

    with pytest.raises(ParameterTypeError, match="Parameter 'a': Field required"):
        one.validate_parameters({})


def test_an_unknown_parameter_is_refused():
    @flow
    def one(a: int): ...

    with pytest.raises(SignatureMismatchError, match="'b'"):
        one.validate_parameters({"a": "1", "b": 2})


def test_defaults_are_what_the_author_wrote():
    @flow
    def lenient(limit: int = None, self: int = 1):  # noqa: RUF013 - users write it
        ...

    assert lenient.validate_parameters({"limit": None, "self": "2"}) == {"limit": None, "self": 2}


@pytest.mark.parametrize("name", ["model_config", "schema", "_private", "validate", "copy"])
def test_parameters_may_be_called_anything(name):
    scope = {}
    exec(f"def fn({name}: int): ...", scope)
    assert flow(scope["fn"]).validate_parameters({name: "1"}) == {name: 1}


def test_values_of_foreign_types_pass_untouched():
    value = Foreign()
    assert validated(Foreign, value) is value


def test_annotations_may_be_texts():
    def fn(a: "int", b: "Point"): ...

    assert flow(fn).validate_parameters({"a": "1", "b": Point(1, 2)}) == {"a": 1, "b": Point(1, 2)}


def test_annotations_that_cannot_be_evaluated_are_told():
    def fn(a: "Nowhere"): ...  # noqa: F821

    with pytest.raises(ParameterTypeError, match="The annotations of fn cannot be evaluated: name 'Nowhere'"):
        flow(fn).validate_parameters({"a": 1})


def test_variadic_parameters_are_checked_too():
    @flow
    def many(*numbers: int, **sizes: float): ...

    parameters = many.binding.bind(("1", 2), {"a": "3"})
    assert many.validate_parameters(parameters) == {"numbers": (1, 2), "sizes": {"a": 3.0}}


def test_exact_types_need_no_pydantic():
    program = (
        "import sys\n"
        "from penstock import flow\n"
        "@flow\n"
        "def plain(a: int, b: str = 'x', c=None): ...\n"
        "plain.validate_parameters(plain.binding.bind((1,), {}))\n"
        "assert 'pydantic' not in sys.modules\n"
        "plain.validate_parameters({'a': '1', 'b': 'x', 'c': None})\n"
        "assert 'pydantic' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_the_schema_is_that_of_the_reference():
    @flow
    def described(a: int, b: Config, c: str = "x", *, d=None):
        """Says something.

        Args:
            a: How many.
            d (anything): What
        """

    schema = described.parameter_openapi_schema
    assert schema["title"] == "Parameters"
    assert schema["type"] == "object"
    assert schema["required"] == ["a", "b"]
    assert schema["properties"]["a"] == {
        "title": "a",
        "type": "integer",
        "position": 0,
        "description": "How many.",
    }
    assert schema["properties"]["b"] == {"$ref": "#/definitions/Config", "position": 1, "title": "b"}
    assert schema["properties"]["c"] == {"default": "x", "position": 2, "title": "c", "type": "string"}
    assert schema["properties"]["d"]["description"] == "What"
    assert set(schema["definitions"]) == {"Config", "Size"}
    assert msgspec.json.encode(schema)


def test_the_schema_of_types_that_json_does_not_know_lets_anything_pass():
    @flow
    def odd(a: Foreign, b=FOREIGN): ...

    properties = odd.parameter_openapi_schema["properties"]
    assert properties["a"] == {"title": "a", "position": 0}
    assert properties["b"] == {"title": "b", "position": 1}


def test_what_can_be_recorded_is():
    value = {"date": date(2026, 1, 2), "model": Config(name="n"), "range": range(2), "set": {1}}
    assert to_recordable(value) == {
        "date": "2026-01-02",
        "model": {"name": "n", "size": "small"},
        "range": [0, 1],
        "set": [1],
    }


def test_what_json_has_no_form_for_is_described():
    loop = []
    loop.append(loop)
    recorded = to_recordable({"object": Foreign(), "type": Foreign, "loop": loop, "big": 10**400})
    assert recorded == {
        "object": "<Foreign>",
        "type": "<type>",
        "loop": "<list: has no form in JSON>",
        "big": "<int: is an integer of more than 64 bits>",
    }


def test_the_biggest_values_are_left_out_where_all_are_too_big():
    recorded = to_recordable({"big": "x" * 900, "small": 1, "bigger": "y" * 2000}, limit=1000)
    assert recorded == {"big": "x" * 900, "small": 1, "bigger": "<str: 2,002 bytes of JSON>"}


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=20,
)


@given(st.dictionaries(TEXTS, JSON_VALUES))
def test_json_is_recorded_as_it_is(parameters):
    assert to_recordable(parameters) == parameters


@given(st.dictionaries(TEXTS, st.text(st.characters(), max_size=50)), st.integers(10, 200))
def test_whatever_is_given_can_be_encoded(parameters, limit):
    assert msgspec.json.encode(to_recordable(parameters, limit=limit))
