"""How many runs meet criteria: by the tallies, where these know all that is asked, else run by run."""

from typing import Any

from penstock.contract.task_runs import TaskRunCriteria
from penstock.db.port import Transaction
from penstock.db.statements import filters, rows, tallies, ui
from penstock.db.tables import task_runs


async def count_of(tx: Transaction, runs: Any, form: Any) -> int:
    """How many rows of a table of runs meet a criteria form."""
    if (known := tallies.tallied(runs, form)) is not None:
        return int(await tx.fetch_value(tallies.count(known, tx.now)))
    return int(await tx.fetch_value(rows.count(runs, filters.criteria(runs, form))))


async def task_runs_by_state(tx: Transaction, form: TaskRunCriteria) -> dict[str, int]:
    """How many task runs that meet the criteria are in states of which type, of those that any is in."""
    if (known := tallies.tallied(task_runs, form)) is not None:
        asked = tallies.by_state_type(known, tx.now)
    else:
        by_start = form.task_runs is not None and form.task_runs.start_time is not None
        asked = ui.tasks_by_state(filters.criteria(task_runs, form), by_start=by_start)
    found = await tx.fetch_all(asked)
    return {row["state_type"]: row["count"] for row in found if row["count"] and row["state_type"]}
