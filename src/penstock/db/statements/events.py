"""Events: written, found by what they are about, and taken away when they are old."""

from collections.abc import Sequence
from functools import cache, lru_cache
from hashlib import blake2b
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Insert, Select

from penstock.db import dialect
from penstock.db.event_tables import automations, event_outbox, event_resources, events
from penstock.db.tables import task_run_states

_HASH_BYTES = 8


@lru_cache(4_096)
def resource_hash(resource_id: str) -> int:
    """A number for a resource's id, the same everywhere and always."""
    digest = blake2b(resource_id.encode(), digest_size=_HASH_BYTES).digest()
    return int.from_bytes(digest, "big", signed=True)


@cache
def add() -> Insert:
    """Insert an event."""
    return events.insert()


@cache
def add_new() -> Insert:
    """Insert an event unless there is one with its id."""
    return dialect.upsert(events, key=("id",), update=())


def known(ids: Sequence[UUID]) -> Select[Any]:
    """Which of these ids events have, those about task runs among them."""
    stored = sa.select(events.c.id).where(events.c.id.in_(ids))
    states = sa.select(task_run_states.c.id).where(task_run_states.c.id.in_(ids))
    return stored.union_all(states)  # type: ignore[return-value]  # a compound selects too


@cache
def add_resource() -> Insert:
    """Say that a resource has part in an event."""
    return event_resources.insert()


@cache
def automation_listens() -> Select[Any]:
    """Whether any automation is enabled."""
    return sa.select(sa.exists().where(automations.c.enabled))


@cache
def put_out() -> Insert:
    """Put an event out for the automations."""
    return event_outbox.insert()
