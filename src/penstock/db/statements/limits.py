"""Concurrency limits and the slots that are held of them.

Whoever takes slots, or gives some back, locks the limits first, in the order of their ids: so what it counts
stays true until it writes, and two who lock several never wait for each other.
"""

from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Delete, Insert, Select, Update, bindparam

from penstock.db import dialect
from penstock.db.limit_tables import concurrency_limits, concurrency_slots
from penstock.db.place_tables import deployments, work_queues
from penstock.db.statements.leases import TAKEN_OF_DEPLOYMENT
from penstock.db.tables import flow_runs, leases, task_runs
from penstock.domain.states import TERMINAL_TYPES

limit, slot = concurrency_limits.c, concurrency_slots.c
_ENDED = sorted(TERMINAL_TYPES)

HELD = (
    sa.select(sa.func.coalesce(sa.func.sum(slot.slots), 0))
    .where(slot.limit_id == limit.id)
    .scalar_subquery()
    .label("held")
)
"""Slots that are held, as a column of a statement about limits."""


@cache
def add() -> Insert:
    """Insert a limit unless its name is taken."""
    return dialect.upsert(concurrency_limits, key=("name",), update=())


@cache
def by_name() -> Select[Any]:
    """The limit called `name`, with what is held of it."""
    return sa.select(*concurrency_limits.c, HELD).where(limit.name == bindparam("name"))


@cache
def by_id() -> Select[Any]:
    """The limit `row_id`, with what is held of it."""
    return sa.select(*concurrency_limits.c, HELD).where(limit.id == bindparam("row_id"))


def page(prefix: str, at_most: int, offset: int) -> Select[Any]:
    """Limits by name, with what is held of each: those whose names begin so."""
    found = sa.select(*concurrency_limits.c, HELD).order_by(limit.name, limit.id)
    if prefix:
        found = found.where(limit.name.startswith(prefix, autoescape=True))
    return found.limit(at_most).offset(offset)


@cache
def count() -> Select[Any]:
    """How many limits there are, but for those of deployments."""
    return sa.select(sa.func.count()).select_from(concurrency_limits)


def of_deployments(at_most: int, offset: int) -> Select[Any]:
    """Deployments that have a limit, oldest first: the limit, and how many runs take a place under it."""
    return _of_deployments().order_by(deployments.c.id).limit(at_most).offset(offset)


@cache
def of_deployment() -> Select[Any]:
    """The limit of the deployment `row_id`, if it has one."""
    return _of_deployments().where(deployments.c.id == bindparam("row_id"))


def _of_deployments() -> Select[Any]:
    deployment = deployments.c
    return sa.select(
        deployment.id,
        deployment.created,
        deployment.updated,
        deployment.concurrency_limit.label("limit"),
        TAKEN_OF_DEPLOYMENT.label("held"),
    ).where(deployment.concurrency_limit.is_not(None))


@cache
def lock_by_names() -> Select[Any]:
    """The limits `names`, locked."""
    return _locked().where(limit.name.in_(bindparam("names", expanding=True)))


@cache
def lock_by_ids() -> Select[Any]:
    """The limits `row_ids`, locked."""
    return _locked().where(limit.id.in_(bindparam("row_ids", expanding=True)))


def _locked() -> Select[Any]:
    return sa.select(concurrency_limits).order_by(limit.id).with_for_update(key_share=True)


@cache
def held() -> Select[Any]:
    """How many slots are held of each of the limits `row_ids`; none of those of which none are."""
    return (
        sa.select(slot.limit_id, sa.func.sum(slot.slots).label("held"))
        .where(slot.limit_id.in_(bindparam("row_ids", expanding=True)))
        .group_by(slot.limit_id)
    )


@cache
def of_lease() -> Select[Any]:
    """The slots that the lease `lease_id` holds."""
    return sa.select(concurrency_slots).where(slot.lease_id == bindparam("lease"))


@cache
def of_flow_runs() -> Select[Any]:
    """The slots that end with the flow runs `run_ids`."""
    return sa.select(concurrency_slots).where(slot.flow_run_id.in_(bindparam("run_ids", expanding=True)))


@cache
def of_holder() -> Select[Any]:
    """The slots that the task run `run_id` holds until it gives them back: those without a lease to renew."""
    return sa.select(concurrency_slots).where(
        slot.holder_id == bindparam("run_id"), slot.holder_type == "task_run", slot.expires.is_(None)
    )


@cache
def held_by() -> Select[Any]:
    """Of which of the limits `row_ids` the task run `run_id` holds slots, under whatever lease."""
    return (
        sa.select(slot.limit_id)
        .distinct()
        .where(
            slot.holder_id == bindparam("run_id"),
            slot.holder_type == "task_run",
            slot.limit_id.in_(bindparam("row_ids", expanding=True)),
        )
    )


