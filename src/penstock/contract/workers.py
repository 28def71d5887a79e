"""Workers: the processes that take a pool's runs, as the server knows them."""

from uuid import UUID

from msgspec import Struct

from penstock.contract.endpoint import endpoint
from penstock.contract.fields import MAX_PAGE, Limit, Offset
from penstock.contract.filters import WorkerFilter
from penstock.contract.forms import Form
from penstock.contract.statuses import WorkerStatus
from penstock.domain.errors import NotFound
from penstock.domain.moments import Moment


class WorkerResponse(Struct, kw_only=True):
    """A worker that was heard of."""

    id: UUID
    created: Moment
    updated: Moment
    name: str
    work_pool_id: UUID
    last_heartbeat_time: Moment | None = None
    heartbeat_interval_seconds: int | None = None
    status: WorkerStatus = WorkerStatus.OFFLINE
    clock_ahead_seconds: int | None = None
    """How far its clock is ahead of the server's, below zero where it is behind; null where it never said."""


class WorkerHeartbeat(Form):
    """A worker is there, and when to expect to hear from it again, in seconds."""

    name: str
    heartbeat_interval_seconds: int | None = None
    sent_at: Moment | None = None
    """What the worker's clock says."""


class WorkerQuery(Form):
    """Which workers, how many."""

    workers: WorkerFilter | None = None
    offset: Offset = 0
    limit: Limit = MAX_PAGE


@endpoint(
    "POST",
    "/work_pools/{work_pool_name}/workers/heartbeat",
    action="workers:heartbeat",
    status=204,
    errors=(NotFound,),
    idempotent=True,
    audited="never",
)
def worker_heartbeat(work_pool_name: str, body: WorkerHeartbeat) -> None:
    """Say that a worker of the pool is there."""


@endpoint(
    "POST",
    "/work_pools/{work_pool_name}/workers/filter",
    action="workers:read",
    errors=(NotFound,),
    idempotent=True,
)
def read_workers(work_pool_name: str, body: WorkerQuery = WorkerQuery()) -> list[WorkerResponse]:
    """The workers of a pool that meet the criteria."""


@endpoint(
    "DELETE",
    "/work_pools/{work_pool_name}/workers/{name}",
    action="workers:delete",
    status=204,
    errors=(NotFound,),
)
def delete_worker(work_pool_name: str, name: str) -> None:
    """Forget a worker. One that still runs is known again with its next heartbeat."""
