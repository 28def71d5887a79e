"""Where runs wait, as facts for `domain/waiting.py`."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from penstock.db.port import Row, Transaction
from penstock.db.statements import capacity
from penstock.domain.subjects import Subject
from penstock.domain.transitions import CollisionStrategy
from penstock.domain.waiting_facts import (
    Around,
    DeploymentFacts,
    Patience,
    Place,
    PoolFacts,
    QueueFacts,
    Usage,
)
from penstock.server.limits import Limits
from penstock.server.views.run_rows import run_subject

SHOWN_HOLDERS = 10


def patience_of(limits: Limits) -> Patience:
    """How long silence is normal here."""
    return Patience(
        queue=limits.queue_silence,
        deployment=limits.deployment_silence,
        cancelling=limits.cancelling_at_most,
    )


def pool_facts(row: Row) -> PoolFacts:
    """A pool, from a row of `statements.capacity.queues`."""
    return PoolFacts(
        id=row["pool_id"],
        name=row["pool_name"],
        is_paused=row["pool_is_paused"],
        usage=Usage(limit=row["pool_limit"], taken=row["pool_taken"]),
        workers_online=row["workers_online"],
        last_worker=row["last_worker"],
        last_heard=row["last_heard"],
    )


def queue_facts(row: Row) -> QueueFacts:
    """A queue with its pool, from a row of `statements.capacity.queues`."""
    return QueueFacts(
        id=row["id"],
        name=row["name"],
        pool=pool_facts(row),
        is_paused=row["is_paused"],
        usage=Usage(limit=row["limit"], taken=row["taken"]),
        last_polled=row["last_polled"],
    )


def deployment_facts(row: Row) -> DeploymentFacts:
    """A deployment, from a row of `statements.capacity`."""
    options = row["concurrency_options"] or {}
    return DeploymentFacts(
        id=row["id"],
        name=row["name"],
        flow_name=row["flow_name"],
        usage=Usage(limit=row["deployment_limit"], taken=int(row["deployment_taken"])),
        shared_limit=row["shared_limit"],
        strategy=CollisionStrategy(options.get("collision_strategy", CollisionStrategy.ENQUEUE)),
        last_polled=row["last_polled"],
    )


async def queues(tx: Transaction, limits: Limits) -> list[Row]:
    """All queues with their pools, by pool and priority."""
    return await tx.fetch_all(capacity.queues(tx.now, limits.worker_interval, limits.worker_misses))


async def queue(tx: Transaction, limits: Limits, queue_id: UUID) -> QueueFacts | None:
    """One queue with its pool."""
    asked = capacity.queue_by_id(queue_id, tx.now, limits.worker_interval, limits.worker_misses)
    row = await tx.fetch_one(asked)
    return None if row is None else queue_facts(row)


async def around(tx: Transaction, limits: Limits, place: Place, run_id: UUID, due: datetime | None) -> Around:
    """What surrounds a run that waits in a place."""
    limit = place.used_up
    is_due = due is not None and due <= tx.now
    return Around(
        place=place,
        holders=await _holders(tx, limit) if limit is not None else (),
        ahead=await _ahead(tx, place, run_id, due) if is_due and due is not None and limit is None else 0,
        patience=patience_of(limits),
    )


async def _holders(tx: Transaction, limit: Subject) -> Sequence[Subject]:
    found = await tx.fetch_all(capacity.holders(limit.kind, [limit.id], SHOWN_HOLDERS))
    return [run_subject(row) for row in found]


async def _ahead(tx: Transaction, place: Place, run_id: UUID, due: datetime) -> int:
    if place.queue is not None:
        asked = capacity.ahead_in_queue(place.queue.id, due, run_id, tx.now)
    elif place.deployment is not None:
        asked = capacity.ahead_of_served(place.deployment.id, due, run_id)
    else:
        return 0
    return int(await tx.fetch_value(asked))
