"""What is told of workers: the server tells most of it, and a worker itself how a job of its ended.

The ids follow from the lease that the run was claimed with, so that what is told twice is kept once, and the
worker knows which event its own comes after.
"""

import re
from collections.abc import Sequence
from typing import Final
from uuid import UUID, uuid5

from penstock.domain.events import ID, NAME, Event, Labels, related, resource_id
from penstock.domain.moments import Moment

SUBMITTED: Final = "prefect.worker.submitted-flow-run"
EXECUTED: Final = "prefect.worker.executed-flow-run"
IDENTIFIER: Final = "prefect.infrastructure.identifier"
STATUS_CODE: Final = "prefect.infrastructure.status-code"


def worker_labels(name: str, pool_type: str, version: str) -> Labels:
    """A worker, as a resource."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return {
        ID: resource_id("worker", f"{pool_type}.{slug}"),
        NAME: name,
        "prefect.version": version,
        "prefect.worker-type": pool_type,
    }


def submitted_id(lease: UUID) -> UUID:
    """Of the event that the job of this claim was started."""
    return uuid5(lease, SUBMITTED)


def executed(
    lease: UUID,
    worker: Labels,
    parts: Sequence[tuple[str, UUID | None, str | None]],
    *,
    identifier: str,
    code: int | None,
    occurred: Moment,
) -> Event:
    """The job of a claim has ended.

    Args:
        parts: What has part in it: the name in its resource id, which is its role, its id and its name.
            What has no id has no part.
        identifier: What finds the job on its infrastructure.
        code: Its exit code, below zero for a signal; None where nobody could tell.
    """
    of_run = {IDENTIFIER: identifier} | ({} if code is None else {STATUS_CODE: str(code)})
    return Event(
        id=uuid5(lease, EXECUTED),
        occurred=occurred,
        event=EXECUTED,
        resource=worker,
        related=[
            related(resource_id(kind, id), kind, name, **(of_run if kind == "flow-run" else {}))
            for kind, id, name in parts
            if id is not None
        ],
        follows=submitted_id(lease),
    )
