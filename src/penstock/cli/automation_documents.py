"""Automations in files: read as people write them, and written so that they can be read again.

A file holds one automation, a list of them, or a list under `automations`; in YAML, or in JSON.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click
import msgspec

from penstock.contract.automations import Automation
from penstock.domain.automations import AutomationCore
from penstock.domain.errors import InvalidInput
from penstock.domain.json_values import Json, type_name
from penstock.domain.names import did_you_mean
from penstock.domain.triggers import automation_from, check_automation

_GIVEN_BY_THE_SERVER = ("id", "created", "updated", "stopped")
_FROM_STDIN = "-"


class Source(NamedTuple):
    """A document, and where in the file its parts stand."""

    value: Json
    place: Any
    """What gives the line and the column of a path, or None."""
    name: str


def read_automations(file: str | None, text: str | None) -> list[AutomationCore]:
    """The automations of `--from-file` or `--from-json`, all checked.

    Args:
        file: YAML or JSON; `-` reads it from standard input.
        text: JSON.

    Raises:
        click.UsageError: Neither is given, or both are.
        NotFound: There is no such file.
        InvalidInput: One of them cannot be used; says where, which field, and the fix.
    """
    if (file is None) == (text is None):
        message = "Say what it is by --from-file FILE or --from-json JSON, one of them."
        raise click.UsageError(message, click.get_current_context())
    source = _parsed_json(text) if text is not None else _parsed_file(str(file))
    return [_read(item, path, source) for path, item in _items(source)]


def read_one_automation(file: str | None, text: str | None) -> AutomationCore:
    """`read_automations` where there must be exactly one. Raises `InvalidInput` where there are several."""
    found = read_automations(file, text)
    if len(found) != 1:
        message = f"There are {len(found)} automations, where one is meant."
        raise InvalidInput(message, hint="Put it into a file of its own.")
    return found[0]


def _parsed_json(text: str) -> Source:
    try:
        return Source(msgspec.json.decode(text), None, "--from-json")
    except msgspec.DecodeError as error:
        message = f"--from-json is not JSON: {error}."
        raise InvalidInput(message, field="from_json", hint="A file is given by --from-file.") from None


def _parsed_file(file: str) -> Source:
    from penstock.sdk.deployments.yaml_document import parse_yaml, read_yaml

    if file == _FROM_STDIN:
        document = parse_yaml(sys.stdin.read(), Path("standard input"))
    else:
        document = read_yaml(Path(file))
    value = msgspec.json.decode(msgspec.json.encode(document.data))
    return Source(value, document.position, str(document.file))


def _items(source: Source) -> Iterator[tuple[tuple[str | int, ...], Json]]:
    """Each automation in a document, and its path there."""
    value = source.value
    if isinstance(value, dict) and isinstance(value.get("automations"), list):
        yield from ((("automations", index), item) for index, item in enumerate(value["automations"]))
    elif isinstance(value, list):
        yield from (((index,), item) for index, item in enumerate(value))
    elif isinstance(value, dict):
        yield (), value
    else:
        message = f"{source.name} holds {type_name(value)}, where an automation must be."
        raise InvalidInput(message, hint="Write name, trigger and actions, or a list of such automations.")


def _read(item: Json, path: tuple[str | int, ...], source: Source) -> AutomationCore:
    try:
        if not isinstance(item, dict):
            raise InvalidInput(f"An automation is an object, and this is {type_name(item)}.")
        written = {name: value for name, value in item.items() if name not in _GIVEN_BY_THE_SERVER}
        _check_names(written)
        core = automation_from(written)
        check_automation(core)
    except InvalidInput as error:
        steps = [int(step) if step.isdecimal() else step for step in (error.field or "").split(".") if step]
        position = source.place((*path, *steps)) if source.place else None
        where = f"{source.name}:{position.line}:{position.column}" if position else source.name
        name = f" {item['name']!r}" if isinstance(item, dict) and isinstance(item.get("name"), str) else ""
        field = f"{error.field}: " if error.field else ""
        message = f"{where}: the automation{name}: {field}{error.message}"
        raise InvalidInput(message, field=error.field, hint=error.hint, detail=error.detail) from None
    return core


def _check_names(written: Mapping[str, Json]) -> None:
    known = AutomationCore.__struct_fields__
    for name in written:
        if name not in known:
            hint = did_you_mean(name, known) or f"It has: {', '.join(known)}."
            raise InvalidInput(f"There is no field {name!r}.", field=name, hint=hint)
    for name in ("name", "trigger", "actions"):
        if written.get(name) is None:
            raise InvalidInput("It has none.", field=name, hint="Write name, trigger and actions.")


# Writing.


def as_written(automation: Automation) -> dict[str, Json]:
    """An automation as a file would have it, without what says nothing."""
    said: dict[str, Json] = msgspec.to_builtins(automation)
    kept = {name: value for name, value in said.items() if _says_something(value)}
    kept["trigger"] = _pruned_trigger(said["trigger"])
    for name in ("actions", "actions_on_trigger", "actions_on_resolve"):
        if name in kept:
            kept[name] = [_pruned(action) for action in kept[name]]
    return kept


def _says_something(value: Json) -> bool:
    return value not in (None, "", [], {})


def _pruned(part: Mapping[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in part.items() if _says_something(value)}


def _pruned_trigger(trigger: Mapping[str, Json]) -> dict[str, Json]:
    kept = _pruned(trigger)
    if "triggers" in kept:
        kept["triggers"] = [_pruned_trigger(each) for each in kept["triggers"]]
    return kept


def as_yaml(documents: Sequence[Mapping[str, Json]] | Mapping[str, Json]) -> str:
    """YAML that `read_automations` takes."""
    import yaml

    plain = documents if isinstance(documents, dict) else list(documents)
    text: str = yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=100)
    return text
