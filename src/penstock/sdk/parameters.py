"""Parameters of flows: checked and coerced by their annotations, and described as JSON Schema.

The only module that knows pydantic. It is imported when a parameter needs it and not before: arguments that
have their annotation's very type, and parameters without annotations, do without.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from penstock.sdk.binding import Binding
from penstock.sdk.exceptions import ParameterTypeError

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError

_EXACT = {bool: bool, bytes: bytes, float: float, int: int, str: str, dict: dict, list: list}
_EXACT_BY_NAME = {kind.__name__: kind for kind in _EXACT}
"""Annotations are texts where `from __future__ import annotations` stands."""


class Parameters:
    """What a flow's parameters may be."""

    def __init__(self, binding: Binding, fn: Callable[..., Any]) -> None:
        self._binding = binding
        self._fn = fn
        self._model: type[BaseModel] | None = None
        annotations = {name: binding.annotations[name] for name in _annotated(binding)}
        self._exact = {name: _exact_type(annotation) for name, annotation in annotations.items()}

    def validate(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """`parameters` with each value as its annotation wants it: `"5"` for an `int` becomes 5.

        Raises:
            SignatureMismatchError: The function has no parameter of a name.
            ParameterTypeError: Values do not fit; the message names each parameter.
        """
        if all(type(parameters.get(name)) is kind for name, kind in self._exact.items()):
            return parameters
        self._binding.check_names(parameters)
        # A default is what the author wrote, even where it doesn't fit: `limit: int = None`.
        is_default = self._binding.is_default
        given = {name: value for name, value in parameters.items() if not is_default(name, value)}
        return {**parameters, **_validate(self._model_of_function(), given)}

    def schema(self) -> dict[str, Any]:
        """The parameters as JSON Schema, as deployments carry them (`parameter_openapi_schema`)."""
        return _schema(self._model_of_function(), self._binding, self._fn.__doc__)

    def _model_of_function(self) -> "type[BaseModel]":
        if self._model is None:
            self._model = _build_model(self._fn, self._binding)
        return self._model


def _annotated(binding: Binding) -> list[str]:
    return [
        name for name in binding.names if binding.annotations.get(name, Any) not in (Any, "Any", "typing.Any")
    ]


def _exact_type(annotation: Any) -> type | None:
    """The type that a value must have to need no validation; None where there is none such."""
    if isinstance(annotation, str):
        return _EXACT_BY_NAME.get(annotation)
    try:
        return _EXACT.get(annotation)
    except TypeError:  # not every annotation can be hashed
        return None


def _build_model(fn: Callable[..., Any], binding: Binding) -> "type[BaseModel]":
    from pydantic import ConfigDict, Field, create_model

    hints = _type_hints(fn)
    fields: dict[str, Any] = {}
    for position, (name, parameter) in enumerate(binding.signature.parameters.items()):
        kind = _collected(hints.get(name, Any), parameter)
        default = ... if parameter.default is parameter.empty else parameter.default
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            default = () if parameter.kind is parameter.VAR_POSITIONAL else {}
        # Pydantic has opinions on what fields may be called; aliases may be called anything.
        described = Field(default, alias=name, title=name, json_schema_extra={"position": position})
        fields[f"parameter_{position}"] = (kind, described)
    config = ConfigDict(arbitrary_types_allowed=True, protected_namespaces=(), title="Parameters")
    return create_model("Parameters", __config__=config, **fields)


def _collected(kind: Any, parameter: Any) -> Any:
    if parameter.kind is parameter.VAR_POSITIONAL:
        return tuple[kind, ...]
    if parameter.kind is parameter.VAR_KEYWORD:
        return dict[str, kind]
    return kind


def _type_hints(fn: Callable[..., Any]) -> dict[str, Any]:
    from typing import get_type_hints

    try:
        return get_type_hints(fn, include_extras=True)
    except Exception as error:  # whatever evaluating the user's annotations raises
        raise ParameterTypeError(
            f"The annotations of {fn.__name__} cannot be evaluated: {error}.",
            hint="Import the types that they name, or leave validation out with validate_parameters=False.",
        ) from error


def _validate(model: "type[BaseModel]", parameters: dict[str, Any]) -> dict[str, Any]:
    from pydantic import ValidationError

    try:
        checked = model.model_validate(parameters)
    except ValidationError as error:
        raise _invalid(error) from None
    names = {field.alias: attribute for attribute, field in model.model_fields.items()}
    return {name: getattr(checked, names[name]) for name in names if name in parameters}


def _invalid(error: "ValidationError") -> ParameterTypeError:
    problems = [_problem(each) for each in error.errors(include_url=False, include_context=False)]
    first = ".".join(map(str, error.errors(include_url=False)[0]["loc"]))
    return ParameterTypeError("; ".join(problems) + ".", field=f"parameters.{first}", detail=problems)


def _problem(error: Any) -> str:
    path = ".".join(map(str, error["loc"]))
    given = "" if error["type"] == "missing" else f" (it is a {type(error['input']).__name__})"
    return f"Parameter {path!r}: {error['msg']}{given}"


def _schema(model: "type[BaseModel]", binding: Binding, doc: str | None) -> dict[str, Any]:
    generated = _json_schema(model)
    properties = generated.get("properties", {})
    for name, text in _described(doc).items():
        if name in properties:
            properties[name].setdefault("description", text)
    schema: dict[str, Any] = {"title": "Parameters", "type": "object", "properties": properties}
    required = [name for name in binding.names if name in generated.get("required", ())]
    if required:
        schema["required"] = required
    if not any(each.kind is each.VAR_KEYWORD for each in binding.signature.parameters.values()):
        schema["additionalProperties"] = False
    return {**schema, "definitions": generated.get("$defs", {})}


def _json_schema(model: "type[BaseModel]") -> dict[str, Any]:
    from pydantic.json_schema import GenerateJsonSchema

    class Lenient(GenerateJsonSchema):
        """Types that JSON Schema cannot describe may be anything."""

        def handle_invalid_for_json_schema(self, schema: Any, error_info: str) -> dict[str, Any]:  # noqa: ARG002
            return {}

        def emit_warning(self, kind: Any, detail: str) -> None:
            """A default that is no JSON is left out, which is what the reader sees."""

    return model.model_json_schema(
        by_alias=True, ref_template="#/definitions/{model}", schema_generator=Lenient
    )


def _described(doc: str | None) -> dict[str, str]:
    """Descriptions from the `Args:` section of a docstring."""
    texts: dict[str, str] = {}
    inside, margin = False, 0
    for line in (doc or "").expandtabs().splitlines():
        stripped, indent = line.strip(), len(line) - len(line.lstrip())
        if stripped in ("Args:", "Arguments:", "Parameters:"):
            inside, margin = True, indent
        elif inside and stripped:
            if indent <= margin:
                break
            name, colon, text = stripped.partition(":")
            if colon and name.partition(" ")[0].lstrip("*").isidentifier():
                texts[name.partition(" ")[0].lstrip("*")] = text.strip()
    return texts
