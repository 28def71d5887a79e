"""How many runs meet criteria: by the tallies, where these know all that is asked, else run by run."""

from typing import Any

from penstock.contract.task_runs import TaskRunCriteria
from penstock.db.port import Transaction
from penstock.db.statements import rows, tallies, ui
from penstock.db.tables import task_runs
from penstock.server.name_search import sought


async def count_of(tx: Transaction, runs: Any, form: Any) -> int:
    """How many rows of a table of runs meet a criteria form."""
    if (known := tallies.tallied(runs, form)) is not None:
        return int(await tx.fetch_value(tallies.count(known, tx.now)))
    found = await sought(tx, runs, form, are_all=True)
    return int(await tx.fetch_value(rows.count(found.among, found.conditions)))


async def task_runs_by_state(tx: Transaction, form: TaskRunCriteria) -> dict[str, int]:
    """How many task runs that meet the criteria are in states of which type, of those that any is in."""
    if (known := tallies.tallied(task_runs, form)) is not None:
        asked = tallies.by_state_type(known, tx.now)
    else:
        by_start = form.task_runs is not None and form.task_runs.start_time is not None
        those = await sought(tx, task_runs, form, are_all=True)
        asked = ui.tasks_by_state(those.among, those.conditions, by_start=by_start)
    found = await tx.fetch_all(asked)
    return {row["state_type"]: row["count"] for row in found if row["count"] and row["state_type"]}
