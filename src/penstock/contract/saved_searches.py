"""Saved searches: filters under a name, as the reference's clients keep them; our pages have views."""

from typing import Any
from uuid import UUID

from msgspec import Struct

from penstock.contract.endpoint import endpoint
from penstock.contract.fields import MAX_PAGE, Limit, Offset
from penstock.contract.forms import Document, Form
from penstock.domain.errors import NotFound
from penstock.domain.moments import Moment


class SavedSearchFilter(Struct, kw_only=True):
    """One condition of a search. What it means is known to who saved it."""

    object: str
    property: str
    type: str
    operation: str
    value: Any


class SavedSearch(Struct, kw_only=True):
    """A search that was saved."""

    id: UUID
    created: Moment
    updated: Moment
    name: str
    filters: list[SavedSearchFilter] = []


class SavedSearchCreate(Document):
    """A search to save; one of the same name is replaced."""

    name: str
    filters: list[SavedSearchFilter] = []


class SavedSearchQuery(Form):
    """How many searches, and from where on."""

    offset: Offset = 0
    limit: Limit = MAX_PAGE


@endpoint(
    "PUT",
    "/saved_searches/",
    action="saved_searches:create",
    status=201,
    existing_status=200,
    audited="never",
)
def create_saved_search(body: SavedSearchCreate) -> SavedSearch:
    """Save a search, or replace the one of its name; its id stays."""


@endpoint("GET", "/saved_searches/{id}", action="saved_searches:read", errors=(NotFound,))
def read_saved_search(id: UUID) -> SavedSearch:
    """One saved search."""


@endpoint("POST", "/saved_searches/filter", action="saved_searches:read", idempotent=True)
def read_saved_searches(body: SavedSearchQuery = SavedSearchQuery()) -> list[SavedSearch]:
    """The saved searches, by name."""


@endpoint("DELETE", "/saved_searches/{id}", action="saved_searches:delete", status=204, errors=(NotFound,))
def delete_saved_search(id: UUID) -> None:
    """Forget a saved search."""
