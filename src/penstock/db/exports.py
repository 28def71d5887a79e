"""From a database to a file, and from the file into another database, of either kind.

Values travel as they are stored, so that nothing is lost and secrets stay encrypted. Only a place in an order
that the database gives itself (of the outbox) is given anew, in the same order.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Table

from penstock.db.export_files import (
    ExportHeader,
    ExportInvalid,
    ExportWriter,
    TableStart,
    check_export,
    read_export,
)
from penstock.db.migrations import newest_version
from penstock.db.port import Database, Row, Transaction
from penstock.db.schema import metadata
from penstock.db.schema_history import applied, check_current
from penstock.db.statements import whole_tables as statements
from penstock.domain.errors import Conflict

Tell = Callable[[str], None]
"""Shows how far it is."""

_PAGE_BYTES = 1_000_000
"""About so much is read, or written, at once."""
_FIRST_PAGE, _LARGEST_PAGE = 20, 1_000


async def export_to(path: Path, db: Database, version: str, tell: Tell) -> dict[str, int]:
    """Write all rows, as they are at one moment, into a new file.

    Args:
        version: Of whoever writes.

    Returns:
        How many rows each table has.

    Raises:
        SchemaMismatch: The schema is not the one that this Penstock knows.
        AlreadyExists: The file exists.
    """

    async def body(tx: Transaction) -> dict[str, int]:
        check_current(await applied(tx, db.dialect))
        header = ExportHeader(schema=newest_version(), penstock=version, created=tx.now)
        with ExportWriter(path, header) as writer:
            counts = {str(table.name): await _export_table(tx, table, writer, tell) for table in _tables()}
            writer.finish()
        return counts

    return await db.read(body)


def _tables() -> Sequence[Table]:
    """Those that others refer to before those that do, but for what the database makes of the others."""
    return [table for table in metadata.sorted_tables if not table.info.get("is_derived")]


async def _export_table(tx: Transaction, table: Table, writer: ExportWriter, tell: Tell) -> int:
    key, columns = statements.key_of(table), statements.given(table)
    writer.start_table(str(table.name), columns)
    last: Row | None = None
    size, done = _FIRST_PAGE, 0
    while True:
        place = {f"after_{name}": last[name] for name in key} if last else {}
        rows = await tx.fetch_all(statements.page(table, is_first=not last), place | {"at_most": size})
        written = writer.rows([[row[name] for name in columns] for row in rows])
        done += len(rows)
        tell(f"{table.name}: {done:,} rows")
        if len(rows) < size:
            return writer.end_table(str(table.name))
        last, size = rows[-1], _next_size(size, written)


def _next_size(size: int, written: int) -> int:
    """How many rows to take next, so that they are neither few nor large."""
    fitting = size * _PAGE_BYTES // max(1, written)
    return max(1, min(2 * size, fitting, _LARGEST_PAGE))


async def import_from(path: Path, db: Database, tell: Tell) -> dict[str, int]:
    """Write what is in a file into an empty database: all of it or nothing.

    Returns:
        How many rows each table has.

    Raises:
        ExportInvalid: The file is damaged, or of another version. Nothing was changed.
        Conflict: The database is not empty. Nothing was changed.
    """
    tell("Reading the whole file, to see that it is as it was written")
    contents = check_export(path)
    _check_schema(path, contents.header, list(contents.rows))

    async def body(tx: Transaction) -> dict[str, int]:
        await _check_empty(tx)
        await _import_rows(tx, path, tell)
        counts = {str(table.name): await tx.fetch_value(statements.count(table)) for table in _tables()}
        if counts != contents.rows:
            message = f"The database would have other numbers of rows than {path}: {counts}."
            raise Conflict(message, hint="Nothing was changed. Does something else write to it?")
        return counts

    return await db.write(body)


def _check_schema(path: Path, header: ExportHeader, tables: Sequence[str]) -> None:
    if header.schema != newest_version():
        message = (
            f"{path} has version {header.schema} of the schema; this Penstock has version {newest_version()}."
        )
        hint = f"Import it with Penstock {header.penstock}, and upgrade that database then."
        raise ExportInvalid(message, hint=hint)
    if list(tables) != [table.name for table in _tables()]:
        raise ExportInvalid(f"{path} has other tables than this Penstock.")


async def _check_empty(tx: Transaction) -> None:
    full = [table.name for table in _tables() if await tx.fetch_value(statements.has_rows(table))]
    if full:
        message = f"The database is not empty: there are rows in {', '.join(full)}."
        hint = "Import into a new database, or empty this one: penstock server database reset."
        raise Conflict(message, hint=hint)


class _Batch(Struct):
    """Rows of one table that are written together."""

    table: Table
    columns: list[str]
    ids: list[int]
    """Places of the columns that are ids, which JSON has as texts."""
    rows: list[Row] = []
    done: int = 0

    def add(self, values: list[Any]) -> None:
        """Keep one more row."""
        for place in self.ids:
            if values[place] is not None:
                values[place] = UUID(values[place])
        self.rows.append(dict(zip(self.columns, values, strict=True)))


async def _import_rows(tx: Transaction, path: Path, tell: Tell) -> None:
    for batch in _batches(path):
        await tx.execute_many(statements.insert(batch.table), batch.rows)
        batch.done += len(batch.rows)
        batch.rows = []
        tell(f"{batch.table.name}: {batch.done:,} rows")


def _batches(path: Path) -> Iterator[_Batch]:
    """The rows of a file, a few at a time. Whoever gets a batch empties it before asking for the next."""
    batch: _Batch | None = None
    size = 0
    for item in read_export(path):
        if isinstance(item, TableStart):
            batch = _begin(path, item)
        elif isinstance(item, list) and batch is not None:
            batch.add(item)
            size += _weight(item)
        if batch is not None and batch.rows and (size > _PAGE_BYTES or not isinstance(item, list)):
            yield batch
            size = 0


def _begin(path: Path, start: TableStart) -> _Batch:
    table = metadata.tables[start.table]
    if sorted(start.columns) != sorted(statements.given(table)):
        raise ExportInvalid(f"{path} has other columns of {start.table} than this Penstock.")
    ids = set(statements.uuid_columns(table))
    return _Batch(table, start.columns, [n for n, name in enumerate(start.columns) if name in ids])


def _weight(values: list[Any]) -> int:
    """About how many bytes a row is."""
    return sum(len(value) if isinstance(value, str) else 16 for value in values)
