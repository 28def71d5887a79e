"""A pool's template as it is saved: what is refused, what is warned of, what is made of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.domain.base_job_templates import check_template, compile_template
from penstock.domain.default_templates import process_template
from penstock.domain.errors import InvalidInput
from penstock.domain.json_values import MAX_DEPTH
from penstock.domain.problems import BaseJobTemplateInvalid

ENV = {"env": {"type": "object"}}


def template(properties=(), job=None, **variables):
    properties = dict(properties)
    job = {name: f"{{{{ {name} }}}}" for name in properties} if job is None else job
    return {"variables": {"type": "object", "properties": properties, **variables}, "job_configuration": job}


def errors_of(raw):
    return [(error.path, error.rule) for error in compile_template(raw).errors]


def test_the_template_of_process_pools_is_sound():
    compiled = check_template(process_template())
    assert compiled.warnings == ()
    assert sorted(compiled.properties) == ["command", "env", "labels", "name", "stream_output", "working_dir"]
    assert compiled.merge == {"env": "keys", "labels": "keys"}
    assert compiled.defaults == {"stream_output": True}
    assert (
        compiled.violations(
            {"env": {"A": "x", "B": 42, "C": True, "D": [1, {"e": None}], "E": {"f": 1.5}}}, complete=True
        )
        == []
    )
    assert (
        "runs code as the worker" in process_template()["variables"]["properties"]["command"]["description"]
    )


def test_a_copy_of_the_process_template_may_be_changed():
    process_template()["variables"]["properties"].clear()
    assert process_template()["variables"]["properties"]


@pytest.mark.parametrize("raw", [{}, {"extra": 1}])
def test_an_empty_template_waits_for_its_first_worker(raw):
    compiled = check_template(raw)
    assert compiled.is_empty
    assert compiled.violations({"anything": 1}, complete=True) == []


def test_further_keys_are_allowed():
    assert check_template({**template(ENV), "extra": {"x": 1}}).errors == ()


@pytest.mark.parametrize(
    ("raw", "path", "rule", "text"),
    [
        ([], "", "type", "must be object, not array"),
        (None, "", "type", "must be object, not null"),
        ("text", "", "type", "must be object, not string"),
        ({"variables": {}}, "", "required", "both `job_configuration` and `variables`"),
        ({"job_configuration": {}}, "", "required", "both `job_configuration` and `variables`"),
        ({"variables": [], "job_configuration": {}}, "variables", "type", "must be object, not array"),
        (
            {"variables": {}, "job_configuration": 1},
            "job_configuration",
            "type",
            "must be object, not integer",
        ),
        (template({"a": {"type": "zzz"}}), "variables.properties.a.type", "schema", "Not a JSON Schema"),
        (
            {"variables": {"properties": []}, "job_configuration": {}},
            "variables.properties",
            "schema",
            "Not a JSON",
        ),
        (template({"a": {"$ref": "http://127.0.0.1:1/x"}}), "variables", "schema", "does not hold"),
        (
            template(job={"image": "{{ image }}"}),
            "job_configuration.image",
            "undeclared",
            "{{ image }} is not declared",
        ),
        (template(job={"a": ["x {{ cfg.b }}"]}), "job_configuration.a[0]", "undeclared", "{{ cfg.b }}"),
        (
            template(job={"a": "{{ $HOME }}"}),
            "job_configuration.a",
            "placeholder",
            "{{ $HOME }} is for deployments",
        ),
        (
            template(job={"a": "{{ penstock.variable.x }}"}),
            "job_configuration.a",
            "undeclared",
            "not declared",
        ),
        (
            template(job={"a": "{{ ctx.flow_run.nmae }}"}),
            "job_configuration.a",
            "placeholder",
            "'ctx.flow_run.name'?",
        ),
        (template({"a": {"type": "boolean", "default": "x"}}), "a", "type", "must be boolean, not string."),
        (template({"env": {"default": {"A=B": "x"}}}), "env['A=B']", "environment-name", "cannot have '='"),
        (template({"env": {"default": ["A"]}}), "env", "type", "its default must be object, not array."),
        (template(job={"env": {"A=B": "x"}}), "env['A=B']", "environment-name", "cannot have '='"),
        (template(job={"env": ["A"]}), "job_configuration.env", "type", "not array"),
        (template(ENV, job={"env": "x-{{ env }}"}), "job_configuration.env", "type", "not string"),
        (template(job={"env": "text"}), "job_configuration.env", "type", "not string"),
        (template(job={"env": "{{ penstock.variables.e }}"}), "job_configuration.env", "type", "not string"),
        (
            template({"a": {"x-merge": "deep"}}),
            "variables.properties.a.x-merge",
            "x-merge",
            "replace, keys, append",
        ),
        (
            template({"a": {"x-merge": ["keys"]}}),
            "variables.properties.a.x-merge",
            "x-merge",
            "replace, keys, append",
        ),
        (
            template({"env": {"x-merge": "replace"}}),
            "variables.properties.env.x-merge",
            "x-merge",
            "always merged",
        ),
        (
            template(**{"x-undeclared": "drop"}),
            "variables.x-undeclared",
            "x-undeclared",
            "warn, error, to-env",
        ),
        (template(job={"a": "x\0"}), "job_configuration.a", "nul", "NUL"),
        (
            {"variables": {"default": object()}, "job_configuration": {}},
            "variables.default",
            "json",
            "object",
        ),
        ({"a": "\ud800"}, "a", "unicode", "surrogate"),
    ],
)
def test_what_is_refused_and_how(raw, path, rule, text):
    (error,) = compile_template(raw).errors
    assert (error.path, error.rule, error.layer in {"pool", "fixed"}) == (path, rule, True)
    assert text in str(error)
    with pytest.raises(BaseJobTemplateInvalid) as caught:
        check_template(raw)
    assert caught.value.problems == (error,)
    assert caught.value.code == "base-job-template-invalid"
    assert isinstance(caught.value, InvalidInput)


@pytest.mark.parametrize("depth", [MAX_DEPTH, 10_000])
def test_a_template_that_is_nested_too_deep_is_refused(depth):
    value = "x"
    for _ in range(depth):
        value = [value]
    (error,) = compile_template(template(job={"a": value})).errors
    assert (error.rule, error.layer) == ("depth", "pool")


def test_an_undeclared_placeholder_is_told_once_with_the_nearest_name():
    raw = template(
        {"image": {}, "name": {}}, job={"a": "{{ iamge }}", "b": ["{{ iamge }}"], "c": "{{ image }}"}
    )
    (error,) = compile_template(raw).errors
    assert str(error) == (
        "job_configuration.a (pool): {{ iamge }} is not declared in `variables`. Did you mean 'image'?"
    )


def test_everything_that_is_wrong_is_told_at_once():
    raw = template(
        {"a": {"type": "boolean", "default": 1, "x-merge": "x"}}, job={"a": "{{ b }}", "c": "{{ $D }}"}
    )
    assert errors_of(raw) == [
        ("job_configuration.a", "undeclared"),
        ("job_configuration.c", "placeholder"),
        ("variables.properties.a.x-merge", "x-merge"),
        ("a", "type"),
    ]


def test_a_variable_that_no_placeholder_uses_is_warned_of():
    compiled = check_template(template({"a": {}, "b": {}, **ENV}, job={"x": "{{ a }}"}))
    assert [(warning.path, warning.rule, warning.layer) for warning in compiled.warnings] == [
        ("b", "unused", "pool")
    ]


@pytest.mark.parametrize(
    "default", [None, "{{ penstock.variables.x }}", {"$ref": {"block_document_id": "1"}}]
)
def test_defaults_that_need_not_fit_their_schema(default):
    assert errors_of(template({"a": {"type": "boolean", "default": default}})) == []


def test_a_reference_inside_of_longer_text_is_text_and_judged_as_text():
    assert errors_of(template({"a": {"type": "boolean", "default": "x {{ penstock.variables.x }}"}})) == [
        ("a", "type")
    ]
    assert errors_of(template({"a": {"pattern": "^y", "default": "x {{ penstock.variables.x }}"}})) == []


@pytest.mark.parametrize(
    "schema",
    [{"required": ["password"]}, {"additionalProperties": False}, {"minProperties": 3}, {"type": "string"}],
)
def test_a_block_is_not_judged_by_how_it_is_referred_to(schema):
    block = {"$ref": {"block_document_id": "1"}}
    assert errors_of(template({"a": {**schema, "default": block}})) == []
    nested = {"properties": {"b": {"properties": {}, **schema}}, "default": {"b": block}}
    assert errors_of(template({"a": nested})) == []


def test_references_and_facts_may_stand_in_the_job_itself():
    raw = template(
        job={"a": "{{ penstock.secrets.x }}", "b": "{{ ctx.flow_run.name }}-{{ ctx.flow_run.parameters.d }}"}
    )
    assert check_template(raw).has_braces


@pytest.mark.parametrize("required", [["a"], ["a", "b"]])
def test_what_is_required_is_missed_only_when_the_last_layer_is_known(required):
    compiled = check_template(template({"a": {}, "b": {}}, required=required))
    assert compiled.violations({}, complete=False) == []
    assert [v.path for v in compiled.violations({}, complete=True)] == [(name,) for name in required]


@pytest.mark.parametrize(
    ("schema", "value", "early", "late"),
    [
        ({"x-merge": "keys", "required": ["k"]}, {}, [], ["required"]),
        ({"x-merge": "keys", "minProperties": 1}, {}, [], ["minProperties"]),
        ({"x-merge": "append", "minItems": 1}, [], [], ["minItems"]),
        ({"x-merge": "append", "maxItems": 1}, [1, 2], ["maxItems"], ["maxItems"]),
        ({"x-merge": "keys", "additionalProperties": {"type": "string"}}, {"k": 1}, ["type"], ["type"]),
        ({"required": ["k"]}, {}, ["required"], ["required"]),
        ({"minItems": 1}, [], ["minItems"], ["minItems"]),
        ({"additionalProperties": False}, {"k": 1}, ["additionalProperties"], ["additionalProperties"]),
    ],
)
def test_while_layers_may_follow_a_map_or_list_need_not_be_complete(schema, value, early, late):
    compiled = check_template(template({"a": schema}))
    assert [v.rule for v in compiled.violations({"a": value}, complete=False)] == early
    assert [v.rule for v in compiled.violations({"a": value}, complete=True)] == late


@pytest.mark.parametrize(
    ("variables", "undeclared"),
    [
        ({}, "warn"),
        ({"additionalProperties": True}, "warn"),
        ({"additionalProperties": False}, "error"),
        ({"x-undeclared": "error"}, "error"),
        ({"x-undeclared": "to-env"}, "to-env"),
        ({"x-undeclared": "to-env", "additionalProperties": False}, "to-env"),
    ],
)
def test_what_the_pool_does_with_the_undeclared(variables, undeclared):
    compiled = check_template(template({"a": {}}, **variables))
    assert compiled.undeclared == undeclared
    assert compiled.violations({"zzz": 1}, complete=True) == []


def test_the_undeclared_of_a_pool_without_variables_is_not_told_twice():
    raw = {"variables": {"additionalProperties": False}, "job_configuration": {}}
    assert check_template(raw).violations({"zzz": 1}, complete=True) == []


@pytest.mark.parametrize(
    ("env", "fixed"),
    [({"A": "{{ a }}"}, {"A": "{{ a }}"}), ("{{ env }}", {}), ("{{ a }}", "{{ a }}"), (None, {})],
)
def test_the_environment_that_the_pool_fixes(env, fixed):
    job = {"b": "{{ a }}{{ env }}"} | ({} if env is None else {"env": env})
    assert check_template(template({"a": {"type": "object"}, **ENV}, job)).fixed_env == fixed


def test_literals_of_the_job_are_fixed_leaves():
    job = {
        "kind": "Job",
        "spec": {"name": "{{ a }}-x", "limits": {"cpu": 1}, "items": [1, "{{ a }}"]},
        "env": {"A": 1},
        "none": {},
    }
    leaves = {leaf.path: leaf.value for leaf in check_template(template({"a": {}}, job)).fixed}
    assert leaves == {
        "job_configuration.kind": "Job",
        "job_configuration.none": {},
        "job_configuration.spec.limits": {"cpu": 1},
        "job_configuration.spec.items[0]": 1,
    }
    assert {(leaf.layer, leaf.rule) for leaf in check_template(template({"a": {}}, job)).fixed} == {
        ("fixed", "fixed")
    }


def test_a_property_may_be_a_boolean_schema():
    compiled = check_template(template({"a": True, "b": False}))
    assert [v.path for v in compiled.violations({"a": 1, "b": 1}, complete=True)] == [("b",)]


def test_a_template_is_compiled_once_and_its_version_does_not_depend_on_the_order_of_keys():
    raw = template({"a": {}, "b": {}})
    turned = {key: raw[key] for key in reversed(raw)}
    assert compile_template(turned) is compile_template(raw)
    assert compile_template(compile_template(raw)) is compile_template(raw)
    assert compile_template(raw).version != compile_template(template({"a": {}})).version


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just("{{ a }}") | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["env", "a", "properties", "default", "x-merge", "type"]) | st.integers(), inner
        )
    ),
    max_leaves=10,
)


@given(ANYTHING, ANYTHING)
def test_compiling_never_raises(variables, job):
    for raw in (variables, {"variables": variables, "job_configuration": job}):
        compile_template(raw)
    compile_template({"variables": {"properties": variables}, "job_configuration": {"a": job}})
