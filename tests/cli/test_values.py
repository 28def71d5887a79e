"""Values that people type: parameters, job variables, times."""

import contextlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.cli.values import (
    read_duration,
    read_job_variables,
    read_moment,
    read_parameters,
    read_start,
    variables_schema,
)
from penstock.domain.errors import InvalidInput

SCHEMA = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "count": {"type": "integer"},
        "ratio": {"type": "number"},
        "maybe": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        "model": {"$ref": "#/definitions/Model"},
        "anything": {},
    },
    "required": ["name"],
    "definitions": {"Model": {"type": "object", "properties": {"a": {"type": "integer"}}}},
}


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("name=42", {"name": "42"}),
        ("name=null", {"name": "null"}),
        ('name="quoted"', {"name": "quoted"}),
        ("name=a=b", {"name": "a=b"}),
        ("name=", {"name": ""}),
        ("count=42", {"count": 42}),
        ("count=many", {"count": "many"}),
        ("ratio=1e3", {"ratio": 1000.0}),
        ("ratio=NaN", {"ratio": "NaN"}),
        ("maybe=null", {"maybe": None}),
        ('model={"a": 1}', {"model": {"a": 1}}),
        ("anything=true", {"anything": True}),
        ("anything=back\\slash", {"anything": "back\\slash"}),
    ],
)
def test_a_parameter_is_read_as_its_schema_wants_it(typed, value):
    assert read_parameters([typed], None, SCHEMA, "flow") == value


def test_without_a_schema_what_is_json_is_json():
    assert read_parameters(["a=1", "b=x"], '{"c": [1]}', None, "flow") == {"a": 1, "b": "x", "c": [1]}


def test_a_single_parameter_wins_over_the_document_and_that_is_said(capsys):
    assert read_parameters(["count=2"], '{"count": 1, "name": "x"}', SCHEMA, "flow") == {
        "count": 2,
        "name": "x",
    }
    assert "--param wins" in capsys.readouterr().err


def test_the_document_may_come_from_stdin(monkeypatch):
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO('{"name": "x"}'))
    assert read_parameters([], "-", SCHEMA, "flow") == {"name": "x"}


@pytest.mark.parametrize(
    ("typed", "document", "said"),
    [
        (["count"], None, "--param count has no '='. Write --param KEY=VALUE."),
        (["=1"], None, "--param =1 has no name before '='."),
        (["cout=1"], None, "'flow' has no parameter 'cout'. Did you mean 'count'? It has: name, count,"),
        ([], '{"cout": 1}', "Did you mean 'count'?"),
        ([], "{", "--params is not JSON"),
        ([], "[1]", "--params is not a JSON object"),
        ([], '{"name": NaN}', "JSON has no NaN"),
    ],
)
def test_parameters_that_cannot_be_read_are_refused(typed, document, said):
    with pytest.raises(InvalidInput) as refused:
        read_parameters(typed, document, SCHEMA, "flow")
    assert said in str(refused.value)


def test_a_flow_that_takes_any_parameter_is_asked_for_none():
    assert read_parameters(["x=1"], None, {**SCHEMA, "additionalProperties": True}, "flow") == {"x": 1}
    with pytest.raises(InvalidInput, match="It takes none"):
        read_parameters(["x=1"], None, {"type": "object", "properties": {}}, "flow")


def test_job_variables_come_together_in_their_order_and_doubts_are_told(capsys):
    schema = {"properties": {"env": {"type": "object"}, "name": {"type": "string"}}}
    typed = ["env.A=1", '{"env": {"B": 2}}', "name=42", "env.A=null"]
    assert read_job_variables(typed, schema) == {"env": {"A": "null", "B": 2}, "name": "42"}
    assert "Warning: env.A: is set to the text 'null'" in capsys.readouterr().err


def test_everything_that_is_wrong_with_job_variables_is_told_at_once():
    with pytest.raises(InvalidInput) as refused:
        read_job_variables(["env", "=x", "{broken"])
    assert [line[:25] for line in refused.value.message.splitlines()] == [
        "--job-variable env has no",
        "--job-variable =x has no ",
        "--job-variable starts wit",
    ]
    assert "Write env=VALUE." in refused.value.message


def test_only_a_template_has_a_schema():
    assert variables_schema({"variables": {"properties": {}}}) == {"properties": {}}
    assert variables_schema({}) is None
    assert variables_schema(None) is None


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("10 minutes", timedelta(minutes=10)),
        ("in 2 hours and 30 min", timedelta(hours=2, minutes=30)),
        ("1h30m", timedelta(hours=1, minutes=30)),
        ("1.5h", timedelta(minutes=90)),
        ("2 days, 4 h", timedelta(days=2, hours=4)),
        ("1w", timedelta(weeks=1)),
        ("45 SECONDS", timedelta(seconds=45)),
        ("PT10M", timedelta(minutes=10)),
        ("0s", timedelta(0)),
    ],
)
def test_lengths_of_time(text, length):
    assert read_duration(text) == length


@pytest.mark.parametrize(
    "text", ["", "90", "soon", "5 m 3", "-5 minutes", "-PT1M", "1 month", "10 minutesx", "9" * 30 + "w"]
)
def test_what_is_no_length_of_time_is_refused(text):
    with pytest.raises(InvalidInput, match="is not a length of time"):
        read_duration(text)


@given(st.text(max_size=30))
def test_any_text_is_a_length_of_time_or_refused(text):
    with contextlib.suppress(InvalidInput):
        assert read_duration(text) >= timedelta(0)


def test_moments_need_their_zone():
    moment = datetime(2026, 8, 22, 7, tzinfo=UTC)
    assert read_moment("2026-08-22T09:00+02:00") == read_moment("2026-08-22 07:00Z") == moment
    with pytest.raises(InvalidInput, match="does not say in which time zone") as refused:
        read_moment("2026-08-22T09:00")
    assert "2026-08-22T09:00:00" in (refused.value.hint or "")
    with pytest.raises(InvalidInput, match="is not a moment"):
        read_moment("tomorrow")


def test_when_a_run_starts():
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert read_start(None, None, now) is None
    assert read_start("10 minutes", None, now) == now + timedelta(minutes=10)
    assert read_start(None, "2026-08-22T07:00Z", now) == datetime(2026, 8, 22, 7, tzinfo=UTC)
    with pytest.raises(InvalidInput, match="both given"):
        read_start("1h", "2026-08-22T07:00Z", now)
    with pytest.raises(InvalidInput, match="too far ahead"):
        read_start("1000000 weeks", None, now)
