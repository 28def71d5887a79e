"""A run that is not made yet, checked as it is typed."""

from collections.abc import Iterator
from uuid import UUID

from penstock.contract.deployments import DeploymentFlowRunCreate
from penstock.contract.run_checks import RunCheck
from penstock.db.errors import UnsupportedValue
from penstock.db.port import Transaction
from penstock.domain.problems import Problem
from penstock.server import new_runs, resolution, run_drafts
from penstock.server.caller import Caller
from penstock.server.ops.registry import operation
from penstock.server.run_drafts import Draft


@operation("check_run", access="read")
async def check_run(tx: Transaction, caller: Caller, *, id: UUID, body: DeploymentFlowRunCreate) -> RunCheck:
    """What making the run would answer; it is looked at by what makes runs, and not made."""
    draft = await run_drafts.draft(tx, caller, id, body)
    unstorable = tuple(_unstorable(draft, caller, tx))
    return RunCheck(
        ok=not (draft.obstacles or unstorable),
        parameter_problems=list(draft.parameter_problems),
        problems=[*draft.problems, *unstorable],
        explanation=resolution.explain(draft.template, draft.said, complete=True),
        parameters=draft.new.parameters,
    )


def _unstorable(draft: Draft, caller: Caller, tx: Transaction) -> Iterator[Problem]:
    """What the database would refuse."""
    try:
        new_runs.check_storable(draft.new, caller, tx.now)
    except UnsupportedValue as error:
        yield Problem(error.field or "", error.code, error.message, hint=error.hint)
