"""Deployments, with the queue and pool that their runs go to."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Insert, Select, bindparam

from penstock.contract.filters import NamedSort
from penstock.db import dialect
from penstock.db.limit_tables import concurrency_limits, concurrency_slots
from penstock.db.place_tables import deployment_schedules, deployments, flows, work_pools, work_queues
from penstock.db.statements.leases import TAKEN_OF_DEPLOYMENT
from penstock.db.statements.orders import named_order

deployment, schedule, limit = deployments.c, deployment_schedules.c, concurrency_limits.c

PLACE = (
    work_queues.c.name.label("work_queue_name"),
    work_queues.c.last_polled.label("queue_last_polled"),
    work_pools.c.id.label("work_pool_id"),
    work_pools.c.name.label("work_pool_name"),
)
_SHARED = (
    limit.name.label("shared_name"),
    limit.created.label("shared_created"),
    limit.updated.label("shared_updated"),
    limit.limit.label("shared_limit"),
    limit.active.label("shared_active"),
    limit.slot_decay_per_second.label("shared_decay"),
    sa.select(sa.func.coalesce(sa.func.sum(concurrency_slots.c.slots), 0))
    .where(concurrency_slots.c.limit_id == limit.id)
    .scalar_subquery()
    .label("shared_held"),
)
"""The limit with a name that a deployment has, if it has one."""
WITH_PLACE = deployments.outerjoin(work_queues, work_queues.c.id == deployment.work_queue_id).outerjoin(
    work_pools, work_pools.c.id == work_queues.c.work_pool_id
)


def _view() -> Select[Any]:
    taken = TAKEN_OF_DEPLOYMENT.label("active_slots")
    shared = WITH_PLACE.outerjoin(concurrency_limits, limit.id == deployment.global_concurrency_limit_id)
    return sa.select(*deployments.c, *PLACE, taken, *_SHARED).select_from(shared)


def page(conditions: Sequence[ColumnElement[bool]], sort: NamedSort, limit: int, offset: int) -> Select[Any]:
    """Some deployments as answers show them, without their schedules."""
    order = named_order(deployments, sort)
    return _view().where(*conditions).order_by(*order).limit(limit).offset(offset)


@cache
def by_id() -> Select[Any]:
    """The deployment `row_id`."""
    return _view().where(deployment.id == bindparam("row_id"))


@cache
def by_names() -> Select[Any]:
    """The deployment `deployment_name` of the flow `flow_name`."""
    flow_id = sa.select(flows.c.id).where(flows.c.name == bindparam("flow_name")).scalar_subquery()
    return _view().where(deployment.flow_id == flow_id, deployment.name == bindparam("deployment_name"))


@cache
def by_flow_and_name() -> Select[Any]:
    """The deployment `name` of the flow `flow_id`."""
    return _view().where(deployment.flow_id == bindparam("flow_id"), deployment.name == bindparam("name"))


@cache
def for_new_runs() -> Select[Any]:
    """What a run of the deployment `row_id` inherits, and which template its job variables must fit."""
    return (
        sa.select(
            deployment.id,
            deployment.flow_id,
            deployment.name,
            deployment.version,
            deployment.parameters,
            deployment.parameter_openapi_schema,
            deployment.enforce_parameter_schema,
            deployment.job_variables,
            deployment.tags,
            deployment.labels,
            deployment.work_queue_id,
            *PLACE,
            work_pools.c.template_version,
        )
        .select_from(WITH_PLACE)
        .where(deployment.id == bindparam("row_id"))
    )


@cache
def save() -> Insert:
    """Insert a deployment unless its flow has one of the name."""
    return dialect.upsert(deployments, key=("flow_id", "name"), update=())


@cache
def schedules() -> Select[Any]:
    """The schedules of the deployments `row_ids`, oldest first."""
    return (
        sa.select(deployment_schedules)
        .where(schedule.deployment_id.in_(bindparam("row_ids", expanding=True)))
        .order_by(schedule.id)
    )


@cache
def names_of_flow() -> Select[Any]:
    """The names of the deployments of the flow called `flow_name`."""
    return (
        sa.select(deployment.name)
        .select_from(deployments.join(flows, flows.c.id == deployment.flow_id))
        .where(flows.c.name == bindparam("flow_name"))
        .limit(1000)
    )


@cache
def of_pool() -> Select[Any]:
    """The deployments whose runs go to the pool `row_id`."""
    return (
        sa.select(deployment.id, deployment.name, deployment.job_variables, flows.c.name.label("flow_name"))
        .select_from(
            deployments.join(work_queues, work_queues.c.id == deployment.work_queue_id).join(
                flows, flows.c.id == deployment.flow_id
            )
        )
        .where(work_queues.c.work_pool_id == bindparam("row_id"))
        .order_by(flows.c.name, deployment.name)
    )


@cache
def schedule_by_id() -> Select[Any]:
    """The schedule `row_id` of the deployment `deployment_id`."""
    return sa.select(deployment_schedules).where(
        schedule.id == bindparam("row_id"), schedule.deployment_id == bindparam("deployment_id")
    )
