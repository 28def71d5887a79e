"""Artifacts that go with their runs, and collections whose latest artifact went."""

from collections.abc import Sequence
from uuid import UUID

from penstock.db.artifact_tables import artifact_collections
from penstock.db.errors import ForeignKeyViolation
from penstock.db.port import Row, Transaction
from penstock.db.statements import artifacts as statements
from penstock.db.statements import rows
from penstock.server.changes import ALL, changed


async def settle(tx: Transaction) -> None:
    """Let collections show what is left. Whoever deletes artifacts does this in the same transaction."""
    for row in await tx.fetch_all(statements.headless()):
        await _give_latest(tx, row)


async def delete_of_flow_runs(tx: Transaction, ids: Sequence[UUID]) -> None:
    """Delete the artifacts of flow runs, before or after the runs themselves."""
    if await tx.execute(statements.delete_of_flow_runs(ids)):
        await settle(tx)
        changed(tx, "artifacts", *ids)


async def delete_of_flow(tx: Transaction, flow_id: UUID) -> None:
    """Delete the artifacts of all runs of a flow, before these are deleted."""
    if await tx.execute(statements.delete_of_flow(), {"flow_id": flow_id}):
        await settle(tx)
        changed(tx, "artifacts", ALL)


async def delete_of_task_run(tx: Transaction, id: UUID) -> None:
    """Delete what a task run left that no flow run has part in."""
    if await tx.execute(statements.delete_of_task_run(), {"task_run_id": id}):
        await settle(tx)
        changed(tx, "artifacts", ALL)


async def _give_latest(tx: Transaction, row: Row) -> None:
    """Give a collection its newest artifact, or end it where there is none."""
    while (newest := await tx.fetch_value(statements.newest(), {"key": row["key"]})) is not None:
        columns = {"updated": tx.now, "latest_id": newest}
        try:
            async with tx.savepoint():
                await tx.execute(rows.update_by_id(artifact_collections), {"row_id": row["id"], **columns})
        except ForeignKeyViolation:  # somebody else has just deleted it
            continue
        return
    await tx.execute(rows.delete_by_id(artifact_collections), {"row_id": row["id"]})
