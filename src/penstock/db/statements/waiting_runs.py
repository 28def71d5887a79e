"""Runs that nobody has taken yet, and those of them that are there only because a schedule says so."""

from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Delete, Select, bindparam

from penstock.db.dialect import Timestamp
from penstock.db.place_tables import deployments, flows, work_pools, work_queues
from penstock.db.statements.events import automation_listens
from penstock.db.statements.flow_runs import IS_SCHEDULED, VIEW, WITH_STATE_AND_PLACE
from penstock.db.tables import flow_runs, task_runs

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


def of_schedule(schedule_id: UUID) -> ColumnElement[bool]:
    """Runs that a schedule made."""
    return run.schedule_id == schedule_id


def later_than(moment: datetime) -> ColumnElement[bool]:
    """Runs that are not due until then."""
    return run.next_scheduled_start_time > moment


AROUND = (
    flows.c.name.label("flow_name"),
    deployments.c.name.label("deployment_name"),
    task_runs.c.name.label("parent_task_run_name"),
    work_pools.c.type.label("work_pool_type"),
    automation_listens().scalar_subquery().label("is_listened_to"),
)
"""What events of a run say of the things around it, beside what its view has, and whether they are heard."""
WITH_ALL_AROUND = (
    WITH_STATE_AND_PLACE.join(flows, flows.c.id == run.flow_id)
    .outerjoin(deployments, deployments.c.id == run.deployment_id)
    .outerjoin(task_runs, task_runs.c.id == run.parent_task_run_id)
)


def _held(*, skip_locked: bool = True) -> Select[Any]:
    """Runs with what is said of them when they enter a state, held until the transaction ends.

    Those that somebody else holds are passed over, or waited for.
    """
    return (
        sa.select(*VIEW, *AROUND)
        .select_from(WITH_ALL_AROUND)
        .with_for_update(of=flow_runs, skip_locked=skip_locked, key_share=True)
    )


@cache
def overdue() -> Select[Any]:
    """Runs that were scheduled for a time before `since` and are not called late yet, oldest first; held."""
    return (
        _held()
        .where(
            IS_SCHEDULED,
            run.state_name == sa.literal_column("'Scheduled'"),
            # Never later than the next one, and with an index beside the state type.
            run.expected_start_time <= bindparam("since"),
            run.next_scheduled_start_time <= bindparam("since"),
        )
        .order_by(run.next_scheduled_start_time)
        .limit(bindparam("at_most", type_=sa.Integer))
    )


_OF_SCHEDULE = (
    IS_SCHEDULED,
    run.schedule_id.is_not(None),
    run.auto_scheduled.is_(True),
    run.run_count == 0,
    run.state_name.in_(("Scheduled", "Late")),
    run.next_scheduled_start_time.is_not(None),
    run.next_scheduled_start_time <= bindparam("until", type_=Timestamp()),
)


@cache
def due_by_schedule() -> Select[Any]:
    """Of each schedule the runs that were due at `until` and never started: how many, from when to when."""
    due = run.next_scheduled_start_time
    return (
        sa.select(
            run.schedule_id,
            sa.func.min(due).label("oldest"),
            sa.func.max(due).label("newest"),
            sa.func.count().label("count"),
        )
        .where(*_OF_SCHEDULE)
        .group_by(run.schedule_id)
    )


@cache
def due_of_schedules() -> Select[Any]:
    """Those runs of all schedules, held, oldest first: `at_most` after the run `after_id`, due at `after`."""
    after = bindparam("after", type_=Timestamp())
    due = run.next_scheduled_start_time
    follows = sa.or_(due > after, sa.and_(due == after, run.id > bindparam("after_id")))
    limit = bindparam("at_most", type_=sa.Integer)
    return _held().where(*_OF_SCHEDULE, due >= after, follows).order_by(due, run.id).limit(limit)


def waiting(which: ColumnElement[bool], at_most: int) -> Select[Any]:
    """Some of those that wait, held, oldest first."""
    has_time = run.next_scheduled_start_time.is_not(None)
    return _held(skip_locked=False).where(IS_SCHEDULED, has_time, which).order_by(run.id).limit(at_most)


def count(which: ColumnElement[bool]) -> Select[Any]:
    """How many of those wait."""
    has_time = run.next_scheduled_start_time.is_not(None)
    return sa.select(sa.func.count()).select_from(flow_runs).where(IS_SCHEDULED, has_time, which)


def retract(which: ColumnElement[bool]) -> Delete:
    """Delete those that wait because a schedule made them, and that nobody has moved since."""
    return flow_runs.delete().where(
        IS_SCHEDULED, run.auto_scheduled.is_(True), run.state_name.in_(("Scheduled", "Late")), which
    )
