"""The schema of what runs are made from, and where: flows, deployments, pools, queues, workers."""

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
from penstock.db.dialect import Real, Text, Timestamp, Uuid

flows = Table(
    "flows",
    metadata,
    id_column(),
    *dated(),
    Column("name", Text, nullable=False),
    tags_column(),
    labels_column(),
    UniqueConstraint("name"),
)

work_pools = Table(
    "work_pools",
    metadata,
    id_column(),
    *dated(),
    Column("name", Text, nullable=False),
    Column("description", Text),
    Column("type", Text, nullable=False),
    json_column("base_job_template"),
    # Counts the edits of the template, from 1: a frozen job spec says which one it was made from.
    counter("template_version", 1),
    # What becomes of job variables that the template doesn't declare.
    Column("undeclared", Text, nullable=False, server_default=sa.text("'warn'")),
    flag("is_paused", False),
    Column("concurrency_limit", sa.BigInteger),
    # Without a foreign key: pool and queue are made together, and the queue refers to its pool.
    Column("default_queue_id", Uuid),
    json_column("storage_configuration"),
    UniqueConstraint("name"),
    CheckConstraint("concurrency_limit >= 0", name="concurrency_limit"),
    CheckConstraint("undeclared IN ('error', 'to-env', 'warn')", name="undeclared"),
)

work_queues = Table(
    "work_queues",
    metadata,
    id_column(),
    *dated(),
    Column("work_pool_id", Uuid, ForeignKey(work_pools.c.id, ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False, server_default=sa.text("''")),
    flag("is_paused", False),
    Column("concurrency_limit", sa.BigInteger),
    # 1 is served first.
    counter("priority", 1),
    json_column("filter", None),
    Column("last_polled", Timestamp),
    UniqueConstraint("work_pool_id", "name"),
    CheckConstraint("concurrency_limit >= 0", name="concurrency_limit"),
    CheckConstraint("priority >= 1", name="priority"),
)

workers = Table(
    "workers",
    metadata,
    id_column(),
    *dated(),
    Column("work_pool_id", Uuid, ForeignKey(work_pools.c.id, ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("last_heartbeat_time", Timestamp),
    Column("heartbeat_interval_seconds", sa.BigInteger),
    Column("clock_ahead_seconds", sa.BigInteger),
    UniqueConstraint("work_pool_id", "name"),
)

deployments = Table(
    "deployments",
    metadata,
    id_column(),
    *dated(),
    Column("flow_id", Uuid, ForeignKey(flows.c.id, ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("version", Text),
    Column("description", Text),
    flag("paused", False),
    tags_column(),
    labels_column(),
    json_column("parameters"),
    json_column("parameter_openapi_schema", None),
    flag("enforce_parameter_schema", True),
    # The layer "deployment" of the job variables, as it was given.
    json_column("job_variables"),
    Column("work_queue_id", Uuid, ForeignKey(work_queues.c.id, ondelete="SET NULL"), index=True),
    Column("entrypoint", Text),
    Column("path", Text),
    json_column("pull_steps", None),
    # Occupied places are `slot` leases; there is no counter.
    Column("concurrency_limit", sa.BigInteger),
    json_column("concurrency_options", None),
    # A limit with a name in its place, which others may share. Whoever deletes that takes it away here.
    Column("global_concurrency_limit_id", Uuid),
    Column("storage_document_id", Uuid),
    Column("infrastructure_document_id", Uuid),
    json_column("version_info", None),
    json_column("created_by", None),
    json_column("updated_by", None),
    Column("last_polled", Timestamp),
    UniqueConstraint("flow_id", "name"),
    CheckConstraint("concurrency_limit >= 0", name="concurrency_limit"),
)

deployment_schedules = Table(
    "deployment_schedules",
    metadata,
    id_column(),
    *dated(),
    Column("deployment_id", Uuid, ForeignKey(deployments.c.id, ondelete="CASCADE"), nullable=False),
    json_column("schedule"),
    flag("active", True),
    Column("max_scheduled_runs", sa.BigInteger),
    json_column("parameters"),
    Column("slug", Text),
    # What is done about ticks that passed without a start; NULL: as the server's settings say.
    Column("catch_up", Text),
    Column("max_lateness_seconds", Real),
    # All ticks until then have had their runs; and when the scheduler looks again. Both are its own.
    Column("planned_through", Timestamp),
    Column("next_look", Timestamp),
    UniqueConstraint("deployment_id", "slug"),
)

for _tagged in (flows, deployments):
    Index(f"ix_{_tagged.name}_tags", _tagged.c.tags, postgresql_using="gin").ddl_if(dialect="postgresql")
