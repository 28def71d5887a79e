"""Tells when pools, queues, deployments and workers become ready, and when they are not any more.

Whether something is ready follows from when it was last heard of: nobody writes it down. So this looks, and
compares with the last event that told of it. What it told itself it remembers, to look less.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import ClassVar, TypeAlias
from uuid import UUID

from msgspec import Struct

from penstock.contract.events import EventFilter, EventNameFilter, EventResourceFilter
from penstock.contract.statuses import WorkerStatus
from penstock.db.dialect import try_lock
from penstock.db.port import Database, Row, Transaction
from penstock.db.statements import readiness as statements
from penstock.domain.events import NewEvent
from penstock.server import event_reading
from penstock.server.emitting import emit
from penstock.server.event_sources import deployments, work_pools
from penstock.server.limits import Limits
from penstock.server.services.base import Round, Service
from penstock.server.views.deployments import deployment_status
from penstock.server.views.work_pools import is_recent, pool_status, worker_status

_REST = 5.0
_AT_ONCE = 50
_LOCK = 7_302_841
"""Of several servers one tells."""

Key: TypeAlias = tuple[str, UUID]


class _Status(Struct, frozen=True):
    """How something is at a moment, and the event that tells it."""

    key: Key
    word: str
    event: NewEvent


class Readiness(Service):
    """Heard of, or not heard of any more → an event."""

    name: ClassVar[str] = "readiness"

    def __init__(self, db: Database, limits: Limits) -> None:
        super().__init__(db, limits)
        self._told: dict[Key, str] = {}

    async def run_once(self) -> Round:
        """Tell what has changed since it was told."""
        found = await self.db.read(self._look)
        self._told = {status.key: self._told.get(status.key, "") for status in found}
        changed = [status for status in found if self._told[status.key] != status.word]
        new = await self.db.read(lambda tx: _not_told(tx, changed)) if changed else []
        for some in _batches(new):
            if not await self.db.write(partial(self._tell, some)):
                return Round(again_in=_REST)
        self._told |= {status.key: status.word for status in changed}
        return Round(done=len(new), again_in=_REST)

    async def _look(self, tx: Transaction) -> list[_Status]:
        return [
            *[_pool(row, self.limits, tx.now) for row in await tx.fetch_all(statements.pools())],
            *[_queue(row, self.limits, tx.now) for row in await tx.fetch_all(statements.queues())],
            *[_deployment(row, self.limits, tx.now) for row in await tx.fetch_all(statements.deployments())],
            *[_worker(row, self.limits, tx.now) for row in await tx.fetch_all(statements.workers())],
        ]

    async def _tell(self, changed: Sequence[_Status], tx: Transaction) -> bool:
        """Tell those of which the last event says something else; False where another server is about it."""
        if not await tx.fetch_value(try_lock(), {"number": _LOCK}):
            return False
        await emit(tx, self.caller, *(status.event for status in await _not_told(tx, changed)))
        return True


def _batches(statuses: Sequence[_Status]) -> Iterator[Sequence[_Status]]:
    """Few at a time: of each its last event is looked for, and others want to write meanwhile."""
    return (statuses[start : start + _AT_ONCE] for start in range(0, len(statuses), _AT_ONCE))


async def _not_told(tx: Transaction, found: Sequence[_Status]) -> list[_Status]:
    """Those of which the last event says something else."""
    return [status for status in found if await _last_told(tx, status) != status.word]


async def _last_told(tx: Transaction, status: _Status) -> str:
    """How it was by the last event that told of it; what was never told of was not ready."""
    kind = status.event.event.rpartition(".")[0]
    asked = EventFilter(
        event=EventNameFilter(name=[f"{kind}.{word}" for word in _WORDS]),
        resource=EventResourceFilter(id=[status.event.resource["prefect.resource.id"]]),
    )
    found = await event_reading.find(tx, asked, 1)
    return found.events[0].event.rpartition(".")[2] if found.events else _AT_FIRST[status.key[0]]


_WORDS = ("ready", "not-ready", "paused", "disabled", "started", "stopped")
_AT_FIRST = {"pool": "not-ready", "queue": "not-ready", "deployment": "not-ready", "worker": "stopped"}


def _pool(row: Row, limits: Limits, now: datetime) -> _Status:
    word = _word(pool_status(row, limits, now))
    return _Status(("pool", row["id"]), word, work_pools.pool_status(row, word))


def _queue(row: Row, limits: Limits, now: datetime) -> _Status:
    is_ready = is_recent(row["last_polled"], limits.queue_silence, now)
    word = "paused" if row["is_paused"] else "ready" if is_ready else "not-ready"
    pool = {name: row[f"work_pool_{name}"] for name in ("id", "name", "type")}
    return _Status(("queue", row["id"]), word, work_pools.queue(row, pool, word))


def _deployment(row: Row, limits: Limits, now: datetime) -> _Status:
    word = "disabled" if row["paused"] else _word(deployment_status(row, limits, now))
    return _Status(("deployment", row["id"]), word, deployments.about(row, word))


def _worker(row: Row, limits: Limits, now: datetime) -> _Status:
    word = "started" if worker_status(row, limits, now) is WorkerStatus.ONLINE else "stopped"
    pool = (row["work_pool_id"], row["work_pool_name"], row["work_pool_type"])
    return _Status(("worker", row["id"]), word, work_pools.worker(row["name"], *pool, word))


def _word(status: str) -> str:
    return str(status).lower().replace("_", "-")
