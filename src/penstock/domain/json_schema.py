"""JSON Schema, Draft 2020-12: compile a schema once, tell what a document breaks.

Nothing is ever fetched: a `$ref` that leaves the schema makes it invalid. What is told names the path, the
rule and the type of the value, and never the value, which may be a secret.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any, Final, NoReturn

import jsonschema_rs
import msgspec

from penstock.domain.errors import InvalidInput
from penstock.domain.json_values import Json, Path, canonical, survey, type_name
from penstock.domain.problems import join_path, shown

MAX_VIOLATIONS: Final = 100
"""How many violations of one document are told; a thousand wrong keys are not read by anybody."""

_BACKTRACKS = 100_000
"""How long a pattern may try before the value counts as not matching."""
_COMPILED = 512

_BOUNDS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "more than {}",
    "exclusiveMaximum": "less than {}",
    "minLength": "at least {} characters long",
    "maxLength": "at most {} characters long",
    "minItems": "a list of at least {} items",
    "maxItems": "a list of at most {} items",
    "minProperties": "a map of at least {} keys",
    "maxProperties": "a map of at most {} keys",
    "multipleOf": "a multiple of {}",
    "pattern": "text that matches {}",
}


class SchemaInvalid(InvalidInput):
    """A schema that is none, or that refers to something outside itself."""

    code = "schema-invalid"


class Violation(msgspec.Struct, frozen=True):
    """One rule of a schema that a document breaks."""

    path: Path
    """Where; for `required` and `additionalProperties` the path of the key that is missing or not allowed."""
    rule: str
    """The keyword of the schema."""
    message: str
    """What the value must be, without the path and without the value."""
    value_type: str | None
    """The JSON type of the value; None where it is missing."""


class Schema:
    """A compiled schema. Make one with `compile_schema`."""

    __slots__ = ("_validator",)

    def __init__(self, validator: jsonschema_rs.Draft202012Validator) -> None:
        self._validator = validator

    def is_valid(self, document: Json) -> bool:
        """Whether `document` breaks no rule. It must be acceptable JSON (see `json_values.survey`)."""
        return self._validator.is_valid(document)

    def violations(self, document: Json) -> list[Violation]:
        """What `document` breaks, at most `MAX_VIOLATIONS`; empty if it is valid."""
        if self._validator.is_valid(document):
            return []
        found = (_explain(error) for error in self._validator.iter_errors(document))
        return [*islice((violation for group in found for violation in group), MAX_VIOLATIONS)]


def compile_schema(schema: Json) -> Schema:
    """Compile `schema`; the same schema text is compiled once.

    Raises:
        SchemaInvalid: It is not acceptable JSON, not a schema, or refers to something outside itself.
    """
    if fault := survey(schema).fault:
        text = f"The schema {fault.message}."
        raise SchemaInvalid(text, field=join_path(fault.path) or None)
    return _compile(canonical(schema))


@lru_cache(maxsize=_COMPILED)
def _compile(text: bytes) -> Schema:
    schema = msgspec.json.decode(text)
    if not isinstance(schema, (dict, bool)):
        message = f"A schema is an object or a boolean, not {type_name(schema)}."
        raise SchemaInvalid(message)
    try:
        validator = jsonschema_rs.Draft202012Validator(
            schema,
            retriever=_refuse_to_fetch,
            pattern_options=jsonschema_rs.FancyRegexOptions(backtrack_limit=_BACKTRACKS),
        )
    except jsonschema_rs.ValidationError as error:
        raise _schema_invalid(error) from None
    return Schema(validator)


def _refuse_to_fetch(uri: str) -> NoReturn:
    message = f"{uri} is outside the schema"
    raise LookupError(message)


def _schema_invalid(error: jsonschema_rs.ValidationError) -> SchemaInvalid:
    if error.kind.name == "$ref":
        return SchemaInvalid(
            f"The schema refers to something that it does not hold: {error.message}.",
            hint="Put it under $defs and refer to it as #/$defs/NAME; nothing is fetched.",
        )
    path = join_path(tuple(error.instance_path))
    where = f" at {path}" if path else ""
    return SchemaInvalid(f"Not a JSON Schema{where}: {error.message}.", field=path or None)


def _explain(error: jsonschema_rs.ValidationError) -> Iterator[Violation]:
    """One error of the validator as violations: one a key, and of an `anyOf` the branch that was meant."""
    kind, rule, path = error.kind, error.kind.name, tuple(error.instance_path)
    if rule in {"anyOf", "oneOf"} and kind.context and any(kind.context):  # type: ignore[attr-defined]
        yield from _explain_alternatives(error, kind.context)  # type: ignore[attr-defined]
    elif rule == "required":
        yield Violation((*path, kind.property), rule, "is required.", None)  # type: ignore[attr-defined]
    elif rule in {"additionalProperties", "unevaluatedProperties"}:
        for key in kind.unexpected:  # type: ignore[attr-defined]
            yield Violation((*path, key), rule, "is not allowed here.", _type_at(error.instance, key))
    elif rule == "falseSchema" and error.schema_path[-1:] == ["additionalProperties"]:
        # The validator's shortcut for a map in which nothing is allowed: it does not tell the key.
        yield Violation(path, "additionalProperties", "must be an empty map.", "object")
    else:
        yield Violation(path, rule, _message(error), type_name(error.instance))


def _explain_alternatives(
    error: jsonschema_rs.ValidationError, branches: Sequence[Sequence[jsonschema_rs.ValidationError]]
) -> Iterator[Violation]:
    """Tell what a person would: the one branch whose type fits, else all the types that would have done."""
    fitting = [branch for branch in branches if not any(_is_type_of(error, inner) for inner in branch)]
    if len(fitting) == 1:
        for inner in fitting[0]:
            yield from _explain(inner)
        return
    path, value_type = tuple(error.instance_path), type_name(error.instance)
    if fitting:
        yield Violation(path, error.kind.name, "fits none of the forms that its schema allows.", value_type)
        return
    types = [name for branch in branches for inner in branch for name in _types(inner)]
    yield Violation(path, "type", _must_be(types, value_type), value_type)


def _is_type_of(outer: jsonschema_rs.ValidationError, inner: jsonschema_rs.ValidationError) -> bool:
    return inner.kind.name == "type" and inner.instance_path == outer.instance_path


def _types(error: jsonschema_rs.ValidationError) -> list[str]:
    return error.kind.types if error.kind.name == "type" else []  # type: ignore[attr-defined]


def _must_be(types: Sequence[str], value_type: str) -> str:
    return f"must be {' or '.join(dict.fromkeys(types))}, not {value_type}."


def _message(error: jsonschema_rs.ValidationError) -> str:
    rule, kind = error.kind.name, error.kind
    if rule == "type":
        return _must_be(_types(error), type_name(error.instance))
    if rule == "enum":
        return f"must be one of {_listed(kind.options)}."  # type: ignore[attr-defined]
    if rule == "const":
        return f"must be {_listed([kind.expected_value])}."  # type: ignore[attr-defined]
    if rule == "propertyNames":
        return "has a key that is not allowed."
    if rule in _BOUNDS:
        return f"must be {_BOUNDS[rule].format(shown(str(kind.value)))}."
    return f"breaks the rule {rule!r} of its schema."


def _listed(options: Sequence[Json]) -> str:
    return shown(", ".join(canonical(option).decode() for option in options))


def _type_at(instance: Any, key: str) -> str | None:
    return type_name(instance[key]) if isinstance(instance, dict) else None
