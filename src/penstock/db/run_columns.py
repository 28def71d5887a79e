"""What flow runs and task runs have in common: their state, how far they got, and their history."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, Column, ForeignKey, Table, UniqueConstraint

from penstock.db.columns import counter, json_column, metadata
from penstock.db.dialect import Duration, Text, Timestamp, Uuid
from penstock.domain.states import TERMINAL_TYPES, StateType


def quoted(values: Any) -> str:
    """Values as a list in SQL."""
    return ", ".join(f"'{value}'" for value in sorted(values))


_ANY_STATE = quoted(StateType)
_TERMINAL = quoted(TERMINAL_TYPES)


def current_state() -> list[Any]:
    """The run's last state, beside the run, so that filters and conditional updates need no join.

    `state_sequence` is its place in the history, from 1; 0 is a run without a state. An update that moves a
    run says `WHERE state_sequence = <the one that was read>`: zero rows are a lost race.
    """
    return [
        Column("state_id", Uuid),
        Column("state_type", Text),
        Column("state_name", Text),
        Column("state_timestamp", Timestamp),
        counter("state_sequence"),
        CheckConstraint(f"state_type IN ({_ANY_STATE})", name="state_type"),
        CheckConstraint(
            "(state_sequence = 0) = (state_id IS NULL)"
            " AND (state_id IS NULL) = (state_type IS NULL)"
            " AND (state_id IS NULL) = (state_name IS NULL)"
            " AND (state_id IS NULL) = (state_timestamp IS NULL)",
            name="state_whole",
        ),
        CheckConstraint(f"state_type NOT IN ({_TERMINAL}) OR end_time IS NOT NULL", name="ended"),
    ]


def progress() -> list[Column[Any]]:
    """How often it was tried, and when it was to start, started and ended."""
    return [
        counter("run_count"),
        Column("expected_start_time", Timestamp),
        Column("next_scheduled_start_time", Timestamp),
        Column("start_time", Timestamp),
        Column("end_time", Timestamp),
        Column("total_run_time", Duration, nullable=False, server_default=sa.text("0")),
    ]


def states_of(runs: Table, *more: Column[Any]) -> Table:
    """The history of a kind of run. `sequence` orders it; clocks do not."""
    run_id = f"{runs.name.removesuffix('s')}_id"
    name = f"{runs.name.removesuffix('s')}_states"
    return Table(
        name,
        metadata,
        Column(run_id, Uuid, ForeignKey(runs.c.id, ondelete="CASCADE"), nullable=False),
        Column("sequence", sa.BigInteger, nullable=False),
        Column("id", Uuid, nullable=False),
        Column("type", Text, nullable=False),
        Column("name", Text, nullable=False),
        Column("timestamp", Timestamp, nullable=False),
        Column("message", Text),
        json_column("data", None),
        # What the reference calls state_details, without what is empty and without the run's own id.
        json_column("details", None),
        Column("actor", Text),
        *more,
        sa.PrimaryKeyConstraint(run_id, "sequence"),
        UniqueConstraint("id"),
        CheckConstraint(f"type IN ({_ANY_STATE})", name="type"),
        CheckConstraint("sequence > 0", name="sequence"),
        sqlite_with_rowid=False,
    )
