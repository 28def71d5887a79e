"""The two as a whole: how SQLAlchemy compiles for them, and the words of their schemas."""

from typing import Any

from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.types import TypeEngine

from penstock.db.port import DialectName


def sqlalchemy_dialect(name: DialectName) -> Dialect:
    """How SQLAlchemy is to compile for a database's driver; the driver itself need not be installed."""
    if name == "sqlite":
        return SQLiteDialect_pysqlite(paramstyle="qmark")
    return PGDialect_asyncpg()  # type: ignore[no-untyped-call]


def schema_dialect(name: DialectName) -> Dialect:
    """How SQLAlchemy is to name types and constraints as the database does, whatever its driver says."""
    if name == "sqlite":
        return SQLiteDialect_pysqlite()
    return PGDialect()  # type: ignore[no-untyped-call]


def type_name(type_: TypeEngine[Any], dialect: DialectName) -> str:
    """What the database's own catalog calls a type, in lower case."""
    name = schema_dialect(dialect).type_compiler_instance.process(type_).lower()
    return "double precision" if (name, dialect) == ("float", "postgresql") else name


DDL_WORDS: dict[DialectName, dict[str, str]] = {
    "sqlite": {
        "uuid": "BLOB",
        "json": "TEXT",
        "jsonb": "TEXT",
        "serial": "INTEGER",
        "without_rowid": " WITHOUT ROWID",
    },
    "postgresql": {
        "uuid": "UUID",
        "json": "JSON",
        "jsonb": "JSONB",
        "serial": "BIGINT GENERATED ALWAYS AS IDENTITY",
        "without_rowid": "",
    },
}
"""What the words of migrations (`$uuid`, …) stand for."""

LIST_TABLES: dict[DialectName, str] = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    "postgresql": "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()",
}
"""Query for the names of all tables that are there."""

DROP_TABLE: dict[DialectName, str] = {
    "sqlite": 'DROP TABLE "{}"',
    "postgresql": 'DROP TABLE "{}" CASCADE',
}
"""Command that takes a table away, whoever refers to it."""
