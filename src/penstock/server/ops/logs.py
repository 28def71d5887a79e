"""Log lines: kept in batches, however odd single lines are."""

import csv
import io
import logging
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TypeAlias
from uuid import UUID

from penstock.contract.logs import Log, LogCreate, LogQuery
from penstock.db.port import Database, Row, Transaction
from penstock.db.statements import filters
from penstock.db.statements import logs as statements
from penstock.db.tables import logs
from penstock.domain.errors import TooLarge
from penstock.domain.ids import new_id
from penstock.server import log_facets, log_totals, named
from penstock.server.caller import Caller
from penstock.server.changes import changed
from penstock.server.downloads import Download
from penstock.server.ops.registry import operation
from penstock.server.text import storable

_Place: TypeAlias = tuple[datetime, UUID]
"""Time and id of a line: where it stands among those of its run."""
_BEFORE_ALL: _Place = (datetime.min.replace(tzinfo=UTC), UUID(int=0))
_LINES_AT_ONCE = 2_000
"""Rows are many times larger than the text that is made of them."""


@operation("create_logs", access="write")
async def create_logs(tx: Transaction, caller: Caller, *, body: list[LogCreate]) -> None:
    """Keep log lines. A line with an id is kept once, however often it is sent."""
    if len(body) > caller.limits.log_batch:
        message = f"{len(body)} log lines in one request; at most {caller.limits.log_batch} are taken."
        raise TooLarge(message, hint="Send them in several requests.")
    if body:
        cut = caller.limits.log_characters
        await tx.execute_many(statements.keep(), [_row(line, cut, tx.now) for line in body])
        places = [(line.flow_run_id, line.timestamp) for line in body]
        log_totals.came(tx, places)
        log_facets.came(tx, places)
        changed(tx, "logs", *{line.flow_run_id for line in body if line.flow_run_id})


def _row(line: LogCreate, cut: int, now: datetime) -> Row:
    return {
        "id": line.id or new_id(now),
        "created": now,
        "timestamp": line.timestamp,
        "level": min(max(line.level, -_MAX_LEVEL), _MAX_LEVEL),
        "name": storable(line.name, cut),
        "message": storable(line.message, cut),
        "flow_run_id": line.flow_run_id,
        "task_run_id": line.task_run_id,
    }


_MAX_LEVEL = 2**31 - 1


@operation("read_logs", access="read")
async def read_logs(tx: Transaction, caller: Caller, *, body: LogQuery) -> list[Log]:
    """The log lines that meet the criteria."""
    page = statements.page(filters.criteria(logs, body), body.sort, body.limit, body.offset)
    return [Log(updated=row["created"], **row) for row in await tx.fetch_all(page)]


@operation("download_logs", access="download")
async def download_logs(db: Database, caller: Caller, *, id: UUID) -> Download:
    """A flow run's log lines as CSV, oldest first."""

    async def look(tx: Transaction) -> Row:
        return named.found(await tx.fetch_one(statements.name_of_run(), {"flow_run_id": id}), "flow run", id)

    run = await db.read(look)
    return Download(f"{run['name']}.csv", _table(db, id))


async def _table(db: Database, run_id: UUID) -> AsyncGenerator[bytes, None]:
    """The table, some lines at a time: who takes them slowly holds no transaction open meanwhile."""
    yield _as_csv([("timestamp", "level", "flow_run_id", "task_run_id", "message")])
    last: _Place | None = _BEFORE_ALL

    while last is not None:

        async def step(tx: Transaction, after: _Place = last) -> tuple[bytes, _Place | None]:
            return await _next_lines(tx, run_id, after)

        text, last = await db.read(step)
        if text:
            yield text


async def _next_lines(tx: Transaction, run_id: UUID, after: _Place) -> tuple[bytes, _Place | None]:
    """The lines after a place as CSV, and where they end; None where that is the end of the log."""
    asked = {"flow_run_id": run_id, "after_time": after[0], "after_id": after[1], "at_most": _LINES_AT_ONCE}
    lines = await tx.fetch_all(statements.of_run(), asked)
    is_last = len(lines) < _LINES_AT_ONCE
    return _as_csv(_records(lines, str(run_id))), None if is_last else (
        lines[-1]["timestamp"],
        lines[-1]["id"],
    )


def _as_csv(records: Iterable[tuple[str, ...]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(records)
    return text.getvalue().encode()


def _records(lines: Sequence[Row], run_id: str) -> Iterator[tuple[str, ...]]:
    for line in lines:
        level, task = logging.getLevelName(line["level"]), line["task_run_id"]
        yield line["timestamp"].isoformat(), level, run_id, str(task) if task else "", line["message"]
