"""Slots of the limits of tags."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from penstock.concurrency.sync import concurrency as _concurrency
from penstock.contract.global_limits import ConcurrencyLeaseHolder
from penstock.domain.limits import tag_limit


@contextmanager
def concurrency(
    names: str | list[str], task_run_id: UUID, timeout_seconds: float | None = None
) -> Iterator[None]:
    """Work under a slot of the limit of each of these tags, which counts for a task run.

    Args:
        names: The tags.
        task_run_id: Of the task run.
        timeout_seconds: How long to wait; None: for as long as it takes.

    Raises:
        AcquireConcurrencySlotTimeoutError: There was no room within the time.
    """
    tags = [names] if isinstance(names, str) else names
    holder = ConcurrencyLeaseHolder(type="task_run", id=task_run_id)
    limits = [tag_limit(tag) for tag in tags]
    with _concurrency(limits, timeout_seconds=timeout_seconds, holder=holder):
        yield


__all__ = ["concurrency"]
