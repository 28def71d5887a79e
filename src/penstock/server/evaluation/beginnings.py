"""Where an automation begins: what it waits for from the start."""

from uuid import UUID

from penstock.db.port import Transaction
from penstock.db.statements import buckets
from penstock.domain.automations import Trigger
from penstock.domain.triggers import Watch, seen_from, start
from penstock.domain.triggers.seen import BucketId
from penstock.server.evaluation.rows import save_buckets


async def begin(tx: Transaction, automation_id: UUID, trigger: Trigger) -> None:
    """Open the windows of an automation that was made, enabled or changed, where it waits for a silence."""
    watch = Watch(trigger)
    stored = {}
    for id in watch.sources:
        for row in await tx.fetch_all(buckets.of_keys(automation_id, id, [BucketId(id).key])):
            if (seen := seen_from(row["state"])) is not None:
                stored[BucketId(id, row["key"])] = seen
    changes = start(watch, stored, tx.now)
    await save_buckets(tx, {(automation_id, id): bucket for id, bucket in changes.buckets.items()})
