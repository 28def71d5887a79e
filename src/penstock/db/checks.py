"""Is a database well? Looks at all of it, and changes nothing."""

import re
from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import timedelta
from typing import Any, Literal

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.schema import Table

from penstock.db.dialect import schema_dialect, type_name
from penstock.db.dialect.catalog import catalog
from penstock.db.migrations import newest_version
from penstock.db.port import Database, DialectName, Row, Transaction
from penstock.db.schema import metadata
from penstock.db.schema_history import applied, check_current
from penstock.db.statements import orphans as statements
from penstock.db.statements import run_names, tallies
from penstock.db.tables import flow_runs, task_runs
from penstock.domain.errors import PenstockError

Verdict = Literal["ok", "warning", "problem"]
Look = Callable[[Transaction, DialectName], Coroutine[Any, Any, "Finding"]]

_SWEPT_WITHIN = timedelta(minutes=5)
"""A server with services ends a lease long before it has run out for so long."""
_MOST = 20
"""How many of a kind are named."""
_WRITTEN_ANEW = (
    "Triggers were off while rows were written. Export, and import into a new database: it writes them anew."
)
_CONSTRAINT = re.compile(r'CONSTRAINT "?(\w+)"?')


class Finding(Struct, kw_only=True):
    """What one look has found."""

    check: str
    """What was looked at: `connection`, `schema version`, …"""
    verdict: Verdict = "ok"
    message: str
    hint: str | None = None
    details: list[str] = []


async def check(db: Database) -> AsyncIterator[Finding]:
    """Look at one thing after the other, each in a transaction of its own that only reads.

    Where the database can't be used at all, or its schema is not the one of this code, nothing follows that.
    """
    for name, look in _BASICS:
        finding = await _look(db, name, look)
        yield finding
        if finding.verdict == "problem":
            return
    for name, look in _LOOKS:
        yield await _look(db, name, look)


async def _look(db: Database, name: str, look: Look) -> Finding:
    try:
        return await db.read(lambda tx: look(tx, db.dialect))
    except PenstockError as error:
        return Finding(check=name, verdict="problem", message=error.message, hint=error.hint)


async def _connection(tx: Transaction, dialect: DialectName) -> Finding:
    row = await tx.fetch_one(catalog("version", dialect))
    assert row is not None
    size = f"{row['size'] / 2**20:,.1f} MiB"
    return Finding(check="connection", message=f"{row['version']} answers; the database has {size}.")


async def _schema_version(tx: Transaction, dialect: DialectName) -> Finding:
    check_current(await applied(tx, dialect))
    return Finding(check="schema version", message=f"The schema has version {newest_version()}.")


async def _schema(tx: Transaction, dialect: DialectName) -> Finding:
    expected, found = _expected(dialect), await _found(tx, dialect)
    details = [f"{name} is missing" for name in sorted(expected.keys() - found.keys())]
    details += [f"{name} is there and not known" for name in sorted(_unknown(expected, found))]
    details += [
        f"{name} is {found[name]}, not {expected[name]}"
        for name in sorted(expected.keys() & found.keys())
        if found[name] != expected[name]
    ]
    if not details:
        message = f"All {len(metadata.tables)} tables are as this Penstock expects them."
        return Finding(check="schema", message=message)
    hint = "Somebody changed it by hand: undo that, or export, and import into a new database."
    message = "The schema is not the one that the migrations make."
    return Finding(check="schema", verdict="problem", message=message, hint=hint, details=details[:_MOST])


def _unknown(expected: dict[str, str], found: dict[str, str]) -> set[str]:
    """Columns of our tables that are not ours. Tables and indexes beside ours do no harm."""
    return {name for name in found.keys() - expected.keys() if name.startswith("the column ")}


def _expected(dialect: DialectName) -> dict[str, str]:
    """What the tables of the code say: columns by their types, and the names of indexes and constraints."""
    things: dict[str, str] = {}
    for table in metadata.tables.values():
        for column in table.columns:
            name = type_name(column.type, dialect)
            things[f"the column {table.name}.{column.name}"] = _words(name, not column.nullable)
        things |= dict.fromkeys(_names_of(table, dialect), "there")
    return things


def _names_of(table: Table, dialect: DialectName) -> list[str]:
    preparer = schema_dialect(dialect).identifier_preparer
    constraints = [each for each in table.constraints if each.name is not None and not _is_empty(each)]
    indexes = [each for each in table.indexes if each._ddl_if is None or each._ddl_if.dialect == dialect]
    names = [f"the constraint {preparer.format_constraint(each)}" for each in constraints]
    return names + [f"the index {preparer.format_index(each)}" for each in indexes]


def _is_empty(constraint: sa.Constraint) -> bool:
    return isinstance(constraint, sa.PrimaryKeyConstraint) and not constraint.columns


