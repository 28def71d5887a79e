"""Places under the limits of pools, queues and deployments: leases, counted when a place is asked for."""

import math
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from msgspec.structs import replace

from penstock.db.port import Row, Transaction
from penstock.db.statements import leases as statements
from penstock.db.statements import limits as limit_statements
from penstock.domain.transitions import CollisionStrategy, SlotFacts
from penstock.server import slots


async def in_pool(tx: Transaction, work_pool_id: UUID, work_queue_id: UUID) -> list[SlotFacts]:
    """The limits of a queue and its pool. Until the transaction ends, nobody else takes a place there."""
    await tx.fetch_value(statements.lock_pool(), {"row_id": work_pool_id})
    row = await tx.fetch_one(statements.places_in_pool(), {"row_id": work_queue_id})
    if row is None:
        return []
    return [
        SlotFacts(name=f"the work {kind} {row[kind]!r}", limit=limit, taken=row[f"{kind}_taken"])
        for kind in ("pool", "queue")
        if (limit := row[f"{kind}_limit"]) is not None
    ]


async def of_deployments(tx: Transaction, deployment_ids: Sequence[UUID]) -> dict[UUID, SlotFacts]:
    """The limits of those of these deployments that have one, held until the transaction ends."""
    given = {"row_ids": list(deployment_ids)}
    await tx.fetch_all(statements.lock_deployments(), given)
    found = await tx.fetch_all(statements.places_of_deployments(), given)
    own = {row["id"]: _deployment_slot(row) for row in found if row["concurrency_limit"] is not None}
    return own | await _shared(tx, [row for row in found if row["global_concurrency_limit_id"] is not None])


async def _shared(tx: Transaction, found: Sequence[Row]) -> dict[UUID, SlotFacts]:
    """The limits with names that deployments have, held until the transaction ends."""
    if not found:
        return {}
    ids = sorted({row["global_concurrency_limit_id"] for row in found})
    locked = await tx.fetch_all(limit_statements.lock_by_ids(), {"row_ids": ids})
    limits = {limit.id: limit for limit in await slots.facts(tx, locked) if limit.is_active}
    return {
        row["id"]: replace(
            _deployment_slot(row),
            name=f"{limit.name!r}",
            limit=limit.limit,
            taken=math.ceil(limit.taken(tx.now)),
            shared_id=limit.id,
        )
        for row in found
        if (limit := limits.get(row["global_concurrency_limit_id"])) is not None
    }


def _deployment_slot(row: Row) -> SlotFacts:
    options = row["concurrency_options"] or {}
    grace = options.get("grace_period_seconds")
    return SlotFacts(
        name=f"the deployment {row['name']!r}",
        limit=row["concurrency_limit"] or 0,
        taken=row["taken"],
        strategy=CollisionStrategy(options.get("collision_strategy", CollisionStrategy.ENQUEUE)),
        grace=None if grace is None else timedelta(seconds=grace),
    )
