"""What tokens of runs may write: as a base job template says it, and in words."""

import pytest

from penstock.domain.base_job_templates import compile_template
from penstock.domain.run_scopes import fault_of_scopes, in_words, read_scopes


@pytest.mark.parametrize(
    ("said", "scopes"),
    [
        (None, ("variables",)),
        (True, ("variables",)),
        ({}, ("variables",)),
        ({"may": []}, ()),
        ({"may": ["blocks", "variables"]}, ("blocks", "variables")),
        (False, None),
    ],
)
def test_what_a_template_says_is_read(said, scopes):
    assert fault_of_scopes(said) is None
    assert read_scopes(said) == scopes
    template = {"variables": {}, "job_configuration": {}}
    assert (
        compile_template(template if said is None else template | {"run_tokens": said}).run_scopes == scopes
    )


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ("no", "must be true, false, or an object"),
        (["variables"], "must be true, false, or an object"),
        ({"may": "variables"}, "must be true, false, or an object"),
        ({"may": [], "more": 1}, "must be true, false, or an object"),
        ({"may": ["pools"]}, "variables and blocks, not 'pools'"),
        ({"may": [{}]}, "not {}"),
    ],
)
def test_what_is_said_wrongly_is_a_fault_of_the_template(said, fault):
    assert fault in fault_of_scopes(said)
    compiled = compile_template({"variables": {}, "job_configuration": {}, "run_tokens": said})
    assert [problem.path for problem in compiled.errors] == ["run_tokens"]


@pytest.mark.parametrize(
    ("scopes", "words"),
    [
        ([], "may move its own run and what that starts"),
        (["variables"], "may move its own run and what that starts, and write variables"),
        (
            ["blocks", "variables"],
            "may move its own run and what that starts, and write variables and blocks",
        ),
    ],
)
def test_it_is_told_in_words(scopes, words):
    assert in_words(scopes) == words
