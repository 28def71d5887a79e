"""The schema of artifacts: what runs leave behind for people to look at.

Those with the same key are versions of one thing, a collection, which knows its latest. Who deletes that one
leaves the collection without: `server/artifacts.py` gives it the one before, or ends it, in the same
transaction.
"""

from sqlalchemy import Column, ForeignKey, Index, Table, UniqueConstraint

from penstock.db.columns import dated, id_column, json_column, metadata
from penstock.db.dialect import Text, Uuid

artifacts = Table(
    "artifacts",
    metadata,
    id_column(),
    *dated(),
    Column("key", Text),
    # `markdown`, `table`, `progress`, `image`, or whatever its maker calls it.
    Column("type", Text),
    Column("description", Text),
    # NULL is also the data that is null.
    json_column("data", None),
    json_column("metadata_", None),
    # Without foreign keys, as logs: task runs are recorded in batches, and come later than what they leave.
    # Whoever deletes runs deletes their artifacts.
    Column("flow_run_id", Uuid),
    Column("task_run_id", Uuid),
    Index(None, "created", "id"),
    Index(None, "updated", "id"),
    Index(None, "type", "id"),
)

# Most have no key, and many no run.
Index(
    "ix_artifacts_key_created",
    artifacts.c.key,
    artifacts.c.created,
    artifacts.c.id,
    sqlite_where=artifacts.c.key.is_not(None),
    postgresql_where=artifacts.c.key.is_not(None),
)
Index(
    "ix_artifacts_flow_run_id",
    artifacts.c.flow_run_id,
    artifacts.c.id,
    sqlite_where=artifacts.c.flow_run_id.is_not(None),
    postgresql_where=artifacts.c.flow_run_id.is_not(None),
)
Index(
    "ix_artifacts_task_run_id",
    artifacts.c.task_run_id,
    artifacts.c.id,
    sqlite_where=artifacts.c.task_run_id.is_not(None),
    postgresql_where=artifacts.c.task_run_id.is_not(None),
)

artifact_collections = Table(
    "artifact_collections",
    metadata,
    id_column(),
    *dated(),
    Column("key", Text, nullable=False),
    Column("latest_id", Uuid, ForeignKey(artifacts.c.id, ondelete="SET NULL")),
    UniqueConstraint("key"),
    UniqueConstraint("latest_id"),
    Index(None, "created", "id"),
    Index(None, "updated", "id"),
)

# Those whose latest was deleted a moment ago: none, outside of that transaction.
Index(
    "ix_artifact_collections_headless",
    artifact_collections.c.key,
    sqlite_where=artifact_collections.c.latest_id.is_(None),
    postgresql_where=artifact_collections.c.latest_id.is_(None),
)
