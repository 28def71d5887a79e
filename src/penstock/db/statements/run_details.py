"""One run with what its page shows."""

from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Select, bindparam

from penstock.db.place_tables import deployments, flows
from penstock.db.statements import task_runs as task_statements
from penstock.db.statements.capacity import UNDER_LIMIT
from penstock.db.statements.flow_runs import VIEW, WITH_STATE_AND_PLACE
from penstock.db.tables import flow_runs, job_specs, leases, logs, task_runs

run, deployment, lease = flow_runs.c, deployments.c, leases.c
_parents = flow_runs.alias("parents")
_flows_of_parents = flows.alias("flows_of_parents")


@cache
def by_id() -> Select[Any]:
    """The flow run `id` as answers show it, with its flow, its deployment and its parent."""
    frozen = sa.select(job_specs.c.flow_run_id).where(job_specs.c.flow_run_id == run.id).exists()
    return (
        sa.select(
            *VIEW,
            flows.c.name.label("flow_name"),
            deployment.name.label("deployment_name"),
            deployment.parameter_openapi_schema,
            *UNDER_LIMIT,
            deployment.concurrency_options,
            deployment.last_polled.label("deployment_last_polled"),
            _parents.c.id.label("parent_id"),
            _parents.c.name.label("parent_name"),
            _flows_of_parents.c.name.label("parent_flow_name"),
            frozen.label("has_frozen_job"),
        )
        .select_from(
            WITH_STATE_AND_PLACE.join(flows, flows.c.id == run.flow_id)
            .outerjoin(deployments, deployment.id == run.deployment_id)
            .outerjoin(task_runs, task_runs.c.id == run.parent_task_run_id)
            .outerjoin(_parents, _parents.c.id == task_runs.c.flow_run_id)
            .outerjoin(_flows_of_parents, _flows_of_parents.c.id == _parents.c.flow_id)
        )
        .where(run.id == bindparam("id"))
    )


@cache
def held() -> Select[Any]:
    """The leases that the flow run `id` holds, oldest first."""
    return sa.select(leases).where(lease.flow_run_id == bindparam("id")).order_by(lease.acquired)


@cache
def task_counts() -> Select[Any]:
    """How many task runs of the flow run `id` are in which state."""
    key = (task_runs.c.state_type, task_runs.c.state_name)
    return (
        sa.select(*key, sa.func.count().label("count"))
        .where(task_runs.c.flow_run_id == bindparam("id"), task_runs.c.state_type.is_not(None))
        .group_by(*key)
        .order_by(*key)
    )


@cache
def latest_success() -> Select[Any]:
    """The last run of the deployment `deployment_id` that completed, other than `id`."""
    return (
        sa.select(run.id)
        .where(
            run.deployment_id == bindparam("deployment_id"),
            run.state_type == "COMPLETED",
            run.id != bindparam("id"),
        )
        .order_by(run.expected_start_time.desc())
        .limit(1)
    )


@cache
def task_run_by_id() -> Select[Any]:
    """The task run `id` as answers show it, with its flow run, what it called, and how much it logged."""
    of_run, children = flows.alias("flows_of_runs"), flow_runs.alias("children")
    flows_of_children = flows.alias("flows_of_children")
    log_count = sa.select(sa.func.count()).where(logs.c.task_run_id == task_runs.c.id).scalar_subquery()
    return (
        task_statements.by_id()
        .outerjoin(flow_runs, run.id == task_runs.c.flow_run_id)
        .outerjoin(of_run, of_run.c.id == run.flow_id)
        .outerjoin(children, children.c.parent_task_run_id == task_runs.c.id)
        .outerjoin(flows_of_children, flows_of_children.c.id == children.c.flow_id)
        .add_columns(
            run.name.label("flow_run_name"),
            of_run.c.name.label("flow_name"),
            children.c.id.label("child_id"),
            children.c.name.label("child_name"),
            flows_of_children.c.name.label("child_flow_name"),
            log_count.label("log_count"),
        )
        .order_by(children.c.id.desc())
    )


@cache
def sources() -> Select[Any]:
    """The task runs `task_run_ids` and the flow runs `flow_run_ids`, with the flows that they are of."""
    tasks = (
        sa.select(task_runs.c.id, task_runs.c.name, flows.c.name.label("flow_name"))
        .select_from(
            task_runs.outerjoin(flow_runs, run.id == task_runs.c.flow_run_id).outerjoin(
                flows, flows.c.id == run.flow_id
            )
        )
        .where(task_runs.c.id.in_(bindparam("task_run_ids", expanding=True)))
    )
    flow_run_rows = (
        sa.select(run.id, run.name, flows.c.name.label("flow_name"))
        .select_from(flow_runs.join(flows, flows.c.id == run.flow_id))
        .where(run.id.in_(bindparam("flow_run_ids", expanding=True)))
    )
    both = sa.union_all(tasks, flow_run_rows).subquery()
    return sa.select(both)
