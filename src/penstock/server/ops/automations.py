"""Automations."""

from uuid import UUID

from penstock.contract.automations import (
    Automation,
    AutomationBatch,
    AutomationCreate,
    AutomationCriteria,
    AutomationPartialUpdate,
    AutomationQuery,
    AutomationUpdate,
    OwnedDeleted,
)
from penstock.db.event_tables import automations
from penstock.db.port import Row, Transaction
from penstock.db.statements import automations as statements
from penstock.db.statements import filters, rows
from penstock.domain.errors import Conflict, PenstockError
from penstock.server import automation_checking, automation_saving, named
from penstock.server.caller import Caller
from penstock.server.ops.registry import operation
from penstock.server.rendering import check_template
from penstock.server.views.automations import automation_from, core_of


async def _row(tx: Transaction, id: UUID) -> Row:
    return named.found(await tx.fetch_one(statements.by_id(), {"row_id": id}), "automation", id)


@operation("create_automation", access="write")
async def create_automation(tx: Transaction, caller: Caller, *, body: AutomationCreate) -> Automation:
    """Make an automation."""
    return automation_from(await automation_saving.add(tx, caller, core_of(body, body.owner_resource)))


@operation("bulk_create_automations", access="write")
async def bulk_create_automations(
    tx: Transaction, caller: Caller, *, body: AutomationBatch
) -> list[Automation]:
    """Make automations, all of them or none."""
    made = []
    for index, each in enumerate(body.automations):
        try:
            with automation_checking.placed(f"automations.{index}"):
                made.append(await create_automation(tx, caller, body=each))
        except PenstockError as error:
            error.message = f"The automation {each.name!r}: {error.message}"
            raise
    return made


@operation("read_automation", access="read")
async def read_automation(tx: Transaction, caller: Caller, *, id: UUID) -> Automation:
    """One automation."""
    return automation_from(await _row(tx, id))


@operation("update_automation", access="write")
async def update_automation(tx: Transaction, caller: Caller, *, id: UUID, body: AutomationUpdate) -> None:
    """Replace an automation."""
    row = await _row(tx, id)
    if body.seen and body.seen != row["updated"]:
        updated = row["updated"].isoformat()
        message = f"The automation {row['name']!r} was changed at {updated}, after it was read."
        hint = "Read it again, and change it anew."
        raise Conflict(message, hint=hint, detail={"updated": updated})
    await automation_saving.change(tx, caller, row, core_of(body, row["owner_resource"]))


@operation("patch_automation", access="write")
async def patch_automation(
    tx: Transaction, caller: Caller, *, id: UUID, body: AutomationPartialUpdate
) -> None:
    """Let an automation fire, or not."""
    await automation_saving.enable(tx, caller, await _row(tx, id), body.enabled)


@operation("delete_automation", access="write")
async def delete_automation(tx: Transaction, caller: Caller, *, id: UUID) -> None:
    """Delete an automation and its firing log."""
    await automation_saving.remove(tx, caller, [await _row(tx, id)])


@operation("read_automations", access="read")
async def read_automations(tx: Transaction, caller: Caller, *, body: AutomationQuery) -> list[Automation]:
    """The automations that meet the criteria."""
    conditions = filters.criteria(automations, body)
    page = statements.page(conditions, body.sort, body.limit, body.offset)
    return [automation_from(row) for row in await tx.fetch_all(page)]


@operation("count_automations", access="read")
async def count_automations(tx: Transaction, caller: Caller, *, body: AutomationCriteria) -> int:
    """How many automations meet the criteria."""
    return int(await tx.fetch_value(rows.count(automations, filters.criteria(automations, body))))


@operation("read_automations_related_to_resource", access="read")
async def read_automations_related_to_resource(
    tx: Transaction, caller: Caller, *, resource_id: str
) -> list[Automation]:
    """The automations that belong to a resource, or speak of it by its id."""
    _, _, own_id = resource_id.rpartition(".")
    escaped = own_id.replace("/", "//").replace("%", "/%").replace("_", "/_")
    asked = {"resource": resource_id, "pattern": f'%{escaped}"%'}
    found = await tx.fetch_all(statements.mentioning(), asked)
    return [automation_from(row) for row in found]


@operation("delete_automations_owned_by_resource", access="write")
async def delete_automations_owned_by_resource(
    tx: Transaction, caller: Caller, *, resource_id: str
) -> OwnedDeleted:
    """Delete the automations that belong to a resource."""
    return OwnedDeleted(deleted=await automation_saving.remove_owned(tx, caller, resource_id))


@operation("validate_automation_template", access="none")
async def validate_automation_template(caller: Caller, *, body: str) -> None:
    """Say whether a template parses."""
    _validate(body)


@operation("validate_template", access="none")
async def validate_template(caller: Caller, *, body: str) -> None:
    """Say whether a template parses."""
    _validate(body)


def _validate(text: str) -> None:
    if (problem := check_template(text)) is not None:
        raise automation_checking.template_refusal([problem])
