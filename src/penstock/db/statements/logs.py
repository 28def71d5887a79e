"""Log lines."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Insert, Select, bindparam

from penstock.contract.filters import LogSort
from penstock.db import dialect
from penstock.db.tables import flow_runs, logs

log = logs.c


@cache
def keep() -> Insert:
    """Insert a line unless it is there already."""
    return dialect.upsert(logs, key=("id",), update=())


def page(conditions: Sequence[ColumnElement[bool]], sort: LogSort, limit: int, offset: int) -> Select[Any]:
    """Some lines."""
    newest_first = sort == LogSort.TIMESTAMP_DESC
    order = (log.timestamp.desc(), log.id.desc()) if newest_first else (log.timestamp, log.id)
    return sa.select(logs).where(*conditions).order_by(*order).limit(limit).offset(offset)


@cache
def of_run() -> Select[Any]:
    """The first lines of the run `flow_run_id` after the one with a time and an id, at most `at_most`."""
    last = sa.tuple_(
        bindparam("after_time", type_=log.timestamp.type), bindparam("after_id", type_=log.id.type)
    )
    return (
        sa.select(log.id, log.timestamp, log.level, log.task_run_id, log.message)
        .where(log.flow_run_id == bindparam("flow_run_id"), sa.tuple_(log.timestamp, log.id) > last)
        .order_by(log.timestamp, log.id)
        .limit(bindparam("at_most", type_=sa.Integer))
    )


@cache
def name_of_run() -> Select[Any]:
    """What the run `flow_run_id` is called, if it is there."""
    return sa.select(flow_runs.c.name).where(flow_runs.c.id == bindparam("flow_run_id"))
