"""The schema of tasks that are called now and run elsewhere: their queue, and who takes from it."""

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Index, Table

from penstock.db.columns import flag, id_column, json_column, metadata
from penstock.db.dialect import Text, Timestamp, Uuid
from penstock.db.tables import task_runs

task_workers = Table(
    "task_workers",
    metadata,
    # Of the connection: a process that comes back has another.
    id_column(),
    Column("client_id", Text, nullable=False, index=True),
    json_column("task_keys", "[]"),
    flag("is_open", True),
    Column("seen", Timestamp, nullable=False, index=True),
)

deferred_task_runs = Table(
    "deferred_task_runs",
    metadata,
    # A row for as long as the task run is scheduled.
    Column("task_run_id", Uuid, ForeignKey(task_runs.c.id, ondelete="CASCADE"), primary_key=True),
    Column("task_key", Text, nullable=False),
    Column("due", Timestamp, nullable=False),
    # Who was given it. Without a foreign key: rows of connections come and go all the time.
    Column("taken_by", Uuid),
    Column("acknowledged", Timestamp),
    Index(
        "ix_deferred_task_runs_waiting",
        "task_key",
        "due",
        sqlite_where=sa.text("taken_by IS NULL"),
        postgresql_where=sa.text("taken_by IS NULL"),
    ),
    Index(
        "ix_deferred_task_runs_taken",
        "taken_by",
        sqlite_where=sa.text("taken_by IS NOT NULL"),
        postgresql_where=sa.text("taken_by IS NOT NULL"),
    ),
)
