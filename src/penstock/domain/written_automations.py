"""What people write of automations, in JSON and YAML, brought into the form that the types have.

Only what means one thing: a duration may be text, and a trigger whose fields tell its kind need not name it.
"""

from datetime import timedelta
from typing import Any

import msgspec

_DURATIONS = ("within", "range", "firing_for", "schedule_after")
_KINDS = (("metric", "metric"), ("require", "compound"), ("triggers", "sequence"))
_LISTS = ("triggers", "actions", "actions_on_trigger", "actions_on_resolve")


def as_read(written: Any) -> Any:
    """An automation, a trigger or an action as its type expects it; what can't be read stays as it is."""
    if not isinstance(written, dict):
        return written
    return {name: _part(name, value) for name, value in written.items()}


def _part(name: str, value: Any) -> Any:
    if name in _DURATIONS:
        return _seconds(value)
    if name in _LISTS and isinstance(value, list):
        read = _trigger if name == "triggers" else as_read
        return [read(item) for item in value]
    if name == "trigger":
        return _trigger(value)
    return as_read(value) if name == "metric" else value


def _trigger(written: Any) -> Any:
    """A trigger with its kind."""
    if not isinstance(written, dict):
        return written
    kind = next((kind for field, kind in _KINDS if field in written), "event")
    return {"type": kind, **as_read(written)}


def _seconds(value: Any) -> Any:
    """Seconds of a duration in ISO 8601; the rest is left to whoever checks."""
    if not isinstance(value, str | timedelta):
        return value
    try:
        return msgspec.convert(value, timedelta).total_seconds()
    except msgspec.ValidationError:
        return value
