"""Where a worker's runs come from: a work pool, which it finds or makes, and whose due runs it claims."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID, uuid4

from penstock.client.client import Client
from penstock.contract import work_pools, workers
from penstock.contract.claims import ClaimAnswer, ClaimRequest, claim_flow_runs
from penstock.contract.work_pools import WorkPoolCreate, WorkPoolResponse, WorkPoolUpdate
from penstock.contract.workers import WorkerHeartbeat
from penstock.domain.errors import AlreadyExists, InvalidInput, NotFound
from penstock.workers.launcher import Launcher

if TYPE_CHECKING:
    from penstock.workers.base import WorkerOptions


class WorkSource(Protocol):
    """Where runs come from."""

    async def register(self) -> None:
        """Make sure that it can be served. Raises `PenstockError`."""

    async def heartbeat(self) -> None:
        """Say that it is served."""

    async def claim(self, limit: int, running: Sequence[UUID], wait_seconds: float) -> ClaimAnswer:
        """At most `limit` runs that are due, and those of `running` that are to be cancelled.

        Waits so long for either; a newer claim of the same source ends the wait.
        """


class PoolSource:
    """A work pool."""

    def __init__(
        self, launcher: Launcher, client: Client, options: "WorkerOptions", say: Callable[[str], None]
    ) -> None:
        self._launcher, self._client, self._options, self._say = launcher, client, options, say
        self._instance = uuid4()

    async def register(self) -> None:
        """Find the pool, or make it; give it its template if it has none.

        Raises:
            InvalidInput: The pool is of another type than the launcher.
            NotFound: The pool does not exist and may not be created.
        """
        pool = await self._pool()
        if pool.type != self._launcher.type:
            raise InvalidInput(
                f"The work pool {pool.name!r} is of type {pool.type!r}; this worker starts jobs of type "
                f"{self._launcher.type!r}.",
                field="type",
                hint=f"Start it with --type {pool.type}, or give it another pool.",
            )
        if not pool.base_job_template:
            update = WorkPoolUpdate(base_job_template=self._template())
            await self._client.call(work_pools.update_work_pool, pool.name, update)
        await self.heartbeat()
        self._say(
            f"The worker {self._options.name!r} serves the pool {pool.name!r} at {self._client.api_url}."
        )

    async def _pool(self) -> WorkPoolResponse:
        try:
            return await self._client.call(work_pools.read_work_pool, self._options.pool)
        except NotFound:
            if not self._options.create_pool:
                raise
        new = WorkPoolCreate(
            name=self._options.pool, type=self._launcher.type, base_job_template=self._template()
        )
        try:
            pool = await self._client.call(work_pools.create_work_pool, new)
        except AlreadyExists:
            return await self._client.call(work_pools.read_work_pool, self._options.pool)
        self._say(f"Created the work pool {pool.name!r} of type {pool.type!r}.")
        return pool

    def _template(self) -> dict[str, Any]:
        return self._options.base_job_template or self._launcher.base_job_template()

    async def heartbeat(self) -> None:
        """Say that the worker lives."""
        beat = WorkerHeartbeat(
            name=self._options.name,
            heartbeat_interval_seconds=round(self._options.heartbeat_seconds),
            sent_at=datetime.now(UTC),
        )
        await self._client.call(workers.worker_heartbeat, self._options.pool, beat)

    async def claim(self, limit: int, running: Sequence[UUID], wait_seconds: float) -> ClaimAnswer:
        """Claim what is due in the worker's queues."""
        request = ClaimRequest(
            worker_name=self._options.name,
            worker_id=self._instance,
            worker_type=self._launcher.type,
            work_queue_names=list(self._options.queues) or None,
            limit=limit,
            running=list(running),
            wait_seconds=wait_seconds,
        )
        return await self._client.call(claim_flow_runs, self._options.pool, request)
