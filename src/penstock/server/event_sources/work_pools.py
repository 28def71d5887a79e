"""Events about work pools, their queues and their workers."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from penstock import __version__
from penstock.domain.events import ROLE, NewEvent, related, resource_id
from penstock.domain.worker_events import worker_labels
from penstock.server.event_sources import lifecycles, resources


def pool(row: Mapping[str, Any], what: str, payload: dict[str, Any] | None = None) -> NewEvent:
    """An event about a pool."""
    about = resources.work_pool(row["id"], row["name"], row["type"])
    parts = []
    if what in ("created", "deleted"):
        parts.append(related(resource_id("work-queue", row["default_queue_id"]), "default-queue"))
    return NewEvent(event=f"prefect.work-pool.{what}", resource=about, related=parts, payload=payload or {})


def pool_status(row: Mapping[str, Any], what: str) -> NewEvent:
    """A pool is ready, is not, or was paused."""
    event = pool(row, what)
    about = {label: text for label, text in event.resource.items() if label != ROLE}
    return NewEvent(event=event.event, resource=about)


def pool_updated(before: Mapping[str, Any], columns: Mapping[str, Any]) -> list[NewEvent]:
    """What tells that a pool was changed, and that it was paused, if it was."""
    said = lifecycles.updates(before, columns)
    after = {**before, **columns}
    is_paused = bool(said) and "is_paused" in said["updated_fields"] and after["is_paused"]
    return [
        *([pool(after, "updated", said)] if said else []),
        *([pool_status(after, "paused")] if is_paused else []),
    ]


def queue(
    row: Mapping[str, Any], of_pool: Mapping[str, Any], what: str, payload: dict[str, Any] | None = None
) -> NewEvent:
    """An event about a queue."""
    about = {**resources.resource("work-queue", row["id"], row["name"]), ROLE: "work-queue"}
    parts = [resources.work_pool(of_pool["id"], of_pool["name"], of_pool["type"])]
    return NewEvent(event=f"prefect.work-queue.{what}", resource=about, related=parts, payload=payload or {})


def queue_updated(
    before: Mapping[str, Any], of_pool: Mapping[str, Any], columns: Mapping[str, Any]
) -> list[NewEvent]:
    """What tells that a queue was changed, and that it was paused, if it was."""
    said = lifecycles.updates(before, columns)
    after = {**before, **columns}
    is_paused = bool(said) and "is_paused" in said["updated_fields"] and after["is_paused"]
    return [
        *([queue(after, of_pool, "updated", said)] if said else []),
        *([queue(after, of_pool, "paused")] if is_paused else []),
    ]


def worker(name: str, pool_id: UUID, pool_name: str, pool_type: str, what: str) -> NewEvent:
    """A worker was started, or stopped."""
    about = worker_labels(name, pool_type, __version__)
    parts = [resources.part("work-pool", pool_id, pool_name)]
    return NewEvent(event=f"prefect.worker.{what}", resource=about, related=parts)
