"""Schedules of deployments. Every edit plans the deployment's waiting runs anew, in the same transaction."""

from uuid import UUID

from penstock.contract.schedules import (
    DeploymentSchedule,
    DeploymentScheduleCreate,
    DeploymentScheduleUpdate,
)
from penstock.db.place_tables import deployment_schedules
from penstock.db.port import Row, Transaction
from penstock.db.statements import deployments as statements
from penstock.db.statements import rows
from penstock.server import named, planning, schedules
from penstock.server.caller import Caller
from penstock.server.changes import changed
from penstock.server.ops.registry import operation


async def _check_deployment(tx: Transaction, id: UUID) -> None:
    named.found(await tx.fetch_one(statements.by_id(), {"row_id": id}), "deployment", id)


async def _schedule(tx: Transaction, id: UUID, schedule_id: UUID) -> Row:
    asked = {"row_id": schedule_id, "deployment_id": id}
    row = await tx.fetch_one(statements.schedule_by_id(), asked)
    return named.found(row, "schedule of this deployment", schedule_id)


@operation("read_deployment_schedules", access="read")
async def read_deployment_schedules(tx: Transaction, caller: Caller, *, id: UUID) -> list[DeploymentSchedule]:
    """The schedules of a deployment."""
    await _check_deployment(tx, id)
    found = await schedules.of_deployments(tx, [id])
    return [schedules.schedule_answer(row) for row in found[id]]


@operation("create_deployment_schedules", access="write")
async def create_deployment_schedules(
    tx: Transaction, caller: Caller, *, id: UUID, body: list[DeploymentScheduleCreate]
) -> list[DeploymentSchedule]:
    """Give a deployment more schedules."""
    await _check_deployment(tx, id)
    made = set(await schedules.add(tx, id, body))
    await planning.plan_anew(tx, caller, id)
    found = await schedules.of_deployments(tx, [id])
    return [schedules.schedule_answer(row) for row in found[id] if row["id"] in made]


@operation("update_deployment_schedule", access="write")
async def update_deployment_schedule(
    tx: Transaction, caller: Caller, *, id: UUID, schedule_id: UUID, body: DeploymentScheduleUpdate
) -> None:
    """Change a schedule; its runs that wait are planned anew."""
    await schedules.save(tx, id, body, await _schedule(tx, id, schedule_id))
    await planning.plan_anew(tx, caller, id)


@operation("delete_deployment_schedule", access="write")
async def delete_deployment_schedule(tx: Transaction, caller: Caller, *, id: UUID, schedule_id: UUID) -> None:
    """Take a schedule from a deployment, with its runs that wait."""
    await _schedule(tx, id, schedule_id)
    await tx.execute(rows.delete_by_id(deployment_schedules), {"row_id": schedule_id})
    changed(tx, "deployments", id)
    await planning.plan_anew(tx, caller, id)
