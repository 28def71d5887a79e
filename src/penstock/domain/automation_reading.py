"""Automations as people write them in YAML, JSON and Python, read leniently; and as the API is sent them.

Kinds that are not named are told by the fields. Times may be seconds, timedeltas or ISO 8601 durations such
as `PT10M`. `automation_from` reads what people write: a single name or action may stand where a list may;
sets, and postures in any case, are as good. `as_sent` only brings those two into the form of the types: the
API refuses the rest, by the name of the field.
"""

import math
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from enum import Enum
from typing import Any, Final, TypeVar, get_args

import msgspec

from penstock.domain.automations import Action, AutomationCore, Posture, Trigger
from penstock.domain.errors import InvalidInput
from penstock.domain.names import did_you_mean

T = TypeVar("T")

# What the server adds to what people write: they may hand back what they were shown.
_GIVEN: Final = {"id", "created", "updated"}
_LISTS: Final = ("after", "expect", "for_each")
_ACTIONS: Final = ("actions", "actions_on_trigger", "actions_on_resolve")
_WHERE: Final = re.compile(r" - at `(?:key in )?\$\.?(.*)`$")
_WORD: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[_ ]+")


def automation_from(data: Any) -> AutomationCore:
    """An automation as it is written. It is read and not yet checked: `check_automation` does that.

    Raises:
        InvalidInput: It can't be read; `field` is the path of what is wrong.
    """
    fields = {name: value for name, value in _mapping(data, "").items() if name not in _GIVEN}
    if "trigger" in fields:
        fields["trigger"] = _trigger(fields["trigger"], "trigger")
    for name in _ACTIONS:
        if name in fields:
            fields[name] = [
                _action(action, f"{name}.{index}") for index, action in enumerate(_list(fields[name]))
            ]
    if "tags" in fields:
        fields["tags"] = _list(fields["tags"])
    return _convert(fields, AutomationCore, "")


def trigger_from(data: Any, field: str = "trigger") -> Trigger:
    """A trigger as it is written. Raises as `automation_from`, with paths that begin with `field`."""
    read: Trigger = _convert(_trigger(data, field), Trigger, field)
    return read


def _trigger(data: Any, path: str) -> dict[str, Any]:
    fields = _mapping(data, path)
    fields["type"] = _kind(fields["type"]).removesuffix("-trigger") if "type" in fields else _told_by(fields)
    fields["type"] = fields["type"].removeprefix("deployment-")
    for name in _LISTS:
        if name in fields:
            fields[name] = _list(fields[name])
    for name in ("match", "match_related"):
        if name in fields:
            fields[name] = _specification(fields[name])
    if isinstance(posture := fields.get("posture"), str):
        fields["posture"] = next((one for one in Posture if one.lower() == posture.lower()), posture)
    _read_seconds(fields, ("within",), path)
    if isinstance(fields.get("metric"), Mapping | msgspec.Struct):
        fields["metric"] = _mapping(fields["metric"], f"{path}.metric")
        _read_seconds(fields["metric"], ("range", "firing_for"), f"{path}.metric")
    if "triggers" in fields:
        parts = enumerate(_list(fields["triggers"]))
        fields["triggers"] = [_trigger(part, f"{path}.triggers.{index}") for index, part in parts]
    return fields


_TRIGGER_TOLD_BY: Final = (("metric", "metric"), ("require", "compound"), ("triggers", "sequence"))


def _told_by(fields: Mapping[str, Any]) -> str:
    return next((kind for name, kind in _TRIGGER_TOLD_BY if name in fields), "event")


def _action(data: Any, path: str) -> dict[str, Any]:
    # Those that need nothing but their name may be written as it.
    fields = {"type": data} if isinstance(data, str) else _mapping(data, path)
    fields["type"] = _kind(fields["type"]) if "type" in fields else _action_told_by(fields, path)
    _check_kind(fields["type"], path)
    _read_seconds(fields, ("schedule_after",), path)
    return fields


_ACTION_KINDS: Final = sorted(str(kind.__struct_config__.tag) for kind in get_args(Action))
_CLOUD: Final = "declare-incident"


