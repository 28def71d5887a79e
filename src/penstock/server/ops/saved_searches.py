"""Searches under names, as the reference's clients keep them."""

from uuid import UUID

from msgspec import convert

from penstock.contract.endpoint import Upserted
from penstock.contract.saved_searches import (
    SavedSearch,
    SavedSearchCreate,
    SavedSearchFilter,
    SavedSearchQuery,
)
from penstock.db.port import Row, Transaction
from penstock.db.server_tables import saved_searches
from penstock.db.statements import rows
from penstock.db.statements import saved_searches as statements
from penstock.domain.ids import new_id
from penstock.server import named
from penstock.server.caller import Caller
from penstock.server.ops.registry import operation


@operation("create_saved_search", access="write")
async def create_saved_search(
    tx: Transaction, caller: Caller, *, body: SavedSearchCreate
) -> Upserted[SavedSearch]:
    """Save a search, or replace the one of its name; its id stays."""
    id = new_id(tx.now)
    dated = {"created": tx.now, "updated": tx.now}
    await tx.execute(statements.save(), {"id": id, **dated, "name": body.name, "filters": body.filters})
    row = named.found(
        await tx.fetch_one(statements.by_name(), {"name": body.name}), "saved search", body.name
    )
    return Upserted(_answer(row), created=row["id"] == id)


@operation("read_saved_search", access="read")
async def read_saved_search(tx: Transaction, caller: Caller, *, id: UUID) -> SavedSearch:
    """One saved search."""
    return _answer(named.found(await tx.fetch_one(statements.by_id(), {"row_id": id}), "saved search", id))


@operation("read_saved_searches", access="read")
async def read_saved_searches(
    tx: Transaction, caller: Caller, *, body: SavedSearchQuery
) -> list[SavedSearch]:
    """The saved searches, by name."""
    return [_answer(row) for row in await tx.fetch_all(statements.page(body.limit, body.offset))]


@operation("delete_saved_search", access="write")
async def delete_saved_search(tx: Transaction, caller: Caller, *, id: UUID) -> None:
    """Forget a saved search."""
    if not await tx.execute(rows.delete_by_id(saved_searches), {"row_id": id}):
        named.found(None, "saved search", id)


def _answer(row: Row) -> SavedSearch:
    return SavedSearch(**row | {"filters": convert(row["filters"], list[SavedSearchFilter])})
