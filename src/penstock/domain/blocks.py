"""What is in a block document: which parts are secret by its schema, and which are other documents.

A path is a list of keys, from the document's data down. Lists are never looked into: where something in a
list is secret, the whole list is.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias
from uuid import UUID

from msgspec import Struct

from penstock.domain.errors import InvalidInput

MASK: Final = "********"
"""Stands for a secret in answers, and for "leave it as it is" in what is sent."""
REFERENCE: Final = "$ref"
_ID: Final = "block_document_id"
_NOT_IN_CHECKSUMS: Final = frozenset({"secret_fields", "definitions"})
_ANY: Final = "*"
_MASKS = re.compile(r"\*{8,}")

Path: TypeAlias = tuple[str, ...]
Data: TypeAlias = Mapping[str, Any]


class Apart(Struct, frozen=True):
    """A document's data with null in the place of each secret, and the secrets."""

    data: dict[str, Any]
    secrets: dict[Path, Any]


def checksum(fields: Data) -> str:
    """The checksum of a schema's fields, as the reference's client makes it to look for the schema."""
    counted = {name: value for name, value in fields.items() if name not in _NOT_IN_CHECKSUMS}
    text = json.dumps([[counted], {}], sort_keys=True)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def is_mask(value: Any) -> bool:
    """Whether a value only stands for one that is not shown."""
    return isinstance(value, str) and _MASKS.fullmatch(value) is not None


# Which parts are secret.


def secret_fields(fields: Data) -> set[Path]:
    """Where documents of this schema have secrets; `*` in a path is any key.

    What the schema lists as `secret_fields` counts, and what it calls a password or only to be written.
    """
    listed = fields.get("secret_fields")
    said = {tuple(each.split(".")) for each in listed if isinstance(each, str)} if listed else set()
    return said | set(_secrets_in(fields, fields, (), frozenset()))


def _secrets_in(schema: Any, root: Data, path: Path, followed: frozenset[str]) -> Iterator[Path]:
    if not isinstance(schema, Mapping):
        return
    if path and (schema.get("format") == "password" or schema.get("writeOnly") is True):
        yield path
    for below, part in _parts(schema, path):
        yield from _secrets_in(part, root, below, followed)
    if any(True for _ in _secrets_in(schema.get("items"), root, (*path, _ANY), followed)):
        yield path
    target = schema.get("$ref")
    if isinstance(target, str) and target not in followed:
        yield from _secrets_in(_definition(root, target), root, path, followed | {target})


def _parts(schema: Data, path: Path) -> Iterator[tuple[Path, Any]]:
    properties = schema.get("properties")
    if isinstance(properties, Mapping):
        yield from (((*path, name), part) for name, part in properties.items())
    yield (*path, _ANY), schema.get("additionalProperties")
    for word in ("anyOf", "oneOf", "allOf"):
        choices = schema.get(word)
        yield from ((path, part) for part in choices) if isinstance(choices, list) else ()


def _definition(root: Data, target: str) -> Any:
    folder, _, name = target.removeprefix("#/").partition("/")
    definitions = root.get(folder)
    return definitions.get(name) if isinstance(definitions, Mapping) else None


def secret_paths(data: Data, patterns: Iterable[Path]) -> list[Path]:
    """Where this document has secrets. None of the paths leads through another."""
    found = sorted({path for pattern in patterns for path in _matches(data, pattern, ())})
    return [
        path for path in found if not any(path[: len(other)] == other for other in found if other != path)
    ]


def _matches(value: Any, pattern: Path, path: Path) -> Iterator[Path]:
    if value is None or reference_of(value) is not None:
        return
    if not pattern or not isinstance(value, Mapping):
        # What is not as the schema says may hold the secret anywhere.
        yield path
        return
    head, *rest = pattern
    for key in value if head == _ANY else value.keys() & {head}:
        yield from _matches(value[key], tuple(rest), (*path, key))


def take_apart(data: Data, patterns: Iterable[Path]) -> Apart:
    """Part a document's data from its secrets."""
    secrets = {path: value_at(data, path) for path in secret_paths(data, patterns)}
    return Apart(put_in(data, dict.fromkeys(secrets)), secrets)


def put_in(data: Data, values: Mapping[Path, Any]) -> dict[str, Any]:
    """A copy of the data with these values in these places."""
    copy = dict(data)
    for path, value in values.items():
        inner = copy
        for key in path[:-1]:
            inner[key] = dict(inner[key])
            inner = inner[key]
        inner[path[-1]] = value
    return copy


def without(data: Data, paths: Iterable[Path]) -> dict[str, Any]:
    """A copy of the data without what is in these places."""
    copy = dict(data)
    for path in paths:
        inner = copy
        for key in path[:-1]:
            inner[key] = dict(inner[key])
            inner = inner[key]
        del inner[path[-1]]
    return copy


def value_at(data: Any, path: Path) -> Any:
    """What is in a place of the data. Raises `KeyError`."""
    for key in path:
        data = data[key]
    return data


# Which parts are other documents.


def reference(id: UUID) -> dict[str, Any]:
    """What stands for another document in the data of one."""
    return {REFERENCE: {_ID: str(id)}}


def reference_of(value: Any) -> UUID | None:
    """The id of the document that a value stands for, if it stands for one.

    Raises:
        InvalidInput: It is no id.
    """
    if not isinstance(value, Mapping) or value.keys() != {REFERENCE}:
        return None
    target = value[REFERENCE]
    if not isinstance(target, Mapping) or _ID not in target:
        return None
    try:
        return UUID(str(target[_ID]))
    except ValueError:
        message = f"{str(target[_ID])[:80]!r} is no id of a block document."
        raise InvalidInput(message, field=_ID) from None


def references(data: Data) -> dict[Path, UUID]:
    """The documents that the data refers to, by where."""
    return dict(_references(data, ()))


def _references(value: Any, path: Path) -> Iterator[tuple[Path, UUID]]:
    id = reference_of(value)
    if id is not None and path:
        yield path, id
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _references(inner, (*path, key))
