"""Rows to test with, and the statements that the tests share."""

from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from penstock.db.place_tables import flows
from penstock.db.port import Transaction
from penstock.db.tables import flow_run_states, flow_runs, leases, variables

COUNT_FLOWS = sa.select(sa.func.count()).select_from(flows)
INSERT_FLOW = flows.insert()
FLOW_BY_NAME = sa.select(flows).where(flows.c.name == sa.bindparam("wanted"))
FLOW_NAMES = sa.select(flows.c.name).order_by(flows.c.name)


def flow(tx: Transaction, name: str, **more: Any) -> dict[str, Any]:
    return {"id": uuid4(), "created": tx.now, "updated": tx.now, "name": name} | more


async def add_flow(tx: Transaction, name: str, **more: Any) -> UUID:
    row = flow(tx, name, **more)
    await tx.execute(INSERT_FLOW, row)
    id: UUID = row["id"]
    return id


def adding(name: str, **more: Any) -> Any:
    """A body that adds a flow and returns its id."""

    async def body(tx: Transaction) -> UUID:
        return await add_flow(tx, name, **more)

    return body


async def count_flows(tx: Transaction) -> int:
    count: int = await tx.fetch_value(COUNT_FLOWS)
    return count


async def flow_names(tx: Transaction) -> list[str]:
    return [row["name"] for row in await tx.fetch_all(FLOW_NAMES)]


async def add_run(tx: Transaction, flow_id: UUID, **more: Any) -> UUID:
    """A scheduled run with its first state."""
    run_id, state_id = uuid4(), uuid4()
    row = {
        "id": run_id,
        "created": tx.now,
        "updated": tx.now,
        "flow_id": flow_id,
        "name": "quick-fox",
        "state_id": state_id,
        "state_type": "SCHEDULED",
        "state_name": "Scheduled",
        "state_timestamp": tx.now,
        "state_sequence": 1,
        "next_scheduled_start_time": tx.now,
    }
    await tx.execute(flow_runs.insert(), row | more)
    await tx.execute(
        flow_run_states.insert(),
        {
            "flow_run_id": run_id,
            "sequence": 1,
            "id": state_id,
            "type": "SCHEDULED",
            "name": "Scheduled",
            "timestamp": tx.now,
        },
    )
    return run_id


def lease(tx: Transaction, run_id: UUID, kind: str = "claim", **more: Any) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "kind": kind,
        "flow_run_id": run_id,
        "holder": "worker a",
        "acquired": tx.now,
        "expires": tx.now,
    } | more


async def add_lease(tx: Transaction, run_id: UUID, kind: str = "claim") -> None:
    await tx.execute(leases.insert(), lease(tx, run_id, kind))


async def add_variable(tx: Transaction, name: str, value: Any, **more: Any) -> None:
    row = {"id": uuid4(), "created": tx.now, "updated": tx.now, "name": name, "value": value}
    await tx.execute(variables.insert(), row | more)
