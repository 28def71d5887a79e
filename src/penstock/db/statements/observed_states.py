"""Names of states that runs were seen in, with their types, and when."""

from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select, Table, bindparam

from penstock.db.dialect import Timestamp
from penstock.db.tables import IS_RARE, flow_run_states, flow_runs, task_run_states, task_runs


@cache
def of_flow_runs() -> Select[Any]:
    """Of the `at_most` flow runs that were expected last."""
    newest = (
        sa.select(flow_runs.c.id)
        .where(flow_runs.c.expected_start_time.is_not(None))
        .order_by(flow_runs.c.expected_start_time.desc())
        .limit(bindparam("at_most", type_=sa.Integer))
        .subquery()
    )
    state = flow_run_states.c
    seen = sa.select(state.type, state.name, state.timestamp).select_from(
        newest.join(flow_run_states, state.flow_run_id == newest.c.id)
    )
    return _grouped(seen)


@cache
def of_task_runs() -> Select[Any]:
    """Of the `at_most` states that task runs entered last."""
    state = task_run_states.c
    newest = (
        sa.select(state.type, state.name, state.timestamp)
        .order_by(state.timestamp.desc())
        .limit(bindparam("at_most", type_=sa.Integer))
    )
    return _grouped(newest)


def _grouped(seen: Select[Any]) -> Select[Any]:
    found = seen.subquery()
    first, last = sa.func.min(found.c.timestamp), sa.func.max(found.c.timestamp)
    return sa.select(
        found.c.type,
        found.c.name,
        sa.type_coerce(first, Timestamp()).label("first_seen"),
        sa.type_coerce(last, Timestamp()).label("last_seen"),
    ).group_by(found.c.type, found.c.name)


@cache
def flow_runs_by_name(*, newest: bool) -> Select[Any]:
    """Of each name of a state that a flow run is in, one run: the newest or the oldest of them.

    Args:
        newest: Which of the two.
    """
    return _by_name(flow_runs, (), newest=newest)


@cache
def task_runs_by_name(*, newest: bool) -> Select[Any]:
    """The same of task runs, without the names of states that every task run has."""
    return _by_name(task_runs, (IS_RARE,), newest=newest)


def _by_name(table: Table, conditions: tuple[ColumnElement[bool], ...], *, newest: bool) -> Select[Any]:
    """By steps on the index of names, a few for each of the first `names`; no row is passed over."""
    run = table.c
    start = sa.select(sa.func.min(run.state_name).label("name")).where(*conditions)
    names = start.cte("names", recursive=True)
    after = sa.select(sa.func.min(run.state_name)).where(run.state_name > names.c.name, *conditions)
    names = names.union_all(sa.select(after.scalar_subquery()).where(names.c.name.is_not(None)))
    named = sa.select(names.c.name).where(names.c.name.is_not(None))
    some = named.limit(bindparam("names", type_=sa.Integer)).subquery("some")
    one = (
        sa.select(run.id)
        .where(run.state_name == some.c.name, *conditions)
        .order_by(run.id.desc() if newest else run.id)
        .limit(1)
        .correlate(some)
    )
    there = table.alias("there").c
    return sa.select(
        there.state_type.label("type"),
        there.state_name.label("name"),
        there.state_timestamp.label("first_seen"),
        there.state_timestamp.label("last_seen"),
    ).select_from(some.join(there.id.table, there.id == one.scalar_subquery()))
