"""Layers of job variables: merging, provenance, validation, and everything that is told about wrong input."""

import doctest
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.domain.default_templates import process_template
from penstock.domain.job_variable_layers import Layer, combine, nest, overlay
from penstock.domain.job_variables import resolve
from penstock.domain.json_values import MAX_DEPTH, MAX_VALUES, canonical
from penstock.domain.problems import MAX_PROBLEMS, JobVariablesInvalid
from penstock.domain.provenance import Said

PROPERTIES = {
    "env": {"type": "object", "default": {"LOG_LEVEL": "INFO", "REGION": "eu-west-1", "OLD_FLAG": "1"}},
    "image": {"type": "string", "default": "acme/base:1"},
    "cpu": {"type": "number", "minimum": 0.1, "default": 1},
    "labels": {"type": "object", "additionalProperties": {"type": "string"}, "x-merge": "keys"},
    "args": {"type": "array", "items": {"type": "string"}, "x-merge": "append", "default": ["-v"]},
    "cfg": {"type": "object", "default": {"a": 1, "b": {"c": 2}}},
    "stream": {"type": "boolean", "default": True},
    "command": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
    "timeout": {"anyOf": [{"type": "integer"}, {"type": "null"}], "default": 600},
    "unused": {"type": "string"},
}


def template(properties=PROPERTIES, job=None, **variables):
    job = {name: f"{{{{ {name} }}}}" for name in properties if name != "unused"} if job is None else job
    return {"variables": {"type": "object", "properties": properties, **variables}, "job_configuration": job}


TEMPLATE = template()


def layers_of(deployment=None, run=None):
    return [Layer("deployment", deployment), Layer("run", run, "cli")]


def resolved(deployment=None, run=None, raw=TEMPLATE, *, complete=True, **options):
    return resolve(raw, layers_of(deployment, run), complete=complete, **options)


def leaf(resolution, path):
    (found,) = [leaf for leaf in resolution.leaves if leaf.path == path]
    return found


def told(problems):
    return [(problem.path, problem.layer, problem.rule) for problem in problems]


# Merging


@pytest.mark.parametrize(
    ("name", "deployment", "run", "value"),
    [
        ("image", None, None, "acme/base:1"),
        ("image", {"image": "d"}, None, "d"),
        ("image", {"image": "d"}, {"image": "r"}, "r"),
        ("image", None, {"image": "r"}, "r"),
        ("cfg", {"cfg": {"b": 1}}, None, {"b": 1}),
        ("cfg", {"cfg": {"b": 1}}, {"cfg": {"z": None}}, {"z": None}),
        ("env", {"env": {}}, {"env": {}}, PROPERTIES["env"]["default"]),
        (
            "env",
            {"env": {"REGION": "us", "A": "d"}},
            {"env": {"A": "r", "B": 1}},
            {"A": "r", "B": 1, "REGION": "us"},
        ),
        ("env", {"env": {"A": {"x": 1}}}, {"env": {"A": {"y": 2}}}, {"A": {"y": 2}}),
        (
            "env",
            {"env": {"LOG_LEVEL": None, "A": "d"}},
            {"env": {"A": None, "REGION": None}},
            {"OLD_FLAG": "1"},
        ),
        ("env", {"env": {"LOG_LEVEL": None}}, {"env": {"LOG_LEVEL": "back"}}, {"LOG_LEVEL": "back"}),
        ("labels", {"labels": {"a": "1"}}, {"labels": {"b": "2"}}, {"a": "1", "b": "2"}),
        ("labels", {"labels": {"a": "1"}}, {"labels": {"a": None}}, {}),
        ("args", None, None, ["-v"]),
        ("args", {"args": ["d"]}, {"args": ["r", "d"]}, ["-v", "d", "r", "d"]),
        ("args", {"args": []}, None, ["-v"]),
        ("timeout", {"timeout": 5}, {"timeout": None}, None),
        ("command", {"command": "x"}, {"command": None}, None),
    ],
)
def test_layers_come_together_by_the_rule_of_the_variable(name, deployment, run, value):
    resolution = resolved(deployment, run)
    assert resolution.errors == ()
    found = resolution.variables[name]
    assert found == value if name != "env" else found.items() >= value.items()


def test_a_default_that_is_null_is_no_value():
    assert "command" not in resolved().variables


