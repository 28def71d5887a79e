"""Rows of every table, of values that are hard to carry from the one kind of database to the other."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from penstock.db.dialect import Duration, Json, JsonSearchable, Real, Text, Timestamp, Uuid
from penstock.db.port import Row, Transaction
from penstock.db.schema import metadata

ROWS = 3
"""How many each table has."""

NAUGHTY = ["plain", "ünïcødé 🦉 \u2028 \x01 'quoted' \"twice\" \\", ""]
DOCUMENTS: list[Any] = [
    {"z": 1, "a": [True, None, 0.1, -1e300, 2**63 - 1], "nested": {"": {"é": "\\u0000 stays text"}}},
    [],
    {"big": "x" * 5_000, "newline": "a\nb", "surrogates": "🦉"},
]
SEARCHED: list[Any] = [["a", "b"], {"key": "value", "é": [1, 2.5]}, {}]
SEALED = "v1:key:gAAAA=="

# What the constraints of a table ask for. Each table must be named: a new one fails the test until it is.
SEEDS: dict[str, dict[str, list[Any]]] = {
    "api_keys": {},
    "artifact_collections": {},
    "artifacts": {},
    "audit_head": {},
    "audit_log": {},
    "automation_actions": {"status": ["pending", "done", "failed"], "ended": [None, "moment", "moment"]},
    "automation_buckets": {},
    "automation_firings": {"state": ["Triggered", "Resolved", "Triggered"]},
    "automations": {},
    "block_documents": {"sealed": [SEALED, None, SEALED], "key_id": ["k1", None, "k2"]},
    "block_schemas": {},
    "block_types": {},
    "concurrency_limits": {},
    "concurrency_slots": {},
    "deferred_task_runs": {},
    "deployment_schedules": {},
    "deployments": {},
    "event_outbox": {},
    "event_resources": {},
    "events": {"resource": [{"prefect.resource.id": "é"}] * ROWS, "related": [[]] * ROWS},
    "flow_run_inputs": {},
    "flow_run_states": {"type": ["SCHEDULED", "RUNNING", "COMPLETED"], "sequence": [1, 2, 3]},
    "flow_runs": {"state_type": ["SCHEDULED", "RUNNING", "COMPLETED"], "state_sequence": [1, 2, 3]},
    "flows": {},
    "job_specs": {},
    "leases": {"kind": ["claim", "run", "run"]},
    "logs": {},
    "run_tokens": {},
    "saved_searches": {},
    "saved_views": {"is_default": [False, True, False]},
    "server_values": {},
    "task_run_states": {"type": ["SCHEDULED", "RUNNING", "COMPLETED"], "sequence": [1, 2, 3]},
    "task_runs": {"state_type": ["SCHEDULED", "RUNNING", "COMPLETED"], "state_sequence": [1, 2, 3]},
    "task_workers": {},
    "variables": {},
    "webhook_deliveries": {},
    "webhooks": {},
    "work_pools": {"undeclared": ["warn", "error", "to-env"]},
    "work_queues": {},
    "workers": {},
}
UNIQUE_TEXTS = {
    "name",
    "slug",
    "key",
    "page",
    "checksum",
    "signature",
    "dynamic_key",
    "idempotency_key",
    "client_id",
}


FILLED = [table for table in metadata.sorted_tables if not table.info.get("is_derived")]
"""The tables that are written by us; the others are what the database makes of them."""


async def seed(tx: Transaction) -> None:
    """Fill every table."""
    for table in FILLED:
        await tx.execute_many(table.insert(), list(rows_of(table)))


def rows_of(table: sa.Table) -> Iterator[Row]:
    """The rows that `seed` makes. Row n of a table refers to row n of the others."""
    given = SEEDS[table.name]
    for number in range(ROWS):
        columns = [column for column in table.columns if column.identity is None]
        row = {column.name: _value(column, number) for column in columns}
        for name, values in given.items():
            value = values[number]
            row[name] = _moment(number) if value == "moment" else value
        yield row


def _value(column: sa.Column[Any], number: int) -> Any:
    type_ = column.type
    if isinstance(type_, Uuid):
        return _id(column, number)
    if isinstance(type_, Timestamp):
        return _moment(number)
    if isinstance(type_, Duration):
        return timedelta(days=400, microseconds=number + 1)
    if isinstance(type_, JsonSearchable):
        return SEARCHED[number]
    if isinstance(type_, Json):
        return DOCUMENTS[number]
    if isinstance(type_, sa.Boolean):
        return bool(number % 2)
    if isinstance(type_, Real):
        return [0.1, 1e-300, 12345.678][number]
    if isinstance(type_, sa.BigInteger):
        return 2**62 + number if column.name.endswith("hash") else number + 1
    assert isinstance(type_, Text), f"{column} is of a type that no value is known of"
    return f"{NAUGHTY[number]}{number}" if column.name in UNIQUE_TEXTS else NAUGHTY[number]


def _id(column: sa.Column[Any], number: int) -> UUID:
    """The same for a key and for what refers to it."""
    target = next((key.column.table.name for key in column.foreign_keys), column.table.name)
    return UUID(int=(sum(target.encode()) << 64) + (number << 120) + number)


def _moment(number: int) -> datetime:
    return datetime(2024, 3, 31, 0, 59, 59, 123456 + number, tzinfo=UTC)


async def every_row(tx: Transaction) -> dict[str, list[Row]]:
    """All rows of all tables, by their keys; without the numbers that a database gives itself."""
    found = {}
    for table in FILLED:
        own = [column for column in table.columns if column.identity is None]
        key = list(table.primary_key.columns)
        rows = await tx.fetch_all(sa.select(*own, *(c for c in key if c not in own)).order_by(*key))
        found[table.name] = [{column.name: row[column.name] for column in own} for row in rows]
    return found
