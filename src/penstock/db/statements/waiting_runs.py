"""Runs that nobody has taken yet, and those of them that are there only because a schedule says so."""

from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Delete, Select, bindparam

from penstock.db.statements.flow_runs import IS_SCHEDULED
from penstock.db.tables import flow_runs, work_queues

run = flow_runs.c


def schedule_key(schedule_id: UUID, tick: str) -> str:
    """The idempotency key of the run that a schedule makes for a tick."""
    return f"scheduled {schedule_id} {tick}"


def in_pool(work_pool_id: UUID) -> ColumnElement[bool]:
    """Runs in the queues of a pool."""
    queues = sa.select(work_queues.c.id).where(work_queues.c.work_pool_id == work_pool_id)
    return run.work_queue_id.in_(queues)


def of_deployment(deployment_id: UUID) -> ColumnElement[bool]:
    """Runs of a deployment."""
    return run.deployment_id == deployment_id


def later_than(moment: datetime) -> ColumnElement[bool]:
    """Runs that are not due until then."""
    return run.next_scheduled_start_time > moment


@cache
def known_keys() -> Select[Any]:
    """Which of the idempotency keys `keys` the flow `flow_id` has runs for."""
    return sa.select(run.idempotency_key).where(
        run.flow_id == bindparam("flow_id"),
        run.idempotency_key.in_(bindparam("keys", expanding=True)),
    )


def waiting(which: ColumnElement[bool]) -> Select[Any]:
    """The ids of those that wait."""
    return sa.select(run.id).where(IS_SCHEDULED, run.next_scheduled_start_time.is_not(None), which)


def count(which: ColumnElement[bool]) -> Select[Any]:
    """How many of those wait."""
    has_time = run.next_scheduled_start_time.is_not(None)
    return sa.select(sa.func.count()).select_from(flow_runs).where(IS_SCHEDULED, has_time, which)


def retract(which: ColumnElement[bool]) -> Delete:
    """Delete those that wait because a schedule made them, and that nobody has moved since."""
    return flow_runs.delete().where(
        IS_SCHEDULED, run.auto_scheduled.is_(True), run.state_name.in_(("Scheduled", "Late")), which
    )