def test_without_x_merge_the_environment_is_merged_and_all_else_replaced():
    raw = template({"env": {}, "labels": {}}, None)
    resolution = resolved(
        {"env": {"A": "1"}, "labels": {"a": "1"}}, {"env": {"B": "2"}, "labels": {"b": "2"}}, raw
    )
    assert resolution.variables == {"env": {"A": "1", "B": "2"}, "labels": {"b": "2"}}


@pytest.mark.parametrize("name", ["env", "labels", "args"])
@pytest.mark.parametrize("layer", ["deployment", "run"])
def test_null_for_a_whole_map_or_list_says_nothing_and_is_warned_of(name, layer):
    resolution = resolved(**{layer: {name: None}})
    assert resolution.errors == ()
    assert told(resolution.warnings) == [(name, layer, "null")]
    assert resolution.variables.get(name) == resolved().variables.get(name)


@pytest.mark.parametrize("layer", ["deployment", "run"])
def test_null_for_a_variable_that_cannot_be_null_is_refused(layer):
    (error,) = resolved(**{layer: {"stream": None}}).errors
    assert told([error]) == [("stream", layer, "type")]
    assert error.value_type == "null"
    assert str(error) == (
        f"stream ({layer}): must be boolean, not null. Leave it out to keep what lower layers say."
    )


# Dotted names


@pytest.mark.parametrize(
    ("dotted", "nested"),
    [
        ({"env.A": 1}, {"env": {"A": 1}}),
        ({"env.A": 1, "env.B": 2, "env": {"C": 3}}, {"env": {"A": 1, "B": 2, "C": 3}}),
        ({"env": {"C": 3}, "env.A": 1}, {"env": {"A": 1, "C": 3}}),
        (
            {"a.b.c": 1, "a.b.d": 2, "a": {"b": {"e": 3}, "f": 4}},
            {"a": {"b": {"c": 1, "d": 2, "e": 3}, "f": 4}},
        ),
        ({"a": {"x.y": 1}}, {"a": {"x.y": 1}}),
        ({"env.A": None}, {"env": {"A": None}}),
        ({"declared.name": 1}, {"declared.name": 1}),
    ],
)
def test_dotted_names_are_nested_names(dotted, nested):
    given_ = {name: dict(value) if isinstance(value, dict) else value for name, value in dotted.items()}
    assert nest(given_, "run", {"declared.name"})[::2] == (nested, ())
    assert given_ == dotted


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ({"env.A": 1, "env": {"A": 1}}, "env.A"),
        ({"env": {"A": 1}, "env.A.B": 1}, "env.A.B"),
        ({"env": None, "env.A": 1}, "env.A"),
        ({"env": "text", "env.A": 1}, "env.A"),
        ({"env.A.B": 1, "env.A": 1}, "env.A"),
        ({"env.A": 1, "env.A.B": 1}, "env.A.B"),
        ({"env.": 1}, "env."),
        ({".A": 1}, ".A"),
        ({"a..b": 1}, "a..b"),
        ({".": 1}, "."),
        ({".".join("a" * (MAX_DEPTH + 1)): 1}, ".".join("a" * (MAX_DEPTH + 1))),
    ],
)
def test_what_is_given_both_ways_in_one_layer_or_makes_no_name_is_refused(written, path):
    errors = resolved(run=written).errors
    assert (path, "run", "dotted-name") in told(errors)


def test_a_dotted_run_wins_over_a_nested_deployment():
    assert resolved({"env": {"X": "dep"}}, {"env.X": "run"}).variables["env"]["X"] == "run"
    assert resolved({"env.X": "dep"}, {"env": {"X": "run"}}).variables["env"]["X"] == "run"


def test_a_dotted_name_that_drops_what_lies_below_is_warned_of():
    resolution = resolved({"cfg.a": 5})
    assert resolution.variables["cfg"] == {"a": 5}
    assert told(resolution.warnings) == [("cfg", "deployment", "dotted-name")]
    assert resolved({"cfg": {"a": 5}}).warnings == ()
    assert resolved({"cfg.a": 5, "cfg.b": 6}).warnings == ()
    assert told(resolved({"cfg.a": 5, "cfg.b": 6}, {"cfg.a": 7}).warnings) == [("cfg", "run", "dotted-name")]
    assert resolved({"labels.a": "1"}, {"labels.b": "2"}).warnings == ()


# Provenance


