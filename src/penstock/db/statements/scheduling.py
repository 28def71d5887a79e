"""Schedules as the scheduler sees them: what their runs are made of, and when it looks again."""

from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Select, Update, bindparam

from penstock.db.place_tables import deployment_schedules, deployments, flows, work_pools, work_queues
from penstock.db.statements.deployments import PLACE, WITH_PLACE
from penstock.db.statements.events import automation_listens

deployment, schedule = deployments.c, deployment_schedules.c

_MAKES_RUNS = (schedule.active.is_(True), deployment.paused.is_(False))
_LOOKS = sa.select(schedule.id, schedule.next_look).select_from(
    deployment_schedules.join(deployments, deployment.id == schedule.deployment_id)
)


def _to_plan() -> Select[Any]:
    return (
        sa.select(
            schedule.id.label("schedule_id"),
            schedule.schedule,
            schedule.max_scheduled_runs,
            schedule.parameters.label("schedule_parameters"),
            schedule.catch_up,
            schedule.max_lateness_seconds,
            schedule.planned_through,
            schedule.next_look,
            deployment.id,
            deployment.flow_id,
            deployment.name,
            deployment.version,
            deployment.parameters,
            deployment.tags,
            deployment.labels,
            deployment.work_queue_id,
            flows.c.name.label("flow_name"),
            work_pools.c.type.label("work_pool_type"),
            *PLACE,
            automation_listens().scalar_subquery().label("is_listened_to"),
        )
        .select_from(
            WITH_PLACE.join(deployment_schedules, deployment.id == schedule.deployment_id).join(
                flows, flows.c.id == deployment.flow_id
            )
        )
        .where(*_MAKES_RUNS)
        .order_by(schedule.id)
    )


def _locked(query: Select[Any], *, skip_locked: bool = False) -> Select[Any]:
    """With its deployments and schedules held, so that what is made of them is made of what they are."""
    of = [deployments, deployment_schedules]
    return query.with_for_update(of=of, key_share=True, skip_locked=skip_locked)


@cache
def to_plan_of() -> Select[Any]:
    """The schedules of the deployment `deployment_id` that make runs, with what these get; held."""
    return _locked(_to_plan().where(deployment.id == bindparam("deployment_id")))


@cache
def to_plan() -> Select[Any]:
    """The same of the schedules `schedule_ids`; those that somebody else holds are passed over."""
    wanted = schedule.id.in_(bindparam("schedule_ids", expanding=True))
    return _locked(_to_plan().where(wanted), skip_locked=True)


@cache
def looks() -> Select[Any]:
    """When the schedules that make runs want their next look: at most `at_most` with ids after `after`."""
    limit = bindparam("at_most", type_=sa.Integer)
    return _LOOKS.where(*_MAKES_RUNS, schedule.id > bindparam("after")).order_by(schedule.id).limit(limit)


@cache
def looks_of() -> Select[Any]:
    """The same of the schedules `schedule_ids`."""
    return _LOOKS.where(*_MAKES_RUNS, schedule.id.in_(bindparam("schedule_ids", expanding=True)))


@cache
def note_plan() -> Update:
    """Keep until when all ticks of the schedule `row_id` have runs, and when it is looked at again.

    It is not the schedule that changes.
    """
    return (
        deployment_schedules.update()
        .where(schedule.id == bindparam("row_id"))
        .values(planned_through=bindparam("through"), next_look=bindparam("look"))
    )


@cache
def forget_plans_in_pool() -> Update:
    """Know no more what was planned for deployments whose runs go to the pool `pool_id`."""
    queues = sa.select(work_queues.c.id).where(work_queues.c.work_pool_id == bindparam("pool_id"))
    there = sa.select(deployment.id).where(deployment.work_queue_id.in_(queues))
    return (
        deployment_schedules.update()
        .where(schedule.deployment_id.in_(there))
        .values(planned_through=None, next_look=None)
    )


@cache
def terms() -> Select[Any]:
    """What the schedules `schedule_ids` say about ticks that are missed."""
    return sa.select(schedule.id, schedule.schedule, schedule.catch_up, schedule.max_lateness_seconds).where(
        schedule.id.in_(bindparam("schedule_ids", expanding=True))
    )
