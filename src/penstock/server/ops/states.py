"""The history of runs, as it was written."""

from uuid import UUID

from penstock.contract.states import State
from penstock.db.port import Transaction
from penstock.db.statements import flow_runs, task_runs
from penstock.server import named
from penstock.server.caller import Caller
from penstock.server.ops.registry import operation
from penstock.server.views.states import past_state


@operation("read_flow_run_state", access="read")
async def read_flow_run_state(tx: Transaction, caller: Caller, *, id: UUID) -> State:
    """One state of a flow run's history."""
    row = await tx.fetch_one(flow_runs.state_by_id(), {"id": id})
    return past_state(named.found(row, "flow run state", id))


@operation("read_flow_run_states", access="read")
async def read_flow_run_states(tx: Transaction, caller: Caller, *, flow_run_id: UUID) -> list[State]:
    """A flow run's history, oldest first."""
    return [past_state(row) for row in await tx.fetch_all(flow_runs.history(), {"id": flow_run_id})]


@operation("read_task_run_state", access="read")
async def read_task_run_state(tx: Transaction, caller: Caller, *, id: UUID) -> State:
    """One state of a task run's history."""
    row = await tx.fetch_one(task_runs.state_by_id(), {"id": id})
    return past_state(named.found(row, "task run state", id))


@operation("read_task_run_states", access="read")
async def read_task_run_states(tx: Transaction, caller: Caller, *, task_run_id: UUID) -> list[State]:
    """A task run's history, oldest first."""
    return [past_state(row) for row in await tx.fetch_all(task_runs.history(), {"id": task_run_id})]
