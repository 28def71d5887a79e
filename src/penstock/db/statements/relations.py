"""How nouns hang together: a condition on one becomes a condition on the other."""

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select, Table

from penstock.db.artifact_tables import artifacts
from penstock.db.block_tables import block_documents, block_schemas, block_types
from penstock.db.place_tables import deployments, flows, work_pools, work_queues
from penstock.db.tables import flow_runs, task_runs

Condition = ColumnElement[bool]


def _through_runs(key: str, other: Table, among: Condition) -> Select[Any]:
    """A column of the flow runs that have such an `other`."""
    return _of_runs(key, RELATED[flow_runs, other](among))


def _of_runs(key: str, those: Condition) -> Select[Any]:
    """A column of some flow runs.

    Where the ids of few places are meant each comes once: so PostgreSQL looks at these runs alone. Else it
    looks at all runs of each place until it finds one of these, which is long where there is none.
    """
    column = flow_runs.c[key]
    found = sa.select(column).where(those, *([] if not column.nullable else [column.is_not(None)]))
    return found if column is flow_runs.c.id else found.distinct()


def _queues_of_pools(among: Condition) -> Select[Any]:
    pools = sa.select(work_pools.c.id).where(among)
    return sa.select(work_queues.c.id).where(work_queues.c.work_pool_id.in_(pools))


RELATED: Mapping[tuple[Table, Table], Callable[[Condition], Condition]] = {
    (flow_runs, flows): lambda c: flow_runs.c.flow_id.in_(sa.select(flows.c.id).where(c)),
    (flow_runs, deployments): lambda c: flow_runs.c.deployment_id.in_(sa.select(deployments.c.id).where(c)),
    (flow_runs, task_runs): lambda c: flow_runs.c.id.in_(
        sa.select(task_runs.c.flow_run_id).where(c, task_runs.c.flow_run_id.is_not(None))
    ),
    (flow_runs, work_queues): lambda c: flow_runs.c.work_queue_id.in_(sa.select(work_queues.c.id).where(c)),
    (flow_runs, work_pools): lambda c: flow_runs.c.work_queue_id.in_(_queues_of_pools(c)),
    (flows, flow_runs): lambda c: flows.c.id.in_(_of_runs("flow_id", c)),
    (flows, task_runs): lambda c: flows.c.id.in_(_through_runs("flow_id", task_runs, c)),
    (flows, deployments): lambda c: flows.c.id.in_(sa.select(deployments.c.flow_id).where(c)),
    (flows, work_pools): lambda c: flows.c.id.in_(
        sa.select(deployments.c.flow_id).where(deployments.c.work_queue_id.in_(_queues_of_pools(c)))
    ),
    (task_runs, flow_runs): lambda c: task_runs.c.flow_run_id.in_(_of_runs("id", c)),
    (task_runs, flows): lambda c: task_runs.c.flow_run_id.in_(_through_runs("id", flows, c)),
    (task_runs, deployments): lambda c: task_runs.c.flow_run_id.in_(_through_runs("id", deployments, c)),
    (deployments, flows): lambda c: deployments.c.flow_id.in_(sa.select(flows.c.id).where(c)),
    (deployments, flow_runs): lambda c: deployments.c.id.in_(_of_runs("deployment_id", c)),
    (deployments, task_runs): lambda c: deployments.c.id.in_(_through_runs("deployment_id", task_runs, c)),
    (deployments, work_queues): lambda c: deployments.c.work_queue_id.in_(
        sa.select(work_queues.c.id).where(c)
    ),
    (deployments, work_pools): lambda c: deployments.c.work_queue_id.in_(_queues_of_pools(c)),
    (artifacts, flow_runs): lambda c: artifacts.c.flow_run_id.in_(_of_runs("id", c)),
    (artifacts, task_runs): lambda c: artifacts.c.task_run_id.in_(sa.select(task_runs.c.id).where(c)),
    (artifacts, flows): lambda c: artifacts.c.flow_run_id.in_(_through_runs("id", flows, c)),
    (artifacts, deployments): lambda c: artifacts.c.flow_run_id.in_(_through_runs("id", deployments, c)),
    (block_types, block_schemas): lambda c: block_types.c.id.in_(
        sa.select(block_schemas.c.block_type_id).where(c)
    ),
    (block_documents, block_types): lambda c: block_documents.c.block_type_id.in_(
        sa.select(block_types.c.id).where(c)
    ),
    (block_documents, block_schemas): lambda c: block_documents.c.block_schema_id.in_(
        sa.select(block_schemas.c.id).where(c)
    ),
}
"""(Asked about, filtered by) → the condition on the first, given that on the second."""
