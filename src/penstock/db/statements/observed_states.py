"""Names of states that runs were seen in, with their types, and when."""

from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Select, bindparam

from penstock.db.dialect import Timestamp
from penstock.db.tables import flow_run_states, flow_runs, task_run_states


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
