"""The triggers that `penstock deploy --trigger` is given: as JSON, or in a file."""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from penstock.domain.errors import InvalidInput
from penstock.domain.json_values import Json, type_name
from penstock.sdk.deployments.yaml_document import read_yaml


def read_triggers(given: Iterable[str]) -> tuple[Json, ...] | None:
    """The triggers of all options, in their order; None where there is no option.

    Args:
        given: JSON (an object, or a list of them), or a YAML or JSON file with that, or with `triggers`.

    Raises:
        NotFound: There is no such file.
        InvalidInput: It cannot be read, or holds no trigger.
    """
    values = list(given)
    return tuple(trigger for value in values for trigger in _read(value)) if values else None


def _read(given: str) -> list[Json]:
    if given.lstrip().startswith(("{", "[")):
        value = _parse(given)
    else:
        value = msgspec.json.decode(msgspec.json.encode(read_yaml(Path(given)).data))
    if isinstance(value, dict):
        value = value.get("triggers", [value])
    if not isinstance(value, list):
        message = f"--trigger {given[:80]!r} holds {type_name(value)}, where a trigger must be."
        example = """Write for example '{"expect": ["file.arrived"]}'."""
        raise InvalidInput(message, field="triggers", hint=example)
    return value


def _parse(text: str) -> Json:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        message = f"--trigger begins like JSON and is none: {error}."
        raise InvalidInput(message, field="triggers", hint="Give a file, or write JSON.") from None
