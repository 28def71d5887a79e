"""Scheduled runs, for clients that ask for them and claim them one by one with a state."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select, Update, bindparam

from penstock.db.place_tables import deployments, work_pools, work_queues
from penstock.db.statements.flow_runs import IS_SCHEDULED, VIEW, WITH_STATE_AND_PLACE
from penstock.db.tables import flow_runs

run = flow_runs.c


def _due(*conditions: ColumnElement[bool]) -> Select[Any]:
    return sa.select(*VIEW).select_from(WITH_STATE_AND_PLACE).where(IS_SCHEDULED, *conditions)


def between(after: datetime | None, before: datetime | None) -> list[ColumnElement[bool]]:
    """Runs that are due between two moments."""
    due = run.next_scheduled_start_time
    bounds: list[ColumnElement[bool]] = [due.is_not(None)]
    if after is not None:
        bounds.append(due >= after)
    if before is not None:
        bounds.append(due <= before)
    return bounds


def in_queues(queue_ids: Sequence[UUID], bounds: Sequence[ColumnElement[bool]], limit: int) -> Select[Any]:
    """Runs of queues that are not paused, by the priority of the queue and by time."""
    is_open = (work_queues.c.is_paused.is_(False), work_pools.c.is_paused.is_(False))
    found = _due(run.work_queue_id.in_(queue_ids), *is_open, *bounds)
    order = (work_queues.c.priority, run.next_scheduled_start_time, run.id)
    return found.order_by(*order).limit(limit)


def of_deployments(
    deployment_ids: Sequence[UUID], bounds: Sequence[ColumnElement[bool]], limit: int
) -> Select[Any]:
    """Runs of deployments, by time."""
    found = _due(run.deployment_id.in_(deployment_ids), *bounds)
    return found.order_by(run.next_scheduled_start_time, run.id).limit(limit)


def late_in_queue(queue_id: UUID, since: datetime) -> Select[Any]:
    """How many runs of a queue should have started before `since`."""
    late = (IS_SCHEDULED, run.work_queue_id == queue_id, run.next_scheduled_start_time <= since)
    return sa.select(sa.func.count()).select_from(flow_runs).where(*late)


def queue_ids(pool_name: str, queue_names: Sequence[str] | None) -> Select[Any]:
    """The queues of a pool, or those of them with these names, with what limits them."""
    named = () if queue_names is None else (work_queues.c.name.in_(queue_names),)
    return (
        sa.select(work_queues.c.id)
        .select_from(work_queues.join(work_pools, work_pools.c.id == work_queues.c.work_pool_id))
        .where(work_pools.c.name == pool_name, *named)
    )


def touch_deployments() -> Update:
    """Note that somebody asked for the runs of the deployments `row_ids`."""
    return (
        deployments.update()
        .where(deployments.c.id.in_(bindparam("row_ids", expanding=True)))
        .values(last_polled=bindparam("polled"))
    )
