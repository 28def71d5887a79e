"""The task runs of a flow run, as few columns as a picture of them needs; times as whole microseconds."""

from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Select, bindparam

from penstock.db.statements.graphs import has_parent_between
from penstock.db.tables import flow_runs, task_run_states, task_runs
from penstock.domain.states import StateType

run = task_runs.c


def _microseconds(name: str) -> Any:
    return sa.type_coerce(run[name], sa.BigInteger).label(name)


@cache
def of_run() -> Select[Any]:
    """The task runs of the flow run `flow_run_id` in the order of their beginning, at most `at_most`."""
    begin = sa.func.coalesce(run.start_time, run.expected_start_time)
    return (
        sa.select(
            run.id,
            run.name,
            run.task_key,
            run.dynamic_key,
            run.state_type,
            run.state_name,
            run.run_count,
            _microseconds("expected_start_time"),
            _microseconds("start_time"),
            _microseconds("end_time"),
            # Not decoded here: most of it is not needed.
            sa.type_coerce(run.task_inputs, sa.Text).label("task_inputs"),
        )
        .where(run.flow_run_id == bindparam("flow_run_id"))
        .order_by(begin.nulls_last(), run.id)
        .limit(bindparam("at_most", type_=sa.Integer))
    )


@cache
def count() -> Select[Any]:
    """How many task runs the flow run `flow_run_id` has."""
    return (
        sa.select(sa.func.count()).select_from(task_runs).where(run.flow_run_id == bindparam("flow_run_id"))
    )


@cache
def attempts() -> Select[Any]:
    """When task runs of the flow run `flow_run_id` began and waited, of those that began or wait again.

    By task run, oldest first, at most `at_most`.
    """
    state = task_run_states.c
    again = sa.or_(run.run_count > 1, sa.and_(run.run_count > 0, run.state_type == StateType.SCHEDULED))
    return (
        sa.select(
            state.task_run_id,
            state.type,
            sa.type_coerce(state.timestamp, sa.BigInteger).label("timestamp"),
        )
        .select_from(task_run_states.join(task_runs, run.id == state.task_run_id))
        .where(
            run.flow_run_id == bindparam("flow_run_id"),
            again,
            state.type.in_((StateType.SCHEDULED, StateType.RUNNING)),
        )
        .order_by(state.task_run_id, state.sequence)
        .limit(bindparam("at_most", type_=sa.Integer))
    )


@cache
def children() -> Select[Any]:
    """The flow runs that task runs of the flow run `flow_run_id` stand for, oldest first.

    The task runs have ids from `first` to `last`.
    """
    child = flow_runs.c
    return (
        sa.select(child.parent_task_run_id, child.id)
        .select_from(flow_runs.join(task_runs, run.id == child.parent_task_run_id))
        .where(run.flow_run_id == bindparam("flow_run_id"), has_parent_between())
        .order_by(child.created, child.id)
    )
