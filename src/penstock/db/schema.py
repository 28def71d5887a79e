"""The whole schema: every table of Penstock is known to this metadata."""

from penstock.db import event_tables, tables
from penstock.db.columns import metadata

__all__ = ["event_tables", "metadata", "tables"]
