"""What a run or a worker reaches: who made a flow run, and its pool; of which flow run a task run is."""

from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Select, bindparam

from penstock.db.artifact_tables import artifacts
from penstock.db.place_tables import work_pools, work_queues
from penstock.db.tables import flow_run_inputs, flow_runs, task_runs

run, task_run, said = flow_runs.c, task_runs.c, flow_run_inputs.c


@cache
def maker() -> Select[Any]:
    """Who made the flow run `run_id`, as it was written down then."""
    return sa.select(run.created_by).where(run.id == bindparam("run_id"))


@cache
def pools_of_runs() -> Select[Any]:
    """The names of the pools that the flow runs `run_ids` are in; None: in none."""
    queued = flow_runs.outerjoin(work_queues, work_queues.c.id == run.work_queue_id)
    return (
        sa.select(run.id, work_pools.c.name.label("pool"))
        .select_from(queued.outerjoin(work_pools, work_pools.c.id == work_queues.c.work_pool_id))
        .where(run.id.in_(bindparam("run_ids", expanding=True)))
    )


@cache
def pool_of_queue() -> Select[Any]:
    """The name of the pool of the queue `row_id`."""
    return (
        sa.select(work_pools.c.name)
        .select_from(work_queues.join(work_pools, work_pools.c.id == work_queues.c.work_pool_id))
        .where(work_queues.c.id == bindparam("row_id"))
    )


@cache
def runs_of_task_runs() -> Select[Any]:
    """The flow runs that the task runs `run_ids` are of, each once; None for those of none."""
    return (
        sa.select(task_run.flow_run_id)
        .where(task_run.id.in_(bindparam("run_ids", expanding=True)))
        .distinct()
    )


@cache
def run_of_artifact() -> Select[Any]:
    """The flow run that left the artifact `row_id`."""
    return sa.select(artifacts.c.flow_run_id).where(artifacts.c.id == bindparam("row_id"))


@cache
def has_said() -> Select[Any]:
    """Whether `sender` has said something to the flow run `run_id`."""
    return (
        sa.select(sa.literal(1).label("one"))
        .where(said.flow_run_id == bindparam("run_id"), said.sender == bindparam("by_sender"))
        .limit(1)
    )
