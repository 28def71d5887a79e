"""How many runs were in which state, by slices of time; how long they ran and how late they were."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select, Table

from penstock.db.dialect import EPOCH, Timestamp


def slices(
    runs: Table,
    conditions: Sequence[ColumnElement[bool]],
    start: datetime,
    end: datetime,
    width: timedelta,
    now: datetime,
) -> Select[Any]:
    """For each slice (counted from 0) and state: how many runs, their run times and their lateness in sum."""
    run = runs.c
    number = slice_of(run.expected_start_time, start, width)
    found = (
        sa.select(
            number.label("slice"),
            run.state_type,
            run.state_name,
            run_time(runs, now).label("run_time"),
            lateness(runs, now).label("late"),
        )
        .where(*conditions, run.expected_start_time >= start, run.expected_start_time < end)
        .where(run.state_type.is_not(None))
        .subquery()
    )
    key = (found.c.slice, found.c.state_type, found.c.state_name)
    sums = (_sum(found.c.run_time).label("run_time"), _sum(found.c.late).label("late"))
    return sa.select(*key, sa.func.count().label("count"), *sums).group_by(*key).order_by(*key)


def slice_of(moment: ColumnElement[Any], start: datetime, width: timedelta) -> ColumnElement[int]:
    """In which slice a moment lies, counted from 0 at `start`."""
    return (_number(moment) - _literal(start - EPOCH)) // _literal(width)


def run_time(runs: Table, now: datetime) -> ColumnElement[int]:
    """How long each run has been running, in microseconds."""
    run = runs.c
    since = _literal(now - EPOCH) - _number(run.state_timestamp)
    return _number(run.total_run_time) + sa.case((run.state_type == "RUNNING", _positive(since)), else_=0)


def lateness(runs: Table, now: datetime) -> ColumnElement[int]:
    """How much later than expected each run started, or has not started yet, in microseconds."""
    run, moment = runs.c, sa.literal(now, Timestamp())
    started = sa.func.coalesce(run.start_time, sa.case((run.end_time.is_(None), moment), else_=None))
    return sa.func.coalesce(_positive(_number(started) - _number(run.expected_start_time)), 0)


def mean_lateness(runs: Table, conditions: Sequence[ColumnElement[bool]], now: datetime) -> Select[Any]:
    """The lateness of the runs that meet conditions, `late` in sum, and their `count`."""
    columns: list[ColumnElement[Any]] = [
        _sum(lateness(runs, now)).label("late"),
        sa.func.count().label("count"),
    ]
    return sa.select(*columns).select_from(runs).where(*conditions)


def _number(value: ColumnElement[Any]) -> ColumnElement[int]:
    return sa.type_coerce(value, sa.BigInteger)


def _literal(value: timedelta) -> ColumnElement[int]:
    # Not `_number` of a literal: a coerced parameter is encoded as what it is coerced to, so not at all.
    return sa.literal(value // timedelta(microseconds=1), sa.BigInteger)


def _positive(value: ColumnElement[int]) -> ColumnElement[int]:
    return sa.case((value > 0, value), else_=0)


def _sum(durations: ColumnElement[int]) -> ColumnElement[int]:
    # PostgreSQL sums whole numbers to a decimal one.
    return sa.cast(sa.func.sum(durations), sa.BigInteger)
