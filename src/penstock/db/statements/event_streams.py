"""Events and log lines as they come, for those who follow them."""

from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select, Table, bindparam

from penstock.db.event_tables import events
from penstock.db.tables import logs, task_run_states

log = logs.c
_AT_MOST = bindparam("at_most", type_=sa.Integer)


def _after(time: ColumnElement[Any], id: ColumnElement[Any]) -> list[ColumnElement[bool]]:
    """Behind the place `after_time`, `after_id` in the order of these columns."""
    first = bindparam("after_time", type_=time.type)
    place = sa.tuple_(first, bindparam("after_id", type_=id.type))
    # The first half again by itself: an index may have only the time.
    return [sa.tuple_(time, id) > place, time >= first]


@cache
def received_events() -> Select[Any]:
    """The ids of the first events, `at_most`, that were received after a place."""
    return _received(events)


@cache
def received_states() -> Select[Any]:
    """The same of the histories of task runs, each row of which is an event."""
    return _received(task_run_states)


def _received(table: Table) -> Select[Any]:
    received, id = table.c.received, table.c.id
    found = sa.select(id, received).where(*_after(received, id))
    return found.order_by(received, id).limit(_AT_MOST)


def new_lines(conditions: Sequence[ColumnElement[bool]]) -> Select[Any]:
    """Places of the first log lines, `at_most`, that were written after one and received since `since`."""
    late = log.created >= bindparam("since", type_=log.created.type)
    found = sa.select(log.id, log.timestamp, log.created).where(
        *_after(log.timestamp, log.id), late, *conditions
    )
    return found.order_by(log.timestamp, log.id).limit(_AT_MOST)


def lines(ids: Sequence[UUID]) -> Select[Any]:
    """These log lines, in the order in which they were written."""
    return sa.select(logs).where(log.id.in_(ids)).order_by(log.timestamp, log.id)