def test_each_leaf_tells_who_won_and_what_the_others_said():
    resolution = resolved(
        {"image": "d", "env": {"LOG_LEVEL": "DEBUG", "OLD_FLAG": None}},
        {"env.LOG_LEVEL": "TRACE", "env.N": 42},
    )
    said = {leaf.path: (leaf.layer, leaf.rule, leaf.value, leaf.said) for leaf in resolution.leaves}
    assert said["image"] == (
        "deployment",
        "replace",
        "d",
        (Said("pool", "acme/base:1"), Said("deployment", "d")),
    )
    assert said["env.LOG_LEVEL"] == (
        "run",
        "keys",
        "TRACE",
        (Said("pool", "INFO"), Said("deployment", "DEBUG"), Said("run", "TRACE")),
    )
    assert said["env.REGION"][:3] == ("pool", "keys", "eu-west-1")
    assert said["env.N"][:3] == ("run", "keys", 42)
    assert said["stream"][:3] == ("pool", "replace", True)
    removed = leaf(resolution, "env.OLD_FLAG")
    assert (removed.removed_by, removed.layer, removed.said) == (
        "deployment",
        "deployment",
        (Said("pool", "1"), Said("deployment", None)),
    )
    assert leaf(resolution, "image").removed_by is None
    assert (removed.variable, removed.key) == ("env", "OLD_FLAG")
    assert resolution.origins == {"run": "cli"}


def test_a_list_that_was_appended_to_tells_each_part():
    args = leaf(resolved({"args": ["d"]}, {"args": ["r"]}), "args")
    assert (args.layer, args.rule, args.value) == ("run", "append", ["-v", "d", "r"])
    assert args.said == (Said("pool", ["-v"]), Said("deployment", ["d"]), Said("run", ["r"]))


def test_an_environment_variable_with_a_dot_is_given_nested():
    resolution = resolved({"env": {"spring.profile": "x"}}, {"env": {"spring.profile": "y"}})
    assert resolution.environment["spring.profile"] == "y"
    assert leaf(resolution, "env['spring.profile']").layer == "run"


def test_what_the_pool_fixes_is_told_as_fixed():
    raw = template(PROPERTIES, {"kind": "Job", "spec": {"image": "{{ image }}"}})
    kind = leaf(resolved(raw=raw), "job_configuration.kind")
    assert (kind.layer, kind.rule, kind.value, kind.variable) == ("fixed", "fixed", "Job", None)


# The environment that the pool fixes


FIXED = template(
    {"env": {"type": "object", "default": {"P": "pool", "F2": "pool"}}, "image": {"default": "i"}, "m": {}},
    {"env": {"F1": "fixed", "F2": "fixed", "F3": "x-{{ image }}", "F4": "fixed", "F5": None}, "m": "{{ m }}"},
)


def test_a_literal_environment_lies_below_all_layers():
    resolution = resolved({"env": {"F4": None, "D": "d"}}, {"env": {"F1": "run"}}, FIXED)
    assert resolution.errors == ()
    assert resolution.environment == {"F1": "run", "F2": "pool", "F3": "x-i", "P": "pool", "D": "d"}
    assert "F3" not in resolution.variables["env"]
    said = {leaf.path: (leaf.layer, [word.layer for word in leaf.said]) for leaf in resolution.leaves}
    assert said["env.F1"] == ("run", ["fixed", "run"])
    assert said["env.F2"] == ("pool", ["fixed", "pool"])
    assert said["env.F3"] == ("fixed", ["fixed"])
    assert said["env.F4"] == ("deployment", ["fixed", "deployment"])
    assert said["env.P"] == ("pool", ["pool"])
    assert "env.F5" not in said
    assert resolution.job_spec().unset_environment == ("F4",)
    assert resolution.warnings == ()


def test_the_environment_may_be_another_variable():
    raw = template({"env": {}, "base": {}}, {"env": "{{ base }}"})
    assert resolved(raw=raw).environment == {}
    assert resolved({"base": {"A": 1}, "env": {"B": 2}}, None, raw).environment == {"A": 1, "B": 2}
    assert resolved({"base": None}, None, raw).environment == {}
    assert told(resolved({"base": [1]}, None, raw).errors) == [("job_configuration.env", "pool", "type")]


def test_an_environment_exists_in_every_pool():
    raw = template({"image": {}}, {"image": "{{ image }}"})
    resolution = resolved({"env": {"A": 1}}, None, raw)
    assert (resolution.errors, resolution.warnings) == ((), ())
    assert resolution.job_spec().job_configuration == {"env": {"A": "1"}}


# Validation