def _check_kind(kind: str, path: str) -> None:
    if kind in _ACTION_KINDS:
        return
    hint = did_you_mean(kind, _ACTION_KINDS) or f"There are: {', '.join(_ACTION_KINDS)}."
    message = f"There is no action {kind!r:.100}."
    if kind == _CLOUD:
        message = f"Incidents are declared by Prefect Cloud: there is no action {kind!r} here."
        hint = "Send a notification, or call the webhook of what keeps your incidents."
    raise InvalidInput(message, field=f"{path}.type", hint=hint)


_TOLD_BY: Final[list[tuple[set[str], str]]] = [
    ({"parameters", "job_variables", "schedule_after"}, "run-deployment"),
    ({"body", "subject"}, "send-notification"),
    ({"url", "payload"}, "call-webhook"),
    ({"state"}, "change-flow-run-state"),
]


def _action_told_by(fields: Mapping[str, Any], path: str) -> str:
    for names, kind in _TOLD_BY:
        if not names.isdisjoint(fields):
            return kind
    raise InvalidInput("Which action it is can't be told.", field=f"{path}.type", hint="Say its type.")


def _kind(name: Any) -> Any:
    """`RunDeployment`, `run_deployment` and `run-deployment` are the same."""
    return _WORD.sub("-", name).lower() if isinstance(name, str) else str(name)


def _mapping(data: Any, path: str) -> dict[str, Any]:
    if isinstance(data, msgspec.Struct):
        data = msgspec.to_builtins(data)
    if not isinstance(data, Mapping):
        what = path or "An automation"
        raise InvalidInput(f"{what} is an object with fields, not {data!r:.100}.", field=path or None)
    return {str(name): value for name, value in data.items()}


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    if isinstance(value, set | frozenset):
        return sorted(value, key=str)
    return list(value) if isinstance(value, list | tuple) else [value]


def _specification(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_specification(each) for each in value]
    if not isinstance(value, Mapping):
        return {} if value is None else value
    return {str(label): _label_value(wanted) for label, wanted in value.items()}


def _label_value(value: Any) -> Any:
    if isinstance(value, list | tuple | set | frozenset):
        return [_label_value(each) for each in _list(value)]
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float | Enum) else value


def _read_seconds(fields: dict[str, Any], names: tuple[str, ...], path: str) -> None:
    for name in names:
        if name in fields:
            fields[name] = _seconds(fields[name], f"{path}.{name}")


def _seconds(value: Any, path: str) -> Any:
    seconds = _told_seconds(value)
    if isinstance(seconds, str):
        hint = "Write seconds, or a duration such as PT10M."
        raise InvalidInput(f"{value!r:.100} is no span of time.", field=path, hint=hint)
    return seconds


def _told_seconds(value: Any) -> Any:
    """Seconds, of a timedelta or of text; what is none of these stays as it is."""
    if isinstance(value, timedelta):
        return value.total_seconds()
    if not isinstance(value, str):
        return value
    for read in (float, _iso_seconds):
        try:
            seconds = read(value)
        except ValueError:
            continue
        if math.isfinite(seconds):
            return seconds
    return value


def _iso_seconds(text: str) -> float:
    return msgspec.convert(text, timedelta).total_seconds()


def _convert(data: Any, kind: Callable[..., T] | Any, path: str) -> T:
    try:
        read: T = msgspec.convert(data, kind, strict=True)
    except msgspec.ValidationError as error:
        message = str(error)
        where = _WHERE.search(message)
        inner = re.sub(r"\[(\d+|\.\.\.)\]", r".\1", where.group(1)).strip(".") if where else ""
        field = ".".join(part for part in (path, inner) if part) or None
        raise InvalidInput(_WHERE.sub("", message) + ".", field=field) from None
    return read


# What the API is sent.

_SPANS: Final = ("within", "range", "firing_for", "schedule_after")


def as_sent(written: Any) -> Any:
    """An automation, a trigger or an action as its type expects it; what can't be read stays as it is."""
    if not isinstance(written, dict):
        return written
    return {name: _sent_part(name, value) for name, value in written.items()}


def _sent_part(name: str, value: Any) -> Any:
    if name in _SPANS:
        return _told_seconds(value)
    if name in ("triggers", *_ACTIONS) and isinstance(value, list):
        read = _sent_trigger if name == "triggers" else as_sent
        return [read(item) for item in value]
    if name == "trigger":
        return _sent_trigger(value)
    return as_sent(value) if name == "metric" else value


def _sent_trigger(written: Any) -> Any:
    """A trigger with its kind."""
    return {"type": _told_by(written), **as_sent(written)} if isinstance(written, dict) else written
