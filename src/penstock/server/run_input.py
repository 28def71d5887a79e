"""What was said to flow runs, as their rows, and what a paused run waits for."""

from typing import Any
from uuid import UUID

import msgspec

from penstock.contract.flow_run_inputs import FlowRunInput
from penstock.db.port import Row, Transaction
from penstock.db.statements import flow_run_inputs as statements
from penstock.domain import run_inputs
from penstock.domain.ids import new_id
from penstock.domain.states import State
from penstock.server.bus import RUN_INPUT


def row_of(tx: Transaction, run_id: UUID, key: str, value: str, sender: str | None = None) -> Row:
    """The row of something that is said now."""
    return {
        "id": new_id(tx.now),
        "created": tx.now,
        "updated": tx.now,
        "flow_run_id": run_id,
        "key": key,
        "value": value,
        "sender": sender,
    }


async def said(
    tx: Transaction, run_id: UUID, prefix: str, without: list[str], limit: int
) -> list[FlowRunInput]:
    """What was said to a run under keys that begin with `prefix`, oldest first."""
    found = await tx.fetch_all(statements.beginning_with(run_id, prefix, without, limit))
    return [FlowRunInput(**row) for row in found]


def told(tx: Transaction, run_id: UUID) -> None:
    """Wake the run that waits for something to be said to it."""
    tx.notify(RUN_INPUT, str(run_id))


async def obstacle(tx: Transaction, run_id: UUID, state: State | None, given: dict[str, Any]) -> str | None:
    """Why a paused run cannot go on with this input, or None where it can."""
    keys = state.state_details.run_input_keyset if state is not None else None
    if not keys:
        return None
    row = await tx.fetch_one(statements.by_key(), {"run_id": run_id, "key": keys.get("schema", "")})
    return run_inputs.obstacle(row["value"] if row else None, given)


async def answer(tx: Transaction, run_id: UUID, state: State, given: dict[str, Any]) -> None:
    """Say to a run what it waited for in `state`."""
    keys = state.state_details.run_input_keyset
    if keys and "response" in keys:
        value = msgspec.json.encode(given).decode()
        await tx.execute(statements.put(), row_of(tx, run_id, keys["response"], value))
        told(tx, run_id)
