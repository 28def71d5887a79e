"""Scheduled runs for workers and runners that poll, and claim each run with the state `Pending`.

Our own workers claim (see `claims.py`); these answers are for clients of the reference's API. Asking is what
makes queues and deployments ready, so it is a write.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from penstock.contract.deployments import DeploymentRunsQuery
from penstock.contract.flow_runs import FlowRunResponse
from penstock.contract.work_pools import ScheduledRunsQuery, WorkerFlowRunResponse
from penstock.contract.work_queues import WorkQueueRunsQuery
from penstock.db.port import Row, Transaction
from penstock.db.statements import due_runs as statements
from penstock.db.statements import work_pools
from penstock.server import named
from penstock.server.caller import Caller
from penstock.server.ops.registry import operation
from penstock.server.views.flow_runs import flow_run_answer


@operation("get_scheduled_flow_runs", access="write")
async def get_scheduled_flow_runs(
    tx: Transaction, caller: Caller, *, name: str, body: ScheduledRunsQuery
) -> list[WorkerFlowRunResponse]:
    """The scheduled runs of a pool, by priority and time, for workers that poll. Claims nothing.

    No more runs are answered than the pool has places for.
    """
    pool = await named.work_pool(tx, name)
    queues = await tx.fetch_all(statements.queue_ids(name, body.work_queue_names or None))
    bounds = statements.between(body.scheduled_after, body.scheduled_before)
    limit = _within(pool, body.limit)
    found = await _of_queues(tx, [queue["id"] for queue in queues], bounds, limit)
    return [
        WorkerFlowRunResponse(
            work_pool_id=row["work_pool_id"],
            work_queue_id=row["work_queue_id"],
            flow_run=flow_run_answer(row, tx.now),
        )
        for row in found
    ]


def _within(owner: Row, limit: int) -> int:
    """At most as many as there are free places."""
    allowed: int | None = owner["concurrency_limit"]
    return limit if allowed is None else max(min(limit, allowed - owner["active_slots"]), 0)


async def _of_queues(
    tx: Transaction, queue_ids: Sequence[UUID], bounds: Sequence[Any], limit: int, *, is_poll: bool = True
) -> list[Row]:
    # Somebody who looks at a page makes nothing ready.
    if is_poll:
        polled = {"row_ids": list(queue_ids), "polled": tx.now}
        await tx.execute(work_pools.touch_queues(), polled)
    return await tx.fetch_all(statements.in_queues(queue_ids, bounds, limit))


@operation("read_work_queue_runs", access="write")
async def read_work_queue_runs(
    tx: Transaction, caller: Caller, *, id: UUID, body: WorkQueueRunsQuery
) -> list[FlowRunResponse]:
    """The runs of a queue that are due."""
    row = await tx.fetch_one(work_pools.queue_by_id(), {"row_id": id})
    queue = named.found(row, "work queue", id)
    bounds = statements.between(None, body.scheduled_before or tx.now)
    limit = _within(queue, body.limit)
    found = await _of_queues(tx, [id], bounds, limit, is_poll=caller.origin != "ui")
    return [flow_run_answer(row, tx.now) for row in found]


@operation("get_scheduled_flow_runs_for_deployments", access="write")
async def get_scheduled_flow_runs_for_deployments(
    tx: Transaction, caller: Caller, *, body: DeploymentRunsQuery
) -> list[FlowRunResponse]:
    """The scheduled runs of deployments, for runners that poll. Claims nothing."""
    polled = {"row_ids": body.deployment_ids, "polled": tx.now}
    await tx.execute(statements.touch_deployments(), polled)
    bounds = statements.between(None, body.scheduled_before)
    found = await tx.fetch_all(statements.of_deployments(body.deployment_ids, bounds, body.limit))
    return [flow_run_answer(row, tx.now) for row in found]
