"""Events and log lines as they come, for those who follow them."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select, bindparam

from penstock.contract.events import EventFilter
from penstock.db.event_tables import events
from penstock.db.tables import logs

event, log = events.c, logs.c
_AT_MOST = bindparam("at_most", type_=sa.Integer)


def _after(time: ColumnElement[Any], id: ColumnElement[Any]) -> ColumnElement[bool]:
    """Behind the place `after_time`, `after_id` in the order of these columns."""
    last = sa.tuple_(bindparam("after_time", type_=time.type), bindparam("after_id", type_=id.type))
    return sa.tuple_(time, id) > last


def conditions(asked: EventFilter) -> list[ColumnElement[bool]]:
    """What a filter asks of columns; an event that is left out by these does not meet it."""
    found = []
    if asked.occurred.since is not None:
        found.append(event.occurred >= asked.occurred.since)
    if asked.occurred.until is not None:
        found.append(event.occurred <= asked.occurred.until)
    if asked.id.id is not None:
        found.append(event.id.in_(asked.id.id))
    if asked.event is not None and asked.event.name is not None and asked.event.prefix is None:
        found.append(event.event.in_(asked.event.name))
    if asked.resource is not None and asked.resource.id is not None:
        found.append(event.resource_id.in_(asked.resource.id))
    return found


@cache
def arrivals() -> Select[Any]:
    """The ids of the first events, `at_most`, that were received after a place."""
    found = sa.select(event.id, event.received).where(_after(event.received, event.id))
    return found.order_by(event.received, event.id).limit(_AT_MOST)


def these_events(conditions: Sequence[ColumnElement[bool]]) -> Select[Any]:
    """Those of the events `ids` that meet all conditions."""
    among = event.id.in_(bindparam("ids", expanding=True, type_=event.id.type))
    return sa.select(events).where(among, *conditions)


def occurred_after(conditions: Sequence[ColumnElement[bool]]) -> Select[Any]:
    """The first events, `at_most`, that occurred after a place and were received until `until`."""
    early = event.received <= bindparam("until", type_=event.received.type)
    found = sa.select(events).where(_after(event.occurred, event.id), early, *conditions)
    return found.order_by(event.occurred, event.id).limit(_AT_MOST)


def received_after(conditions: Sequence[ColumnElement[bool]]) -> Select[Any]:
    """The first events, `at_most`, that were received after a place and until `until`."""
    early = event.received <= bindparam("until", type_=event.received.type)
    found = sa.select(events).where(_after(event.received, event.id), early, *conditions)
    return found.order_by(event.received, event.id).limit(_AT_MOST)


def new_lines(conditions: Sequence[ColumnElement[bool]]) -> Select[Any]:
    """The first log lines, `at_most`, that were written after a place and received since `since`."""
    late = log.created >= bindparam("since", type_=log.created.type)
    found = sa.select(logs).where(_after(log.timestamp, log.id), late, *conditions)
    return found.order_by(log.timestamp, log.id).limit(_AT_MOST)
