"""Which automation is behind an event that a run told of: the one that started the run.

Without it an automation could feed itself through the runs that it starts, and nobody would notice.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from penstock.db.port import Transaction
from penstock.db.statements import event_subjects
from penstock.domain.events import ID, ROLE, Event, Labels, resource_id
from penstock.server.event_sources import resources

_RUN = resource_id("flow-run", "")


async def with_causes(tx: Transaction, events: Sequence[Event]) -> list[Event]:
    """The same events; those of runs that an automation started name it, with its depth."""
    runs = {run for event in events for run in _runs(event)}
    if not runs:
        return list(events)
    rows = await tx.fetch_all(event_subjects.creators(runs))
    causes = {row["id"]: [*resources.automation_of(row["created_by"])] for row in rows}
    return [
        _with(event, [cause for run in _runs(event) for cause in causes.get(run, ())]) for event in events
    ]


async def of_parent(
    tx: Transaction, flow_run_id: UUID | None, task_run_id: UUID | None
) -> dict[str, Any] | None:
    """The automation behind a run that another run makes, with its depth, if there is one.

    Args:
        flow_run_id: The run that makes it.
        task_run_id: The task run that stands for it there; looked at where the run is not named.
    """
    if flow_run_id is not None:
        found = event_subjects.creators([flow_run_id])
    elif task_run_id is not None:
        found = event_subjects.creators_around(task_run_id)
    else:
        return None
    row = await tx.fetch_one(found)
    return None if row is None else resources.cause_of(row["created_by"])


def _runs(event: Event) -> list[UUID]:
    """The flow runs around the code that told of it."""
    found = [each[ID].removeprefix(_RUN) for each in event.related if _is_run(each)]
    return [run for text in found if (run := _uuid(text)) is not None]


def _is_run(resource: Labels) -> bool:
    return resource.get(ROLE) == "flow-run" and resource[ID].startswith(_RUN)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _with(event: Event, causes: list[Labels]) -> Event:
    return replace(event, related=[*event.related, *causes]) if causes else event
