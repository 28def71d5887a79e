"""Log lines: kept in batches, however odd single lines are."""

import csv
import io
import logging
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from uuid import UUID

from penstock.contract.logs import Log, LogCreate, LogQuery
from penstock.db.port import Row, Transaction
from penstock.db.statements import filters, rows
from penstock.db.statements import logs as statements
from penstock.db.tables import flow_runs, logs
from penstock.domain.errors import TooLarge
from penstock.domain.ids import new_id
from penstock.server import named
from penstock.server.caller import Caller
from penstock.server.changes import changed
from penstock.server.ops.registry import operation
from penstock.server.text import storable


@operation("create_logs", access="write")
async def create_logs(tx: Transaction, caller: Caller, *, body: list[LogCreate]) -> None:
    """Keep log lines. A line with an id is kept once, however often it is sent."""
    if len(body) > caller.limits.log_batch:
        message = f"{len(body)} log lines in one request; at most {caller.limits.log_batch} are taken."
        raise TooLarge(message, hint="Send them in several requests.")
    if body:
        cut = caller.limits.log_characters
        await tx.execute_many(statements.keep(), [_row(line, cut, tx.now) for line in body])
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


@operation("download_logs", access="read")
async def download_logs(tx: Transaction, caller: Caller, *, id: UUID) -> bytes:
    """A flow run's log lines as CSV, oldest first."""
    named.found(await tx.fetch_one(rows.id_exists(flow_runs), {"row_id": id}), "flow run", id)
    written = io.BytesIO()
    text = io.TextIOWrapper(written, "utf-8", newline="")
    table = csv.writer(text)
    table.writerow(["timestamp", "level", "flow_run_id", "task_run_id", "message"])
    last = {"after_time": _BEFORE_ALL, "after_id": UUID(int=0)}
    while True:
        asked = {"flow_run_id": id, "at_most": _LINES_AT_ONCE, **last}
        lines = await tx.fetch_all(statements.of_run(), asked)
        table.writerows(_records(lines, str(id)))
        if len(lines) < _LINES_AT_ONCE:
            text.flush()
            return written.getvalue()
        last = {"after_time": lines[-1]["timestamp"], "after_id": lines[-1]["id"]}


_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)
_LINES_AT_ONCE = 5_000
"""Rows are many times larger than the text that is made of them."""


def _records(lines: Sequence[Row], run_id: str) -> Iterator[tuple[str, ...]]:
    for line in lines:
        level, task = logging.getLevelName(line["level"]), line["task_run_id"]
        yield line["timestamp"].isoformat(), level, run_id, str(task) if task else "", line["message"]