@pytest.mark.parametrize(
    ("deployment", "run", "path", "layer", "rule", "value_type"),
    [
        ({"stream": "lots"}, None, "stream", "deployment", "type", "string"),
        ({"cpu": 1}, {"cpu": "lots"}, "cpu", "run", "type", "string"),
        ({"cpu": 0}, {"image": "x"}, "cpu", "deployment", "minimum", "integer"),
        ({"labels": {"a": 1}}, {"labels": {"b": "2"}}, "labels.a", "deployment", "type", "integer"),
        ({"labels": {"a": "1"}}, {"labels": {"b": 2}}, "labels.b", "run", "type", "integer"),
        ({"args": ["a"]}, {"args": ["b", 3]}, "args[3]", "run", "type", "integer"),
        ({"args": [1]}, {"args": ["b"]}, "args[1]", "deployment", "type", "integer"),
        ({"args": "a"}, None, "args", "deployment", "type", "string"),
        ({"labels": "a"}, None, "labels", "deployment", "type", "string"),
        ({"labels": {"a": "1"}}, {"labels": 1}, "labels", "run", "type", "integer"),
        ({"env": ["A"]}, None, "env", "deployment", "type", "array"),
        (None, {"env": "{{ penstock.variables.e }}"}, "env", "run", "type", "string"),
        ([], None, "", "deployment", "type", "array"),
        (None, "env.A=1", "", "run", "type", "string"),
        (None, {"image": "x\0"}, "image", "run", "nul", "string"),
        (None, {"env": {"A": "x\0"}}, "env.A", "run", "nul", "string"),
        (None, {"env": {"A\0": "x"}}, "env", "run", "nul", "string"),
        (None, {"cpu": float("nan")}, "cpu", "run", "range", "number"),
        (None, {"image": "\ud800"}, "image", "run", "unicode", "string"),
        (None, {1: 2}, "", "run", "json", "object"),
        (None, {"env": {"A": object()}}, "env.A", "run", "json", "object"),
    ],
)
def test_a_value_that_breaks_a_rule_is_refused_with_its_path_layer_rule_and_type(
    deployment, run, path, layer, rule, value_type
):
    resolution = resolved(deployment, run)
    (error,) = resolution.errors
    assert (error.path, error.layer, error.rule, error.value_type) == (path, layer, rule, value_type)
    with pytest.raises(JobVariablesInvalid) as caught:
        resolution.job_spec()
    assert caught.value.problems == (error,)
    assert caught.value.detail[0]["rule"] == rule


def test_the_message_is_one_line_with_what_where_and_why():
    (error,) = resolved({"labels": {"a": 1}}).errors
    assert str(error) == "labels.a (deployment): must be string, not integer."


def test_validation_is_against_all_layers_together():
    assert told(resolved({"cpu": "lots"}).errors) == [("cpu", "deployment", "type")]
    assert resolved({"cpu": "lots"}, {"cpu": 2}).errors == ()


def test_what_is_required_is_enforced_only_where_the_last_layer_is_known():
    raw = template({"region": {"type": "string"}, "image": {"default": "i"}}, required=["region", "image"])
    assert resolved(raw=raw, complete=False).errors == ()
    (error,) = resolved(raw=raw).errors
    assert str(error) == "region: is required. No layer sets it."
    assert resolved({"region": "x"}, None, raw).errors == ()


def test_a_placeholder_may_say_what_is_required():
    raw = template({"region": {}}, {"r": "{{ region | required('ask for one') }}", "s": "{{ region }}"})
    assert resolved(raw=raw, complete=False).errors == ()
    assert [str(error) for error in resolved(raw=raw).errors] == ["region: is required: ask for one."]
    assert resolved({"region": "x"}, None, raw).errors == ()


def test_rules_about_a_whole_map_name_the_highest_layer_that_spoke_of_it():
    raw = template({"labels": {"x-merge": "keys", "maxProperties": 1}})
    (error,) = resolved({"labels": {"a": 1}}, {"labels": {"b": 1}}, raw).errors
    assert told([error]) == [("labels", "run", "maxProperties")]
    raw = template({"labels": {"x-merge": "keys", "minProperties": 1}})
    assert told(resolved({"labels": {}}, None, raw).errors) == [("labels", None, "minProperties")]


def test_rules_about_the_whole_document_have_no_layer():
    raw = template({"a": {}, "b": {}}, anyOf=[{"required": ["a"]}, {"required": ["b"]}])
    assert resolved(raw=raw, complete=False).errors == ()
    assert told(resolved(raw=raw).errors) == [("", None, "anyOf")]


