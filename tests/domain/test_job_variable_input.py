"""Job variables as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.domain.job_variable_input import parse_env_lines, parse_job_variables

SCHEMA = {
    "properties": {
        "name": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "image": {"type": "string"},
        "stream_output": {"type": "boolean"},
        "cpu": {"type": "number"},
        "either": {"type": ["string", "integer"]},
        "args": {"type": "array"},
        "cfg": {"type": "object", "properties": {"a": {"type": "string"}, "n": {"type": "integer"}}},
        "with.dot": {"type": "string"},
        "env": {"type": "object", "additionalProperties": {"anyOf": [{"type": "string"}, {"type": "null"}]}},
    },
    "required": ["image"],
}


@pytest.mark.parametrize(
    ("argument", "with_schema", "without"),
    [
        ("image=x", {"image": "x"}, None),
        ("image=", {"image": ""}, None),
        ("image=a=b", {"image": "a=b"}, None),
        (" image = x ", {"image": " x "}, None),
        ("image=42", {"image": "42"}, {"image": 42}),
        ("image=01", {"image": "01"}, None),
        ("image=true", {"image": "true"}, {"image": True}),
        ("image=1e3", {"image": "1e3"}, {"image": 1000.0}),
        ("image=null", {"image": "null"}, {"image": None}),
        ("image=[1]", {"image": "[1]"}, {"image": [1]}),
        ('image="quoted"', {"image": "quoted"}, None),
        ('image="true"', {"image": "true"}, None),
        ('image="open', {"image": '"open'}, None),
        ("image=a\\b", {"image": "a\\b"}, None),
        ('image=it"s', {"image": 'it"s'}, None),
        ("image=NaN", {"image": "NaN"}, None),
        ("image=Infinity", {"image": "Infinity"}, None),
        ("image=1e400", {"image": "1e400"}, None),
        ("image=" + "9" * 40, {"image": "9" * 40}, None),
        ("image=" + "9" * 5_000, {"image": "9" * 5_000}, None),
        ("image=" + "[" * 100_000, {"image": "[" * 100_000}, None),
        ('image={"a":1,"a":2}', {"image": '{"a":1,"a":2}'}, None),
        ("name=null", {"name": None}, None),
        ("name=42", {"name": "42"}, {"name": 42}),
        ("stream_output=false", {"stream_output": False}, None),
        ("stream_output=lots", {"stream_output": "lots"}, None),
        ("stream_output=42", {"stream_output": 42}, None),
        ("cpu=0.5", {"cpu": 0.5}, None),
        ("either=42", {"either": 42}, None),
        ("either=x", {"either": "x"}, None),
        ('args=["a",1]', {"args": ["a", 1]}, None),
        ("cfg.a=42", {"cfg": {"a": "42"}}, {"cfg": {"a": 42}}),
        ("cfg.n=42", {"cfg": {"n": 42}}, None),
        ('cfg={"a":"x"}', {"cfg": {"a": "x"}}, None),
        ("with.dot=42", {"with.dot": "42"}, {"with": {"dot": 42}}),
        ("unknown=42", {"unknown": 42}, None),
        ("MY_NEW_ENV_VAR=text", {"MY_NEW_ENV_VAR": "text"}, None),
        ("env.A=42", {"env": {"A": "42"}}, None),
        ("env.A=0042", {"env": {"A": "0042"}}, None),
        ("env.A=true", {"env": {"A": "true"}}, None),
        ('env.A="q"', {"env": {"A": '"q"'}}, None),
        ('env.A={"b": 1}', {"env": {"A": '{"b": 1}'}}, None),
        ("env.A=a=b=c", {"env": {"A": "a=b=c"}}, None),
        ("env.A=", {"env": {"A": ""}}, None),
        ('env={"A": 42, "B": null}', {"env": {"A": 42, "B": None}}, None),
        ("env=text", {"env": "text"}, None),
        ('{"env": {"A": "a=b"}, "cpu": 1}', {"env": {"A": "a=b"}, "cpu": 1}, None),
        ('  {"env.A": 1}', {"env": {"A": 1}}, None),
        ("{}", {}, None),
    ],
)
def test_one_argument(argument, with_schema, without):
    assert parse_job_variables([argument], SCHEMA) == (with_schema, (), ())
    assert parse_job_variables([argument]) == (with_schema if without is None else without, (), ())


@pytest.mark.parametrize(
    ("arguments", "variables"),
    [
        ([], {}),
        (['env={"A":"1"}', 'env={"B":"2"}'], {"env": {"A": "1", "B": "2"}}),
        (["env.A=1", "env.B=2"], {"env": {"A": "1", "B": "2"}}),
        (['{"env":{"A":"1"}}', "env.B=2", "image=x"], {"env": {"A": "1", "B": "2"}, "image": "x"}),
        (["env.A=1", "env.A=2"], {"env": {"A": "2"}}),
        (["cfg.x=1", 'cfg={"y":{"z":1}}', "cfg.y.w=2"], {"cfg": {"x": 1, "y": {"z": 1, "w": 2}}}),
        (["cfg=1", "cfg.a=x"], {"cfg": {"a": "x"}}),
        (["cfg.a=x", "cfg=1"], {"cfg": 1}),
    ],
)
def test_several_arguments_come_together_in_their_order(arguments, variables):
    assert parse_job_variables(arguments, SCHEMA) == (variables, (), ())


@pytest.mark.parametrize(
    ("argument", "text"),
    [
        ("image", "image has no '='. Write image=VALUE."),
        ("", " has no '='. Write KEY=VALUE."),
        ("=x", "=x has no name before '='. Write KEY=VALUE."),
        ("  =x", "  =x has no name before '='. Write KEY=VALUE."),
        ('{"env": ', "starts with '{' and is not JSON: Expecting value at character 9."),
        ("{image=x", "starts with '{' and is not JSON: Expecting property name"),
        ('{"a": 1, "a": 2}', "is not JSON: a key is given twice."),
        ('{"a": NaN}', "is not JSON: JSON has no NaN."),
        ('{"a": ' + "[" * 100_000, "is not JSON"),
        ('{"a": 1} x', "is not JSON: Extra data at character 10."),
        ('{"a": "\\ud800"}', "a has half a surrogate pair"),
        ('{"\\ud800": 1}', "a JSON object has half a surrogate pair"),
        ('{"a": "\\u0000"}', "a has a NUL character."),
        ("env.=x", "env.: has an empty name before or after a dot. Write NAME.KEY."),
        ('{"env.A": 1, "env": {"A": 1}}', "env.A: is given twice in one layer"),
    ],
)
def test_what_cannot_be_read_is_told_with_the_fix(argument, text):
    variables, errors, _ = parse_job_variables([argument, "image=kept"], SCHEMA)
    assert text in str(errors[0])
    assert len(errors) == 1
    assert len(str(errors[0])) < 300
    assert variables["image"] == "kept"


def test_broken_json_is_not_repeated():
    (error,) = parse_job_variables(['{"env": {"PASSWORD": "hunter2"']).errors
    assert "hunter2" not in str(error)


def test_the_text_null_in_the_environment_is_warned_of():
    variables, errors, (warning,) = parse_job_variables(["env.A=null"])
    assert (variables, errors) == ({"env": {"A": "null"}}, ())
    assert str(warning) == (
        "env.A: is set to the text 'null'. To take the variable away: '{\"env\": {\"A\": null}}'."
    )


def test_what_a_pool_takes_into_the_environment_is_text_as_well():
    schema = {**SCHEMA, "x-undeclared": "to-env"}
    variables, _, warnings = parse_job_variables(
        ["PORT=0042", "N=42", "cpu=42", "X=null", "with.dot=1"], schema
    )
    assert variables == {"PORT": "0042", "N": "42", "cpu": 42, "X": "null", "with.dot": "1"}
    assert [warning.path for warning in warnings] == ["env.X"]


@pytest.mark.parametrize("schema", [None, {"type": "zzz"}, [], "x", True, {"properties": {"a..b": {}}}])
def test_a_schema_that_is_none_helps_nothing_and_harms_nothing(schema):
    assert parse_job_variables(["image=42", "a..c=1"], schema)[0] == {"image": 42}


@given(st.lists(st.text()), st.booleans())
def test_reading_never_raises(arguments, with_schema):
    parse_job_variables(arguments, SCHEMA if with_schema else None)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_text_in_the_environment_is_what_was_typed(text):
    assert parse_job_variables([f"env.A={text}"], SCHEMA).variables == {"env": {"A": text}}


@pytest.mark.parametrize(
    ("line", "env"),
    [
        ("A=1", {"A": "1"}),
        ("  A = x y ", {"A": "x y"}),
        ("export A=1", {"A": "1"}),
        ("exported=1", {"exported": "1"}),
        ("# comment", {}),
        ("", {}),
        ("A=", {"A": ""}),
        ("A=# comment", {"A": ""}),
        ("A=x # comment", {"A": "x"}),
        ("A=x#y", {"A": "x#y"}),
        ("A='x # $Y \\n' # comment", {"A": "x # $Y \\n"}),
        ('A="x \\"y\\" \\n\\t\\\\ \\$Z # z"', {"A": 'x "y" \n\t\\ $Z # z'}),
        ("A=a=b", {"A": "a=b"}),
        ("A=1\r", {"A": "1"}),
        ("A=1\nB=2\nA=3", {"A": "3", "B": "2"}),
        ("A=\u2028x", {"A": "x"}),
    ],
)
def test_lines_of_an_env_file(line, env):
    assert parse_env_lines(line) == ({"env": env}, (), ())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("A=1\nB", "line 2 is not NAME=value. Start comments with '#'."),
        ("=x", "line 1 is not NAME=value. Start comments with '#'."),
        ("A='x", "line 1 has a quote that is not closed, or text after it."),
        ('A="x" y', "line 1 has a quote that is not closed, or text after it."),
        ('A="x\\"', "line 1 has a quote that is not closed, or text after it."),
    ],
)
def test_lines_that_cannot_be_read(text, message):
    assert [str(error) for error in parse_env_lines(text).errors] == [message]


@given(st.text())
def test_reading_lines_never_raises(text):
    parse_env_lines(text)
