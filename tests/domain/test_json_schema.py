"""What a schema says of a document: path, rule, type of the value, and never the value."""

import socket
import time

import pytest

from penstock.domain.json_schema import MAX_VIOLATIONS, SchemaInvalid, Violation, compile_schema

SCHEMA = {
    "$defs": {
        "box": {"type": "object", "required": ["secret"], "properties": {"secret": {"type": "string"}}}
    },
    "type": "object",
    "properties": {
        "flag": {"type": "boolean"},
        "either": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "text": {"anyOf": [{"type": "string", "pattern": "^a"}, {"type": "null"}]},
        "pick": {"enum": ["Always", "Never", 3, None]},
        "one": {"const": {"a": 1}},
        "low": {"minimum": 1},
        "high": {"maximum": 2},
        "over": {"exclusiveMinimum": 1},
        "under": {"exclusiveMaximum": 2},
        "even": {"multipleOf": 2},
        "short": {"minLength": 2},
        "long": {"maxLength": 2},
        "few": {"minItems": 2},
        "many": {"maxItems": 1},
        "poor": {"minProperties": 1},
        "rich": {"maxProperties": 1},
        "names": {"propertyNames": {"pattern": "^[A-Z]+$"}},
        "unique": {"uniqueItems": True},
        "box": {"anyOf": [{"$ref": "#/$defs/box"}, {"type": "null"}]},
        "closed": {"properties": {"b": {}}, "additionalProperties": False},
        "empty": {"additionalProperties": False},
        "list": {"items": {"type": "integer"}},
        "two": {"anyOf": [{"type": "string", "minLength": 9}, {"type": "string", "pattern": "z"}]},
        "both": {"oneOf": [{"type": "integer"}, {"minimum": 2}]},
        "extra": {"unevaluatedProperties": False},
        "tail": {"prefixItems": [{}], "unevaluatedItems": False},
        "never": False,
    },
}


def told(document, schema=SCHEMA):
    return [(v.path, v.rule, v.message, v.value_type) for v in compile_schema(schema).violations(document)]


@pytest.mark.parametrize(
    ("name", "value", "path", "rule", "message", "value_type"),
    [
        ("flag", "lots", (), "type", "must be boolean, not string.", "string"),
        ("flag", None, (), "type", "must be boolean, not null.", "null"),
        ("either", 1, (), "type", "must be string or null, not integer.", "integer"),
        ("text", "b", (), "pattern", "must be text that matches ^a.", "string"),
        ("text", 1.5, (), "type", "must be string or null, not number.", "number"),
        ("pick", "Sometimes", (), "enum", 'must be one of "Always", "Never", 3, null.', "string"),
        ("one", {"a": 2}, (), "const", 'must be {"a":1}.', "object"),
        ("low", 0, (), "minimum", "must be at least 1.", "integer"),
        ("high", 3, (), "maximum", "must be at most 2.", "integer"),
        ("over", 1, (), "exclusiveMinimum", "must be more than 1.", "integer"),
        ("under", 2.5, (), "exclusiveMaximum", "must be less than 2.", "number"),
        ("even", 3, (), "multipleOf", "must be a multiple of 2.", "integer"),
        ("short", "a", (), "minLength", "must be at least 2 characters long.", "string"),
        ("long", "abc", (), "maxLength", "must be at most 2 characters long.", "string"),
        ("few", [1], (), "minItems", "must be a list of at least 2 items.", "array"),
        ("many", [1, 2], (), "maxItems", "must be a list of at most 1 items.", "array"),
        ("poor", {}, (), "minProperties", "must be a map of at least 1 keys.", "object"),
        ("rich", {"a": 1, "b": 2}, (), "maxProperties", "must be a map of at most 1 keys.", "object"),
        ("names", {"a": 1}, (), "propertyNames", "has a key that is not allowed.", "object"),
        ("unique", [1, 1], (), "uniqueItems", "breaks the rule 'uniqueItems' of its schema.", "array"),
        ("box", {}, ("secret",), "required", "is required.", None),
        ("box", {"secret": 1}, ("secret",), "type", "must be string, not integer.", "integer"),
        ("box", 1, (), "type", "must be object or null, not integer.", "integer"),
        ("closed", {"a": 1}, ("a",), "additionalProperties", "is not allowed here.", "integer"),
        ("empty", {"a": 1}, (), "additionalProperties", "must be an empty map.", "object"),
        ("list", [1, "b"], (1,), "type", "must be integer, not string.", "string"),
        ("two", "q", (), "anyOf", "fits none of the forms that its schema allows.", "string"),
        ("both", 3, (), "oneOf", "breaks the rule 'oneOf' of its schema.", "integer"),
        ("extra", {"a": []}, ("a",), "unevaluatedProperties", "is not allowed here.", "array"),
        (
            "tail",
            [1, 2],
            (),
            "unevaluatedItems",
            "breaks the rule 'unevaluatedItems' of its schema.",
            "array",
        ),
        ("never", 1, (), "falseSchema", "breaks the rule 'falseSchema' of its schema.", "integer"),
    ],
)
def test_a_violation_tells_path_rule_and_type(name, value, path, rule, message, value_type):
    assert told({name: value}) == [((name, *path), rule, message, value_type)]


