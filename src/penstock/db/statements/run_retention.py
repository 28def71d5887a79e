"""Flow runs that ended long ago are found by their end, and deleted a part at a time."""

from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Delete, Select, Table, bindparam

from penstock.db.tables import flow_runs, logs, task_runs
from penstock.domain.states import TERMINAL_TYPES

run = flow_runs.c


@cache
def old_runs() -> Select[Any]:
    """The runs that ended first, before a moment, whom no task run has started that is still there.

    So a run goes before those that it started, and these when it is gone. Those that another server has
    locked are passed over.
    """
    is_started = sa.exists().where(task_runs.c.id == run.parent_task_run_id)
    return (
        sa.select(run.id)
        .where(run.end_time < bindparam("before", type_=run.end_time.type))
        .where(run.state_type.in_(sorted(TERMINAL_TYPES)), ~is_started)
        .order_by(run.end_time)
        .limit(bindparam("at_most", type_=sa.Integer))
        .with_for_update(skip_locked=True)
    )


def delete_some_logs(ids: Sequence[UUID], at_most: int) -> Delete:
    """Delete no more lines of these runs than that."""
    return _delete_some(logs, ids, at_most)


def delete_some_task_runs(ids: Sequence[UUID], at_most: int) -> Delete:
    """Delete no more task runs of these runs than that; their states go with them."""
    return _delete_some(task_runs, ids, at_most)


def _delete_some(table: Table, ids: Sequence[UUID], at_most: int) -> Delete:
    some = sa.select(table.c.id).where(table.c.flow_run_id.in_(ids)).limit(at_most)
    return table.delete().where(table.c.id.in_(some))
