"""A look for work of a process that serves deployments: those of their runs that are in no work pool."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from penstock.contract.claims import ClaimAnswer, ServedClaimRequest
from penstock.db.port import Row, Transaction
from penstock.db.statements import claims as statements
from penstock.db.statements import due_runs
from penstock.domain.job_spec import JobSpec
from penstock.domain.job_variables import resolve
from penstock.domain.run_scopes import USUAL
from penstock.server.caller import Caller
from penstock.server.claiming import MOST_ENTERED, Look, cancelling
from penstock.server.handover import Handover


async def look(tx: Transaction, caller: Caller, request: ServedClaimRequest) -> Look:
    """Claim what is due of the deployments, and see which of the process's runs are to be cancelled."""
    polled = {"row_ids": request.deployment_ids, "polled": tx.now}
    await tx.execute(due_runs.touch_deployments(), polled)
    handover = Handover(tx, caller, f"process {request.runner_name}")
    while (left := request.limit - len(handover.claimed)) > 0:
        due = await _due(tx, request, handover, left)
        await handover.take(due, _NoJobs())
        if len(due) < left or handover.ended >= MOST_ENTERED:
            break
    asked = {"deployment_ids": request.deployment_ids, "now": tx.now}
    next_due = await tx.fetch_value(statements.next_served(), asked)
    return Look(
        answer=ClaimAnswer(runs=handover.claimed, cancelling=await cancelling(tx, request.running)),
        now=tx.now,
        next_due=tx.now if handover.ended >= MOST_ENTERED else next_due,
    )


async def _due(tx: Transaction, request: ServedClaimRequest, handover: Handover, at_most: int) -> list[Row]:
    asked: dict[str, Any] = {
        "deployment_ids": request.deployment_ids,
        "now": tx.now,
        "at_most": at_most,
    }
    full = sorted(handover.full)
    statement = statements.due_served_runs_except(full) if full else statements.due_served_runs()
    return await tx.fetch_all(statement, asked)


class _NoJobs:
    """Where there is no work pool there is no infrastructure to say anything about."""

    scopes = USUAL

    def make(self, row: Row) -> JobSpec:  # noqa: ARG002
        return _EMPTY

    async def keep(self, specs: Sequence[tuple[UUID, JobSpec]]) -> None:
        """Nothing is kept."""


_EMPTY = resolve({}, (), complete=True).job_spec()
