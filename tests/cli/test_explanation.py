"""How a resolved job is shown."""

import json

import msgspec
import pytest

from penstock.cli.exits import ExitCode
from penstock.cli.explanation import compare, show_comparison, show_explanation, shown_value
from penstock.domain.default_templates import process_template
from penstock.domain.job_spec import Explanation
from penstock.domain.job_variables import Layer, resolve


def template(**env):
    made = process_template()
    made["variables"]["properties"]["env"]["default"] = env
    made["job_configuration"]["limits"] = {"cpu": 2}
    return made


def resolved(*layers, **env):
    return resolve(template(**env), [Layer(*layer) for layer in layers], complete=True)


def table(text):
    """The table's lines, each as its cells."""
    lines = text.partition("\n\n")[0].splitlines()
    return [[cell for cell in line.split("  ") if cell.strip()] for line in lines]


def rows(text):
    return {cells[0].strip(): [cell.strip() for cell in cells[1:]] for cells in table(text)[1:]}


def test_each_leaf_has_a_line_with_what_every_layer_said(capsys):
    explanation = resolved(
        ("deployment", {"env": {"LEVEL": "DEBUG", "OLD": None}, "labels": {"team": "x"}}),
        ("run", {"env.LEVEL": "TRACE", "stream_output": False}, "cli"),
        LEVEL="INFO",
        REGION="eu",
        OLD="1",
    ).explain()
    assert show_explanation(explanation) == ExitCode.OK
    text = capsys.readouterr().out
    heads = [cell.strip() for cell in table(text)[0]]
    assert heads == ["VARIABLE", "POOL", "DEPLOYMENT", "RUN (CLI)", "EFFECTIVE", "FROM"]
    assert rows(text) == {
        "env.LEVEL": ["INFO", "DEBUG", "TRACE ←", "TRACE", "run (by key)"],
        "env.REGION": ["eu ←", "·", "·", "eu", "pool (by key)"],
        "env.OLD": ['"1"', "✕ unset ←", "·", "(removed)", "deployment (by key)"],
        "labels.team": ["·", "x ←", "·", "x", "deployment (by key)"],
        "stream_output": ["true", "·", "false ←", "false", "run"],
        "job_configuration.limits": ['{"cpu":2} (fixed) ←', "·", "·", '{"cpu":2}', "fixed"],
    }


def test_under_the_table_stand_the_job_its_environment_and_its_hash(capsys):
    explanation = resolved(
        ("deployment", {"env": {"B": 42, "LINES": "a\nb", "OLD": None}, "command": "python x.py"}), A="x"
    ).explain()
    show_explanation(explanation)
    text = capsys.readouterr().out
    assert "command:       python x.py" in text
    environment = text.partition("Environment:\n")[2].partition("\n\n")[0].splitlines()
    assert environment == [
        "  A=x",
        "  B=42",
        '  LINES="a\\nb"',
        "  OLD is taken away, also from what the worker hands down",
    ]
    assert f"Hash:     {explanation.job.hash}" in text


def test_a_job_without_anything_set_says_so(capsys):
    show_explanation(resolve({"job_configuration": {}, "variables": {}}, [], complete=True).explain())
    captured = capsys.readouterr()
    assert "No layer sets a job variable." in captured.err
    assert "the flow's own process" in captured.out and "nothing is set" in captured.out


def test_errors_and_warnings_are_marked_told_and_counted(capsys):
    explanation = resolved(("run", {"stream_output": "lots", "imge": "x"})).explain()
    assert show_explanation(explanation) == ExitCode.USAGE
    text = capsys.readouterr().out
    assert rows(text)["stream_output"][-2:] == ["lots ⚠", "run"]
    assert rows(text)["imge"][-2:] == ["x ⚠", "run"]
    assert "Errors:\n  stream_output (run): must be boolean, not string." in text
    assert "Warnings:\n  imge (run): the pool does not declare it" in text
    assert "env.imge" in text


def test_json_is_the_explanation_itself(capsys):
    explanation = resolved(("run", {"stream_output": "lots"}), A="1").explain()
    assert show_explanation(explanation, as_json=True) == ExitCode.USAGE
    again = msgspec.json.decode(capsys.readouterr().out, type=Explanation)
    assert again == explanation


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("text", "text"),
        ("two words", "two words"),
        ("42", '"42"'),
        ("true", '"true"'),
        ("", '""'),
        (" x", '" x"'),
        ("a\nb", '"a\\nb"'),
        (42, "42"),
        (None, "null"),
        ({"a": [1]}, '{"a":[1]}'),
        ("x" * 50, "x" * 39 + "…"),
    ],
)
def test_a_value_cannot_be_taken_for_another(value, shown):
    assert shown_value(value, 40) == shown


def test_two_jobs_are_compared_leaf_by_leaf(capsys):
    a = resolved(("deployment", {"env": {"A": "1", "SAME": "x"}}), ("run", {"env": {"A": 1}})).job_spec()
    b = resolved(("deployment", {"env": {"A": "1", "SAME": "x", "B": "2"}})).job_spec()
    comparison = compare(a, b)
    show_comparison(comparison, ("first", "second"))
    assert rows(capsys.readouterr().out) == {
        "env.A": ["1", "run", '"1"', "deployment"],
        "env.B": ["(not set)", "·", '"2"', "deployment"],
    }
    show_comparison(comparison, ("first", "second"), as_json=True)
    document = json.loads(capsys.readouterr().out)
    assert document["differences"][0] == {
        "path": "env.A",
        "a": 1,
        "b": "1",
        "a_from": "run",
        "b_from": "deployment",
    }


def test_equal_jobs_and_jobs_that_differ_in_their_pool_alone(capsys):
    a = resolved(("run", {"env": {"A": "1"}})).job_spec()
    same = resolved(("deployment", {"env": {"A": "1"}})).job_spec()
    assert compare(a, same).same
    show_comparison(compare(a, same), ("a", "b"))
    assert "Both launch the same job." in capsys.readouterr().out

    other = template()
    other["job_configuration"]["name"] = "x-{{ name }}"
    moved = resolve(other, [Layer("run", {"env": {"A": "1"}})], complete=True).job_spec()
    assert [each.path for each in compare(a, moved).differences] == ["job_configuration.name"]
