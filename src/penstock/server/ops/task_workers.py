"""Processes that run tasks which were called elsewhere."""

from penstock.contract.task_workers import TaskWorkerQuery, TaskWorkerResponse
from penstock.db.port import Transaction
from penstock.db.statements import deferred_task_runs as statements
from penstock.server.caller import Caller
from penstock.server.deferred_tasks import SILENCE
from penstock.server.ops.registry import operation


@operation("read_task_workers", access="read")
async def read_task_workers(
    tx: Transaction, caller: Caller, *, body: TaskWorkerQuery
) -> list[TaskWorkerResponse]:
    """The processes that wait for task runs now, each of its connections."""
    wanted = set(body.task_worker_filter.task_keys) if body.task_worker_filter else None
    found = await tx.fetch_all(statements.open_connections(), {"since": tx.now - SILENCE})
    return [
        TaskWorkerResponse(identifier=row["client_id"], task_keys=row["task_keys"], timestamp=row["seen"])
        for row in found
        if wanted is None or wanted & set(row["task_keys"])
    ]
