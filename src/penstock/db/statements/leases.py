"""Leases: their rows, and what is counted by them."""

from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Select, Update, bindparam

from penstock.db.place_tables import deployments, work_pools, work_queues
from penstock.db.tables import flow_runs, leases

lease = leases.c
# Literal, so that SQLite can see that a partial index serves it.
IS_OWNED = lease.kind != sa.literal_column("'slot'")
"""Leases of owners who are missed if they are silent."""


COLUMNS = (
    lease.id.label("lease_id"),
    lease.kind.label("lease_kind"),
    lease.holder.label("lease_holder"),
    lease.acquired.label("lease_acquired"),
    lease.expires.label("lease_expires"),
    lease.worker.label("lease_worker"),
)
"""A lease beside the run that it is for."""


@cache
def of_run() -> Select[Any]:
    """The state type of the run `run_id`, and its lease if it has one."""
    return (
        sa.select(flow_runs.c.id, flow_runs.c.state_type, *COLUMNS)
        .select_from(flow_runs.outerjoin(leases, lease.flow_run_id == flow_runs.c.id))
        .where(flow_runs.c.id == bindparam("run_id"))
    )


@cache
def by_id() -> Select[Any]:
    """The lease `row_id`, whoever's run it is for."""
    return sa.select(lease.id).where(lease.id == bindparam("row_id"))


@cache
def renew() -> Update:
    """Give the lease `row_id` until `until`."""
    return leases.update().where(lease.id == bindparam("row_id")).values(expires=bindparam("until"))


@cache
def expired() -> Select[Any]:
    """The runs whose owners have been silent until `now`, longest first, at most `at_most`."""
    return (
        sa.select(lease.flow_run_id)
        .where(IS_OWNED, lease.expires <= bindparam("now"))
        .order_by(lease.expires)
        .limit(bindparam("at_most", type_=sa.Integer))
    )


@cache
def give_grace() -> Update:
    """Let no lease of the kind `of_kind` end before `until`."""
    return (
        leases.update()
        .where(lease.kind == bindparam("of_kind"), lease.expires < bindparam("until"))
        .values(expires=bindparam("until"))
    )


@cache
def stuck_cancelling() -> Select[Any]:
    """Runs that are being cancelled since before `since`, without an owner who would be missed."""
    owners = sa.select(lease.flow_run_id).where(IS_OWNED)
    return (
        sa.select(flow_runs.c.id)
        .where(
            flow_runs.c.state_type == sa.literal_column("'CANCELLING'"),
            flow_runs.c.state_timestamp < bindparam("since"),
            flow_runs.c.id.not_in(owners),
        )
        .order_by(flow_runs.c.state_timestamp)
        .limit(bindparam("at_most", type_=sa.Integer))
    )


def _taken(*conditions: Any) -> Any:
    return sa.select(sa.func.count()).select_from(leases).where(*conditions).scalar_subquery()


TAKEN_IN_QUEUE = _taken(lease.work_queue_id == work_queues.c.id)
TAKEN_IN_POOL = (
    sa.select(sa.func.count())
    .select_from(leases.join(work_queues, work_queues.c.id == lease.work_queue_id))
    .where(work_queues.c.work_pool_id == work_pools.c.id)
    .scalar_subquery()
)
TAKEN_OF_DEPLOYMENT = _taken(lease.deployment_id == deployments.c.id)
"""Places that are taken, as columns of a statement about pools, queues or deployments."""


@cache
def lock_pool() -> Select[Any]:
    """Make others wait who count the places of the pool `row_id`."""
    pool = work_pools.c
    return sa.select(pool.id).where(pool.id == bindparam("row_id")).with_for_update(key_share=True)


@cache
def lock_deployments() -> Select[Any]:
    """Make others wait who count the places of the deployments `row_ids`; answers their limits and places.

    Rows are locked in the order of their ids, so that two who lock several never wait for each other.
    """
    return (
        sa.select(deployments.c.id)
        .where(deployments.c.id.in_(bindparam("row_ids", expanding=True)))
        .order_by(deployments.c.id)
        .with_for_update(key_share=True)
    )


@cache
def places_in_pool() -> Select[Any]:
    """The limits and taken places of the queue `row_id` and of its pool."""
    return (
        sa.select(
            work_pools.c.name.label("pool"),
            work_pools.c.concurrency_limit.label("pool_limit"),
            TAKEN_IN_POOL.correlate(work_pools).label("pool_taken"),
            work_queues.c.name.label("queue"),
            work_queues.c.concurrency_limit.label("queue_limit"),
            TAKEN_IN_QUEUE.label("queue_taken"),
        )
        .select_from(work_queues.join(work_pools, work_pools.c.id == work_queues.c.work_pool_id))
        .where(work_queues.c.id == bindparam("row_id"))
    )


@cache
def places_of_deployments() -> Select[Any]:
    """The limits, taken places and collision strategies of the deployments `row_ids`."""
    return sa.select(
        deployments.c.id,
        deployments.c.name,
        deployments.c.concurrency_limit,
        deployments.c.concurrency_options,
        deployments.c.global_concurrency_limit_id,
        TAKEN_OF_DEPLOYMENT.label("taken"),
    ).where(deployments.c.id.in_(bindparam("row_ids", expanding=True)))
