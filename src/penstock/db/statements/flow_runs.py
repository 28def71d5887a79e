"""Flow runs: the run with its last state, its lease and the names around it, in one row each."""

from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Delete, Insert, Select, Update, bindparam

from penstock.contract.filters import FlowRunSort
from penstock.db import dialect
from penstock.db.place_tables import deployments, work_pools, work_queues
from penstock.db.statements.leases import COLUMNS as LEASE
from penstock.db.statements.pages import Order
from penstock.db.tables import flow_run_states, flow_runs, leases, logs, task_runs

run, state = flow_runs.c, flow_run_states.c

IS_SCHEDULED = run.state_type == sa.literal_column("'SCHEDULED'")
"""Written as a literal, so that SQLite can see that the partial index of waiting runs serves it."""

PROGRESS = (
    "run_count",
    "expected_start_time",
    "next_scheduled_start_time",
    "start_time",
    "end_time",
    "total_run_time",
)
CURRENT_STATE = ("state_id", "state_type", "state_name", "state_timestamp", "state_sequence")

_STATE = (
    state.message.label("state_message"),
    state.data.label("state_data"),
    state.details.label("state_details"),
)
_PLACE = (
    work_queues.c.name.label("work_queue_name"),
    work_pools.c.id.label("work_pool_id"),
    work_pools.c.name.label("work_pool_name"),
)
WITH_STATE_AND_PLACE = (
    flow_runs.outerjoin(
        flow_run_states, sa.and_(state.flow_run_id == run.id, state.sequence == run.state_sequence)
    )
    .outerjoin(work_queues, work_queues.c.id == run.work_queue_id)
    .outerjoin(work_pools, work_pools.c.id == work_queues.c.work_pool_id)
)

VIEW = (*flow_runs.c, *_STATE, *_PLACE)
"""The columns of a run as answers show it."""

_STARTED = sa.func.coalesce(run.start_time, run.expected_start_time)
ORDERS: dict[FlowRunSort, Order] = {
    FlowRunSort.ID_DESC: Order(run.id, True, False),
    FlowRunSort.START_TIME_ASC: Order(_STARTED, False, False),
    FlowRunSort.START_TIME_DESC: Order(_STARTED, True, False),
    FlowRunSort.EXPECTED_START_TIME_ASC: Order(run.expected_start_time, False, False),
    FlowRunSort.EXPECTED_START_TIME_DESC: Order(run.expected_start_time, True, False),
    FlowRunSort.NAME_ASC: Order(run.name, False, False),
    FlowRunSort.NAME_DESC: Order(run.name, True, False),
    FlowRunSort.NEXT_SCHEDULED_START_TIME_ASC: Order(run.next_scheduled_start_time, False),
    FlowRunSort.END_TIME_DESC: Order(run.end_time, True),
}
"""Where runs without the value come last, they are found by themselves."""


def _view() -> Select[Any]:
    return sa.select(*VIEW).select_from(WITH_STATE_AND_PLACE)


def shown(found: Select[Any], order: Order) -> Select[Any]:
    """Runs as answers show them, of a page that was found (`pages`)."""
    those = found.subquery("found")
    whole = WITH_STATE_AND_PLACE.join(those, those.c.id == run.id)
    by = order.of_places(those.c.place, those.c.id)
    return sa.select(*VIEW).select_from(whole).order_by(*by)


@cache
def children_under_way() -> Select[Any]:
    """The ids of the runs that the flow run `run_id` started, and that go on or wait."""
    of_run = sa.select(task_runs.c.id).where(task_runs.c.flow_run_id == bindparam("run_id"))
    return (
        sa.select(run.id)
        .where(
            run.parent_task_run_id.in_(of_run),
            run.state_type.in_(["SCHEDULED", "PENDING", "RUNNING", "PAUSED"]),
        )
        .order_by(run.id)
    )


@cache
def by_id() -> Select[Any]:
    """The run `id` as answers show it."""
    return _view().where(run.id == bindparam("id"))


@cache
def by_idempotency_key() -> Select[Any]:
    """The flow's run with a key."""
    return _view().where(run.flow_id == bindparam("flow_id"), run.idempotency_key == bindparam("key"))


@cache
def facts() -> Select[Any]:
    """What a decision about the run `id` needs: state, progress, lease, and whose limits it is under."""
    return (
        sa.select(
            run.id,
            run.flow_id,
            run.deployment_id,
            run.work_queue_id,
            run.parent_task_run_id,
            run.parent_follows,
            run.empirical_policy,
            *(run[name] for name in (*CURRENT_STATE, *PROGRESS)),
            *_STATE,
            *LEASE,
            work_pools.c.id.label("work_pool_id"),
            work_pools.c.concurrency_limit.label("pool_limit"),
            work_queues.c.concurrency_limit.label("queue_limit"),
            deployments.c.concurrency_limit.label("deployment_limit"),
            deployments.c.global_concurrency_limit_id.label("shared_limit_id"),
        )
        .select_from(
            WITH_STATE_AND_PLACE.outerjoin(leases, leases.c.flow_run_id == run.id).outerjoin(
                deployments, deployments.c.id == run.deployment_id
            )
        )
        .where(run.id == bindparam("id"))
    )


@cache
def insert_keyed() -> Insert:
    """Insert a run unless its flow has one with its idempotency key."""
    return dialect.upsert(flow_runs, key=("flow_id", "idempotency_key"), update=())


@cache
def which() -> Select[Any]:
    """Those of the ids `ids` that runs have."""
    return sa.select(run.id).where(run.id.in_(bindparam("ids", expanding=True)))


@cache
def update_as_seen() -> Update:
    """Change the run `run_id` while it is in its state number `seen`; no row if it has left it."""
    return flow_runs.update().where(run.id == bindparam("run_id"), run.state_sequence == bindparam("seen"))


@cache
def history() -> Select[Any]:
    """The states of the run `id`, oldest first."""
    return sa.select(flow_run_states).where(state.flow_run_id == bindparam("id")).order_by(state.sequence)


@cache
def state_by_id() -> Select[Any]:
    """One state of any run, by its own `id`."""
    return sa.select(flow_run_states).where(state.id == bindparam("id"))


def delete(ids: Sequence[UUID]) -> Delete:
    """Delete runs; what refers to them goes with them, but for their logs and artifacts."""
    return flow_runs.delete().where(run.id.in_(ids))


def delete_logs(ids: Sequence[UUID]) -> Delete:
    """Delete the log lines of runs."""
    return logs.delete().where(logs.c.flow_run_id.in_(ids))
