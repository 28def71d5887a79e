"""Log lines."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Insert, Select, bindparam

from penstock.contract.filters import LogSort
from penstock.db import dialect
from penstock.db.tables import logs

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
    """All lines of the run `flow_run_id`, oldest first."""
    return (
        sa.select(log.timestamp, log.level, log.flow_run_id, log.task_run_id, log.message)
        .where(log.flow_run_id == bindparam("flow_run_id"))
        .order_by(log.timestamp, log.id)
    )
