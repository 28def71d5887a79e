"""Task runs as answers show them."""

from datetime import datetime

from msgspec import convert

from penstock.contract.task_runs import TaskInputs, TaskRun, TaskRunPolicy
from penstock.db.port import Row
from penstock.server.views.progress import progress_answer, progress_of
from penstock.server.views.states import current_state


def task_run_answer(row: Row, now: datetime) -> TaskRun:
    """A task run, from a row of `statements.task_runs`."""
    state = current_state(row, flow_run_id=row["flow_run_id"], task_run_id=row["id"])
    return TaskRun(
        id=row["id"],
        created=row["created"],
        updated=row["updated"],
        name=row["name"],
        flow_run_id=row["flow_run_id"],
        task_key=row["task_key"],
        dynamic_key=row["dynamic_key"],
        cache_key=row["cache_key"],
        cache_expiration=row["cache_expiration"],
        task_version=row["task_version"],
        empirical_policy=convert(row["empirical_policy"], TaskRunPolicy),
        tags=row["tags"],
        labels=row["labels"],
        state_id=row["state_id"],
        task_inputs=convert(row["task_inputs"], TaskInputs),
        state_type=state.type if state else None,
        state_name=row["state_name"],
        flow_run_run_count=row["flow_run_run_count"],
        state=state,
        **progress_answer(progress_of(row), state, now),
    )