@pytest.mark.parametrize(
    "document",
    [
        {},
        {
            "flag": True,
            "either": None,
            "text": "ab",
            "pick": 3,
            "both": 1,
            "box": {"secret": "s"},
            "list": [1],
        },
    ],
)
def test_a_valid_document_breaks_nothing(document):
    schema = compile_schema(SCHEMA)
    assert schema.is_valid(document)
    assert schema.violations(document) == []


def test_no_violation_repeats_the_value():
    secret = "hunter2hunter2"
    for name in SCHEMA["properties"]:
        for value in (secret, [secret, secret], {"k": secret}, [[secret]]):
            assert secret not in repr(told({name: value}))


def test_violations_are_bounded():
    schema = {"additionalProperties": {"type": "string"}}
    assert len(told({f"k{n}": n for n in range(1_000)}, schema)) == MAX_VIOLATIONS


def test_a_document_that_is_no_object_can_be_judged():
    assert compile_schema({"type": "object"}).violations([]) == [
        Violation((), "type", "must be object, not array.", "array")
    ]


def test_a_schema_text_is_compiled_once_whatever_the_order_of_its_keys():
    one = compile_schema({"type": "object", "title": "same"})
    assert compile_schema({"title": "same", "type": "object"}) is one


@pytest.mark.parametrize(
    ("schema", "text", "field"),
    [
        ({"type": "zzz"}, "Not a JSON Schema at type", "type"),
        (
            {"properties": {"a": {"pattern": "("}}},
            "Not a JSON Schema at properties.a.pattern",
            "properties.a.pattern",
        ),
        ({"pattern": "(a{1000}){1000}"}, "Not a JSON Schema at pattern", "pattern"),
        ({"$ref": "#/$defs/none"}, "refers to something that it does not hold", None),
        ({"$dynamicRef": "#none"}, "refers to something that it does not hold", None),
        ({"$ref": "other.json"}, "refers to something that it does not hold", None),
        ({"$ref": "file:///etc/passwd"}, "refers to something that it does not hold", None),
        ([], "an object or a boolean, not array", None),
        ("text", "an object or a boolean, not string", None),
        ({"default": {1: 2}}, "has a key of the Python type integer", "default"),
        ({"default": float("nan")}, "is not a finite number", "default"),
    ],
)
def test_what_is_no_schema_is_refused(schema, text, field):
    with pytest.raises(SchemaInvalid, match=text) as caught:
        compile_schema(schema)
    assert caught.value.field == field
    assert caught.value.code == "schema-invalid"


def test_nothing_is_fetched():
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        url = f"http://127.0.0.1:{server.getsockname()[1]}/schema"
        with pytest.raises(SchemaInvalid, match="nothing is fetched"):
            compile_schema({"properties": {"a": {"$ref": url}}})
        with pytest.raises(BlockingIOError):
            server.accept()


def test_a_reference_to_the_schema_itself_is_followed():
    tree = {"$defs": {"t": {"type": "array", "items": {"$ref": "#/$defs/t"}}}, "$ref": "#/$defs/t"}
    assert told([[[]], [1]], tree) == [((1, 0), "type", "must be array, not integer.", "integer")]


@pytest.mark.parametrize("schema", [{"$ref": "#"}, {"allOf": [{"$ref": "#"}]}, {"anyOf": [{"$ref": "#"}]}])
def test_a_schema_that_only_refers_to_itself_ends(schema):
    assert isinstance(compile_schema(schema).violations({"a": 1}), list)


@pytest.mark.parametrize("pattern", ["^(a+)+$", "^(?=(a+)+$)(a|aa)+b$"])
def test_a_pattern_that_would_try_for_ever_gives_up(pattern):
    started = time.process_time()
    assert len(told({"a": "a" * 5_000 + "!"}, {"properties": {"a": {"pattern": pattern}}})) == 1
    assert time.process_time() - started < 20
