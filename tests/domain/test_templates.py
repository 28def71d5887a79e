"""Placeholders: the grammar, how they are filled, and the pass over the environment."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.domain.errors import TooLarge
from penstock.domain.json_values import MAX_DEPTH
from penstock.domain.templates import (
    KEEP,
    MISSING,
    Placeholder,
    PlaceholderKind,
    block_document,
    expand_environment,
    parse_text,
    placeholders,
    substitute,
)

VARIABLE, ENVIRONMENT, REFERENCE, CONTEXT = PlaceholderKind


def fill_from(values):
    return lambda placeholder: values.get(placeholder.name, MISSING)


@pytest.mark.parametrize(
    ("text", "kind", "name", "path"),
    [
        ("{{ image }}", VARIABLE, "image", ()),
        ("{{image}}", VARIABLE, "image", ()),
        ("{{\n image\t}}", VARIABLE, "image", ()),
        ("{{ cfg.a[0] }}", VARIABLE, "cfg.a[0]", ()),
        ("{{ größe }}", VARIABLE, "größe", ()),
        ("{{ $HOME }}", ENVIRONMENT, "HOME", ()),
        ("{{ $ }}", VARIABLE, "$", ()),
        ("{{ penstock.variables.x }}", REFERENCE, "penstock.variables.x", ()),
        ("{{ prefect.variables.x }}", REFERENCE, "penstock.variables.x", ()),
        ("{{ penstock.variables.x.a[1].b }}", REFERENCE, "penstock.variables.x", ("a", 1, "b")),
        ("{{ penstock.secrets.db-password }}", REFERENCE, "penstock.secrets.db-password", ()),
        ("{{ prefect.blocks.secret.tok }}", REFERENCE, "penstock.blocks.secret.tok", ()),
        (
            "{{ prefect.blocks.aws-credentials.me.key }}",
            REFERENCE,
            "penstock.blocks.aws-credentials.me",
            ("key",),
        ),
        ("{{ penstock.blocks.secret }}", VARIABLE, "penstock.blocks.secret", ()),
        ("{{ penstock.variable.x }}", VARIABLE, "penstock.variable.x", ()),
        ("{{ penstock.variables.x. }}", VARIABLE, "penstock.variables.x.", ()),
        ("{{ penstock.variables.x[a] }}", VARIABLE, "penstock.variables.x[a]", ()),
        ("{{ ctx.flow_run.name }}", CONTEXT, "flow_run.name", ()),
        ("{{ ctx }}", VARIABLE, "ctx", ()),
    ],
)
def test_kinds_of_placeholders(text, kind, name, path):
    assert parse_text(text) == (Placeholder(kind, name, text, path),)


@pytest.mark.parametrize(
    ("text", "filter_", "argument"),
    [
        ("{{ $A | default('x y') }}", "default", "x y"),
        ('{{ $A|default("it\'s") }}', "default", "it's"),
        ("{{ $A | default( '' ) }}", "default", ""),
        ("{{ $A | required('ask ops') }}", "required", "ask ops"),
        ("{{ image | default('a') }}", "default", "a"),
    ],
)
def test_filters(text, filter_, argument):
    (found,) = parse_text(text)
    assert (found.filter, found.argument) == (filter_, argument)
    assert found.default == (argument if filter_ == "default" else MISSING)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain",
        "{ x }",
        "{{ }}",
        "{{}}",
        "{{ a b }}",
        "{{ x | upper }}",
        "{{ x | default(a) }}",
        "{{ x | default('a') | default('b') }}",
        "{{ x",
        "x }}",
        "{{ a-{{ }}",
        "{% x %}",
        "{{ 'x' }}",
        "{{ x + 1 }}",
    ],
)
def test_what_is_no_placeholder_stays_as_it_is(text):
    assert not any(isinstance(piece, Placeholder) for piece in parse_text(text))
    assert "".join(parse_text(text)) == text
    assert substitute({"k": text}, lambda _: "filled") == {"k": text}


@given(st.text(alphabet="{}$ ax.|'\"()[]default\n"))
def test_a_text_is_the_sum_of_its_pieces(text):
    pieces = parse_text(text)
    assert "".join(piece if isinstance(piece, str) else piece.text for piece in pieces) == text
    assert substitute(text, lambda _: KEEP) == text


def test_longer_texts_are_parsed_as_well():
    text = "x" * 2_000 + "{{ a }}"
    assert substitute(text, fill_from({"a": 1})) == "x" * 2_000 + "1"


@pytest.mark.parametrize(
    "text", ["{{ " * 20_000, "{{a" * 20_000, "{{ a" + " " * 50_000, "{{$a|default('" * 20_000]
)
def test_hostile_texts_are_parsed_in_one_go(text):
    assert substitute(text, lambda _: "x") == text


@pytest.mark.parametrize(
    ("template", "values", "filled"),
    [
        ("{{ a }}", {"a": 42}, 42),
        ("{{ a }}", {"a": True}, True),
        ("{{ a }}", {"a": None}, None),
        ("{{ a }}", {"a": {"b": [1]}}, {"b": [1]}),
        ("{{ a }}", {}, MISSING),
        ("{{ a | default('x') }}", {}, "x"),
        ("{{ a | default('') }}", {}, ""),
        ("{{ a | default('x') }}", {"a": 1}, 1),
        ("{{ a | default('x') }}", {"a": None}, None),
        ("{{ a | required('x') }}", {}, MISSING),
        ("x-{{ a }}", {"a": 42}, "x-42"),
        ("{{ a }} ", {"a": 42}, "42 "),
        ("{{ a }}{{ b }}", {"a": True, "b": "c"}, "truec"),
        ("x-{{ a }}-y", {}, "x--y"),
        ("x-{{ a }}-y", {"a": None}, "x--y"),
        ("x-{{ a | default('d') }}-y", {}, "x-d-y"),
        ("--c={{ a }}", {"a": {"y": 1, "x": [False]}}, '--c={"x":[false],"y":1}'),
        ("{{{ a }}}", {"a": "v"}, "{v}"),
        ({"k": "{{ a }}", "l": "{{ b }}"}, {"b": 1}, {"l": 1}),
        (["{{ a }}", "{{ b }}", 3], {"b": 1}, [1, 3]),
        ({"a": {"b": ["{{ a }}"]}}, {}, {"a": {"b": []}}),
        ({"{{ a }}": 1}, {"a": "b"}, {"{{ a }}": 1}),
        ("{{ a }}", {"a": "{{ b }}", "b": "never"}, "{{ b }}"),
        ("{{ a }}{{ c }}", {"a": "{{ b ", "c": "}}", "b": "never"}, "{{ b }}"),
        (None, {}, None),
        (4.5, {}, 4.5),
    ],
)
def test_filling(template, values, filled):
    result = substitute(template, fill_from(values))
    assert result == filled
    assert type(result) is type(filled)


def test_keeping_leaves_the_text_as_it_was_written():
    written = {"whole": "{{a}}", "part": "x {{ a | default('d') }}"}
    assert substitute(written, lambda _: KEEP) == written


def test_filling_changes_nothing_that_was_given():
    template, value = {"a": ["{{ x }}"]}, {"b": [1]}
    substitute(template, fill_from({"x": value}))
    assert (template, value) == ({"a": ["{{ x }}"]}, {"b": [1]})


@pytest.mark.parametrize("wrap", [lambda value: [value], lambda value: {"k": value}])
def test_nesting_is_bounded(wrap):
    def nested(depth):
        value = "{{ a }}"
        for _ in range(depth):
            value = wrap(value)
        return value

    assert substitute(nested(MAX_DEPTH), fill_from({"a": 1})) is not MISSING
    for depth in (MAX_DEPTH + 1, 10_000):
        with pytest.raises(TooLarge, match=str(MAX_DEPTH)):
            substitute(nested(depth), fill_from({}))


def test_a_whole_map_may_be_filled():
    given_ = {"a": {"$ref": {"block_document_id": "b-1"}}, "b": {"c": "{{ x }}"}}

    def fill_map(found):
        reference = block_document(found)
        return {"bound": reference.name} if reference else KEEP

    filled = substitute(given_, fill_from({"x": 1}), fill_map)
    assert filled == {"a": {"bound": "penstock.block-documents.b-1"}, "b": {"c": 1}}
    assert substitute(given_, lambda _: KEEP) == given_


@pytest.mark.parametrize(
    "value",
    [
        {"$ref": "#/$defs/x"},
        {"$ref": {"block_document_id": 1}},
        {"$ref": {"block_document_id": "a", "more": 1}},
        {"$ref": {"block_document_id": "a"}, "more": 1},
        {},
        "text",
        None,
    ],
)
def test_what_is_no_block_document(value):
    assert block_document(value) is None


def test_placeholders_come_in_their_order_with_their_places():
    value = {
        "a": "{{ x }}",
        "b": ["-", "{{ y }}{{ $Z }}", {"c": {"$ref": {"block_document_id": "1"}}}],
        "d": "{{ ctx.flow.name }}!",
    }
    found = [
        (use.path, use.placeholder.name, use.is_whole, use.is_variable, use.is_late)
        for use in placeholders(value)
    ]
    assert found == [
        (("a",), "x", True, True, False),
        (("b", 1), "y", False, True, False),
        (("b", 1), "Z", False, False, False),
        (("b", 2, "c"), "penstock.block-documents.1", True, False, True),
        (("d",), "flow.name", False, False, True),
    ]


def test_looking_for_placeholders_is_safe_at_any_depth():
    value = "{{ x }}"
    for _ in range(10_000):
        value = [value]
    assert len([*placeholders(value)]) == 1


ENVIRON = {"SET": "42", "EMPTY": "", "LIKE_ONE": "{{ $SET }}"}


@pytest.mark.parametrize(
    ("written", "stored", "told"),
    [
        ("{{ $SET }}", "42", []),
        ("a-{{ $SET }}-b", "a-42-b", []),
        ("{{ $EMPTY }}", "", []),
        ("{{ $UNSET }}", "", ["environment-unset"]),
        ("pre-{{ $UNSET }}-post", "pre--post", ["environment-unset"]),
        ("{{ $UNSET | default('d') }}", "d", []),
        ("{{ $EMPTY | default('d') }}", "", []),
        ("{{ $SET | default('d') }}", "42", []),
        ("{{ $SET | required('why') }}", "42", []),
        ("{{ $LIKE_ONE }}", "{{ $SET }}", []),
        ("{{ SET }}", "{{ SET }}", []),
        ("{{ penstock.secrets.x }}", "{{ penstock.secrets.x }}", []),
        ("{{ s1.stdout | default('none') }}", "{{ s1.stdout | default('none') }}", []),
        ("{{ ctx.flow_run.name }}", "{{ ctx.flow_run.name }}", []),
        ("{{ $SET | upper }}", "{{ $SET | upper }}", ["placeholder"]),
        ("{{ x | upper }}", "{{ x | upper }}", []),
        ({"$ref": {"block_document_id": "1"}}, {"$ref": {"block_document_id": "1"}}, []),
        (42, 42, []),
    ],
)
def test_the_pass_over_the_environment(written, stored, told):
    expansion = expand_environment({"env": {"A": written}}, ENVIRON)
    assert expansion.value == {"env": {"A": stored}}
    assert expansion.errors == ()
    assert [(problem.path, problem.rule) for problem in expansion.warnings] == [
        ("env.A", rule) for rule in told
    ]


def test_strict_refuses_what_is_not_set():
    expansion = expand_environment(
        {"A": "{{ $UNSET }}", "B": ["{{ $X | default('') }}"]}, ENVIRON, strict=True
    )
    assert [str(error) for error in expansion.errors] == [
        "A: $UNSET is not set here. Set it, or write {{ $UNSET | default('…') }}."
    ]
    assert expansion.warnings == ()


def test_required_refuses_and_says_why():
    expansion = expand_environment({"A": "{{ $UNSET | required('ask the platform team') }}"}, ENVIRON)
    assert [error.message for error in expansion.errors] == ["$UNSET is not set here: ask the platform team."]
