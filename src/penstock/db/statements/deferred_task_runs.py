"""Task runs that wait for whoever serves their tasks, and who that is."""

from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Delete, Select, Update, bindparam

from penstock.db.task_worker_tables import deferred_task_runs, task_workers

waiting, worker = deferred_task_runs.c, task_workers.c


def first_due(task_keys: Sequence[str]) -> Select[Any]:
    """The task run of these tasks that has waited longest, due by `now`, that nobody else looks at now."""
    return (
        sa.select(waiting.task_run_id)
        .where(waiting.taken_by.is_(None), waiting.task_key.in_(task_keys), waiting.due <= bindparam("now"))
        .order_by(waiting.due, waiting.task_run_id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def next_due(task_keys: Sequence[str]) -> Select[Any]:
    """When the next of these tasks is due that nobody has; NULL where there is none."""
    return sa.select(sa.func.min(waiting.due)).where(
        waiting.taken_by.is_(None), waiting.task_key.in_(task_keys)
    )


@cache
def give() -> Update:
    """Give the task run `run_id` to the connection `to`."""
    return (
        deferred_task_runs.update()
        .where(waiting.task_run_id == bindparam("run_id"))
        .values(taken_by=bindparam("to"), acknowledged=None)
    )


@cache
def acknowledge() -> Update:
    """Note that the connection `by` has the task run `run_id` indeed, at `at`."""
    return (
        deferred_task_runs.update()
        .where(waiting.task_run_id == bindparam("run_id"), waiting.taken_by == bindparam("by"))
        .values(acknowledged=bindparam("at"))
    )


@cache
def unacknowledged() -> Select[Any]:
    """What the connection `of_worker` was given and has not said that it has."""
    return sa.select(waiting.task_run_id, waiting.task_key).where(
        waiting.taken_by == bindparam("of_worker"), waiting.acknowledged.is_(None)
    )


@cache
def held() -> Select[Any]:
    """All that the connection `of_worker` was given and that has not begun."""
    return sa.select(waiting.task_run_id, waiting.task_key).where(waiting.taken_by == bindparam("of_worker"))


def give_back(run_ids: Sequence[UUID]) -> Update:
    """Let others have these task runs."""
    return (
        deferred_task_runs.update()
        .where(waiting.task_run_id.in_(run_ids))
        .values(taken_by=None, acknowledged=None)
    )


@cache
def hand_over() -> Update:
    """Give what the connection `of_worker` has to the connection `to`, which is of the same process."""
    return (
        deferred_task_runs.update()
        .where(waiting.taken_by == bindparam("of_worker"))
        .values(taken_by=bindparam("to"))
    )


def forget(run_ids: Sequence[UUID]) -> Delete:
    """These task runs wait no more."""
    return deferred_task_runs.delete().where(waiting.task_run_id.in_(run_ids))


@cache
def gone_connections() -> Select[Any]:
    """Connections of the process `of_client` that have ended."""
    return sa.select(worker.id).where(worker.client_id == bindparam("of_client"), worker.is_open.is_(False))


@cache
def lost_connections() -> Select[Any]:
    """Connections of which nothing was heard since `since`; at most `at_most`."""
    return (
        sa.select(worker.id)
        .where(worker.seen < bindparam("since"))
        .order_by(worker.seen)
        .limit(bindparam("at_most"))
        .with_for_update(skip_locked=True)
    )


@cache
def open_connections() -> Select[Any]:
    """Connections of which something was heard since `since`."""
    return (
        sa.select(task_workers)
        .where(worker.is_open.is_(True), worker.seen >= bindparam("since"))
        .order_by(worker.client_id, worker.id)
    )
