"""The schema of concurrency limits: the limits, and the slots that somebody holds of them.

What a limit has taken is the sum of the slots that are held; no row counts them beside.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, UniqueConstraint

from penstock.db.columns import dated, flag, id_column, metadata
from penstock.db.dialect import Real, Text, Timestamp, Uuid


def _number(name: str, default: str) -> Column[Any]:
    return Column(name, Real, nullable=False, server_default=sa.text(default))


concurrency_limits = Table(
    "concurrency_limits",
    metadata,
    id_column(),
    *dated(),
    # `tag:` and a tag, for the limit of a tag.
    Column("name", Text, nullable=False),
    Column("limit", sa.BigInteger, nullable=False),
    flag("active", True),
    # Slots that flow away in a second, and how full the bucket was when: only of limits that decay.
    _number("slot_decay_per_second", "0"),
    _number("level", "0"),
    Column("level_at", Timestamp),
    # Seconds for which a slot is usually held: when to ask again.
    _number("occupancy_seconds", "2"),
    UniqueConstraint("name"),
    CheckConstraint('"limit" >= 0', name="limit"),
    CheckConstraint("slot_decay_per_second >= 0", name="slot_decay_per_second"),
)

concurrency_slots = Table(
    "concurrency_slots",
    metadata,
    id_column(),
    # One lease may hold slots of several limits.
    Column("lease_id", Uuid, nullable=False),
    # None once the limit is deleted, or was switched off: the lease lives on and holds nothing.
    Column("limit_id", Uuid, ForeignKey(concurrency_limits.c.id, ondelete="SET NULL")),
    Column("slots", sa.BigInteger, nullable=False),
    # What holds them: a flow run, a task run, a deployment. Without foreign keys: it may not be known yet.
    Column("holder_type", Text),
    Column("holder_id", Uuid),
    # The flow run with whose end they are given back.
    Column("flow_run_id", Uuid),
    Column("acquired", Timestamp, nullable=False),
    # None for what is held until it is given back.
    Column("expires", Timestamp),
    CheckConstraint("slots > 0", name="slots"),
    Index(None, "lease_id"),
    Index(None, "limit_id", "acquired"),
)


def _index_where_given(name: str) -> None:
    column = concurrency_slots.c[name]
    given = column.is_not(None)
    Index(f"ix_concurrency_slots_{name}", column, sqlite_where=given, postgresql_where=given)


_index_where_given("holder_id")
_index_where_given("flow_run_id")
_index_where_given("expires")