def test_lists_that_were_replaced_in_between_have_the_right_authors():
    raw = template({"args": {"x-merge": "append", "items": {"type": "string"}}})
    layers = [
        Layer("deployment", {"args": [1]}),
        Layer("preset", {"args": "all"}),
        Layer("run", {"args": ["a", 2]}),
    ]
    assert told(resolve(raw, layers, complete=True).errors) == [("args[1]", "run", "type")]


def test_a_map_that_replaces_what_is_no_map_starts_anew():
    layers = [
        Layer("deployment", {"labels": {"a": "1"}}),
        Layer("preset", {"labels": 5}),
        Layer("run", {"labels": {}}),
    ]
    resolution = resolve(TEMPLATE, layers, complete=True)
    assert (resolution.errors, resolution.variables["labels"]) == ((), {})


def test_a_value_inside_of_a_layer_that_cannot_be_read_leaves_the_others_readable():
    resolution = resolved({"image": "d"}, {"image": float("inf")})
    assert resolution.variables["image"] == "d"
    assert resolution.explain().job.variables["image"] == "d"
    assert not resolution.explain().complete or resolution.errors


@pytest.mark.parametrize("bomb", ["deep", "wide", "dotted"])
def test_bombs_are_refused(bomb):
    value = "x"
    for _ in range(10_000):
        value = {"k": value}
    run = {
        "deep": {"cfg": value},
        "wide": {"cfg": dict.fromkeys(map(str, range(MAX_VALUES + 1)))},
        "dotted": {".".join("a" * 10_000): 1},
    }[bomb]
    assert [error.rule for error in resolved(run=run).errors] == [
        {"deep": "depth", "wide": "size", "dotted": "dotted-name"}[bomb]
    ]


def test_a_thousand_problems_are_told_as_the_first_and_a_number():
    errors = resolved(run={"env": {f"=A{n}": "" for n in range(1_000)}}).errors
    assert len(errors) == MAX_PROBLEMS + 1
    assert errors[-1].message == "and 800 more."
    assert len(resolved(run={f"zzz{n}": 1 for n in range(1_000)}).warnings) == MAX_PROBLEMS


# The undeclared and the unused


def test_an_unknown_variable_is_accepted_with_a_warning_and_the_nearest_name():
    resolution = resolved({"imgae": "x"}, {"MY_NEW_ENV_VAR": 42})
    assert resolution.errors == ()
    assert [str(warning) for warning in resolution.warnings] == [
        "imgae (deployment): the pool does not declare it, so that it changes nothing. Did you mean 'image'?",
        (
            "MY_NEW_ENV_VAR (run): the pool does not declare it, so that it changes nothing. "
            "For an environment variable write env.MY_NEW_ENV_VAR."
        ),
    ]
    assert resolution.variables["MY_NEW_ENV_VAR"] == 42
    assert resolution.job_spec().warnings == resolution.warnings
    assert "MY_NEW_ENV_VAR" not in resolution.environment


@pytest.mark.parametrize("variables", [{"x-undeclared": "error"}, {"additionalProperties": False}])
def test_a_pool_may_refuse_unknown_variables(variables):
    resolution = resolved({"imgae": "x"}, {"env.A": 1, "FOO": 1}, template(**variables))
    assert told(resolution.errors) == [("imgae", "deployment", "undeclared"), ("FOO", "run", "undeclared")]
    assert resolution.errors[0].hint == "Did you mean 'image'?"


def test_a_pool_may_take_unknown_variables_into_the_environment():
    raw = template(**{"x-undeclared": "to-env"})
    resolution = resolved({"FOO": 42, "imgae": "x"}, {"FOO": None, "BAR": True, "env": {"B": 1}}, raw)
    assert resolution.errors == ()
    assert told(resolution.warnings) == [("imgae", "deployment", "undeclared")]
    assert leaf(resolution, "env.FOO").removed_by == "run"
    assert resolution.environment.items() >= {"BAR": True, "B": 1, "imgae": "x"}.items()
    assert "FOO" not in resolution.variables


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        ({"FOO": 1, "env": {"FOO": 2}}, [("FOO", "run", "conflict")]),
        ({"FOO": 1, "env": None}, []),
        ({"FOO": 1, "env": 5}, [("env", "run", "type")]),
        ({"F=O": 1}, [("env['F=O']", "run", "environment-name")]),
    ],
)
def test_what_cannot_be_taken_into_the_environment(run, expected):
    assert told(resolved(run=run, raw=template(**{"x-undeclared": "to-env"})).errors) == expected


def test_a_variable_that_no_placeholder_uses_is_warned_of_where_it_is_set():
    assert told(resolved({"unused": "x"}).warnings) == [("unused", "deployment", "unused")]
    assert resolved().warnings == ()


