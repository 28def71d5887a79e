"""What a worker's claim reads: where something is due, and which runs."""

from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Select, bindparam

from penstock.db.dialect import Timestamp
from penstock.db.place_tables import deployments, work_pools, work_queues
from penstock.db.statements.flow_runs import IS_SCHEDULED, VIEW
from penstock.db.statements.leases import TAKEN_IN_POOL, TAKEN_IN_QUEUE
from penstock.db.statements.waiting_runs import AROUND, WITH_ALL_AROUND
from penstock.db.tables import flow_runs

run, pool, queue, deployment = flow_runs.c, work_pools.c, work_queues.c, deployments.c


def _due(*conditions: Any) -> Any:
    return (
        sa.select(sa.func.min(run.next_scheduled_start_time))
        .where(run.work_queue_id == queue.id, IS_SCHEDULED, *conditions)
        .scalar_subquery()
    )


def _if_limited(place: Any, taken: Any) -> Any:
    return sa.case((place.concurrency_limit.is_not(None), taken))


@cache
def overview() -> Select[Any]:
    """The queues of the pool `pool_name` by priority: what is due, what comes next, what places are taken.

    Places are counted where there is a limit of them.
    """
    later = run.next_scheduled_start_time > bindparam("now", type_=Timestamp())
    return (
        sa.select(
            pool.id.label("pool_id"),
            pool.name.label("pool_name"),
            pool.type.label("pool_type"),
            pool.is_paused.label("pool_is_paused"),
            pool.concurrency_limit.label("pool_limit"),
            pool.template_version,
            _if_limited(pool, TAKEN_IN_POOL.correlate(work_pools)).label("pool_taken"),
            queue.id,
            queue.name,
            queue.is_paused,
            queue.concurrency_limit.label("limit"),
            _if_limited(queue, TAKEN_IN_QUEUE).label("taken"),
            _due().label("due"),
            _due(later).label("next_due"),
        )
        .select_from(work_pools.outerjoin(work_queues, queue.work_pool_id == pool.id))
        .where(pool.name == bindparam("pool_name"))
        .order_by(queue.priority, queue.name)
    )


_WITH_LAYERS = (
    *VIEW,
    *AROUND,
    deployment.entrypoint.label("deployment_entrypoint"),
    deployment.path.label("deployment_path"),
    deployment.pull_steps.label("deployment_pull_steps"),
    deployment.parameters.label("deployment_parameters"),
    deployment.job_variables.label("deployment_job_variables"),
    deployment.concurrency_limit.label("deployment_limit"),
    deployment.global_concurrency_limit_id.label("shared_limit_id"),
)


_SERVED = (
    run.work_queue_id.is_(None),
    run.deployment_id.in_(bindparam("deployment_ids", expanding=True)),
    IS_SCHEDULED,
)


@cache
def run_with_layers() -> Select[Any]:
    """The run `id`, with all that its job is made of but the pool's template."""
    return sa.select(*_WITH_LAYERS).select_from(WITH_ALL_AROUND).where(run.id == bindparam("id"))


@cache
def due_runs() -> Select[Any]:
    """Runs of the queue `queue_id` that were due until `now`, oldest first, at most `at_most`.

    They are locked, and those that somebody else has locked are passed over.
    """
    return (
        sa.select(*_WITH_LAYERS)
        .select_from(WITH_ALL_AROUND)
        .where(
            run.work_queue_id == bindparam("queue_id"),
            IS_SCHEDULED,
            run.next_scheduled_start_time <= bindparam("now"),
        )
        .order_by(run.next_scheduled_start_time, run.id)
        .limit(bindparam("at_most", type_=sa.Integer))
        .with_for_update(of=flow_runs, skip_locked=True, key_share=True)
    )


def due_runs_except(full: Sequence[UUID]) -> Select[Any]:
    """The same without runs of these deployments, whose places are all taken."""
    return due_runs().where(sa.or_(run.deployment_id.is_(None), run.deployment_id.not_in(full)))


def fresh_runs(full: Sequence[UUID]) -> Select[Any]:
    """The same that were due after `old`, of deployments without any that were due before; none of `full`."""
    older = flow_runs.alias("older")
    has_older = (
        sa.exists()
        .where(
            older.c.deployment_id == run.deployment_id,
            older.c.state_type == sa.literal_column("'SCHEDULED'"),
            older.c.next_scheduled_start_time <= bindparam("old", type_=Timestamp()),
        )
        .correlate(flow_runs)
    )
    fresh = due_runs().where(run.next_scheduled_start_time > bindparam("old", type_=Timestamp()), ~has_older)
    return fresh.where(sa.or_(run.deployment_id.is_(None), run.deployment_id.not_in(full)))


@cache
def due_served_runs() -> Select[Any]:
    """Runs of the deployments `deployment_ids` that are in no queue and were due until `now`.

    Oldest first, at most `at_most`, locked like `due_runs`.
    """
    return (
        sa.select(*_WITH_LAYERS)
        .select_from(WITH_ALL_AROUND)
        .where(*_SERVED, run.next_scheduled_start_time <= bindparam("now"))
        .order_by(run.next_scheduled_start_time, run.id)
        .limit(bindparam("at_most", type_=sa.Integer))
        .with_for_update(of=flow_runs, skip_locked=True, key_share=True)
    )


def due_served_runs_except(full: Sequence[UUID]) -> Select[Any]:
    """The same without runs of these deployments, whose places are all taken."""
    return due_served_runs().where(run.deployment_id.not_in(full))


@cache
def next_served() -> Select[Any]:
    """When the next run of the deployments `deployment_ids` that is in no queue becomes due after `now`."""
    later = run.next_scheduled_start_time > bindparam("now", type_=Timestamp())
    return sa.select(sa.func.min(run.next_scheduled_start_time)).where(*_SERVED, later)


@cache
def still_wanted() -> Select[Any]:
    """Of the runs `run_ids`, those whose jobs may go on.

    That is: those that are neither to be cancelled nor ended long ago: as CANCELLED, CRASHED or suspended,
    which others may have said of them, before `cancelled_before`; otherwise before `ended_before`. The job of
    a run that has said how it ended is about to end by itself.
    """
    changed = run.state_timestamp
    by_itself, perhaps_by_others = ("COMPLETED", "FAILED"), ("CANCELLED", "CRASHED")
    goes_on = run.state_type.not_in(by_itself + perhaps_by_others) & (run.state_name != "Suspended")
    return sa.select(run.id).where(
        run.id.in_(bindparam("run_ids", expanding=True)),
        run.state_type != "CANCELLING",
        sa.or_(
            goes_on,
            changed > bindparam("cancelled_before", type_=changed.type),
            sa.and_(run.state_type.in_(by_itself), changed > bindparam("ended_before", type_=changed.type)),
        ),
    )
