"""What each database tells of itself: queries whose columns have the same names and meanings on both."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.selectable import TextualSelect

from penstock.db.port import DialectName

_QUERIES: dict[str, tuple[tuple[str, ...], dict[DialectName, str]]] = {
    "version": (
        ("version", "size"),
        {
            "sqlite": "SELECT 'SQLite ' || sqlite_version(),"
            " (SELECT page_count FROM pragma_page_count) * (SELECT page_size FROM pragma_page_size)",
            "postgresql": "SELECT 'PostgreSQL ' || current_setting('server_version'),"
            " pg_database_size(current_database())",
        },
    ),
    "tables": (
        ("name",),
        {
            "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
            "postgresql": "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema()",
        },
    ),
    "columns": (
        ("table_name", "name", "type", "required"),
        {
            "sqlite": 'SELECT t.name, c.name, lower(c.type), c."notnull"'
            " FROM sqlite_master AS t, pragma_table_xinfo(t.name) AS c"
            " WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'",
            "postgresql": "SELECT c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod),"
            " a.attnotnull FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid"
            " WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'"
            " AND a.attnum > 0 AND NOT a.attisdropped",
        },
    ),
    "indexes": (
        ("name",),
        {
            "sqlite": "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
            "postgresql": "SELECT indexname::text FROM pg_indexes WHERE schemaname = current_schema()",
        },
    ),
    "constraints": (
        ("definition",),
        {
            # SQLite knows its constraints by the text of the table alone.
            "sqlite": "SELECT sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
            "postgresql": "SELECT 'CONSTRAINT ' || conname FROM pg_constraint"
            " WHERE connamespace = current_schema()::regnamespace",
        },
    ),
    "damage": (
        ("finding",),
        {
            "sqlite": "SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'",
            "postgresql": "SELECT 'the index ' || i.indexrelid::regclass || ' is invalid: REINDEX it'"
            " FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid"
            " WHERE c.relnamespace = current_schema()::regnamespace"
            " AND NOT (i.indisvalid AND i.indisready)",
        },
    ),
    "broken references": (
        ("finding",),
        {
            "sqlite": "SELECT \"table\" || ' has ' || count(*) || ' rows that refer to no row of ' || parent"
            ' FROM pragma_foreign_key_check GROUP BY "table", parent',
            "postgresql": "SELECT conrelid::regclass || ': ' || conname || ' was never checked'"
            " FROM pg_constraint WHERE connamespace = current_schema()::regnamespace AND NOT convalidated",
        },
    ),
}


def catalog(what: str, dialect: DialectName) -> TextualSelect:
    """A query of the database's own catalog.

    Args:
        what: `version` (and size, in bytes), `tables`, `columns` (type in lower case, and whether it must
            have a value), `indexes`, `constraints` (texts with `CONSTRAINT name` in them), `damage`,
            `broken references`. The last two give sentences, and none where all is well.
    """
    names, queries = _QUERIES[what]
    columns: list[Any] = [sa.column(name) for name in names]
    return sa.text(queries[dialect]).columns(*columns)
