"""`/api/work_pools/{work_pool_name}/workers/connect`: a worker says that it is there, and hears of its pool.

Runs are not handed over here: the worker asks for them over REST.
"""

import asyncio
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid4

from penstock.contract.codec import decode
from penstock.contract.sockets import Policy
from penstock.contract.work_pools import WorkPoolCreate, WorkPoolResponse, WorkPoolUpdate
from penstock.contract.worker_channel import (
    CAPABILITIES,
    VERSION,
    HeartbeatFrame,
    Hello,
    HelloFrame,
    Ready,
    ReadyFrame,
    ResolvedWorkQueue,
    Snapshot,
    SnapshotFrame,
)
from penstock.contract.workers import WorkerHeartbeat
from penstock.db.statements import workers as statements
from penstock.domain.errors import AlreadyExists, InvalidInput, NotFound, PenstockError
from penstock.server.changes import ALL, Watch
from penstock.server.http.bodies import check_depth
from penstock.server.ops import OPERATIONS
from penstock.server.ops.registry import perform
from penstock.server.sockets.connection import Closed, Connection
from penstock.server.sockets.site import Site

_LOOK_SECONDS: Final = 300.0


async def serve(connection: Connection, site: Site) -> None:
    """Serve one worker until it goes."""
    frame: HelloFrame = _understood(await connection.receive(), HelloFrame)
    _check(frame.payload)
    with site.bus.changes.watching() as watch:
        channel = _Channel(connection, site, frame.payload)
        await channel.begin()
        hearing = asyncio.create_task(channel.hear())
        telling = asyncio.create_task(channel.tell(watch))
        try:
            await asyncio.wait((hearing, telling), return_when=asyncio.FIRST_COMPLETED)
            for task in (hearing, telling):
                if task.done():
                    task.result()
        finally:
            hearing.cancel()
            telling.cancel()


def _understood(raw: bytes, kind: Any) -> Any:
    try:
        check_depth(raw)
        return decode(kind, raw)
    except InvalidInput as error:
        where = f"{error.field}: " if error.field else ""
        raise Closed(Policy.PROTOCOL_ERROR, f"protocol_error: {where}{error.message}") from None


def _check(hello: Hello) -> None:
    if VERSION not in hello.supported_channel_versions:
        raise Closed(Policy.REFUSED, f"unsupported_version: This server speaks {VERSION}.")
    missing = [name for name in CAPABILITIES if name not in hello.requested_capabilities]
    if missing:
        raise Closed(Policy.PROTOCOL_ERROR, f"protocol_error: A worker wants {missing[0]} too.")
    if not hello.worker_name or hello.heartbeat_interval_seconds < 1:
        message = "protocol_error: A worker has a name, and a heartbeat of one second or more."
        raise Closed(Policy.PROTOCOL_ERROR, message)


