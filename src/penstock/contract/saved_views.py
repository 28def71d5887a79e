"""Saved views: filters of a page under a name, for oneself or for all."""

from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from penstock.contract.endpoint import endpoint
from penstock.contract.fields import JsonObject
from penstock.contract.forms import Document
from penstock.domain.errors import AlreadyExists, NotFound
from penstock.domain.moments import Moment

ViewName = Annotated[str, Meta(min_length=1, max_length=100)]


class SavedView(Struct, kw_only=True):
    """A view that was saved."""

    id: UUID
    created: Moment
    updated: Moment
    page: str
    """Of which page: `runs`."""
    name: str
    query: JsonObject
    """What the page's address says: filters, columns, order."""
    is_default: bool
    """Whether the page opens with it."""


class SavedViewCreate(Document, kw_only=True):
    """A view to save; one of the page with the same name is replaced."""

    page: Annotated[str, Meta(pattern=r"^[a-z_]{1,40}$")]
    name: ViewName
    query: JsonObject
    is_default: bool = False


@endpoint("GET", "/saved_views", action="saved_views:read", ours=True)
def read_saved_views(page: str) -> list[SavedView]:
    """The views of a page, by name."""


@endpoint(
    "PUT", "/saved_views", action="saved_views:write", errors=(AlreadyExists,), ours=True, audited="never"
)
def save_view(body: SavedViewCreate) -> SavedView:
    """Save a view, or replace the page's view of that name. At most one of a page is its default."""


@endpoint(
    "DELETE",
    "/saved_views/{id}",
    action="saved_views:write",
    status=204,
    errors=(NotFound,),
    ours=True,
    audited="never",
)
def delete_view(id: UUID) -> None:
    """Forget a view."""