def _words(type_: str, required: bool) -> str:
    return f"{type_}, required" if required else type_


async def _found(tx: Transaction, dialect: DialectName) -> dict[str, str]:
    columns = await tx.fetch_all(catalog("columns", dialect))
    indexes = await tx.fetch_all(catalog("indexes", dialect))
    texts = await tx.fetch_all(catalog("constraints", dialect))
    constraints = {name for row in texts for name in _CONSTRAINT.findall(row["definition"])}
    ours = [row for row in columns if row["table_name"] in metadata.tables]
    return {
        **{f"the column {row['table_name']}.{row['name']}": _found_words(row) for row in ours},
        **{f"the index {row['name']}": "there" for row in indexes},
        **{f"the constraint {name}": "there" for name in constraints},
    }


def _found_words(row: Row) -> str:
    return _words(row["type"], bool(row["required"]))


async def _integrity(tx: Transaction, dialect: DialectName) -> Finding:
    found = [row["finding"] for row in await tx.fetch_all(catalog("damage", dialect))]
    if not found:
        return Finding(check="integrity", message="Nothing is damaged.")
    hint = "Restore a backup; or export what can still be read, and import it into a new database."
    message = f"{len(found)} places are damaged."
    return Finding(check="integrity", verdict="problem", message=message, hint=hint, details=found[:_MOST])


async def _references(tx: Transaction, dialect: DialectName) -> Finding:
    found = [row["finding"] for row in await tx.fetch_all(catalog("broken references", dialect))]
    if not found:
        return Finding(check="references", message="All foreign keys hold.")
    message = "Foreign keys do not hold."
    hint = "Something else than Penstock has written to the database."
    return Finding(check="references", verdict="problem", message=message, hint=hint, details=found[:_MOST])


async def _orphans(tx: Transaction, _dialect: DialectName) -> Finding:
    counts = {what: await tx.fetch_value(statements.lost(what)) for what in statements.REFERENCES}
    details = [f"{what}: {count} are not there" for what, count in counts.items() if count]
    if not details:
        return Finding(check="orphans", message="Nothing refers to what is not there.")
    hint = "They do no harm but to the disk. Lines and events may also be ahead of what they are about."
    message = "Some rows refer to what is not there."
    return Finding(check="orphans", verdict="warning", message=message, hint=hint, details=details)


async def _leases(tx: Transaction, _dialect: DialectName) -> Finding:
    asked = {"before": tx.now - _SWEPT_WITHIN, "at_most": _MOST}
    overdue = await tx.fetch_all(statements.overdue_leases(), asked)
    ended = await tx.fetch_all(statements.leases_of_ended_runs(), {"at_most": _MOST})
    details = [f"of run {row['flow_run_id']}, {row['holder']!r}: ran out {row['expires']}" for row in overdue]
    details += [f"of run {row['flow_run_id']}, {row['holder']!r}: the run has ended" for row in ended]
    if not details:
        return Finding(check="leases", message="No lease is stuck.")
    hint = "A server with services ends them. Does one run? See `penstock server status`."
    message = f"{len(details)} leases are stuck, and hold places in limits."
    return Finding(check="leases", verdict="problem", message=message, hint=hint, details=details)


async def _tallies(tx: Transaction, _dialect: DialectName) -> Finding:
    found = [
        f"{table.name} that are {row['state_name']}: {row['missing']:+,} in an hour"
        for table in (flow_runs, task_runs)
        for row in await tx.fetch_all(tallies.differences(table, _MOST))
    ]
    if not found:
        return Finding(check="tallies", message="Runs are counted as they are.")
    message = "Counts of runs are not those of the runs themselves."
    details = found[:_MOST]
    return Finding(check="tallies", verdict="problem", message=message, hint=_WRITTEN_ANEW, details=details)


async def _name_stems(tx: Transaction, _dialect: DialectName) -> Finding:
    counts = [(table.name, await tx.fetch_value(run_names.unknown(table))) for table in run_names.RUNS]
    details = [f"{name}: the stems of {count:,} names are missing" for name, count in counts if count]
    if not details:
        return Finding(check="names", message="Runs are found by parts of their names.")
    message = "Runs are not found by parts of their names."
    return Finding(check="names", verdict="problem", message=message, hint=_WRITTEN_ANEW, details=details)


_BASICS: list[tuple[str, Look]] = [("connection", _connection), ("schema version", _schema_version)]
_LOOKS: list[tuple[str, Look]] = [
    ("integrity", _integrity),
    ("schema", _schema),
    ("references", _references),
    ("orphans", _orphans),
    ("leases", _leases),
    ("tallies", _tallies),
    ("names", _name_stems),
]
