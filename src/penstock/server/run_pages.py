"""Pages of flow runs and of task runs that meet conditions, found in time however few of them do."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from msgspec import Struct

from penstock.db.dialect import contains_text
from penstock.db.port import Row, Transaction
from penstock.db.statements import filters, pages, rows, run_names
from penstock.db.statements.pages import Condition, Order
from penstock.server.name_search import Sought, beginnings, sought

LOOKED_THROUGH = 10_000
"""So many rows at the beginning of the order are looked through before the conditions are sought alone."""

FEW = 1_000
"""So many rows that meet the conditions are fetched, by their ids."""

SOME = 30_000
"""Of more than so many rows that meet the conditions enough should be met with, wherever one looks."""

Shown = Callable[[Any, Order], Any]


async def rows_of_page(
    tx: Transaction,
    table: Any,
    form: Struct,
    order: Order,
    limit: int,
    offset: int,
    shown: Shown,
) -> Sequence[Row]:
    """The rows of a page of those that meet a criteria form, as `shown` shows them."""
    conditions = filters.criteria(table, form)
    if not conditions:
        return await tx.fetch_all(shown(pages.looked_through(table, conditions, order, limit, offset), order))
    found = await sought(tx, table, form)
    # Where names say all that is asked, their index has few at once.
    few = None if found.conditions else await _few(tx, table, found)
    near = await _near(tx, order) if few is None else None
    if near is not None:
        looked_at = [*pages.looked_at(conditions), *near]
        nearest = pages.looked_through(table, looked_at, order, limit, offset)
        page = await tx.fetch_all(shown(nearest, order))
        # Where fewer rows are there than are looked through, all of them were.
        if len(page) == limit or not near:
            return page
    if found.conditions:
        few = await _few(tx, table, found)
    if few is not None:
        conditions = [table.c.id.in_(few)]
    elif near and not await _is_met_soon(tx, table, looked_at, offset + limit):
        gathered = pages.gathered(table, found.conditions, order, SOME, limit, offset, found.among)
        page = await tx.fetch_all(gathered)
        if page and page[0]["number"] < SOME:
            conditions, offset = [table.c.id.in_([row["id"] for row in page])], 0
    return await tx.fetch_all(shown(pages.looked_through(table, conditions, order, limit, offset), order))


async def few_named(tx: Transaction, runs: Any, text: str) -> list[UUID] | None:
    """The ids of the runs with a text in their names; None where they are not few, or stems don't tell."""
    found = await beginnings(tx, runs, text)
    if found is None:
        return None
    rest = [] if found.is_all else [contains_text(runs.c.name, text)]
    return await _few(tx, runs, Sought(run_names.named(runs, found), rest))


async def _few(tx: Transaction, table: Any, found: Sought) -> list[UUID] | None:
    """The ids of those that are sought; None where they are not few."""
    some = await tx.fetch_all(pages.sought(table, found.conditions, FEW + 1, found.among))
    return [row["id"] for row in some] if len(some) <= FEW else None


async def _is_met_soon(tx: Transaction, table: Any, near: Sequence[Condition], wanted: int) -> bool:
    """Whether a look through ten times as many rows should find so many, by what the nearest ones are."""
    return int(await tx.fetch_value(rows.count(table, near))) * 10 >= wanted


async def _near(tx: Transaction, order: Order) -> list[Condition] | None:
    """A condition for rows at the beginning of an order; none if that is all, None if few have a value."""
    last = await tx.fetch_value(pages.bound(order, LOOKED_THROUGH))
    if last is None:
        return None if order.may_be_null else []
    first = await tx.fetch_value(pages.bound(order, 1))
    return [pages.within(order, first, last)]
