"""Why an automation fired or not."""

from uuid import UUID

from penstock.contract.automation_explanations import AutomationExplanation
from penstock.db.port import Transaction
from penstock.db.statements import automations as statements
from penstock.server import named
from penstock.server.caller import Caller
from penstock.server.evaluation.explaining import explain
from penstock.server.ops.registry import operation


@operation("explain_automation", access="read")
async def explain_automation(tx: Transaction, caller: Caller, *, id: UUID) -> AutomationExplanation:
    """What an automation has seen, what it waits for, and why it hasn't fired."""
    row = await tx.fetch_one(statements.by_id(), {"row_id": id})
    return await explain(tx, named.found(row, "automation", id))
