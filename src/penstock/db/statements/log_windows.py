"""Stretches of the log of one run, by place. The order of lines is that of their times, then of their ids.

Places are counted on the index of a run's lines, which knows times, ids and levels: without another filter no
line is looked at but those that are answered.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select, bindparam

from penstock.contract.log_windows import LogLineFilter
from penstock.db.dialect import Timestamp, Uuid
from penstock.db.statements.log_search import message_matches
from penstock.db.tables import flow_runs, logs, task_runs

log = logs.c
Condition = ColumnElement[bool]

_BEFORE_ALL_TIMES: ColumnElement[Any] = sa.literal_column("-9223372036854775807")
_BEFORE_ALL_IDS = sa.literal(UUID(int=0), Uuid())


@cache
def run() -> Select[Any]:
    """The run `run_id`."""
    return sa.select(flow_runs.c.id).where(flow_runs.c.id == bindparam("run_id"))


def of_run(run_id: UUID, filter_: LogLineFilter | None) -> list[Condition]:
    """The conditions for lines of a run that a filter finds."""
    if filter_ is None:
        return [log.flow_run_id == sa.literal(run_id, Uuid())]
    by_task = filter_.task_run_ids is not None
    # Lines of a task are found by the task, of which there is an index, and not among all of the run's.
    of_run = sa.func.coalesce(log.flow_run_id, sa.null()) if by_task else log.flow_run_id
    return [of_run == sa.literal(run_id, Uuid()), *_filtered(filter_)]


def _filtered(by: LogLineFilter) -> Iterator[Condition]:
    if by.min_level is not None:
        yield log.level >= by.min_level
    if by.loggers is not None:
        yield log.name.in_(by.loggers)
    if by.task_run_ids is not None:
        yield log.task_run_id.in_(by.task_run_ids)
    if by.outside_tasks:
        yield log.task_run_id.is_(None)
    if by.text is not None:
        yield message_matches(by.text)


def count(
    conditions: Sequence[Condition], *, before: datetime | None = None, since: datetime | None = None
) -> Select[Any]:
    """How many lines there are, of all times or of those before or from one on."""
    counted = sa.select(sa.func.count().label("total")).select_from(logs)
    return counted.where(*conditions, *of_time(before=before, since=since))


def of_time(*, before: datetime | None = None, since: datetime | None = None) -> Iterator[Condition]:
    """The conditions for lines of all times, or of those before or from one on."""
    if before is not None:
        yield log.timestamp < sa.literal(before, Timestamp())
    if since is not None:
        yield log.timestamp >= sa.literal(since, Timestamp())


def count_around(conditions: Sequence[Condition], timestamp: Any, id: UUID) -> Select[Any]:
    """How many lines there are, and how many of them come before the one with this time and id."""
    is_before = _is_before(log, sa.literal(timestamp, Timestamp()), sa.literal(id, Uuid()))
    before = sa.func.coalesce(sa.func.sum(sa.case((is_before, 1), else_=0)), 0)
    return count(conditions).add_columns(sa.cast(before, sa.BigInteger).label("before"))


def _is_before(line: Any, timestamp: Any, id: Any) -> Condition:
    return sa.tuple_(line.timestamp, line.id) < sa.tuple_(timestamp, id)


def line(run_id: UUID, id: UUID) -> Select[Any]:
    """The time of one line of a run."""
    return sa.select(log.timestamp).where(log.id == id, log.flow_run_id == run_id)


def window(conditions: Sequence[Condition], skip: int, limit: int, *, from_end: bool) -> Select[Any]:
    """So many lines after the first, or before the last, `skip`; in the log's order, or its reverse."""
    places = [log.timestamp.desc(), log.id.desc()] if from_end else [log.timestamp, log.id]
    found = sa.select(log.id).where(*conditions).order_by(*places).limit(limit).offset(skip)
    return (
        sa.select(log.id, log.timestamp, log.level, log.name, log.message, log.task_run_id)
        .where(log.id.in_(found.scalar_subquery()))
        .order_by(*places)
    )


def gaps_between_hits(conditions: Sequence[Condition], text: str, limit: int) -> Select[Any]:
    """Of each line with these words, how many lines were passed since the one before it, or the first.

    Only so many; first the words are looked for, then the lines between them are counted.
    """
    order = (log.timestamp, log.id)
    found = sa.select(*order).where(*conditions, message_matches(text)).order_by(*order).limit(limit)
    hits = found.cte("hits")
    places = (hits.c.timestamp, hits.c.id)
    last_time, last_id = (sa.func.lag(column).over(order_by=places) for column in places)
    gaps = sa.select(
        *places,
        sa.func.coalesce(last_time, _BEFORE_ALL_TIMES).label("after_time"),
        sa.func.coalesce(last_id, _BEFORE_ALL_IDS).label("after_id"),
    ).cte("gaps")
    between = (
        sa.tuple_(log.timestamp, log.id) >= sa.tuple_(gaps.c.after_time, gaps.c.after_id),
        _is_before(log, gaps.c.timestamp, gaps.c.id),
    )
    passed = sa.select(sa.func.count()).select_from(logs).where(*conditions, *between).correlate(gaps)
    counted = sa.select(passed.scalar_subquery().label("passed")).select_from(gaps)
    return counted.order_by(gaps.c.timestamp, gaps.c.id)


def levels(conditions: Sequence[Condition]) -> Select[Any]:
    """How many lines there are of each level."""
    counted = sa.select(log.level, sa.func.count().label("lines")).where(*conditions)
    return counted.group_by(log.level)


def loggers(conditions: Sequence[Condition], limit: int) -> Select[Any]:
    """How many lines there are of each logger, those with the most first."""
    lines = sa.func.count().label("lines")
    counted = sa.select(log.name, lines).where(*conditions)
    return counted.group_by(log.name).order_by(lines.desc(), log.name).limit(limit)


def task_names(ids: Sequence[UUID]) -> Select[Any]:
    """The names of task runs."""
    return sa.select(task_runs.c.id, task_runs.c.name).where(task_runs.c.id.in_(ids))
