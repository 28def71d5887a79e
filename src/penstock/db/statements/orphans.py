"""Rows that refer, without a foreign key, to what is not there; and leases that nobody takes care of."""

from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select, bindparam

from penstock.db.artifact_tables import artifacts
from penstock.db.event_tables import event_outbox, event_resources, events
from penstock.db.place_tables import work_pools, work_queues
from penstock.db.tables import flow_runs, leases, logs, task_runs
from penstock.domain.states import TERMINAL_TYPES

REFERENCES: dict[str, tuple[ColumnElement[Any], ColumnElement[Any]]] = {
    "log lines of flow runs": (logs.c.flow_run_id, flow_runs.c.id),
    "artifacts of flow runs": (artifacts.c.flow_run_id, flow_runs.c.id),
    "flow runs of parent task runs": (flow_runs.c.parent_task_run_id, task_runs.c.id),
    "entries of the outbox": (event_outbox.c.event_id, events.c.id),
    "resources of events": (event_resources.c.event_id, events.c.id),
    "default queues of work pools": (work_pools.c.default_queue_id, work_queues.c.id),
}
"""What refers to what by a column without a foreign key."""


@cache
def lost(what: str) -> Select[Any]:
    """How many different things are referred to that are not there."""
    column, target = REFERENCES[what]
    named = sa.select(column.label("id")).where(column.is_not(None)).distinct().subquery()
    there = sa.exists().where(target == named.c.id)
    return sa.select(sa.func.count().label("lost")).select_from(named).where(~there)


@cache
def overdue_leases() -> Select[Any]:
    """Leases that ran out before a moment, and that nobody has swept."""
    before = bindparam("before", type_=leases.c.expires.type)
    return (
        sa.select(leases.c.flow_run_id, leases.c.holder, leases.c.expires)
        .where(leases.c.expires < before)
        .order_by(leases.c.expires)
        .limit(bindparam("at_most", type_=sa.Integer))
    )


@cache
def leases_of_ended_runs() -> Select[Any]:
    """Leases on runs that have ended: they hold places that nobody gives back."""
    ended = flow_runs.c.state_type.in_(sorted(TERMINAL_TYPES))
    return (
        sa.select(leases.c.flow_run_id, leases.c.holder, leases.c.expires)
        .join(flow_runs, flow_runs.c.id == leases.c.flow_run_id)
        .where(ended)
        .limit(bindparam("at_most", type_=sa.Integer))
    )