@cache
def expired() -> Select[Any]:
    """Slots whose leases ran out by `now`, longest first, at most `at_most`."""
    return (
        sa.select(concurrency_slots)
        .where(slot.expires <= bindparam("now"))
        .order_by(slot.expires, slot.id)
        .limit(bindparam("at_most", type_=sa.Integer))
    )


@cache
def left_over() -> Select[Any]:
    """Slots that should have ended with a flow run that has ended, or is not there any more."""
    state_type = flow_runs.c.state_type
    goes_on = sa.or_(state_type.is_(None), state_type.not_in(_ENDED))
    not_ended = sa.select(flow_runs.c.id).where(flow_runs.c.id == slot.flow_run_id, goes_on).exists()
    return (
        sa.select(concurrency_slots)
        .where(slot.flow_run_id.is_not(None), sa.not_(not_ended))
        .order_by(slot.id)
        .limit(bindparam("at_most", type_=sa.Integer))
    )


@cache
def expired_of() -> Select[Any]:
    """Slots of the limits `row_ids` whose leases ran out by `now`."""
    of_these = slot.limit_id.in_(bindparam("row_ids", expanding=True))
    return sa.select(concurrency_slots).where(of_these, slot.expires <= bindparam("now"))


@cache
def forget_in_deployments() -> Update:
    """Let the deployments that had the limit `row_id` have none."""
    column = deployments.c.global_concurrency_limit_id
    return deployments.update().where(column == bindparam("row_id")).values(global_concurrency_limit_id=None)


@cache
def sharing() -> Select[Any]:
    """The deployments that share the limit `row_id`, with their work pools."""
    in_queue = deployments.outerjoin(work_queues, work_queues.c.id == deployments.c.work_queue_id)
    return (
        sa.select(deployments.c.id, work_queues.c.work_pool_id)
        .select_from(in_queue)
        .where(deployments.c.global_concurrency_limit_id == bindparam("row_id"))
    )


@cache
def give_grace() -> Update:
    """Let no lease on slots end before `until`."""
    return (
        concurrency_slots.update().where(slot.expires < bindparam("until")).values(expires=bindparam("until"))
    )


@cache
def without_lease() -> Select[Any]:
    """The slots of the limit `row_id` that nobody renews and no run holds, oldest first."""
    return (
        sa.select(concurrency_slots)
        .where(slot.limit_id == bindparam("row_id"), slot.expires.is_(None), slot.holder_id.is_(None))
        .order_by(slot.acquired, slot.id)
    )


@cache
def let_go() -> Update:
    """Take the slots of the limit `row_id` from all who hold some; their leases live on."""
    return concurrency_slots.update().where(slot.limit_id == bindparam("row_id")).values(limit_id=None)


@cache
def delete_unleased() -> Delete:
    """Delete the slots of the limit `row_id` that nobody renews."""
    return concurrency_slots.delete().where(slot.limit_id == bindparam("row_id"), slot.expires.is_(None))


@cache
def delete_slots() -> Delete:
    """Delete the slots `row_ids`."""
    return concurrency_slots.delete().where(slot.id.in_(bindparam("row_ids", expanding=True)))


@cache
def delete_expired() -> Delete:
    """Delete those of the slots `row_ids` that are not renewed since."""
    of_these = slot.id.in_(bindparam("row_ids", expanding=True))
    return concurrency_slots.delete().where(of_these, slot.expires <= bindparam("now"))


@cache
def renew() -> Update:
    """Hold what the lease `lease_id` holds until `until`."""
    return (
        concurrency_slots.update()
        .where(slot.lease_id == bindparam("lease"))
        .values(expires=bindparam("until"))
    )


@cache
def holders() -> Select[Any]:
    """The task runs that hold slots of the limits `row_ids`, those first that took one first."""
    return (
        sa.select(slot.limit_id, slot.holder_id)
        .where(
            slot.limit_id.in_(bindparam("row_ids", expanding=True)),
            slot.holder_type == "task_run",
            slot.holder_id.is_not(None),
        )
        .order_by(slot.acquired, slot.id)
    )


@cache
def flow_run_of_task_run() -> Select[Any]:
    """The flow run of the task run `run_id`."""
    return sa.select(task_runs.c.flow_run_id).where(task_runs.c.id == bindparam("run_id"))


@cache
def flow_run_of_lease() -> Select[Any]:
    """The flow run that the lease `lease_id` is for."""
    return sa.select(leases.c.flow_run_id).where(leases.c.id == bindparam("lease"))
