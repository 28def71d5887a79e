"""Views of pages under names, for everybody who uses the server."""

from uuid import UUID

from penstock.contract.saved_views import SavedView, SavedViewCreate
from penstock.db.port import Transaction
from penstock.db.statements import rows
from penstock.db.statements import saved_views as statements
from penstock.db.tables import saved_views
from penstock.domain.ids import new_id
from penstock.server import named
from penstock.server.caller import Caller
from penstock.server.ops.registry import operation


@operation("read_saved_views", access="read")
async def read_saved_views(tx: Transaction, caller: Caller, *, page: str) -> list[SavedView]:
    """The views of a page, by name."""
    return [SavedView(**row) for row in await tx.fetch_all(statements.of_page(), {"page": page})]


@operation("save_view", access="write")
async def save_view(tx: Transaction, caller: Caller, *, body: SavedViewCreate) -> SavedView:
    """Save a view, or replace the page's view of that name; its id stays."""
    if body.is_default:
        await tx.execute(statements.clear_default(), {"of_page": body.page, "kept": body.name})
    said = {"query": body.query, "is_default": body.is_default}
    key = {"page": body.page, "name": body.name}
    row = {"id": new_id(tx.now), "created": tx.now, "updated": tx.now, **key, **said}
    await tx.execute(statements.save(), row)
    return SavedView(**named.found(await tx.fetch_one(statements.by_name(), key), "view", body.name))


@operation("delete_view", access="write")
async def delete_view(tx: Transaction, caller: Caller, *, id: UUID) -> None:
    """Forget a view."""
    if not await tx.execute(rows.delete_by_id(saved_views), {"row_id": id}):
        named.found(None, "view", id)
