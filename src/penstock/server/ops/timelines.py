"""The tasks of a flow run as a graph in time."""

from collections.abc import Sequence
from uuid import UUID

from penstock.contract.timelines import Timeline
from penstock.db.port import Row, Transaction
from penstock.db.statements import flow_runs
from penstock.db.statements import timelines as statements
from penstock.db.statements.graphs import between_ids
from penstock.domain.states import StateType
from penstock.server import named
from penstock.server.caller import Caller
from penstock.server.ops.registry import operation
from penstock.server.views.timelines import timeline

_MOST_STATES = 100_000
"""Of those between which task runs waited for a retry; more make no picture that anybody can read."""


@operation("read_timeline", access="read")
async def read_timeline(tx: Transaction, caller: Caller, *, id: UUID, limit: int) -> Timeline:
    """The task runs of a run in the order of their beginning, at most so many, and what depends on what."""
    run = named.found(await tx.fetch_one(flow_runs.by_id(), {"id": id}), "flow run", id)
    tasks = await tx.fetch_all(statements.of_run(), {"flow_run_id": id, "at_most": limit})
    total = len(tasks)
    if total == limit:
        total = int(await tx.fetch_value(statements.count(), {"flow_run_id": id}))
    children = await _children(tx, id, tasks) if tasks else []
    asked = {"flow_run_id": id, "at_most": _MOST_STATES}
    attempts = await tx.fetch_all(statements.attempts(), asked) if any(map(_has_waited, tasks)) else []
    return timeline(run, tasks, attempts, children, total, tx.now)


async def _children(tx: Transaction, id: UUID, tasks: Sequence[Row]) -> list[Row]:
    return await tx.fetch_all(statements.children(), {"flow_run_id": id, **between_ids(tasks)})


def _has_waited(task: Row) -> bool:
    """Whether a task run is between two attempts, or has been."""
    runs: int = task["run_count"]
    return runs > 1 or (runs > 0 and task["state_type"] == StateType.SCHEDULED)
