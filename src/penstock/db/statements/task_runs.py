"""Task runs: the run with its last state in one row each, and the batches in which they are recorded."""

from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Delete, Insert, Select, Update, bindparam

from penstock.contract.filters import TaskRunSort
from penstock.db import dialect
from penstock.db.statements.pages import Order
from penstock.db.tables import flow_runs, logs, task_run_states, task_runs

run, state = task_runs.c, task_run_states.c

STATE = (
    state.message.label("state_message"),
    state.data.label("state_data"),
    state.details.label("state_details"),
)
"""What a task run's row does not say itself of the state that it is in."""
WITH_STATE = task_runs.outerjoin(
    task_run_states, sa.and_(state.task_run_id == run.id, state.sequence == run.state_sequence)
)
ORDERS: dict[TaskRunSort, Order] = {
    TaskRunSort.ID_DESC: Order(run.id, True, False),
    TaskRunSort.EXPECTED_START_TIME_ASC: Order(run.expected_start_time, False, False),
    TaskRunSort.EXPECTED_START_TIME_DESC: Order(run.expected_start_time, True, False),
    TaskRunSort.NAME_ASC: Order(run.name, False, False),
    TaskRunSort.NAME_DESC: Order(run.name, True, False),
    TaskRunSort.NEXT_SCHEDULED_START_TIME_ASC: Order(run.next_scheduled_start_time, False),
    TaskRunSort.END_TIME_DESC: Order(run.end_time, True),
    TaskRunSort.DURATION_DESC: Order(run.total_run_time, True, False),
    TaskRunSort.DURATION_ASC: Order(run.total_run_time, False, False),
}
"""Where runs without the value come last, they are found by themselves."""


def _view() -> Select[Any]:
    return sa.select(*task_runs.c, *STATE).select_from(WITH_STATE)


def shown(found: Select[Any], order: Order) -> Select[Any]:
    """Task runs as answers show them, of a page that was found (`pages`)."""
    those = found.subquery("found")
    whole = WITH_STATE.join(those, those.c.id == run.id)
    by = order.of_places(those.c.place, those.c.id)
    return sa.select(*task_runs.c, *STATE).select_from(whole).order_by(*by)


@cache
def by_id() -> Select[Any]:
    """The task run `id`."""
    return _view().where(run.id == bindparam("id"))


@cache
def by_keys() -> Select[Any]:
    """The task run of the flow run `flow_run_id` with these two keys."""
    return _view().where(
        run.flow_run_id == bindparam("flow_run_id"),
        run.task_key == bindparam("task_key"),
        run.dynamic_key == bindparam("dynamic_key"),
    )


@cache
def enter() -> Update:
    """Move the run `run_id` from its state number `seen` into a new one; no row if it has left it."""
    return task_runs.update().where(run.id == bindparam("run_id"), run.state_sequence == bindparam("seen"))


@cache
def history() -> Select[Any]:
    """The states of the task run `id`, oldest first."""
    return sa.select(task_run_states).where(state.task_run_id == bindparam("id")).order_by(state.sequence)


@cache
def state_by_id() -> Select[Any]:
    """One state of any task run, by its own `id`."""
    return sa.select(task_run_states).where(state.id == bindparam("id"))


@cache
def recorded() -> Select[Any]:
    """What is known of the task runs `row_ids`: as far as a batch has to go on from it."""
    return sa.select(
        run.id,
        run.state_id,
        run.state_type,
        run.state_name,
        run.state_timestamp,
        run.state_sequence,
        run.run_count,
        run.expected_start_time,
        run.next_scheduled_start_time,
        run.start_time,
        run.end_time,
        run.total_run_time,
    ).where(run.id.in_(bindparam("row_ids", expanding=True)))


@cache
def recorded_states() -> Select[Any]:
    """The ids of the states of the task runs `row_ids`."""
    return sa.select(state.id).where(state.task_run_id.in_(bindparam("row_ids", expanding=True)))


@cache
def known_flow_runs() -> Select[Any]:
    """Which of the flow runs `row_ids` there are."""
    return sa.select(flow_runs.c.id).where(flow_runs.c.id.in_(bindparam("row_ids", expanding=True)))


@cache
def register() -> Insert:
    """Insert a task run unless there is one with its keys in its flow run."""
    return dialect.upsert(task_runs, key=("flow_run_id", "task_key", "dynamic_key"), update=())


def delete(ids: Sequence[UUID]) -> Delete:
    """Delete task runs; their states go with them, but not their logs."""
    return task_runs.delete().where(run.id.in_(ids))


def delete_logs(ids: Sequence[UUID]) -> Delete:
    """Delete the log lines of task runs."""
    return logs.delete().where(logs.c.task_run_id.in_(ids))
