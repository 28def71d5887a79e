"""The whole schema: every table of Penstock is known to this metadata."""

from penstock.db import block_tables, event_tables, tables
from penstock.db.columns import metadata

__all__ = ["block_tables", "event_tables", "metadata", "tables"]
