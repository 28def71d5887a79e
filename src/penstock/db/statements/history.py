"""How many runs were in which state, by slices of time; how long they ran and how late they were."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select, Table, bindparam

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
    number = slice_of(runs.c.expected_start_time, start, width)
    found = _runs(runs, start, end, now).add_columns(number.label("slice")).where(*conditions).subquery()
    key = (found.c.slice, found.c.state_type, found.c.state_name)
    return sa.select(*key, *_sums(found)).group_by(*key).order_by(*key)


def one_slice(runs: Table, now: datetime) -> Select[Any]:
    """The same of all runs from `start` until before `end`: of one slice, without its number.

    Where there are few slices, each is asked for by itself: grouped by their numbers, all runs would have to
    be sorted, and to sort them takes as long as to find them.
    """
    start, end = bindparam("start", type_=Timestamp()), bindparam("end", type_=Timestamp())
    found = _runs(runs, start, end, now).subquery()
    key = (found.c.state_type, found.c.state_name)
    return sa.select(*key, *_sums(found)).group_by(*key).order_by(*key)


def _runs(runs: Table, start: Any, end: Any, now: datetime) -> Select[Any]:
    run = runs.c
    times = (run_time(runs, now).label("run_time"), lateness(runs, now).label("late"))
    return (
        sa.select(run.state_type, run.state_name, *times)
        .where(run.expected_start_time >= start, run.expected_start_time < end)
        .where(run.state_type.is_not(None))
    )


def _sums(found: Any) -> tuple[ColumnElement[int], ...]:
    return (
        sa.func.count().label("count"),
        _sum(found.c.run_time).label("run_time"),
        _sum(found.c.late).label("late"),
    )


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
