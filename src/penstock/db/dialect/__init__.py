"""The only package that knows dialects: how values are stored, and what the two databases spell differently.

Column types (`Uuid`, `Timestamp`, …) and SQL constructs (`has_all`, `upsert`, …) mean the same on both, so
that tables and statements are written once. Where SQLAlchemy has a construct that means the same already, it
is used directly: `with_for_update(skip_locked=True)` locks on PostgreSQL and says nothing on SQLite, whose
writers are alone anyway; `icontains` and `returning` work on both.
"""

from penstock.db.dialect.constructs import (
    SHA256,
    LockedTable,
    contains_text,
    database_name,
    ends_with_text,
    greatest,
    lock,
    sha256_of,
    try_lock,
    upsert,
)
from penstock.db.dialect.databases import (
    DDL_WORDS,
    DROP_TABLE,
    LIST_TABLES,
    schema_dialect,
    sqlalchemy_dialect,
    type_name,
)
from penstock.db.dialect.json import (
    among_lists,
    each_text,
    has_all,
    has_any,
    is_empty,
    json_text,
    json_text_at,
    json_type_at,
)
from penstock.db.dialect.texts import PATTERN_OPS, begins_with, comes_after, in_order, is_in, spans
from penstock.db.dialect.types import (
    EPOCH,
    Duration,
    Json,
    JsonSearchable,
    Real,
    Serial,
    Text,
    Timestamp,
    Uuid,
    check_storable,
    stored,
)

__all__ = [
    "DDL_WORDS",
    "DROP_TABLE",
    "EPOCH",
    "LIST_TABLES",
    "PATTERN_OPS",
    "SHA256",
    "Duration",
    "Json",
    "JsonSearchable",
    "LockedTable",
    "Real",
    "Serial",
    "Text",
    "Timestamp",
    "Uuid",
    "among_lists",
    "begins_with",
    "check_storable",
    "comes_after",
    "contains_text",
    "database_name",
    "each_text",
    "ends_with_text",
    "greatest",
    "has_all",
    "has_any",
    "in_order",
    "is_empty",
    "is_in",
    "json_text",
    "json_text_at",
    "json_type_at",
    "lock",
    "schema_dialect",
    "sha256_of",
    "spans",
    "sqlalchemy_dialect",
    "stored",
    "try_lock",
    "type_name",
    "upsert",
]
