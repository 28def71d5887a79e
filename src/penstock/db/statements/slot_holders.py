"""Limits with a name and limits of tags, as pages show them: who holds slots, and who waits for some."""

from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Select, bindparam

from penstock.db import dialect
from penstock.db.limit_tables import concurrency_limits, concurrency_slots
from penstock.db.place_tables import deployments, flows
from penstock.db.statements.capacity import BRIEF, MOST_WAITING
from penstock.db.statements.leases import IS_OWNED
from penstock.db.statements.limits import HELD
from penstock.db.tables import flow_runs, leases, task_runs
from penstock.domain.limits import TAG
from penstock.domain.states import StateType

limit, slot, run, task = concurrency_limits.c, concurrency_slots.c, flow_runs.c, task_runs.c
_TASK = (
    task.id.label("task_id"),
    task.name.label("task_name"),
    task.state_type.label("task_state_type"),
    task.state_name.label("task_state_name"),
)


@cache
def fullest() -> Select[Any]:
    """Limits with what is held of each, at most `at_most`, those first of which most is held."""
    found = sa.select(*concurrency_limits.c, HELD).order_by(sa.desc("held"), limit.name)
    return found.limit(bindparam("at_most", type_=sa.Integer))


def holders(limit_ids: Sequence[UUID], each: int) -> Select[Any]:
    """Who holds slots of these limits, longest first, so many of each; `count` says how many there are."""
    numbered = (
        sa.select(
            *concurrency_slots.c,
            sa.func.row_number()
            .over(partition_by=slot.limit_id, order_by=(slot.acquired, slot.id))
            .label("number"),
            sa.func.count().over(partition_by=slot.limit_id).label("count"),
        )
        .where(slot.limit_id.in_(limit_ids))
        .subquery("held")
    )
    return _named(numbered).where(numbered.c.number <= each).order_by(numbered.c.number)


@cache
def holder() -> Select[Any]:
    """Who holds the slots `row_id` of the limit `limit_id`; `others` more are held under the same lease."""
    one = concurrency_slots.alias("held")
    others = concurrency_slots.alias("others")
    beside = (
        sa.select(sa.func.count())
        .where(others.c.lease_id == one.c.lease_id, others.c.id != one.c.id)
        .scalar_subquery()
    )
    is_this = sa.and_(one.c.id == bindparam("row_id"), one.c.limit_id == bindparam("limit_id"))
    return _named(one).add_columns(beside.label("others")).where(is_this)


def _named(held: Any) -> Select[Any]:
    """Slots that are held, with what holds them: a flow run, a task run with its flow run, a deployment."""
    is_task = sa.and_(held.c.holder_type == "task_run", task.id == held.c.holder_id)
    of_run = sa.case((held.c.holder_type == "flow_run", held.c.holder_id), else_=held.c.flow_run_id)
    is_deployment = sa.and_(held.c.holder_type == "deployment", deployments.c.id == held.c.holder_id)
    whose = (
        held.outerjoin(task_runs, is_task)
        .outerjoin(flow_runs, run.id == sa.func.coalesce(task.flow_run_id, of_run))
        .outerjoin(leases, sa.and_(leases.c.flow_run_id == run.id, IS_OWNED))
        .outerjoin(deployments, is_deployment)
        .outerjoin(flows, flows.c.id == deployments.c.flow_id)
    )
    return sa.select(
        *BRIEF,
        *_TASK,
        *(column.label(f"slot_{column.name}") for column in held.c),
        leases.c.holder.label("process"),
        deployments.c.name.label("deployment_name"),
        flows.c.name.label("flow_name"),
    ).select_from(whose)


def pending_tasks(limit_ids: Sequence[UUID], each: int) -> Select[Any]:
    """Task runs that need a slot of these limits of tags, longest first, so many of each; `count` of each.

    They are pending, their flow runs go on, and they hold none. The newest `MOST_WAITING` pending task runs
    are looked at: those of flow runs that came to an end stay pending for good.
    """
    pending = (
        sa.select(*_TASK, task.tags, task.state_timestamp.label("since"), task.flow_run_id)
        .where(task.state_type == sa.literal_column(f"'{StateType.PENDING}'"))
        .order_by(task.expected_start_time.desc())
        .limit(MOST_WAITING)
        .subquery("pending")
    )
    tag = dialect.each_text(pending.c.tags, "tag")
    holds = (
        sa.select(slot.id)
        .where(slot.holder_id == pending.c.task_id, slot.limit_id == limit.id)
        .correlate(pending, concurrency_limits)
        .exists()
    )
    waits = (
        pending.join(tag, sa.true())
        .join(concurrency_limits, limit.name == sa.literal(TAG, dialect.Text()) + tag.c.value)
        .outerjoin(flow_runs, run.id == pending.c.flow_run_id)
    )
    goes_on = sa.or_(
        pending.c.flow_run_id.is_(None), run.state_type == sa.literal_column(f"'{StateType.RUNNING}'")
    )
    found = (
        sa.select(
            *BRIEF,
            *(pending.c[column.name] for column in _TASK),
            pending.c.since,
            limit.id.label("owner_id"),
            sa.func.row_number()
            .over(partition_by=limit.id, order_by=(pending.c.since, pending.c.task_id))
            .label("number"),
            sa.func.count().over(partition_by=limit.id).label("count"),
        )
        .select_from(waits)
        .where(limit.id.in_(limit_ids), goes_on, sa.not_(holds))
        .subquery("found")
    )
    return sa.select(found).where(found.c.number <= each).order_by(found.c.number)
