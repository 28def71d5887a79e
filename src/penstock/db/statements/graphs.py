"""The runs within a flow run, as far as a graph of them shows them."""

from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select, bindparam

from penstock.db.artifact_tables import artifact_collections
from penstock.db.artifact_tables import artifacts as artifact_table
from penstock.db.place_tables import flows
from penstock.db.port import Row
from penstock.db.statements.flow_runs import PROGRESS
from penstock.db.statements.task_runs import STATE, WITH_STATE
from penstock.db.tables import flow_runs, task_runs

task, child, artifact = task_runs.c, flow_runs.c, artifact_table.c


@cache
def nodes() -> Select[Any]:
    """The task runs of the flow run `flow_run_id` in no order, at most `at_most`.

    The database would put all that it has of them in order; to order the rows takes half the time.
    """
    began = sa.func.coalesce(task.start_time, task.expected_start_time, task.created)
    return (
        sa.select(
            task.id,
            task.name,
            task.state_type,
            began.label("began"),
            task.end_time,
            # Not decoded here: most of it is not needed.
            sa.type_coerce(task.task_inputs, sa.Text).label("task_inputs"),
        )
        .where(task.flow_run_id == bindparam("flow_run_id"))
        .limit(bindparam("at_most", type_=sa.Integer))
    )


@cache
def dependencies() -> Select[Any]:
    """The task runs of the flow run `flow_run_id` as they are expected to begin, at most `at_most`.

    Those that are expected at no time come last.
    """
    expected = task.expected_start_time
    return (
        sa.select(
            task.id,
            task.name,
            # Not decoded here: most of it is not needed.
            sa.type_coerce(task.task_inputs, sa.Text).label("task_inputs"),
            *(task[name] for name in _CURRENT_STATE),
            *STATE,
            *(task[name] for name in PROGRESS),
        )
        .select_from(WITH_STATE)
        .where(task.flow_run_id == bindparam("flow_run_id"))
        .order_by(expected.is_(None), expected, task.id)
        .limit(bindparam("at_most", type_=sa.Integer))
    )


_CURRENT_STATE = ("state_id", "state_type", "state_name", "state_timestamp")


def between_ids(tasks: Sequence[Row]) -> Row:
    """What `children` asks of the ids of the task runs, of which there is at least one."""
    numbers = [row["id"].int for row in tasks]
    return {"first": UUID(int=min(numbers)), "last": UUID(int=max(numbers))}


def has_parent_between() -> ColumnElement[bool]:
    """Whether a flow run's parent is one of `first` to `last`.

    Ids tell of the time: so only children of that time are looked at, and not those of all runs.
    """
    return child.parent_task_run_id.between(bindparam("first"), bindparam("last"))


@cache
def children() -> Select[Any]:
    """The flow runs that task runs of the flow run `flow_run_id` stand for, oldest first.

    The task runs have ids from `first` to `last`.
    """
    began = sa.func.coalesce(child.start_time, child.expected_start_time, child.created)
    return (
        sa.select(
            child.parent_task_run_id,
            child.id,
            child.name,
            flows.c.name.label("flow_name"),
            child.state_type,
            began.label("began"),
            child.end_time,
        )
        .select_from(
            flow_runs.join(task_runs, task.id == child.parent_task_run_id).join(
                flows, flows.c.id == child.flow_id
            )
        )
        .where(task.flow_run_id == bindparam("flow_run_id"), has_parent_between())
        .order_by(child.created, child.id)
    )


@cache
def artifacts() -> Select[Any]:
    """The artifacts of the flow run `flow_run_id`, without results, oldest first, at most `at_most`."""
    latest = artifact_collections.c.latest_id
    return (
        sa.select(
            artifact.id,
            artifact.created,
            artifact.key,
            artifact.type,
            artifact.task_run_id,
            latest.is_not(None).label("is_latest"),
            # A picture of how far something is needs the number; what others hold may be large.
            sa.case((artifact.type == "progress", artifact.data), else_=None).label("data"),
        )
        .select_from(artifact_table.outerjoin(artifact_collections, latest == artifact.id))
        .where(artifact.flow_run_id == bindparam("flow_run_id"), artifact.type != "result")
        .order_by(artifact.created, artifact.id)
        .limit(bindparam("at_most", type_=sa.Integer))
    )
