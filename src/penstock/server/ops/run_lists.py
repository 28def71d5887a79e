"""Lists of flow runs for people."""

from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from msgspec import Struct

from penstock.contract.filters import FlowRunSort
from penstock.contract.run_lists import MAX_COUNTED, FlowRunList, FlowRunListQuery
from penstock.db.port import Row, Transaction
from penstock.db.statements import run_lists as statements
from penstock.db.statements.pages import Order
from penstock.db.statements.run_selections import is_empty
from penstock.domain.cursors import from_cursor, to_cursor
from penstock.domain.moments import Moment
from penstock.server import run_selection
from penstock.server.caller import Caller
from penstock.server.ops.registry import operation
from penstock.server.run_selection import Selected
from penstock.server.views.run_rows import flow_run_row


class _ById(Struct):
    """The last row that was shown."""

    id: UUID
    value: None = None


class _ByTime(Struct):
    """The last row that was shown: its id, and its time in the order, if it has one."""

    id: UUID
    value: Moment | None


class _ByName(Struct):
    """The last row that was shown: its id and its name."""

    id: UUID
    value: str


_Place: TypeAlias = _ById | _ByTime | _ByName


@operation("list_flow_runs", access="read")
async def list_flow_runs(tx: Transaction, caller: Caller, *, body: FlowRunListQuery) -> FlowRunList:
    """A stretch of the flow runs that meet the criteria, with the names of what they belong to.

    Raises:
        InvalidInput: The cursor is not one of this order, or a value is not text, a number or a truth value.
    """
    place = from_cursor(body.cursor, body.sort, _place_in(body.sort)) if body.cursor is not None else None
    selected = await run_selection.select(tx, body, is_bounded=_is_bounded(body))
    if selected.is_nothing:
        return FlowRunList(rows=[], next=None, count=0 if body.count else None)
    found = await _stretch(tx, body, selected, place, body.limit + 1)
    shown, is_all = found[: body.limit], len(found) <= body.limit
    return FlowRunList(
        rows=[flow_run_row(row, tx.now) for row in shown],
        next=None if is_all else _cursor(body, shown[-1]),
        count=await _count(tx, body, selected, len(found) if is_all else None),
        since=selected.since,
    )


_BY_EXPECTED = (FlowRunSort.EXPECTED_START_TIME_ASC, FlowRunSort.EXPECTED_START_TIME_DESC)
_BY_NAME = (FlowRunSort.NAME_ASC, FlowRunSort.NAME_DESC)


def _place_in(sort: FlowRunSort) -> type[_Place]:
    """What a cursor of an order holds."""
    if sort in _BY_NAME:
        return _ByName
    return _ById if statements.ORDERS[sort].is_by_id else _ByTime


def _is_bounded(query: FlowRunListQuery) -> bool:
    """Whether no index has the runs in this order."""
    return query.sort in _BY_NAME or (query.sort not in _BY_EXPECTED and not is_empty(query))


async def _count(
    tx: Transaction, query: FlowRunListQuery, selected: Selected, seen: int | None
) -> int | None:
    """How many there are: `seen`, if that is the number of all that come."""
    if not query.count:
        return None
    if seen is not None and query.cursor is None:
        return seen
    conditions = [*selected.conditions, *statements.any_of(selected.branches)]
    return int(await tx.fetch_value(statements.count(conditions, MAX_COUNTED + 1)))


async def _stretch(
    tx: Transaction, query: FlowRunListQuery, selected: Selected, place: _Place | None, limit: int
) -> list[Row]:
    """The rows after a place: first those that have a value in the order, then those without."""
    order = statements.ORDERS[query.sort]
    after = _after(place, order)
    found: list[Row] = []
    if place is None or after is not None:
        found = await tx.fetch_all(
            statements.with_value(selected.conditions, selected.branches, order, after, limit)
        )
        place = None
    if order.may_be_null and len(found) < limit:
        last, left = (place.id if place else None), limit - len(found)
        conditions = [*selected.conditions, *statements.any_of(selected.branches)]
        found += await tx.fetch_all(statements.without_value(conditions, order, last, left))
    return found


def _after(place: _Place | None, order: Order) -> tuple[Any, UUID] | None:
    """The value and the id after which the list goes on; None where it has come to runs without a value."""
    if place is None:
        return None
    if order.is_by_id:
        return place.id, place.id
    return None if place.value is None else (place.value, place.id)


def _cursor(query: FlowRunListQuery, row: Row) -> str:
    kind, value = _place_in(query.sort), row["place"]
    if kind is _ById:
        return to_cursor(query.sort, _ById(row["id"]))
    if kind is _ByName:
        return to_cursor(query.sort, _ByName(row["id"], value))
    # Rows without a time have a mere number in its place.
    return to_cursor(query.sort, _ByTime(row["id"], value if isinstance(value, datetime) else None))
