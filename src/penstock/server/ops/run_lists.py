"""Lists of flow runs for people."""

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from penstock.contract.run_lists import MAX_COUNTED, FlowRunList, FlowRunListQuery
from penstock.db.port import Row, Transaction
from penstock.db.statements import run_lists as statements
from penstock.domain.cursors import from_cursor, to_cursor
from penstock.domain.errors import InvalidInput
from penstock.domain.moments import Moment
from penstock.server.caller import Caller
from penstock.server.ops.registry import operation
from penstock.server.views.run_rows import flow_run_row


class _Place(Struct, omit_defaults=True):
    """The last row that was shown: its id, and its value in the order, if it has one."""

    id: UUID
    time: Moment | None = None
    name: str | None = None


@operation("list_flow_runs", access="read")
async def list_flow_runs(tx: Transaction, caller: Caller, *, body: FlowRunListQuery) -> FlowRunList:
    """A stretch of the flow runs that meet the criteria, with the names of what they belong to.

    Raises:
        InvalidInput: The cursor is not one of this order, or a value is not text, a number or a truth value.
    """
    _check_values(body)
    place = from_cursor(body.cursor, body.sort, _Place) if body.cursor is not None else None
    conditions = statements.conditions(body)
    found = await _stretch(tx, body, conditions, place, body.limit + 1)
    shown = found[: body.limit]
    return FlowRunList(
        rows=[flow_run_row(row, tx.now) for row in shown],
        next=_cursor(body, shown[-1]) if len(found) > body.limit else None,
        count=await tx.fetch_value(statements.count(conditions, MAX_COUNTED + 1)) if body.count else None,
    )


async def _stretch(
    tx: Transaction, query: FlowRunListQuery, conditions: Any, place: _Place | None, limit: int
) -> list[Row]:
    """The rows after a place: first those that have a value in the order, then those without."""
    order = statements.ORDERS[query.sort]
    after = _after(place, order)
    found: list[Row] = []
    if place is None or after is not None:
        found = await tx.fetch_all(statements.with_value(conditions, order, after, limit))
        place = None
    if order.may_be_null and len(found) < limit:
        last, left = (place.id if place else None), limit - len(found)
        found += await tx.fetch_all(statements.without_value(conditions, order, last, left))
    return found


def _after(place: _Place | None, order: statements.Order) -> tuple[Any, UUID] | None:
    """The value and the id after which the list goes on; None where it has come to runs without a value."""
    if place is None:
        return None
    if order.is_by_id:
        return place.id, place.id
    value = place.time if place.time is not None else place.name
    return None if value is None else (value, place.id)


def _cursor(query: FlowRunListQuery, row: Row) -> str:
    place = _Place(id=row["id"])
    if isinstance(row["place"], datetime):
        place = replace(place, time=row["place"])
    elif isinstance(row["place"], str):
        place = replace(place, name=row["place"])
    return to_cursor(query.sort, place)


def _check_values(query: FlowRunListQuery) -> None:
    for name, values in (("parameters", query.parameters), ("job_variables", query.job_variables)):
        for number, each in enumerate(values):
            if isinstance(each.is_, list | dict):
                message = "A list or an object is not compared; name a path into it."
                raise InvalidInput(message, field=f"{name}[{number}].is_")
