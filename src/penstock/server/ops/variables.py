"""Variables."""

from typing import Any
from uuid import UUID

from msgspec import UNSET

from penstock.contract.variables import (
    Variable,
    VariableCreate,
    VariableCriteria,
    VariableQuery,
    VariableUpdate,
)
from penstock.db.port import Row, Transaction
from penstock.db.statements import filters, rows
from penstock.db.statements import variables as statements
from penstock.db.tables import variables
from penstock.domain.errors import AlreadyExists
from penstock.domain.ids import new_id
from penstock.domain.names import check_name
from penstock.server import named
from penstock.server.caller import Caller
from penstock.server.changes import changed
from penstock.server.emitting import emit
from penstock.server.event_sources import lifecycles
from penstock.server.ops.registry import operation


def _taken(name: str) -> AlreadyExists:
    message = f"There is a variable {name!r} already."
    return AlreadyExists(message, hint="Change it, or choose another name.")


@operation("create_variable", access="write")
async def create_variable(tx: Transaction, caller: Caller, *, body: VariableCreate) -> Variable:
    """Make a variable."""
    row: Row = {
        "id": new_id(tx.now),
        "created": tx.now,
        "updated": tx.now,
        "name": check_name(body.name, "variable name"),
        "value": body.value,
        "tags": body.tags or [],
    }
    if not await tx.execute(statements.add(), row):
        raise _taken(body.name)
    changed(tx, "variables", row["id"])
    await emit(tx, caller, lifecycles.of_variable(row, "created"))
    return Variable(**row)


async def _by_id(tx: Transaction, id: UUID) -> Row:
    return named.found(await tx.fetch_one(statements.by_id(), {"row_id": id}), "variable", id)


async def _by_name(tx: Transaction, name: str) -> Row:
    return named.found(await tx.fetch_one(statements.by_name(), {"name": name}), "variable", name)


@operation("read_variable", access="read")
async def read_variable(tx: Transaction, caller: Caller, *, id: UUID) -> Variable:
    """One variable, by its id."""
    return Variable(**await _by_id(tx, id))


@operation("read_variable_by_name", access="read")
async def read_variable_by_name(tx: Transaction, caller: Caller, *, name: str) -> Variable:
    """One variable, by its name."""
    return Variable(**await _by_name(tx, name))


@operation("update_variable", access="write")
async def update_variable(tx: Transaction, caller: Caller, *, id: UUID, body: VariableUpdate) -> None:
    """Change a variable."""
    await _update(tx, caller, await _by_id(tx, id), body)


@operation("update_variable_by_name", access="write")
async def update_variable_by_name(
    tx: Transaction, caller: Caller, *, name: str, body: VariableUpdate
) -> None:
    """Change a variable that is known by its name."""
    await _update(tx, caller, await _by_name(tx, name), body)


async def _update(tx: Transaction, caller: Caller, row: Row, body: VariableUpdate) -> None:
    columns: dict[str, Any] = {"updated": tx.now}
    if body.value is not UNSET:
        columns["value"] = body.value
    if body.tags is not UNSET and body.tags is not None:
        columns["tags"] = body.tags
    if body.name is not UNSET and body.name is not None and body.name != row["name"]:
        if await tx.fetch_one(statements.by_name(), {"name": body.name}):
            raise _taken(body.name)
        columns["name"] = check_name(body.name, "variable name")
    await tx.execute(rows.update_by_id(variables), {"row_id": row["id"], **columns})
    changed(tx, "variables", row["id"])
    await emit(tx, caller, lifecycles.of_variable(row | columns, "updated"))


@operation("delete_variable", access="write")
async def delete_variable(tx: Transaction, caller: Caller, *, id: UUID) -> None:
    """Delete a variable."""
    await _delete(tx, caller, await _by_id(tx, id))


@operation("delete_variable_by_name", access="write")
async def delete_variable_by_name(tx: Transaction, caller: Caller, *, name: str) -> None:
    """Delete a variable that is known by its name."""
    await _delete(tx, caller, await _by_name(tx, name))


async def _delete(tx: Transaction, caller: Caller, row: Row) -> None:
    await tx.execute(rows.delete_by_id(variables), {"row_id": row["id"]})
    changed(tx, "variables", row["id"])
    await emit(tx, caller, lifecycles.of_variable(row, "deleted"))


@operation("read_variables", access="read")
async def read_variables(tx: Transaction, caller: Caller, *, body: VariableQuery) -> list[Variable]:
    """The variables that meet the criteria."""
    conditions = filters.criteria(variables, body)
    page = statements.page(conditions, body.sort, body.limit, body.offset)
    return [Variable(**row) for row in await tx.fetch_all(page)]


@operation("count_variables", access="read")
async def count_variables(tx: Transaction, caller: Caller, *, body: VariableCriteria) -> int:
    """How many variables meet the criteria."""
    return int(await tx.fetch_value(rows.count(variables, filters.criteria(variables, body))))
