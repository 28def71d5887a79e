"""Flow runs change their state here, when somebody proposes one; how stands in `server/proposing.py`."""

from uuid import UUID

from penstock.contract.flow_runs import (
    FlowRunBulkSetState,
    FlowRunBulkSetStateResponse,
    FlowRunOrchestrationResult,
    SetFlowRunState,
)
from penstock.contract.states import OrchestrationResult
from penstock.db.port import Transaction
from penstock.db.statements import filters, rows
from penstock.db.tables import flow_runs
from penstock.server.caller import Caller
from penstock.server.ops.registry import operation
from penstock.server.proposing import propose


@operation("set_flow_run_state", access="write")
async def set_flow_run_state(
    tx: Transaction, caller: Caller, *, id: UUID, body: SetFlowRunState
) -> OrchestrationResult:
    """Propose a state to a run.

    Raises:
        NotFound: There is no such run.
        Fenced: The caller's lease on the run was taken over or given back.
        Conflict: Others changed the run twice while this was decided.
    """
    return await propose(tx, caller, id, body)


@operation("bulk_set_flow_run_state", access="write")
async def bulk_set_flow_run_state(
    tx: Transaction, caller: Caller, *, body: FlowRunBulkSetState
) -> FlowRunBulkSetStateResponse:
    """Propose a state to each of the runs that meet the criteria, oldest first."""
    found = await tx.fetch_all(rows.ids(flow_runs, filters.criteria(flow_runs, body), body.limit))
    proposal = SetFlowRunState(state=body.state, force=body.force)
    answers = [
        (row["id"], await set_flow_run_state(tx, caller, id=row["id"], body=proposal)) for row in found
    ]
    return FlowRunBulkSetStateResponse(
        results=[
            FlowRunOrchestrationResult(flow_run_id=id, status=a.status, state=a.state, details=a.details)
            for id, a in answers
        ]
    )
