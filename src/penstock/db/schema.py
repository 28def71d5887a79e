"""The whole schema: every table of Penstock is known to this metadata."""

from penstock.db import (
    artifact_tables,
    block_tables,
    event_tables,
    limit_tables,
    name_tables,
    place_tables,
    security_tables,
    server_tables,
    tables,
    tally_tables,
    task_worker_tables,
)
from penstock.db.columns import metadata

__all__ = [
    "artifact_tables",
    "block_tables",
    "event_tables",
    "limit_tables",
    "metadata",
    "name_tables",
    "place_tables",
    "security_tables",
    "server_tables",
    "tables",
    "tally_tables",
    "task_worker_tables",
]
