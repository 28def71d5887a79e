"""Find things by a part of their names, or by an id."""

from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select, Table

from penstock.db.place_tables import deployments, flows, work_pools, work_queues
from penstock.db.tables import flow_runs, task_runs, variables

NEWEST_RUNS = 50_000
"""So many runs are looked through for a name that many have."""

run = flow_runs.c
_NONE = sa.literal(None, sa.Text())


def _row(kind: str, table: Table, within: Any, detail: Any) -> list[ColumnElement[Any]]:
    return [
        sa.literal_column(f"'{kind}'", sa.Text()).label("kind"),
        table.c.id,
        table.c.name,
        within.label("within"),
        detail.label("detail"),
    ]


_OF_FLOW = deployments.join(flows, flows.c.id == deployments.c.flow_id)
_OF_POOL = work_queues.join(work_pools, work_pools.c.id == work_queues.c.work_pool_id)


@cache
def _nouns() -> dict[Table, Select[Any]]:
    """What is shown of each kind of thing."""
    return {
        flows: sa.select(*_row("flow", flows, _NONE, _NONE)),
        deployments: sa.select(
            *_row("deployment", deployments, flows.c.name, deployments.c.description)
        ).select_from(_OF_FLOW),
        work_pools: sa.select(*_row("work_pool", work_pools, _NONE, work_pools.c.type)),
        work_queues: sa.select(
            *_row("work_queue", work_queues, work_pools.c.name, work_queues.c.description)
        ).select_from(_OF_POOL),
        variables: sa.select(*_row("variable", variables, _NONE, _NONE)),
    }


def _rank(column: ColumnElement[Any], text: str) -> ColumnElement[int]:
    """How good a match is: the whole name, its beginning, or some part of it."""
    starts = column.istartswith(text, autoescape=True)
    return sa.case((sa.func.lower(column) == text.lower(), 0), (starts, 1), else_=2).label("rank")


def nouns(text: str, each: int) -> Select[Any]:
    """Flows, deployments, pools, queues and variables with a text in their names, so many of a kind."""
    parts = [
        select.add_columns(_rank(table.c.name, text))
        .where(table.c.name.icontains(text, autoescape=True))
        .order_by(sa.text("rank"), table.c.name)
        .limit(each)
        for table, select in _nouns().items()
    ]
    found = sa.union_all(*(sa.select(part.subquery()) for part in parts)).subquery()
    return sa.select(found).order_by(found.c.rank, found.c.name)


def nouns_by_id(id: UUID) -> Select[Any]:
    """The thing, other than a run, that has this id."""
    parts = [select.where(table.c.id == id) for table, select in _nouns().items()]
    return sa.select(sa.union_all(*parts).subquery())


_RUN = (run.id, run.name, run.state_type, run.expected_start_time, flows.c.name.label("flow_name"))
_RUNS = flow_runs.join(flows, flows.c.id == run.flow_id)


def newest_runs(text: str, limit: int) -> Select[Any]:
    """Of the newest runs, those with a text in their names, the last one first."""
    newest = (
        sa.select(run.id, run.name, run.expected_start_time)
        .order_by(run.expected_start_time.desc())
        .limit(NEWEST_RUNS)
        .subquery()
    )
    those = (
        sa.select(newest.c.id)
        .where(newest.c.name.icontains(text, autoescape=True))
        .order_by(newest.c.expected_start_time.desc())
        .limit(limit)
    )
    return (
        sa.select(*_RUN)
        .select_from(_RUNS)
        .where(run.id.in_(those))
        .order_by(run.expected_start_time.desc(), run.id)
    )


def runs_by_id(ids: Sequence[UUID], limit: int) -> Select[Any]:
    """Of these runs the newest, the last one first."""
    found = sa.select(*_RUN).select_from(_RUNS).where(run.id.in_(ids))
    return found.order_by(run.expected_start_time.desc().nulls_last(), run.id).limit(limit)


def runs_between(first: UUID, last: UUID, limit: int) -> Select[Any]:
    """The runs with ids between these, the newest first."""
    found = sa.select(*_RUN).select_from(_RUNS).where(run.id.between(first, last))
    return found.order_by(run.id.desc()).limit(limit)


def task_runs_between(first: UUID, last: UUID, limit: int) -> Select[Any]:
    """The task runs with ids between these, the newest first."""
    task = task_runs.c
    return (
        sa.select(task.id, task.name, task.state_type, flow_runs.c.name.label("flow_run_name"))
        .select_from(task_runs.outerjoin(flow_runs, run.id == task.flow_run_id))
        .where(task.id.between(first, last))
        .order_by(task.id.desc())
        .limit(limit)
    )
