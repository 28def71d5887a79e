"""Windows on the log of a flow run: any stretch of it by place, where words are, what to filter by."""

from collections.abc import Sequence
from itertools import accumulate
from typing import Any
from uuid import UUID

from penstock.contract.log_windows import (
    LogFacets,
    LogHitQuery,
    LogHits,
    LogLine,
    LogWindow,
    LogWindowQuery,
)
from penstock.db.port import Row, Transaction
from penstock.db.statements import log_windows as statements
from penstock.server import log_facets, log_totals, named
from penstock.server.caller import Caller
from penstock.server.ops.registry import operation

_SHOWN_LOGGERS = 100


@operation("read_log_window", access="read")
async def read_log_window(tx: Transaction, caller: Caller, *, id: UUID, body: LogWindowQuery) -> LogWindow:
    """A stretch of a run's log.

    A place past the end has no lines. A line that the filter does not find is where it would be.

    Raises:
        NotFound: There is no such run, or no such line of it.
    """
    run = await _run(tx, id)
    conditions = statements.of_run(id, body.filter)
    total, position = await _place(tx, run, body, conditions)
    lines = await _lines(tx, conditions, position, min(body.limit, total - position), total)
    return LogWindow(
        lines=[LogLine(**line) for line in lines],
        position=position,
        total=total,
        task_names=await _task_names(tx, lines),
    )


async def _run(tx: Transaction, id: UUID) -> Row:
    return named.found(await tx.fetch_one(statements.run(), {"run_id": id}), "flow run", id)


async def _place(
    tx: Transaction, run: Row, body: LogWindowQuery, conditions: Sequence[Any]
) -> tuple[int, int]:
    """How many lines there are, and the place of the first one that is asked for."""
    if body.line is None:
        total = await log_totals.count(tx, run["id"], body.filter, conditions)
        wanted = total - body.limit if body.tail else body.position or 0
    else:
        line = named.found(await tx.fetch_one(statements.line(run["id"], body.line)), "log line", body.line)
        around = statements.count_around(conditions, line["timestamp"], body.line)
        counted = named.found(await tx.fetch_one(around), "log line", body.line)
        total, wanted = counted["total"], counted["before"] - body.limit // 2
    return total, min(max(wanted, 0), total)


async def _lines(
    tx: Transaction, conditions: Sequence[Any], position: int, wanted: int, total: int
) -> list[Row]:
    """So many lines from a place on, reached from the end that is nearer."""
    if wanted == 0:
        return []
    after = total - position - wanted
    if position <= after:
        return await tx.fetch_all(statements.window(conditions, position, wanted, from_end=False))
    found = await tx.fetch_all(statements.window(conditions, after, wanted, from_end=True))
    return found[::-1]


async def _task_names(tx: Transaction, lines: Sequence[Row]) -> dict[str, str]:
    ids = sorted({line["task_run_id"] for line in lines if line["task_run_id"] is not None})
    found = await tx.fetch_all(statements.task_names(ids)) if ids else []
    return {str(row["id"]): row["name"] for row in found}


@operation("find_log_lines", access="read")
async def find_log_lines(tx: Transaction, caller: Caller, *, id: UUID, body: LogHitQuery) -> LogHits:
    """The places of lines with some words."""
    await _run(tx, id)
    conditions = statements.of_run(id, body.filter)
    found = await tx.fetch_all(statements.gaps_between_hits(conditions, body.text, body.limit + 1))
    positions = [*accumulate(row["passed"] for row in found)]
    return LogHits(positions=positions[: body.limit], complete=len(positions) <= body.limit)


@operation("read_log_facets", access="read")
async def read_log_facets(tx: Transaction, caller: Caller, *, id: UUID) -> LogFacets:
    """How many lines of which level and logger a run's log has."""
    await _run(tx, id)
    facets = await log_facets.count(tx, id)
    loggers = sorted(facets.loggers.items(), key=lambda item: (-item[1], item[0]))
    return LogFacets(
        total=facets.levels.total(),
        levels=dict(sorted(facets.levels.items())),
        loggers=dict(loggers[:_SHOWN_LOGGERS]),
    )
