"""Where an automation begins: what it waits for from the start."""

from uuid import UUID

from penstock.db.port import Transaction
from penstock.domain.automations import Trigger
from penstock.domain.triggers import Watch, start
from penstock.domain.triggers.seen import BucketId
from penstock.server.evaluation.rows import load_buckets, save_buckets


async def begin(tx: Transaction, automation_id: UUID, trigger: Trigger) -> None:
    """Open the windows of an automation that was made, enabled or changed, where it waits for a silence."""
    watch = Watch(trigger)
    stored = await load_buckets(tx, [(automation_id, BucketId(id)) for id in watch.sources])
    changes = start(watch, {id: seen for (_, id), seen in stored.items()}, tx.now)
    await save_buckets(tx, {(automation_id, id): bucket for id, bucket in changes.buckets.items()})