def test_a_pool_without_a_template_checks_nothing_and_says_so():
    resolution = resolved({"image": "x", "env": {"A": 1}}, {"cpu": "y", "env.B": 2}, {})
    assert resolution.errors == ()
    assert told(resolution.warnings) == [("", "deployment", "no-template"), ("", "run", "no-template")]
    assert resolution.job_spec().environment == {"A": "1", "B": "2"}


# Names and values of the environment


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("", "needs a name"),
        ("  ", "needs a name"),
        ("A=B", "cannot have '='. Write 'A'."),
        ("A\nB", "control characters"),
        ("A\x7f", "control characters"),
        (" A", "spaces around it, so nothing would find it. Write 'A'."),
        ("PREFECT__FLOW_RUN_ID", "is set by the worker"),
        ("PENSTOCK__LEASE", "is set by the worker"),
    ],
)
@pytest.mark.parametrize("value", ["x", None])
def test_impossible_names_are_refused(name, text, value):
    (error,) = resolved(run={"env": {name: value}}).errors
    assert (error.layer, error.rule) == ("run", "environment-name")
    assert text in str(error)


@pytest.mark.parametrize(
    "name",
    ["lower", "with-dash", "with.dot", "1", "ä", "$(rm -rf /)", "A;B", "PREFECT__RUNTIME__X", "LD_PRELOAD"],
)
def test_unusual_names_are_possible(name):
    resolution = resolved(run={"env": {name: "; rm -rf / #`\n$(x)"}})
    assert resolution.errors == ()
    assert resolution.job_spec().environment[name] == "; rm -rf / #`\n$(x)"


@pytest.mark.parametrize("value", ["x" * 131_070, ["x" * 131_070], "ä" * 65_535])
def test_a_value_that_no_process_starts_with_is_refused(value):
    (error,) = resolved(run={"env": {"A": value}}).errors
    assert (error.path, error.layer, error.rule) == ("env.A", "run", "environment-size")
    assert "xxx" not in str(error)
    assert "ää" not in str(error)


def test_a_value_may_be_as_long_as_a_process_takes():
    assert resolved(run={"env": {"A": "x" * 131_069, "B" * 20_000: "x"}}).errors == ()


def test_null_that_takes_nothing_away_is_warned_of():
    resolution = resolved({"env": {"NEW": None, "OLD_FLAG": None}, "labels": {"l": None}})
    assert [str(warning) for warning in resolution.warnings] == [
        (
            "env.NEW (deployment): is null, and no lower layer sets it. "
            "Was it to come from an environment variable that is not set?"
        ),
        "labels.l (deployment): is null, and no lower layer sets it.",
    ]
    assert resolution.job_spec().unset_environment == ("NEW", "OLD_FLAG")


# Placeholders in values


@pytest.mark.parametrize(
    ("text", "warned"),
    [
        ("{{ image }}", True),
        ("x-{{ image }}-y", True),
        ("{{ $HOME }}", True),
        ("{{ $UNSET }}", True),
        ("{{ prefect.variable.x }}", True),
        ("{{ penstock.blocks.x }}", True),
        ("{{ nope }}", False),
        ("Dear {{ customer }}", False),
        ("{{ x | upper }}", False),
        ("{{ penstock.variables.x }}", False),
        ("{{ prefect.blocks.secret.x }}", False),
        ("{{ ctx.flow_run.name }}", False),
    ],
)
@pytest.mark.parametrize("pool_env", [None, {"P": "x"}])
@pytest.mark.parametrize("literal_env", [True, False])
def test_values_are_no_templates_whatever_the_environment_of_the_pool(text, warned, pool_env, literal_env):
    properties = {"image": {"default": "i"}, "env": {"default": pool_env}}
    job = {"image": "{{ image }}", "env": {"F": "1"} if literal_env else "{{ env }}"}
    resolution = resolved({"env": {"A": text}}, None, template(properties, job))
    assert resolution.errors == ()
    assert resolution.job_spec().environment["A"] == text
    expected = [("env.A", "deployment", "literal-placeholder")] if warned else []
    assert told(resolution.warnings) == expected


@pytest.mark.parametrize(
    "run", [{"stream": "{{ penstock.variables.b }}"}, {"cpu": {"$ref": {"block_document_id": "1"}}}]
)
def test_a_whole_reference_is_accepted_for_any_type(run):
    assert resolved(run=run).errors == ()


