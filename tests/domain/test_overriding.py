"""Who may override what: a pool's rules are refused where they make no sense, and kept at every layer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.domain.base_job_templates import compile_template
from penstock.domain.job_variable_layers import Layer
from penstock.domain.job_variables import resolve
from penstock.domain.problems import JobVariablesForbidden, JobVariablesInvalid

BOUNDED = {
    "env": {"type": "object", "x-merge": "keys", "x-env-keys": {"deny": ["LD_*", "PATH"]}},
    "image": {"type": "string", "x-overridable": "never", "default": "base:1"},
    "cpu": {"type": "number", "maximum": 8, "x-run": {"maximum": 2}},
    "tier": {"type": "string", "x-run": {"enum": ["small", "large"]}},
    "queue": {"type": "string", "x-overridable": "deployment"},
    "labels": {"type": "object", "x-merge": "keys", "x-run": {"additionalProperties": {"pattern": "^a"}}},
    "args": {"type": "array", "x-merge": "append", "x-overridable": "never"},
    "free": True,
}


def template(properties):
    job = {name: f"{{{{ {name} }}}}" for name in properties}
    return {"variables": {"type": "object", "properties": properties}, "job_configuration": job}


def told(deployment=None, run=None, properties=BOUNDED):
    layers = [Layer("deployment", deployment), Layer("run", run, "cli")]
    errors = resolve(template(properties), layers, complete=True).errors
    return [(error.path, error.layer, error.rule) for error in errors]


@pytest.mark.parametrize(
    ("deployment", "run", "errors"),
    [
        ({}, {}, []),
        ({"image": "a"}, {}, [("image", "deployment", "x-overridable")]),
        ({}, {"image": "a"}, [("image", "run", "x-overridable")]),
        ({}, {"image": None}, [("image", "run", "x-overridable"), ("image", "run", "type")]),
        ({"queue": "a"}, {}, []),
        ({}, {"queue": "a"}, [("queue", "run", "x-overridable")]),
        ({"args": ["-v"]}, {}, [("args", "deployment", "x-overridable")]),
        ({"args": None}, {}, []),
        ({"cpu": 4}, {}, []),
        ({"cpu": 4}, {"cpu": 2}, []),
        ({}, {"cpu": 4}, [("cpu", "run", "x-run")]),
        ({}, {"cpu": "{{ penstock.variables.cpu }}"}, [("cpu", "run", "x-run")]),
        ({"cpu": "{{ penstock.variables.cpu }}"}, {}, []),
        ({}, {"cpu": {"$ref": {"block_document_id": "x"}}}, [("cpu", "run", "x-run")]),
        ({"tier": "huge"}, {}, []),
        ({}, {"tier": "huge"}, [("tier", "run", "x-run")]),
        ({}, {"tier": "small"}, []),
        ({"labels": {"x": "b"}}, {"labels": {"y": "a", "x": None}}, []),
        ({}, {"labels": {"y": "b"}}, [("labels.y", "run", "x-run")]),
        ({"env": {"LD_PRELOAD": "x"}}, {}, [("env.LD_PRELOAD", "deployment", "x-env-keys")]),
        ({}, {"env.LD_PRELOAD": None}, [("env.LD_PRELOAD", "run", "x-env-keys")]),
        ({}, {"env": {"Path": "x"}}, [("env.Path", "run", "x-env-keys")]),
        ({"env": {"A": "x"}}, {"env": {"A": "{{ penstock.secrets.a }}"}}, []),
    ],
)
def test_a_layer_says_what_the_pool_lets_it_say(deployment, run, errors):
    assert told(deployment, run) == errors


@pytest.mark.parametrize(
    ("keys", "env", "errors"),
    [
        ({"allow": ["APP_*", "REGION"]}, {"APP_X": 1, "REGION": 1, "OTHER": 1}, ["env.OTHER"]),
        ({"allow": []}, {"A": 1}, ["env.A"]),
        ({"allow": ["*"], "deny": ["A"]}, {"A": 1, "B": 1}, ["env.A"]),
        ({"allow": ["A"]}, {"a": 1}, ["env.a"]),
        ({}, {"A": 1}, []),
    ],
)
def test_names_of_the_environment_may_be_allowed_and_denied(keys, env, errors):
    properties = {"env": {"type": "object", "x-env-keys": keys, "default": {"POOL": "x"}}}
    assert [path for path, *_ in told({"env": env}, properties=properties)] == errors


def test_environment_variables_that_a_pool_takes_by_their_bare_names_are_judged_too():
    variables = {"type": "object", "x-undeclared": "to-env", "properties": {"env": BOUNDED["env"]}}
    raw = {"variables": variables, "job_configuration": {"env": "{{ env }}"}}
    errors = resolve(raw, [Layer("run", {"LD_PRELOAD": "x"})], complete=True).errors
    assert [error.path for error in errors] == ["env.LD_PRELOAD"]


def test_references_in_a_bounded_environment_are_judged_as_text():
    properties = {"env": {"type": "object", "x-run": {"additionalProperties": {"type": "string"}}}}
    assert told(run={"env": {"A": "{{ penstock.secrets.a }}", "B": None}}, properties=properties) == []
    assert told(run={"env": {"A": 1}}, properties=properties) == [("env.A", "run", "x-run")]


def test_a_refusal_says_who_may():
    (never,) = resolve(template(BOUNDED), [Layer("deployment", {"image": "a"})], complete=True).errors
    assert str(never) == (
        "image (deployment): the pool keeps it: nobody may override it."
        " Only the work pool's template sets it."
    )
    (run,) = resolve(template(BOUNDED), [Layer("run", {"queue": "a"})], complete=True).errors
    assert "Set it in the deployment." in str(run)
    (bound,) = resolve(template(BOUNDED), [Layer("run", {"cpu": 4})], complete=True).errors
    assert str(bound) == "cpu (run): must be at most 2, where a run sets it."


def test_what_is_only_forbidden_is_told_apart_from_what_makes_no_sense():
    def refusal(variables):
        with pytest.raises(JobVariablesInvalid) as refused:
            resolve(template(BOUNDED), [Layer("run", variables)], complete=True).job_spec()
        return type(refused.value)

    assert refusal({"image": "a"}) is JobVariablesForbidden
    assert refusal({"image": "a", "cpu": "x"}) is JobVariablesInvalid


@pytest.mark.parametrize(
    ("name", "declared", "rule", "text"),
    [
        ("a", {"x-overridable": "sometimes"}, "x-overridable", "never, deployment, run"),
        ("a", {"x-overridable": None}, "x-overridable", "never, deployment, run"),
        ("a", {"x-overridable": ["run"]}, "x-overridable", "never, deployment, run"),
        ("a", {"x-run": {"type": "zzz"}}, "x-run", "Not a JSON Schema"),
        ("a", {"x-run": None}, "x-run", "object or a boolean"),
        ("a", {"x-run": {"$ref": "#/definitions/x"}}, "x-run", "does not hold"),
        ("a", {"x-env-keys": {"deny": ["A"]}}, "x-env-keys", "for `env` only"),
        ("env", {"x-env-keys": ["A"]}, "x-env-keys", "must be"),
        ("env", {"x-env-keys": {"deny": "A"}}, "x-env-keys", "must be"),
        ("env", {"x-env-keys": {"deny": [1]}}, "x-env-keys", "must be"),
        ("env", {"x-env-keys": {"allow": [""]}}, "x-env-keys", "must be"),
        ("env", {"x-env-keys": {"denied": []}}, "x-env-keys", "must be"),
    ],
)
def test_rules_that_make_no_sense_refuse_the_pool(name, declared, rule, text):
    (error,) = compile_template(template({name: declared})).errors
    assert (error.path, error.rule) == (f"variables.properties.{name}.{rule}", rule)
    assert text in error.message


def test_a_pool_is_asked_who_may_set_a_variable():
    rules = compile_template(template(BOUNDED)).overrides
    assert [rules.overridable(name) for name in ("image", "queue", "cpu", "unheard-of")] == [
        "never",
        "deployment",
        "run",
        "run",
    ]


NAMES = st.sampled_from(["image", "queue", "cpu", "env", "labels", "free"])


@given(st.dictionaries(NAMES, st.none() | st.integers() | st.dictionaries(st.text(max_size=3), st.none())))
def test_nothing_that_a_pool_keeps_comes_from_above(variables):
    resolution = resolve(template(BOUNDED), [Layer("run", variables)], complete=True)
    if not resolution.errors:
        above = {leaf.variable for leaf in resolution.leaves if leaf.layer == "run"}
        assert not above & {"image", "queue"}