class _Channel:
    """One worker's channel."""

    def __init__(self, connection: Connection, site: Site, hello: Hello) -> None:
        self._connection, self._site, self._hello = connection, site, hello
        self._pool_name = site.path["work_pool_name"]
        self._told: WorkPoolResponse | None = None
        self._sequence = 0

    async def begin(self) -> None:
        """Answer the hello; the pool is made if the worker wants that."""
        hello = self._hello
        try:
            pool = await self._pool()
            queues = await self._queues()
            await self._beat(hello.heartbeat_interval_seconds, None)
        except NotFound as error:
            raise Closed(Policy.PROTOCOL_ERROR, f"protocol_error: {error.message}") from None
        ready = Ready(
            consumer_id=hello.consumer_id,
            worker_id=await self._worker_id(pool),
            selected_channel_version=VERSION,
            effective_heartbeat_interval_seconds=hello.heartbeat_interval_seconds,
            accepted_capabilities=[*CAPABILITIES],
            rejected_capabilities=[name for name in hello.requested_capabilities if name not in CAPABILITIES],
            resolved_work_queues=queues,
            initial_snapshot=self._snapshot(pool, "initial"),
        )
        await self._connection.send(ReadyFrame(id=uuid4(), sent_at=_now(), payload=ready))

    async def hear(self) -> None:
        """Take heartbeats, until the worker goes."""
        while True:
            frame: HeartbeatFrame = _understood(await self._connection.receive(), HeartbeatFrame)
            said, hello = frame.payload, self._hello
            if (said.consumer_id, said.worker_name) != (hello.consumer_id, hello.worker_name):
                message = "protocol_error: This channel is another worker's."
                raise Closed(Policy.PROTOCOL_ERROR, message)
            try:
                await self._beat(said.heartbeat_interval_seconds, frame.sent_at)
            except PenstockError as error:
                raise Closed(Policy.FAILED, f"heartbeat_persistence_failed: {error.message}") from None

    async def tell(self, watch: Watch) -> None:
        """Tell of the pool whenever it is not as it was told."""
        while True:
            await watch.wait(_LOOK_SECONDS)
            seen = watch.take()
            changed = seen.ids.get("work_pools", ())
            id = str(self._told.id) if self._told else ""
            if changed == ALL or id in changed or not seen.is_all:
                await self._tell()

    async def _tell(self) -> None:
        try:
            pool = await self._ask("read_work_pool", name=self._pool_name)
        except NotFound:
            raise Closed(Policy.GOING_AWAY, f"The work pool {self._pool_name!r} is gone.") from None
        if pool != self._told:
            snapshot = self._snapshot(pool, "changed")
            await self._connection.send(SnapshotFrame(id=uuid4(), sent_at=_now(), payload=snapshot))

    def _snapshot(self, pool: WorkPoolResponse, reason: str) -> Snapshot:
        self._told, self._sequence = pool, self._sequence + 1
        return Snapshot(snapshot_sequence=self._sequence, reason=reason, work_pool=pool)

    async def _pool(self) -> WorkPoolResponse:
        """The pool, made if it isn't there, and with the worker's template if it has none."""
        hello, name = self._hello, self._pool_name
        try:
            pool: WorkPoolResponse = await self._ask("read_work_pool", name=name)
        except NotFound:
            if not hello.create_pool_if_not_found:
                raise
            body = WorkPoolCreate(
                name=name, type=hello.worker_type, base_job_template=hello.default_base_job_template
            )
            try:
                return await self._ask("create_work_pool", body=body)  # type: ignore[no-any-return]
            except AlreadyExists:
                return await self._ask("read_work_pool", name=name)  # type: ignore[no-any-return]
        if not pool.base_job_template and hello.default_base_job_template:
            change = WorkPoolUpdate(base_job_template=hello.default_base_job_template)
            await self._ask("update_work_pool", name=name, body=change)
            pool = await self._ask("read_work_pool", name=name)
        return pool

    async def _queues(self) -> list[ResolvedWorkQueue]:
        found = [
            await self._ask("read_work_queue", work_pool_name=self._pool_name, name=name)
            for name in self._hello.work_queue_names
        ]
        return [ResolvedWorkQueue(queue.id, queue.name) for queue in found]

    async def _beat(self, seconds: int, sent_at: datetime | None) -> None:
        name = self._hello.worker_name
        body = WorkerHeartbeat(name=name, heartbeat_interval_seconds=seconds, sent_at=sent_at)
        await self._ask("worker_heartbeat", work_pool_name=self._pool_name, body=body)

    async def _worker_id(self, pool: WorkPoolResponse) -> UUID | None:
        asked = {"pool_id": pool.id, "worker_name": self._hello.worker_name}
        row = await self._site.db.read(lambda tx: tx.fetch_one(statements.by_name(), asked))
        return row["id"] if row else None

    async def _ask(self, op: str, **arguments: Any) -> Any:
        site = self._site
        return await perform(OPERATIONS[op], site.db, site.bus, site.caller, arguments)


def _now() -> datetime:
    return datetime.now(UTC)
