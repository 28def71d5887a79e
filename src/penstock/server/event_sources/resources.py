"""The things that events are about, or that are part of them, as resources: their ids, names and labels."""

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from penstock.db.port import Row
from penstock.domain.events import ID, NAME, ROLE, Labels, related, resource_id

POOL_TYPE = "prefect.work-pool.type"
DEPTH = "penstock.automation.depth"
"""Label of the automation behind an event: how many firings led to it, each by its actions."""
CAUSE = "cause"
"""Role of an automation that is behind a run by way of the run that made this one."""


def resource(kind: str, id: UUID | str, name: str, **labels: str) -> Labels:
    """What an event is about."""
    return {ID: resource_id(kind, id), NAME: name, **labels}


def part(kind: str, id: UUID | str, name: str | None = None, **labels: str) -> Labels:
    """A thing that is part of an event in the role that is called like its kind."""
    return related(resource_id(kind, id), kind, name, **labels)


def work_pool(id: UUID, name: str, type: str) -> Labels:
    """A work pool that is part of an event."""
    return {ID: resource_id("work-pool", id), NAME: name, POOL_TYPE: type, ROLE: "work-pool"}


def places(row: Row) -> Iterator[Labels]:
    """The queue and the pool of a row that names them."""
    if row["work_queue_id"] is not None:
        yield part("work-queue", row["work_queue_id"], row["work_queue_name"])
    if row["work_pool_id"] is not None:
        yield work_pool(row["work_pool_id"], row["work_pool_name"], row["work_pool_type"])


def tags(names: Iterable[str]) -> Iterator[Labels]:
    """Tags that are part of an event."""
    for name in names:
        yield part("tag", name)


def automation_of(created_by: dict[str, Any] | None) -> Iterator[Labels]:
    """The automation behind a run, where one is: it made it, or the run that made it, and so on."""
    if created_by and (created_by.get("depth") or created_by.get("cause")):
        yield from creators(created_by)


def creators(created_by: dict[str, Any] | None) -> Iterator[Labels]:
    """The automation or deployment that made a run, where one did; an automation with its depth.

    Where an automation is behind it by way of another run, that automation as its cause.
    """
    if not created_by:
        return
    if created_by.get("id") and created_by.get("type"):
        kind = str(created_by["type"]).lower()
        yield related(
            resource_id(kind, created_by["id"]),
            "creator",
            created_by.get("display_value"),
            **_depth(created_by),
        )
    if cause := created_by.get("cause"):
        yield related(
            resource_id("automation", cause["id"]), CAUSE, cause.get("display_value"), **_depth(cause)
        )


def cause_of(created_by: dict[str, Any] | None) -> dict[str, Any] | None:
    """What the runs which a run makes must know of the automation behind it; None where none is."""
    if not created_by:
        return None
    if created_by.get("depth"):
        return {name: created_by.get(name) for name in ("id", "display_value", "depth")}
    return created_by.get("cause")


def _depth(made_by: dict[str, Any]) -> dict[str, str]:
    return {DEPTH: str(made_by["depth"])} if made_by.get("depth") else {}
