"""What events say of things: their names, and the things around them."""

from collections.abc import Collection
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Select, bindparam

from penstock.db.place_tables import deployments, flows, work_pools, work_queues
from penstock.db.statements.events import automation_listens
from penstock.db.tables import flow_runs, task_runs

PLACE = (
    work_queues.c.id.label("work_queue_id"),
    work_queues.c.name.label("work_queue_name"),
    work_pools.c.id.label("work_pool_id"),
    work_pools.c.name.label("work_pool_name"),
    work_pools.c.type.label("work_pool_type"),
)


@cache
def flow_run() -> Select[Any]:
    """The flow run `run_id`."""
    run = flow_runs.c
    around = (
        flow_runs.join(flows, flows.c.id == run.flow_id)
        .outerjoin(deployments, deployments.c.id == run.deployment_id)
        .outerjoin(work_queues, work_queues.c.id == run.work_queue_id)
        .outerjoin(work_pools, work_pools.c.id == work_queues.c.work_pool_id)
        .outerjoin(task_runs, task_runs.c.id == run.parent_task_run_id)
    )
    return (
        sa.select(
            run.name,
            run.run_count,
            run.expected_start_time,
            run.start_time,
            run.total_run_time,
            run.tags,
            run.created_by,
            run.flow_id,
            flows.c.name.label("flow_name"),
            run.deployment_id,
            deployments.c.name.label("deployment_name"),
            run.parent_task_run_id,
            task_runs.c.name.label("parent_task_run_name"),
            *PLACE,
            automation_listens().scalar_subquery().label("is_listened_to"),
        )
        .select_from(around)
        .where(run.id == bindparam("run_id"))
    )


def creators(run_ids: Collection[UUID]) -> Select[Any]:
    """Who made these flow runs."""
    run = flow_runs.c
    return sa.select(run.id, run.created_by).where(run.id.in_(list(run_ids)), run.created_by.is_not(None))


def creators_around(task_run_id: UUID) -> Select[Any]:
    """Who made the flow run of a task run."""
    around = flow_runs.join(task_runs, task_runs.c.flow_run_id == flow_runs.c.id)
    made = flow_runs.c.created_by.is_not(None)
    return (
        sa.select(flow_runs.c.id, flow_runs.c.created_by)
        .select_from(around)
        .where(task_runs.c.id == task_run_id, made)
    )


@cache
def deployment() -> Select[Any]:
    """The deployment `row_id`."""
    around = (
        deployments.join(flows, flows.c.id == deployments.c.flow_id)
        .outerjoin(work_queues, work_queues.c.id == deployments.c.work_queue_id)
        .outerjoin(work_pools, work_pools.c.id == work_queues.c.work_pool_id)
    )
    return (
        sa.select(
            deployments.c.id,
            deployments.c.name,
            deployments.c.flow_id,
            flows.c.name.label("flow_name"),
            *PLACE,
        )
        .select_from(around)
        .where(deployments.c.id == bindparam("row_id"))
    )