def test_a_reference_in_longer_text_is_text():
    assert told(resolved(run={"stream": "x {{ penstock.variables.b }}"}).errors) == [
        ("stream", "run", "type")
    ]


def test_a_fact_that_no_run_has_is_refused_when_it_is_saved():
    (error,) = resolved({"env": {"A": "{{ ctx.flow_run.nmae }}"}}, complete=False).errors
    assert str(error) == (
        "env.A (deployment): {{ ctx.flow_run.nmae }} is no fact that a run has. "
        "Did you mean 'ctx.flow_run.name'?"
    )


CONTEXT = {"flow_run": {"name": "brisk-otter", "parameters": {"day": "2026-01-01"}}, "flow": {"name": "etl"}}


def test_facts_are_kept_beside_the_job():
    env = {"A": "{{ ctx.flow_run.name }}", "B": "{{ ctx.flow_run.parameters.day }}-{{ ctx.flow.name }}"}
    resolution = resolved({"env": env}, context=CONTEXT)
    assert resolution.errors == ()
    assert resolution.facts == {
        "flow_run.name": "brisk-otter",
        "flow_run.parameters.day": "2026-01-01",
        "flow.name": "etl",
    }
    assert resolution.environment.items() >= env.items()
    assert resolved({"env": env}).facts == {}
    assert resolved({"env": env}).job_spec().hash == resolution.job_spec().hash


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("{{ ctx.flow_run.parameters.night }}", True),
        ("{{ ctx.flow_run.name.x }}", True),
        ("{{ ctx.deployment.name }}", True),
        ("{{ ctx.deployment.name | default('none') }}", False),
    ],
)
def test_a_fact_that_this_run_does_not_have_is_refused(text, refused):
    errors = resolved({"env": {"A": text}}, context=CONTEXT).errors
    assert [error.path for error in errors] == (["env.A"] if refused else [])


def test_a_fact_in_the_pools_own_template_is_kept_too():
    raw = template({"env": {}}, {"name": "{{ ctx.flow_run.name }}-job"})
    assert resolved(raw=raw, context=CONTEXT).facts == {"flow_run.name": "brisk-otter"}


def test_a_map_with_a_reference_cannot_go_into_longer_text():
    raw = template({"cfg": {}, "name": {}}, {"args": ["--cfg={{ cfg }}", "{{ cfg }}", "-{{ name }}"]})
    assert resolved({"cfg": {"a": 1}}, None, raw).errors == ()
    assert resolved({"name": "{{ penstock.variables.x }}"}, None, raw).errors == ()
    layers = {"cfg": {"a": ["{{ penstock.secrets.x }}"]}, "name": "{{ penstock.variables.x }}"}
    assert told(resolved(layers, None, raw).errors) == [("cfg", "deployment", "placeholder")]
    assert resolved({"cfg": ["x"], "name": "{{ penstock.variables.x }}"}, None, raw).errors == ()


# Broken pools


def test_what_is_wrong_with_the_pool_is_told_to_whoever_uses_it():
    raw = template({"a": {"type": "boolean", "default": "x"}, "env": {"default": 5}}, {"a": "{{ b }}"})
    resolution = resolved({"zzz": 1, "env": {"A": 1}}, None, raw)
    assert told(resolution.errors) == [
        ("job_configuration.a", "pool", "undeclared"),
        ("env", "pool", "type"),
        ("a", "pool", "type"),
    ]
    assert resolved({"a": 3}, None, raw).errors[-1].layer == "deployment"
    assert resolved(None, None, raw).environment == {}


# Properties


NAMES = st.sampled_from(["A", "B", "C"])
VALUES = st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["x", "y"]) | st.just(["z"])
ENVS = st.dictionaries(NAMES, VALUES)
LAYERS = st.fixed_dictionaries(
    {},
    optional={
        "env": ENVS,
        "labels": st.dictionaries(NAMES, st.none() | st.sampled_from(["x", "y"])),
        "args": st.lists(st.sampled_from(["a", "b"]), max_size=2) | st.none(),
        "image": st.sampled_from(["i", "j"]),
        "cfg": st.dictionaries(NAMES, VALUES),
        "timeout": st.none() | st.integers(0, 3),
    },
)
RULES = {"labels": "keys", "args": "append"}


@given(LAYERS, LAYERS)
def test_the_later_layer_wins(deployment, run):
    resolution = resolved(deployment, run)
    assert resolution.errors == ()
    for name, value in run.items():
        if name in {"env", "labels"}:
            kept = {key: item for key, item in value.items() if item is not None}
            assert resolution.variables[name].items() >= kept.items()
            assert not (value.keys() - kept.keys()) & resolution.variables[name].keys()
        elif name != "args":
            assert resolution.variables[name] == value


