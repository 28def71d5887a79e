"""What triggers have seen, between the database and the folds."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TypeAlias
from uuid import UUID

from penstock.db.port import Row, Transaction
from penstock.db.statements import buckets as statements
from penstock.domain.triggers import as_state, seen_from
from penstock.domain.triggers.seen import Bucket, BucketId, Seen

Place: TypeAlias = tuple[UUID, BucketId]
"""An automation, and where one of its triggers keeps something."""


async def load_buckets(tx: Transaction, wanted: Iterable[Place]) -> dict[Place, Seen]:
    """What is kept at these places."""
    keys: defaultdict[tuple[UUID, UUID], list[str]] = defaultdict(list)
    for automation_id, bucket in dict.fromkeys(wanted):
        keys[automation_id, bucket.trigger_id].append(bucket.key)
    found: dict[Place, Seen] = {}
    for (automation_id, trigger_id), some in keys.items():
        for row in await _rows(tx, automation_id, trigger_id, some):
            if (seen := seen_from(row["state"])) is not None:
                found[automation_id, BucketId(trigger_id, row["key"])] = seen
    return found


async def _rows(tx: Transaction, automation_id: UUID, trigger_id: UUID, keys: list[str]) -> list[Row]:
    of = {"of_automation": automation_id, "of_trigger": trigger_id}
    if len(keys) == 1:
        return await tx.fetch_all(statements.of_key(), {**of, "of_key": keys[0]})
    return await tx.fetch_all(statements.of_keys(), {**of, "of_keys": keys})


async def save_buckets(tx: Transaction, changes: Mapping[Place, Bucket | None]) -> None:
    """Keep what was seen, and forget what is gone."""
    kept: list[Row] = []
    gone: list[Row] = []
    for (automation_id, id), bucket in changes.items():
        if bucket is None:
            gone.append({"of_automation": automation_id, "of_trigger": id.trigger_id, "of_key": id.key})
        else:
            place = {"automation_id": automation_id, "trigger_id": id.trigger_id, "key": id.key}
            kept.append({**place, "state": as_state(bucket.seen), "due": bucket.due, "updated": tx.now})
    await tx.execute_many(statements.save(), kept)
    await tx.execute_many(statements.forget(), gone)
