"""The schema of runs and of what they leave, for both databases; where they run is in `place_tables`.

What the rules of the domain promise is stated here once more, as constraints: one live owner per run,
histories without doubles, ended runs that know their end. A mistake above becomes an error here, not a wrong
row.

Times are microseconds, durations too (`dialect`). Ids are given by whoever makes the row; `created` and
`updated` are the transaction's time. Constraint names are the same on both databases.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, UniqueConstraint

from penstock.db.columns import (
    counter,
    dated,
    flag,
    id_column,
    json_column,
    labels_column,
    metadata,
    tags_column,
)
from penstock.db.dialect import PATTERN_OPS, Text, Timestamp, Uuid
from penstock.db.place_tables import deployments, flows, work_queues
from penstock.db.run_columns import current_state, progress, quoted, states_of
from penstock.domain.leases import LeaseKind

flow_runs = Table(
    "flow_runs",
    metadata,
    id_column(),
    *dated(),
    Column("flow_id", Uuid, ForeignKey(flows.c.id, ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("flow_version", Text),
    Column("deployment_id", Uuid, ForeignKey(deployments.c.id, ondelete="SET NULL")),
    Column("deployment_version", Text),
    Column("work_queue_id", Uuid, ForeignKey(work_queues.c.id, ondelete="SET NULL")),
    # Without a foreign key: task runs are recorded in batches, the parent's row may come after its child's.
    Column("parent_task_run_id", Uuid),
    json_column("parameters"),
    json_column("context"),
    json_column("empirical_policy"),
    tags_column(),
    labels_column(),
    Column("idempotency_key", Text),
    # The layer "run" of the job variables, as it was given, and by which entrance it came.
    json_column("job_variables", None),
    Column("job_variables_origin", Text),
    flag("auto_scheduled", False),
    # The schedule that made it, which may be gone.
    Column("schedule_id", Uuid),
    Column("infrastructure_document_id", Uuid),
    Column("infrastructure_pid", Text),
    json_column("created_by", None),
    *current_state(),
    *progress(),
    # Until when it may be resumed, while it is paused and somebody said so.
    Column("pause_expires", Timestamp),
    # Whether its parent task run enters each state that it enters; else its own client records that one.
    flag("parent_follows", False),
    UniqueConstraint("flow_id", "idempotency_key"),
    # A scheduled run without a time would never be claimed, and nobody would be told. One that waits for its
    # next attempt in its own process has none: its lease watches over it.
    CheckConstraint(
        "state_type <> 'SCHEDULED' OR state_name = 'AwaitingRetry' OR next_scheduled_start_time IS NOT NULL",
        name="due",
    ),
)

# The claim: due runs of some queues, oldest first. Partial, so that it stays as small as what is waiting, and
# with the id, so that of thousands that are due in the same second those alone are looked at that are taken.
Index(
    "ix_flow_runs_due",
    flow_runs.c.work_queue_id,
    flow_runs.c.next_scheduled_start_time,
    flow_runs.c.id,
    sqlite_where=flow_runs.c.state_type == sa.literal_column("'SCHEDULED'"),
    postgresql_where=flow_runs.c.state_type == sa.literal_column("'SCHEDULED'"),
)
# With their places: a week of all flows is counted, and places are found by their runs' states, without
# a look at the runs.
Index(
    "ix_flow_runs_states",
    flow_runs.c.state_type,
    flow_runs.c.expected_start_time,
    flow_runs.c.flow_id,
    flow_runs.c.deployment_id,
)
# With the id, so that far pages, and what belongs to these runs, are found without a look at them.
Index(None, flow_runs.c.expected_start_time, flow_runs.c.id)
Index(None, flow_runs.c.deployment_id, flow_runs.c.expected_start_time, flow_runs.c.id)
Index(None, flow_runs.c.flow_id, flow_runs.c.expected_start_time, flow_runs.c.id)
Index(None, flow_runs.c.work_queue_id, flow_runs.c.expected_start_time)
Index(
    None,
    flow_runs.c.next_scheduled_start_time,
    sqlite_where=flow_runs.c.next_scheduled_start_time.is_not(None),
    postgresql_where=flow_runs.c.next_scheduled_start_time.is_not(None),
)
Index(
    None,
    flow_runs.c.pause_expires,
    sqlite_where=flow_runs.c.pause_expires.is_not(None),
    postgresql_where=flow_runs.c.pause_expires.is_not(None),
)
# When it started or is expected to, as filters and orders of the reference mean it.
Index("ix_flow_runs_started", sa.func.coalesce(flow_runs.c.start_time, flow_runs.c.expected_start_time))
Index(None, flow_runs.c.end_time)
Index(
    None,
    flow_runs.c.parent_task_run_id,
    sqlite_where=flow_runs.c.parent_task_run_id.is_not(None),
    postgresql_where=flow_runs.c.parent_task_run_id.is_not(None),
)
# With the id, so that runs are found by it alone.
Index(None, flow_runs.c.name, flow_runs.c.id)
Index(None, flow_runs.c.state_name, flow_runs.c.id)
Index("ix_flow_runs_tags", flow_runs.c.tags, postgresql_using="gin").ddl_if(dialect="postgresql")

flow_run_states = states_of(flow_runs)

flow_run_inputs = Table(
    "flow_run_inputs",
    metadata,
    id_column(),
    *dated(),
    Column("flow_run_id", Uuid, ForeignKey(flow_runs.c.id, ondelete="CASCADE"), nullable=False),
    Column("key", Text, nullable=False),
    # JSON, as it was sent: nothing here looks into it.
    Column("value", Text, nullable=False),
    Column("sender", Text),
    UniqueConstraint("flow_run_id", "key"),
)

job_specs = Table(
    "job_specs",
    metadata,
    # Frozen by the claim; taken away with the run.
    Column("flow_run_id", Uuid, ForeignKey(flow_runs.c.id, ondelete="CASCADE"), primary_key=True),
    *dated(),
    # The resolved document, where each of its leaves came from, and what was said about it.
    json_column("document"),
    json_column("provenance"),
    json_column("warnings", "[]"),
    Column("hash", Text, nullable=False),
    Column("work_pool_name", Text, nullable=False),
    Column("template_version", sa.BigInteger, nullable=False),
    # What the worker says that it really started, and since when.
    json_column("launched", None),
    Column("launched_at", Timestamp),
)

task_runs = Table(
    "task_runs",
    metadata,
    id_column(),
    *dated(),
    Column("flow_run_id", Uuid, ForeignKey(flow_runs.c.id, ondelete="CASCADE")),
    Column("name", Text, nullable=False),
    Column("task_key", Text, nullable=False),
    Column("dynamic_key", Text, nullable=False),
    Column("cache_key", Text),
    Column("cache_expiration", Timestamp),
    Column("task_version", Text),
    json_column("empirical_policy"),
    tags_column(),
    labels_column(),
    json_column("task_inputs"),
    counter("flow_run_run_count"),
    *current_state(),
    *progress(),
    # Also finds the task runs of a flow run.
    UniqueConstraint("flow_run_id", "task_key", "dynamic_key"),
)

# With the flow run, so that flow runs are found by the states of their task runs without a look at these.
Index("ix_task_runs_states", task_runs.c.state_type, task_runs.c.expected_start_time, task_runs.c.flow_run_id)
Index(None, task_runs.c.expected_start_time, task_runs.c.id)
Index(None, task_runs.c.name, task_runs.c.id)
Index(None, task_runs.c.end_time)
Index(None, task_runs.c.total_run_time)
Index(
    None,
    task_runs.c.next_scheduled_start_time,
    sqlite_where=task_runs.c.next_scheduled_start_time.is_not(None),
    postgresql_where=task_runs.c.next_scheduled_start_time.is_not(None),
)
# PostgreSQL looks at the index alone only where all columns are in it, also those that an expression is of.
Index(
    "ix_task_runs_started",
    sa.func.coalesce(task_runs.c.start_time, task_runs.c.expected_start_time),
    task_runs.c.state_type,
    postgresql_include=["start_time", "expected_start_time"],
)
USUAL_NAMES = ("Completed", "Pending", "Running")
"""Of states that every task run has."""
_USUAL: list[Any] = [sa.literal_column(f"'{name}'") for name in USUAL_NAMES]
IS_RARE = task_runs.c.state_name.not_in(_USUAL)
"""Written with literals, so that SQLite can see that the partial index of these names serves it."""
Index(
    "ix_task_runs_rare",
    task_runs.c.state_name,
    task_runs.c.id,
    sqlite_where=IS_RARE,
    postgresql_where=IS_RARE,
)
HAS_TAGS = "tags <> '[]'"
Index(
    "ix_task_runs_tags", task_runs.c.tags, postgresql_using="gin", postgresql_where=sa.text(HAS_TAGS)
).ddl_if(dialect="postgresql")
# SQLite has no index of what lists hold, but looks through the lists alone where they are an index.
# PostgreSQL finds what begins with a text in the order of code points, in which SQLite's indexes are anyway.
for _listed in (flow_runs, task_runs):
    Index(f"ix_{_listed.name}_name_beginnings", _listed.c.name, postgresql_ops={"name": PATTERN_OPS}).ddl_if(
        dialect="postgresql"
    )
    Index(f"ix_{_listed.name}_tagged", _listed.c.tags, _listed.c.id, sqlite_where=sa.text(HAS_TAGS)).ddl_if(
        dialect="sqlite"
    )

# Its rows are the events about task runs too, which are stored nowhere else: they are found by when they
# occurred, by when they came, and by their names, where these are not those that every task run has.
task_run_states = states_of(task_runs, Column("received", Timestamp))

Index(None, task_run_states.c.timestamp, task_run_states.c.name)
Index(None, task_run_states.c.received)
HAS_RARE_NAME = task_run_states.c.name.not_in(_USUAL)
"""Written with literals, so that SQLite can see that the partial index of these names serves it."""
Index(
    "ix_task_run_states_rare",
    task_run_states.c.name,
    task_run_states.c.timestamp,
    sqlite_where=HAS_RARE_NAME,
    postgresql_where=HAS_RARE_NAME,
)

leases = Table(
    "leases",
    metadata,
    # The fencing token.
    id_column(),
    Column("kind", Text, nullable=False),
    Column("flow_run_id", Uuid, ForeignKey(flow_runs.c.id, ondelete="CASCADE"), nullable=False),
    Column("holder", Text, nullable=False),
    Column("acquired", Timestamp, nullable=False),
    Column("expires", Timestamp, nullable=False, index=True),
    # The worker that claimed the run: it still has the run when the run's own process holds the lease.
    Column("worker", Text),
    # Under whose limits it counts.
    Column("work_queue_id", Uuid, ForeignKey(work_queues.c.id, ondelete="SET NULL"), index=True),
    Column("deployment_id", Uuid, ForeignKey(deployments.c.id, ondelete="SET NULL"), index=True),
    CheckConstraint(f"kind IN ({quoted(LeaseKind)})", name="kind"),
    CheckConstraint("expires >= acquired", name="expires"),
    Index(
        "uq_leases_owner",
        "flow_run_id",
        unique=True,
        sqlite_where=sa.text("kind IN ('claim', 'run')"),
        postgresql_where=sa.text("kind IN ('claim', 'run')"),
    ),
    Index(None, "flow_run_id"),
)

logs = Table(
    "logs",
    metadata,
    # A client that gives the id may send the same line twice.
    id_column(),
    Column("created", Timestamp, nullable=False),
    Column("timestamp", Timestamp, nullable=False),
    Column("level", sa.BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("message", Text, nullable=False),
    # Without foreign keys: lines may come before the task run that wrote them, and one line about a deleted
    # run must not refuse its whole batch. Whoever deletes runs deletes their logs.
    Column("flow_run_id", Uuid),
    Column("task_run_id", Uuid),
)

# Finds a stretch of a run's lines by its place, and counts them, also by level, without looking at the lines.
Index(None, logs.c.flow_run_id, logs.c.timestamp, logs.c.id, logs.c.level)
Index(None, logs.c.timestamp)
IS_ERROR = logs.c.level >= sa.literal_column("40")
"""From `logging.ERROR` on. A literal, so that SQLite can see that the index of errors serves it."""
Index(
    "ix_logs_errors",
    logs.c.timestamp,
    logs.c.id,
    logs.c.level,
    sqlite_where=IS_ERROR,
    postgresql_where=IS_ERROR,
)
Index(
    "ix_logs_task_run_id_timestamp",
    logs.c.task_run_id,
    logs.c.timestamp,
    sqlite_where=logs.c.task_run_id.is_not(None),
    postgresql_where=logs.c.task_run_id.is_not(None),
)

variables = Table(
    "variables",
    metadata,
    id_column(),
    *dated(),
    Column("name", Text, nullable=False),
    # NULL is the variable whose value is null.
    json_column("value", None),
    tags_column(),
    UniqueConstraint("name"),
)

saved_views = Table(
    "saved_views",
    metadata,
    id_column(),
    *dated(),
    # Which page it is of, and what its address says.
    Column("page", Text, nullable=False),
    Column("name", Text, nullable=False),
    json_column("query"),
    flag("is_default", False),
    UniqueConstraint("page", "name"),
    Index(
        "uq_saved_views_default",
        "page",
        unique=True,
        sqlite_where=sa.text("is_default"),
        postgresql_where=sa.text("is_default"),
    ),
)
