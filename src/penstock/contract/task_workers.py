"""Processes that run tasks which were called elsewhere."""

from msgspec import Struct

from penstock.contract.endpoint import endpoint
from penstock.contract.forms import Form
from penstock.domain.moments import Moment


class TaskWorkerFilter(Struct):
    """Which processes."""

    task_keys: list[str]
    """They run one of these tasks."""


class TaskWorkerQuery(Form):
    """Which processes; all of them where nothing is given."""

    task_worker_filter: TaskWorkerFilter | None = None


class TaskWorkerResponse(Struct, kw_only=True):
    """A process that is connected."""

    identifier: str
    task_keys: list[str]
    timestamp: Moment
    """When it was last heard of."""


@endpoint("POST", "/task_workers/filter", action="task_workers:read", idempotent=True)
def read_task_workers(body: TaskWorkerQuery = TaskWorkerQuery()) -> list[TaskWorkerResponse]:
    """The processes that wait for task runs now, each of its connections."""
