"""The fields of a block, from what was typed: as pairs, as a document, or as answers."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import msgspec

from penstock.cli.documents import read_document
from penstock.domain.blocks import secret_fields
from penstock.domain.errors import InvalidInput
from penstock.domain.names import did_you_mean

_FROM_STDIN = "-"


def data_of(
    fields: Mapping[str, Any], pairs: Sequence[str], document: str | None, *, asks: bool
) -> dict[str, Any]:
    """The data of a block.

    Args:
        fields: Of its schema.
        pairs: `FIELD=VALUE`, which win over the document.
        document: A file, a JSON object, or `-` for what comes in.
        asks: Whether a person can be asked for required fields.

    Raises:
        InvalidInput: A field is missing, or the type has no such field.
    """
    properties: Mapping[str, Any] = fields.get("properties") or {}
    data = _document(document)
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise InvalidInput(f"--set {pair} has no =.", hint="Write it as --set FIELD=VALUE.")
        data[name] = _value(value, properties.get(name))
    _check_names(data, properties)
    secret = {path[0] for path in secret_fields(fields)}
    for name in fields.get("required") or []:
        if name not in data:
            data[name] = _asked(name, properties.get(name), asks=asks, hidden=name in secret)
    return data


def _document(given: str | None) -> dict[str, Any]:
    if given is None:
        return {}
    if given != _FROM_STDIN and not given.lstrip().startswith("{"):
        return dict(read_document(Path(given)))
    text = sys.stdin.read() if given == _FROM_STDIN else given
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.MsgspecError as error:
        message = f"--data is no JSON object: {error}."
        raise InvalidInput(message, hint="Give a file, or write JSON.") from None


def _value(text: str, schema: Any) -> Any:
    """What a text is for a field: JSON, unless the field takes text or it is none."""
    kind = schema.get("type") if isinstance(schema, Mapping) else None
    if kind == "string":
        return text
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text


def _check_names(data: Mapping[str, Any], properties: Mapping[str, Any]) -> None:
    for name in data:
        if properties and name not in properties:
            message = f"Blocks of this type have no field {name!r}."
            hint = did_you_mean(name, properties) or f"They have {', '.join(properties)}."
            raise InvalidInput(message, field=name, hint=hint)


def _asked(name: str, schema: Any, *, asks: bool, hidden: bool) -> Any:
    if not asks:
        message = f"The block has no {name}, which its type requires."
        raise InvalidInput(message, field=name, hint=f"Give it by --set {name}=…, or by --data.")
    title = schema.get("title", name) if isinstance(schema, Mapping) else name
    return _value(str(click.prompt(title, hide_input=hidden, err=True)), schema)