@given(LAYERS, LAYERS)
def test_every_leaf_is_what_stands_in_the_document(deployment, run):
    resolution = resolved(deployment, run)
    found = {}
    for leaf in resolution.leaves:
        holder = found if leaf.key is None else found.setdefault(leaf.variable, {})
        name = leaf.variable if leaf.key is None else leaf.key
        if leaf.removed_by is None:
            holder[name] = leaf.value
            assert leaf.rule == "append" or leaf.said[-1].value == leaf.value
        else:
            assert leaf.said[-1] == Said(leaf.removed_by, None)
        assert leaf.layer == leaf.said[-1].layer
    for name, value in resolution.variables.items():
        assert found.pop(name, {}) == value
    assert not any(found.values())


@given(LAYERS, LAYERS, LAYERS)
def test_layers_may_be_put_over_one_another_in_any_grouping(one, two, three):
    left = overlay(overlay(one, two, RULES), three, RULES)
    right = overlay(one, overlay(two, three, RULES), RULES)
    assert left == right


@given(LAYERS, LAYERS, LAYERS)
def test_two_layers_resolve_as_the_one_that_they_make(one, two, three):
    apart = resolve(TEMPLATE, [Layer("a", one), Layer("b", two), Layer("c", three)], complete=True)
    together = resolve(TEMPLATE, [Layer("a", one), Layer("c", overlay(two, three, RULES))], complete=True)
    assert apart.variables == together.variables
    assert apart.job_spec().hash == together.job_spec().hash


@given(ENVS, ENVS)
def test_dotted_and_nested_are_the_same_override(deployment, run):
    def dotted(env):
        return {f"env.{name}": value for name, value in env.items()}

    resolutions = [
        resolved(one, two)
        for one in ({"env": deployment}, dotted(deployment))
        for two in ({"env": run}, dotted(run))
    ]
    assert len({canonical(resolution.variables) for resolution in resolutions}) == 1
    assert len({resolution.job_spec().hash for resolution in resolutions}) == 1
    leaves = [{leaf.path: (leaf.layer, leaf.said) for leaf in r.leaves} for r in resolutions]
    assert all(found == leaves[0] for found in leaves)


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.just("{{ ctx.x }}"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["env", "args", "labels", "cfg", "env.A", "env.A.B", ".", "$ref", "FOO"])
            | st.text(),
            inner,
        )
    ),
    max_leaves=12,
)


@given(ANYTHING, ANYTHING, st.booleans(), st.sampled_from(["warn", "error", "to-env"]))
def test_resolving_never_raises(deployment, run, complete, undeclared):
    raw = template(**{"x-undeclared": undeclared})
    resolution = resolved(deployment, run, raw, complete=complete, context=CONTEXT)
    resolution.explain()
    for problem in (*resolution.errors, *resolution.warnings):
        assert str(problem).isprintable()


@given(ANYTHING, ANYTHING)
def test_resolving_never_raises_whatever_the_template(raw, run):
    resolve(raw, [Layer("run", run)], complete=True)
    resolve({"variables": raw, "job_configuration": {"a": "{{ args }}"}}, [Layer("run", run)], complete=True)
    resolve(
        {"variables": {"properties": raw}, "job_configuration": {"env": raw}},
        [Layer("run", run)],
        complete=True,
    )


@pytest.mark.parametrize("rule", ["keys", "append", "replace"])
def test_combining_with_nothing_below(rule):
    assert overlay({}, {"a": None}, {"a": rule}) == {"a": None}
    assert overlay({"a": 1}, {}, {"a": rule}) == {"a": 1}
    assert combine(rule, {"a": 1}, [2]) == [2]


def test_the_process_template_takes_what_a_file_and_a_shell_may_give():
    resolution = resolved(
        {"env": {"A": 42, "B": True, "C": {"d": [1]}, "D": None}, "labels": {"team": "x"}},
        {"env.A": "0042", "stream_output": False},
        process_template(),
    )
    assert resolution.errors == ()
    assert resolution.job_spec().environment == {"A": "0042", "B": "true", "C": '{"d":[1]}'}


def test_the_examples_of_the_documentation_say_what_happens():
    document = Path(__file__).parents[2] / "docs" / "job-variables.md"
    result = doctest.testfile(str(document), module_relative=False, encoding="utf-8")
    assert result.attempted > 20
    assert result.failed == 0
