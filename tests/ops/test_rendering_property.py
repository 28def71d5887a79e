"""Whatever is written as a template, and whatever an event brings: a value, or an error that says why."""

from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ops.test_rendering import fill

from penstock.server.rendering import Renderer, RenderError, TemplateProblem, check_tree, names_in

WORDS = """event payload .n .x ['y'] [0] | upper default('x') tojson list first length ( ) [ ] { } , : 1 'a'
    2.5 ~ + - * ** / // % if else for in = range namespace loop.index is not defined none true and or $ @
    caller() ui_url flow_run_id map('upper') sort join batch(2) __class__ .__class__ self event.payload
    event.n"""
PIECES = """{{ }} {% %} {# #} {%- -%} {{$HOME}} {{penstock.secrets.x}} {%raw%} {%endraw%} {%endif%} {%endfor%}
    é {%endmacro%} {%macro"""
EXPRESSIONS = st.lists(st.sampled_from(WORDS.split()), min_size=1, max_size=6).map(" ".join)
PARTS = (
    st.sampled_from(PIECES.split())
    | EXPRESSIONS
    | EXPRESSIONS.map(lambda text: "{{ " + text + " }}")
    | EXPRESSIONS.map(lambda text: "{% if " + text + " %}x{% endif %}")
    | EXPRESSIONS.map(lambda text: "{% for x in " + text + " %}{{ x }}{% endfor %}")
)
TEMPLATES = st.lists(PARTS, min_size=1, max_size=4).map("".join) | st.text(max_size=30)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | TEMPLATES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def renderer():
    renderer = Renderer()
    yield renderer
    renderer.close()


@given(tree=TEMPLATES | st.dictionaries(st.sampled_from(["a", "late"]), TEMPLATES | VALUES), payload=VALUES)
def test_a_template_becomes_a_value_or_the_one_error_that_there_is(renderer, tree, payload):
    late = {"late"}
    assert all(isinstance(problem, TemplateProblem) for problem in check_tree(tree, late=late))
    names_in(tree, late=late)
    with suppress(RenderError):
        value = fill(renderer, tree, {"event": {"payload": payload, "n": 1}}, late=late)
        assert msgspec.json.decode(msgspec.json.encode(value)) == value


@given(payload=VALUES)
def test_data_comes_out_as_it_went_in(renderer, payload):
    assert fill(renderer, "{{ event.payload }}", {"event": {"payload": payload}}) == payload


@given(payload=st.text())
def test_text_comes_out_as_it_went_in(renderer, payload):
    assert fill(renderer, "<{{ event.payload }}>", {"event": {"payload": payload}}) == f"<{payload}>"
