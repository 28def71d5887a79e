"""The things that events are about, or that are part of them, as resources: their ids, names and labels."""

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from penstock.db.port import Row
from penstock.domain.events import ID, NAME, ROLE, Labels, related, resource_id

POOL_TYPE = "prefect.work-pool.type"
DEPTH = "penstock.automation.depth"
"""Label of the automation behind an event: how many firings led to it, each by its actions."""


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
    """The automation that made a run, where one did."""
    if created_by and created_by.get("depth"):
        yield from creators(created_by)


def creators(created_by: dict[str, Any] | None) -> Iterator[Labels]:
    """The automation or deployment that made a run, where one did; an automation with its depth."""
    if not created_by or not created_by.get("id") or not created_by.get("type"):
        return
    kind = str(created_by["type"]).lower()
    depth = {DEPTH: str(created_by["depth"])} if created_by.get("depth") else {}
    yield related(resource_id(kind, created_by["id"]), "creator", created_by.get("display_value"), **depth)
