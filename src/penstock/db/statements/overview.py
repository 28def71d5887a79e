"""What Home asks. Each statement looks at what is under way or waits, or at a few rows: never at all runs."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select, bindparam

from penstock.db import dialect
from penstock.db.dialect import Timestamp
from penstock.db.place_tables import deployment_schedules, deployments, flows, work_pools
from penstock.db.statements.capacity import BRIEF, MOST_WAITING, due
from penstock.db.statements.flow_runs import IS_SCHEDULED
from penstock.db.statements.leases import IS_OWNED
from penstock.db.tables import flow_runs, leases

run, deployment, schedule = flow_runs.c, deployments.c, deployment_schedules.c


def _count(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    return sa.select(sa.func.count()).select_from(flow_runs).where(*conditions).scalar_subquery()


@cache
def numbers() -> Select[Any]:
    """How many runs are in passing states, what services have left undone, whether there is anything."""
    marked_late = sa.and_(IS_SCHEDULED, run.state_name == sa.literal_column("'Scheduled'"))
    unmarked = sa.select(sa.func.min(run.next_scheduled_start_time)).where(
        marked_late, run.expected_start_time <= bindparam("late_before", type_=Timestamp())
    )
    unswept = sa.select(sa.func.min(leases.c.expires)).where(IS_OWNED)
    return sa.select(
        _count(run.state_type == "RUNNING").label("running"),
        _count(run.state_type == "PENDING").label("pending"),
        _count(IS_SCHEDULED).label("scheduled"),
        sa.type_coerce(unmarked.scalar_subquery(), Timestamp()).label("unmarked"),
        sa.type_coerce(unswept.scalar_subquery(), Timestamp()).label("expires"),
        sa.exists(sa.select(flows.c.id)).label("has_flows"),
        sa.exists(sa.select(work_pools.c.id)).label("has_pools"),
        dialect.database_name().label("database"),
    )


@cache
def due_by_queue() -> Select[Any]:
    """How many runs of each queue are due until `now`, and how many were before `late_before`.

    A run that waits for its next attempt is no late one: it has begun, and lists know it by that name.
    """
    is_late = sa.and_(
        run.next_scheduled_start_time <= bindparam("late_before", type_=Timestamp()),
        run.state_name != sa.literal_column("'AwaitingRetry'"),
    )
    return (
        sa.select(
            run.work_queue_id,
            sa.func.count().label("due"),
            sa.func.sum(sa.case((is_late, 1), else_=0)).label("late"),
        )
        .where(IS_SCHEDULED, run.next_scheduled_start_time <= bindparam("now"))
        .group_by(run.work_queue_id)
    )


def _first_of_each(found: Any, key: Sequence[ColumnElement[Any]], time: ColumnElement[Any]) -> Select[Any]:
    """The first three rows of each group, with the group's `count` and since when, `since`."""
    numbered = sa.select(
        found,
        sa.func.row_number().over(partition_by=key, order_by=(time, found.c.id)).label("number"),
        sa.func.count().over(partition_by=key).label("count"),
        sa.type_coerce(sa.func.min(time).over(partition_by=key), Timestamp()).label("since"),
    ).subquery()
    return sa.select(numbered).where(numbered.c.number <= 3).order_by(numbered.c.since, numbered.c.number)


def late(before: datetime) -> Select[Any]:
    """Runs that were due before a moment, by queue and deployment."""
    found = (
        sa.select(*BRIEF, run.work_queue_id, run.deployment_id)
        .where(due(before))
        .limit(MOST_WAITING)
        .subquery("found")
    )
    key = (found.c.work_queue_id, found.c.deployment_id)
    return _first_of_each(found, key, found.c.next_scheduled_start_time)


def stuck(pending_before: datetime, cancelling_before: datetime) -> Select[Any]:
    """Runs that have been pending, or cancelling, since before these moments, by deployment."""
    is_stuck = sa.or_(
        sa.and_(run.state_type == "PENDING", run.state_timestamp < pending_before),
        sa.and_(run.state_type == "CANCELLING", run.state_timestamp < cancelling_before),
    )
    found = (
        sa.select(*BRIEF, run.deployment_id, deployment.name.label("deployment_name"))
        .add_columns(flows.c.name.label("flow_name"))
        .select_from(
            flow_runs.join(flows, flows.c.id == run.flow_id).outerjoin(
                deployments, deployment.id == run.deployment_id
            )
        )
        .where(run.state_type.in_(("PENDING", "CANCELLING")), is_stuck)
        .limit(MOST_WAITING)
        .subquery("found")
    )
    # Runs of no deployment have little to do with each other.
    one = sa.case((found.c.deployment_id.is_(None), found.c.id), else_=found.c.deployment_id)
    return _first_of_each(found, (found.c.state_type, one), found.c.state_timestamp)


_JUDGED = ("COMPLETED", "FAILED", "CRASHED")
"""How runs end by themselves; that somebody cancelled one says nothing about the others."""


def _judged(*conditions: ColumnElement[bool]) -> Select[Any]:
    """The runs of one deployment that came to an end by themselves, the last one first."""
    return (
        sa.select(run.id)
        .where(
            run.expected_start_time <= bindparam("now", type_=Timestamp()),
            run.expected_start_time >= bindparam("since", type_=Timestamp()),
            run.state_type.in_(_JUDGED),
            *conditions,
        )
        .order_by(run.expected_start_time.desc())
    )


@cache
def failing() -> Select[Any]:
    """The deployments whose last two runs since `since` failed or crashed: two rows of an index for each."""

    def nth(offset: int) -> Any:
        last = _judged(run.deployment_id == deployment.id).with_only_columns(run.state_type)
        return last.correlate(deployments).limit(1).offset(offset).scalar_subquery()

    failed = ("FAILED", "CRASHED")
    return (
        sa.select(deployment.id, deployment.name, flows.c.name.label("flow_name"))
        .select_from(deployments.join(flows, flows.c.id == deployment.flow_id))
        .where(nth(0).in_(failed), nth(1).in_(failed))
        .order_by(flows.c.name, deployment.name)
    )


def streaks(deployment_ids: Sequence[UUID], each: int) -> Select[Any]:
    """The last runs of some deployments since `since`, so many of each, the last one first."""
    parts = [
        sa.select(
            _judged(run.deployment_id == id)
            .with_only_columns(*BRIEF, run.deployment_id)
            .limit(each)
            .subquery()
        )
        for id in deployment_ids
    ]
    found = sa.union_all(*parts).subquery()
    return sa.select(found).order_by(found.c.deployment_id, found.c.expected_start_time.desc())


@cache
def unplanned() -> Select[Any]:
    """Active schedules of deployments without a scheduled run after `now`, with when their last one was."""
    of_deployment = (run.deployment_id == deployment.id, run.auto_scheduled.is_(True))
    last = sa.select(run.expected_start_time).where(*of_deployment).order_by(run.expected_start_time.desc())
    coming = sa.select(run.id).where(*of_deployment, run.expected_start_time > bindparam("now"))
    return (
        sa.select(
            schedule.schedule,
            schedule.updated,
            last.limit(1).correlate(deployments).scalar_subquery().label("last"),
        )
        .select_from(deployment_schedules.join(deployments, deployment.id == schedule.deployment_id))
        .where(
            schedule.active.is_(True),
            deployment.paused.is_(False),
            sa.not_(coming.correlate(deployments).exists()),
        )
        .limit(bindparam("at_most", type_=sa.Integer))
    )
