"""Edits of single paths: exactly what is named changes, and paths cannot be mistaken for one another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from penstock.domain.base_job_templates import compile_template
from penstock.domain.job_variable_edits import Edit, apply_edits
from penstock.domain.job_variable_layers import nest

TEMPLATE = compile_template(
    {
        "variables": {
            "type": "object",
            "properties": {
                "env": {"type": "object"},
                "labels": {"type": "object", "x-merge": "keys"},
                "cfg": {"type": "object"},
                "image": {"type": "string"},
                "a.b": {"type": "string"},
            },
        },
        "job_configuration": {},
    }
)


def edited(variables, *edits):
    return apply_edits(TEMPLATE, variables, [Edit(*edit) for edit in edits], "deployment")


@pytest.mark.parametrize(
    ("before", "edits", "after"),
    [
        ({}, [], {}),
        ({}, [(("image",), "a")], {"image": "a"}),
        ({"image": "a"}, [(("image",), "b")], {"image": "b"}),
        ({"image": "a"}, [(("image",), None)], {"image": None}),
        ({"image": "a"}, [(("image",),)], {}),
        ({}, [(("image",),)], {}),
        ({}, [(("env", "A"), 1)], {"env": {"A": 1}}),
        ({"env": None}, [(("env", "A"), 1)], {"env": {"A": 1}}),
        ({"env": {"A": 1}}, [(("env", "A"), None)], {"env": {"A": None}}),
        ({"env": {"A": 1, "B": 2}}, [(("env", "A"),)], {"env": {"B": 2}}),
        ({"env": {"A": 1}}, [(("env", "A"),)], {}),
        ({"env": {"A": 1}}, [(("env", "A"),), (("env", "B"), 2)], {"env": {"B": 2}}),
        ({"env": {"A": 1}}, [(("env",),), (("env", "B"), 2)], {"env": {"B": 2}}),
        ({}, [(("env", "a.b"), 1)], {"env": {"a.b": 1}}),
        ({}, [(("labels", "x"), "y")], {"labels": {"x": "y"}}),
        ({}, [(("a.b",), "y")], {"a.b": "y"}),
        ({}, [(("cfg",), {"x": 1})], {"cfg": {"x": 1}}),
        ({}, [(("undeclared",), 1)], {"undeclared": 1}),
    ],
)
def test_what_is_named_changes(before, edits, after):
    result = edited(before, *edits)
    assert result == (after, ())


def test_places_are_kept():
    before = {"image": "a", "env": {"A": 1, "B": 2}, "labels": {"x": "y"}}
    after = edited(before, (("env", "A"), 3), (("image",), "b")).variables
    assert [*after] == ["image", "env", "labels"]
    assert [*after["env"]] == ["A", "B"]
    assert before == {"image": "a", "env": {"A": 1, "B": 2}, "labels": {"x": "y"}}


@pytest.mark.parametrize(
    ("before", "path", "text"),
    [
        ({}, ("env.A",), "no variable of the pool is called so"),
        ({}, ("x.y", "A"), "no variable of the pool is called so"),
        ({}, ("cfg", "x"), "not merged by keys"),
        ({}, ("undeclared", "x"), "not merged by keys"),
        ({"labels": "{{ penstock.variables.x }}"}, ("labels", "x"), "part of string, which has no keys"),
    ],
)
def test_a_path_that_leads_nowhere_is_named(before, path, text):
    result = edited(before, (path, 1))
    assert result.variables == before
    (problem,) = result.problems
    assert (problem.rule, problem.layer) == ("path", "deployment")
    assert text in problem.message
    assert problem.path and problem.hint


KEYS = st.sampled_from(["A", "B", "a.b", "env", ""])
PATHS = st.tuples(st.sampled_from(["image", "cfg", "a.b", "x.y"])) | st.tuples(
    st.sampled_from(["env", "labels"]), KEYS
)


@given(st.lists(st.tuples(PATHS, st.just(UNSET) | st.none() | st.integers())))
def test_the_last_edit_of_a_path_is_what_stands_there(edits):
    result = edited({}, *edits)
    last = dict(edits)
    for path, value in last.items():
        if path == ("x.y",):
            continue
        found = result.variables
        for step in path:
            found = found.get(step, UNSET) if found is not UNSET else UNSET
        assert found is value or found == value
    # Nothing of it is read as something else when it is saved.
    assert nest(result.variables, None, TEMPLATE.properties).variables == result.variables
