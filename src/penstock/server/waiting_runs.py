"""Runs that wait and would never start as they are: schedules take theirs back, others are cancelled."""

from typing import Any
from uuid import UUID

from penstock.db.port import Transaction
from penstock.db.statements import waiting_runs as statements
from penstock.domain.states import StateType, new_state
from penstock.server.bulk_states import enter_together
from penstock.server.caller import Caller
from penstock.server.changes import ALL, changed

_AT_ONCE = 500
"""Runs that are cancelled by the same few statements."""


async def retract(tx: Transaction, which: Any) -> int:
    """Delete waiting runs that the scheduler made and nobody touched; how many there were."""
    retracted = await tx.execute(statements.retract(which))
    if retracted:
        changed(tx, "flow_runs", ALL)
    return retracted


async def cancel(tx: Transaction, caller: Caller, which: Any, why: str) -> None:
    """Delete waiting runs that the scheduler made, and cancel the others."""
    await retract(tx, which)
    message = f"{why} The run had not started."
    while found := await tx.fetch_all(statements.waiting(which, _AT_ONCE)):
        ends = [(row, new_state(StateType.CANCELLED, tx.now, message=message)) for row in found]
        if await enter_together(tx, ends, caller) < len(found) or len(found) < _AT_ONCE:
            return


def of_pool(work_pool_id: UUID) -> Any:
    """Runs that wait in a pool."""
    return statements.in_pool(work_pool_id)


def of_deployment(deployment_id: UUID) -> Any:
    """Runs of a deployment."""
    return statements.of_deployment(deployment_id)
