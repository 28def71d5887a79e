"""The job that layers make: filled in, as text where it must be, hashed, stored, and bound at launch."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.domain.job_spec import Explanation, JobSpec, ReferenceMissing, bind_references, decode, encode
from penstock.domain.job_variables import Layer, resolve
from penstock.domain.problems import JobVariablesInvalid

PROPERTIES = {
    "env": {"default": {"LOG_LEVEL": "INFO"}},
    "image": {"default": "acme/base:1"},
    "name": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
    "timeout": {"anyOf": [{"type": "integer"}, {"type": "null"}], "default": 600},
    "cfg": {"type": "object"},
    "flag": {"type": "boolean"},
    "block": {"type": "object", "required": ["x"]},
}
JOB = {
    "image": "{{ image }}",
    "name": "{{ name }}",
    "timeout": "{{ timeout }}",
    "flag": "{{ flag }}",
    "env": "{{ env }}",
    "manifest": {
        "kind": "Job",
        "title": "{{ name }}-{{ image }}",
        "args": ["--cfg={{ cfg }}", "{{ name }}", 3],
        "env": "{{ env }}",
        "cfg": "{{ cfg }}",
        "block": "{{ block }}",
    },
}
TEMPLATE = {"variables": {"type": "object", "properties": PROPERTIES}, "job_configuration": JOB}


def spec_of(deployment=None, run=None, raw=TEMPLATE, context=None):
    layers = [Layer("deployment", deployment), Layer("run", run, "cli")]
    return resolve(raw, layers, complete=True, context=context).job_spec()


def test_the_job_is_filled_in():
    spec = spec_of({"cfg": {"b": True, "a": None}, "env": {"N": 42, "OLD": None}}, {"flag": False})
    assert spec.job_configuration == {
        "image": "acme/base:1",
        "timeout": 600,
        "flag": False,
        "env": {"LOG_LEVEL": "INFO", "N": "42"},
        "manifest": {
            "kind": "Job",
            "title": "-acme/base:1",
            "args": ['--cfg={"a":null,"b":true}', 3],
            "env": {"LOG_LEVEL": "INFO", "N": "42"},
            "cfg": {"b": True, "a": None},
        },
    }
    assert spec.variables["env"] == {"LOG_LEVEL": "INFO", "N": 42}
    assert spec.unset_environment == ("OLD",)
    assert spec.origins == {"run": "cli"}
    assert spec.references == ()
    assert len(spec.hash) == len(spec.template_version) == 64


def test_null_of_a_layer_is_a_value_and_null_of_the_pool_is_none():
    assert "name" not in spec_of().job_configuration
    assert spec_of(None, {"timeout": None}).job_configuration["timeout"] is None
    assert spec_of({"name": None}).job_configuration["name"] is None
    assert spec_of({"name": None}).job_configuration["manifest"]["title"] == "-acme/base:1"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("as it is", "as it is"),
        ("", ""),
        ("0042", "0042"),
        (42, "42"),
        (1.5, "1.5"),
        (True, "true"),
        (False, "false"),
        ([], "[]"),
        ({"b": [1, None], "a": "ä"}, '{"a":"ä","b":[1,null]}'),
        ('{"a": 1}', '{"a": 1}'),
    ],
)
def test_values_of_the_environment_become_text(value, text):
    spec = spec_of({"env": {"A": value}})
    assert spec.environment["A"] == text
    assert bind_references(spec, {}).environment["A"] == text
    assert spec.variables["env"]["A"] == value


def test_text_of_the_environment_inside_of_longer_text():
    raw = {**TEMPLATE, "job_configuration": {"args": ["--env={{ env }}"]}}
    spec = spec_of({"env": {"A": 1}}, None, raw)
    assert spec.job_configuration["args"] == ['--env={"A":"1","LOG_LEVEL":"INFO"}']


def test_the_hash_is_of_what_is_launched():
    hash_ = spec_of({"image": "a"}).hash
    assert spec_of(None, {"image": "a"}).hash == hash_
    assert spec_of({"image": "b"}, {"image": "a"}).hash == hash_
    assert spec_of({"image": "a", "unknown": 1}).hash == hash_
    assert spec_of({"image": "a", "env": {"N": 1}}).hash == spec_of({"image": "a", "env": {"N": "1"}}).hash
    assert spec_of({"image": "b"}).hash != hash_
    assert spec_of({"image": "a", "env": {"A": None}}).hash != hash_
    assert (
        spec_of({"image": "a"}, None, {**TEMPLATE, "job_configuration": {"i": "{{ image }}"}}).hash != hash_
    )


KEYS = st.sampled_from(["A", "B", "C", "D"])
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
TREES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-9, 9) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner),
    max_leaves=8,
)
LAYERS = st.fixed_dictionaries(
    {}, optional={"env": st.dictionaries(KEYS, TREES), "cfg": st.dictionaries(KEYS, TREES), "image": TREES}
)


def turned(value):
    if isinstance(value, dict):
        return {key: turned(value[key]) for key in reversed(value)}
    return [turned(item) for item in value] if isinstance(value, list) else value


@given(LAYERS, LAYERS)
def test_the_hash_does_not_depend_on_the_order_of_keys(deployment, run):
    assert spec_of(turned(deployment), turned(run), turned(TEMPLATE)).hash == spec_of(deployment, run).hash


@given(LAYERS, LAYERS)
def test_a_frozen_spec_comes_back_as_it_was(deployment, run):
    spec = spec_of(deployment, run)
    assert decode(encode(spec)) == spec
    assert decode(encode(spec)).hash == spec.hash


@given(LAYERS, LAYERS)
def test_binding_what_has_no_references_only_makes_text(deployment, run):
    spec = spec_of(deployment, run)
    bound = bind_references(spec, {})
    assert bound.job_configuration == spec.job_configuration
    assert bound.environment == spec.environment


def test_what_is_stored_is_plain_json():
    stored = msgspec.json.decode(encode(spec_of({"env": {"LOG_LEVEL": None}, "zzz": 1}, {"image": "x"})))
    assert stored["leaves"][0] == {
        "path": "env.LOG_LEVEL",
        "layer": "deployment",
        "rule": "keys",
        "said": [{"layer": "pool", "value": "INFO"}, {"layer": "deployment", "value": None}],
        "variable": "env",
        "key": "LOG_LEVEL",
    }
    image = next(leaf for leaf in stored["leaves"] if leaf["path"] == "image")
    assert (image["value"], image["layer"]) == ("x", "run")
    assert stored["warnings"][0]["rule"] == "undeclared"
    with pytest.raises(msgspec.ValidationError):
        decode(b"{}")


def test_an_explanation_is_plain_json_with_errors_too():
    layers = [Layer("run", {"flag": "lots"})]
    explanation = resolve(TEMPLATE, layers, complete=False).explain()
    back = msgspec.json.decode(msgspec.json.encode(explanation), type=Explanation)
    assert back == explanation
    assert [error.path for error in back.errors] == ["flag"]
    assert back.job.variables["flag"] == "lots"


# Binding


SECRET = 'quote " backslash \\ {{ penstock.secrets.other }}'


def test_references_are_filled_in_one_pass():
    spec = spec_of(
        {
            "env": {
                "WHOLE": "{{ penstock.secrets.db }}",
                "PART": "postgres://u:{{ prefect.secrets.db }}@h",
                "NUMBER": "{{ penstock.variables.port }}",
                "MAP": "{{ prefect.variables.cfg }}",
                "INSIDE": {"password": "{{ penstock.secrets.db }}", "n": 1},
                "KEY": "{{ prefect.blocks.aws-credentials.me.keys[1].id }}",
                "NULL": "{{ penstock.variables.null }}",
                "DEFAULT": "{{ penstock.variables.none | default('d') }}",
                "LITERAL": "{{ $HOME }} {{ image }}",
            },
            "flag": "{{ penstock.variables.flag }}",
            "block": {"$ref": {"block_document_id": "b-1"}},
        },
        {"image": "registry/{{ penstock.variables.port }}"},
    )
    assert spec.references == (
        "penstock.secrets.db",
        "penstock.variables.port",
        "penstock.variables.cfg",
        "penstock.blocks.aws-credentials.me",
        "penstock.variables.null",
        "penstock.variables.none",
        "penstock.variables.flag",
        "penstock.block-documents.b-1",
    )
    bound = bind_references(
        spec,
        {
            "penstock.secrets.db": SECRET,
            "penstock.variables.port": 5432,
            "penstock.variables.cfg": {"b": [1], "a": True},
            "penstock.variables.null": None,
            "penstock.variables.flag": True,
            "penstock.blocks.aws-credentials.me": {"keys": [{}, {"id": "AKIA"}]},
            "penstock.block-documents.b-1": {"x": 1},
        },
    )
    assert bound.environment == {
        "LOG_LEVEL": "INFO",
        "WHOLE": SECRET,
        "PART": f"postgres://u:{SECRET}@h",
        "NUMBER": "5432",
        "MAP": '{"a":true,"b":[1]}',
        "INSIDE": msgspec.json.encode({"n": 1, "password": SECRET}).decode(),
        "KEY": "AKIA",
        "DEFAULT": "d",
        "LITERAL": "{{ $HOME }} {{ image }}",
    }
    assert msgspec.json.decode(bound.environment["INSIDE"])["password"] == SECRET
    assert bound.job_configuration["env"] == bound.environment
    assert bound.job_configuration["manifest"]["env"] == bound.environment
    assert bound.job_configuration["flag"] is True
    assert bound.job_configuration["manifest"]["block"] == {"x": 1}
    assert bound.job_configuration["image"] == "registry/5432"
    assert bound.unset_environment == ()


def test_a_stored_spec_has_the_references_and_never_the_values():
    spec = spec_of({"env": {"A": "{{ penstock.secrets.db }}"}})
    bind_references(spec, {"penstock.secrets.db": "hunter2"})
    assert b"{{ penstock.secrets.db }}" in encode(spec)
    assert b"hunter2" not in encode(spec)


@pytest.mark.parametrize(
    ("text", "values", "named"),
    [
        ("{{ penstock.secrets.db }}", {}, "penstock.secrets.db"),
        ("x-{{ prefect.variables.v }}", {}, "penstock.variables.v"),
        ("{{ penstock.variables.v.a }}", {"penstock.variables.v": {"b": 1}}, "penstock.variables.v"),
        ("{{ penstock.variables.v[1] }}", {"penstock.variables.v": [1]}, "penstock.variables.v"),
        ("{{ penstock.variables.v.a }}", {"penstock.variables.v": "text"}, "penstock.variables.v"),
        ("{{ penstock.variables.v.a }}", {"penstock.variables.v": [1]}, "penstock.variables.v"),
        ("{{ penstock.variables.v.a }}", {}, "penstock.variables.v"),
        ({"$ref": {"block_document_id": "b-1"}}, {}, "penstock.block-documents.b-1"),
    ],
)
def test_a_reference_to_nothing_is_an_error_that_names_it_and_its_place(text, values, named):
    with pytest.raises(ReferenceMissing) as caught:
        bind_references(spec_of({"env": {"A": text}}), values)
    assert caught.value.references == (named,)
    assert caught.value.code == "reference-missing"
    assert "(in env.A) has no value" in caught.value.message


def test_all_missing_references_are_named_with_what_their_authors_say():
    spec = spec_of(
        {"env": {"A": "{{ penstock.secrets.a | required('ask ops') }}", "B": "{{ penstock.secrets.b }}"}}
    )
    with pytest.raises(ReferenceMissing) as caught:
        bind_references(spec, {})
    assert str(caught.value) == (
        "{{ penstock.secrets.a | required('ask ops') }} (in env.A) has no value: ask ops. "
        "{{ penstock.secrets.b }} (in env.B) has no value. Create them, or give them a default."
    )


@pytest.mark.parametrize(("value", "rule"), [("x\0y", "nul"), ("x" * 200_000, "environment-size")])
def test_a_value_that_cannot_be_in_an_environment_is_refused_without_showing_it(value, rule):
    spec = spec_of({"env": {"A": "{{ penstock.secrets.a }}"}})
    with pytest.raises(JobVariablesInvalid) as caught:
        bind_references(spec, {"penstock.secrets.a": value})
    assert [(problem.path, problem.rule) for problem in caught.value.problems] == [("env.A", rule)]
    assert "xx" not in str(caught.value)


def test_facts_about_the_run_are_filled_with_the_references_and_cannot_become_one():
    context = {"flow_run": {"name": "{{ penstock.secrets.db }}", "run_count": 2}}
    env = {
        "NAME": "{{ ctx.flow_run.name }}",
        "N": "{{ ctx.flow_run.run_count }}",
        "F": "{{ ctx.flow.name | default('-') }}",
    }
    spec = spec_of({"env": env}, None, TEMPLATE, context)
    assert spec.references == ()
    bound = bind_references(spec, {"penstock.secrets.db": "hunter2"})
    assert bound.environment == {"LOG_LEVEL": "INFO", "NAME": "{{ penstock.secrets.db }}", "N": "2", "F": "-"}


def test_a_fact_that_was_not_known_is_missed_at_launch():
    with pytest.raises(ReferenceMissing, match=r"ctx\.flow_run\.name"):
        bind_references(spec_of({"env": {"A": "{{ ctx.flow_run.name }}"}}), {})


def test_a_spec_is_immutable():
    spec = spec_of()
    with pytest.raises(AttributeError):
        spec.hash = ""
    assert isinstance(spec, JobSpec)
