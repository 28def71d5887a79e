"""Events about things that come, change and go: the names they share, and what is said of a change."""

from collections.abc import Collection, Mapping
from typing import Any, Final, Literal, TypeAlias

from msgspec import to_builtins

from penstock.contract.concurrency import SlotHolder
from penstock.domain.events import NewEvent
from penstock.server.event_sources import resources

Change: TypeAlias = Literal["created", "updated", "deleted"]

_PRIVATE: Final = frozenset({"base_job_template", "job_variables", "parameters", "pull_steps"})
"""What may hold secrets: events say that it changed, and not to what."""
_NOT_SAID: Final = frozenset({"updated", "template_version"})


def of_flow(row: Mapping[str, Any], change: Change) -> NewEvent:
    """A flow came, changed or went."""
    said = {name: row[name] for name in ("name", "tags", "labels")}
    return _plain("flow", row, change, said)


def of_variable(row: Mapping[str, Any], change: Change) -> NewEvent:
    """A variable came, changed or went."""
    said = {name: row[name] for name in ("name", "value", "tags")}
    return _plain("variable", row, change, said)


def of_concurrency_limit(row: Mapping[str, Any], change: Change) -> NewEvent:
    """A concurrency limit came, changed or went."""
    said = {name: row[name] for name in ("name", "limit", "active", "slot_decay_per_second")}
    return _plain("concurrency-limit", row, change, said)


def of_released_slots(row: Mapping[str, Any], holder: SlotHolder, by: str) -> NewEvent:
    """Somebody took slots of a limit from who held them. The reference has no such event."""
    runs = {"flow-run": holder.run, "task-run": holder.task_run, "deployment": holder.deployment}
    return NewEvent(
        event="penstock.concurrency-limit.slots-released",
        resource=resources.resource("concurrency-limit", row["id"], row["name"]),
        related=[resources.part(kind, each.id, each.name) for kind, each in runs.items() if each],
        payload={"slots": holder.slots, "since": holder.since.isoformat(), "by": by},
    )


def _plain(kind: str, row: Mapping[str, Any], change: Change, payload: dict[str, Any]) -> NewEvent:
    about = resources.resource(kind, row["id"], row["name"])
    return NewEvent(event=f"prefect.{kind}.{change}", resource=about, payload=to_builtins(payload))


def updates(before: Mapping[str, Any], columns: Mapping[str, Any]) -> dict[str, Any]:
    """What an update says of what it changed; empty where it changed nothing."""
    given = {name: _plainly(value) for name, value in columns.items() if name not in _NOT_SAID}
    changed = sorted(name for name, value in given.items() if _plainly(before.get(name)) != value)
    if not changed:
        return {}
    said = {name: {"from": _plainly(before.get(name)), "to": given[name]} for name in _open(changed)}
    return {"updated_fields": changed, "updates": said}


def _open(names: Collection[str]) -> list[str]:
    return [name for name in names if name not in _PRIVATE]


def _plainly(value: Any) -> Any:
    return to_builtins(value, str_keys=True)
