"""From JSON to the types that endpoints declare, and back; and what is wrong with JSON that does not fit.

Server and client both read and write through here.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import msgspec

from penstock.contract.endpoint import Endpoint, Parameter
from penstock.contract.forms import Form
from penstock.domain.errors import InvalidInput
from penstock.domain.schedules import Schedule, parse_schedule

_NULL: Final = b"null"
_PLACE = re.compile(r"^(?P<what>.*?)(?: - at `(?P<path>[^`]*)`)?$", re.DOTALL)
_STEP = re.compile(r"\[(\d+|\.\.\.)\]|\.?([^.\[\]]+)")
_FAULTS = (
    (
        re.compile(r"Object contains unknown field `(.*)`"),
        "extra_forbidden",
        "Extra inputs are not permitted",
    ),
    (re.compile(r"Object missing required field `(.*)`"), "missing", "Field required"),
)


def from_json_type(type: Any, value: Any) -> Any:
    """How msgspec reads the types that it does not know. Raises `InvalidInput`."""
    if type is Schedule:
        return parse_schedule(value)
    raise NotImplementedError(type)


@cache
def _decoder(type: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(type, dec_hook=from_json_type)


_encoder = msgspec.json.Encoder()


def encode(value: Any) -> bytes:
    """A value as JSON: times in RFC 3339, ids as text, what is unset left out."""
    return _encoder.encode(value)


def decode(type: Any, raw: bytes) -> Any:
    """JSON as a value of `type`.

    Raises `InvalidInput`; its `field` is the path of what does not fit, and its `detail` says the same as the
    reference does: a list of `{"type", "loc", "msg"}`.
    """
    try:
        return _decoder(type).decode(raw)
    except msgspec.ValidationError as error:
        raise _refusal("body", str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _not_json(error) from None


def decode_body(endpoint: Endpoint[..., Any], raw: bytes) -> Any:
    """The body of a request, or its default where there is none. Raises `InvalidInput`."""
    parameter = endpoint.body
    if parameter is None:
        return None
    if parameter.type is bytes:
        return raw
    if not raw:
        if parameter.required:
            raise _refusal("", "Object missing required field `body`")
        return parameter.default
    if hasattr(parameter.type, "as_read") or (_NULL in raw and _is_form(parameter.type)):
        return _decode_form(parameter, raw)
    return decode(parameter.type, raw)


def _is_form(type_: Any) -> bool:
    return isinstance(type_, type) and issubclass(type_, Form)


def _decode_form(parameter: Parameter, raw: bytes) -> Any:
    """A body that is not what its type has until it was looked at.

    In a form, an argument that is null was not given: clients send every argument that they have a name for.
    """
    arguments = decode(Any, raw)
    if _is_form(parameter.type):
        if arguments is None and not parameter.required:
            return parameter.default
        if isinstance(arguments, dict):
            arguments = {name: value for name, value in arguments.items() if value is not None}
    if hasattr(parameter.type, "as_read"):
        arguments = parameter.type.as_read(arguments)
    try:
        return msgspec.convert(arguments, parameter.type, dec_hook=from_json_type)
    except msgspec.ValidationError as error:
        raise _refusal("body", str(error)) from None


def decode_parameters(
    endpoint: Endpoint[..., Any], path: Mapping[str, str], query: Mapping[str, str]
) -> dict[str, Any]:
    """The path and query parameters of a request by name, typed; unknown ones are ignored.

    Raises `InvalidInput` for one that is missing or does not fit.
    """
    values = {p.name: _from_text(p, path[p.name], "path") for p in endpoint.path_params}
    for parameter in endpoint.query_params:
        if parameter.sent_as in query:
            values[parameter.name] = _from_text(parameter, query[parameter.sent_as], "query")
        elif parameter.required:
            raise _refusal("query", f"Object missing required field `{parameter.sent_as}`")
        else:
            values[parameter.name] = parameter.default
    return values


def _from_text(parameter: Parameter, text: str, place: str) -> Any:
    try:
        return msgspec.convert(text, parameter.type, strict=False)
    except msgspec.ValidationError as error:
        raise _refusal(place, f"{error} - at `$.{parameter.sent_as}`") from None


def _refusal(place: str, said: str) -> InvalidInput:
    """What msgspec says, with the place taken out of the text."""
    found = _PLACE.match(said)
    what, path = (found["what"], found["path"] or "$") if found else (said, "$")
    steps = [int(index) if index.isdigit() else name or index for index, name in _STEP.findall(path[1:])]
    kind, message = "value_error", what
    for pattern, fault, sentence in _FAULTS:
        if match := pattern.fullmatch(what):
            steps.append(match[1])
            kind, message = fault, sentence
    name = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).lstrip(".")
    detail = [{"type": kind, "loc": [place, *steps] if place else steps, "msg": message}]
    subject = name or place
    text = f"{subject}: {message}."
    return InvalidInput(text, field=subject, detail=detail)


def _not_json(error: Exception) -> InvalidInput:
    message = f"The body is not JSON: {error}."
    detail = [{"type": "json_invalid", "loc": ["body"], "msg": str(error)}]
    return InvalidInput(message, field="body", detail=detail)
