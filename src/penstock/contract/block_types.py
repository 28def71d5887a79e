"""Types of blocks: a name for each, and what is said of it."""

from typing import Any
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from penstock.contract.endpoint import endpoint
from penstock.contract.fields import MAX_PAGE, Limit, Name, Offset
from penstock.contract.filters import BlockSchemaFilter, BlockTypeFilter
from penstock.contract.forms import Document, Form
from penstock.domain.errors import AlreadyExists, NotFound
from penstock.domain.moments import Moment


class BlockType(Struct, kw_only=True):
    """A type of blocks."""

    id: UUID
    created: Moment
    updated: Moment
    name: Name
    slug: str
    """Its name in references: `slack-webhook`."""
    logo_url: str | None = None
    documentation_url: str | None = None
    description: str | None = None
    code_example: str | None = None
    is_protected: bool = False
    """Whether nobody may delete it."""


class BlockTypeCreate(Document):
    """A type to make."""

    name: Name
    slug: str
    logo_url: str | None = None
    documentation_url: str | None = None
    description: str | None = None
    code_example: str | None = None


class BlockTypeUpdate(Document):
    """What to change about a type; what is left out stays."""

    logo_url: str | UnsetType | None = UNSET
    documentation_url: str | UnsetType | None = UNSET
    description: str | UnsetType | None = UNSET
    code_example: str | UnsetType | None = UNSET


class BlockTypeQuery(Form):
    """Which types, and how many."""

    block_types: BlockTypeFilter | None = None
    block_schemas: BlockSchemaFilter | None = None
    offset: Offset = 0
    limit: Limit = MAX_PAGE


@endpoint(
    "POST",
    "/block_types/",
    action="block_types:create",
    status=201,
    errors=(AlreadyExists,),
    audited="if-new",
)
def create_block_type(body: BlockTypeCreate) -> BlockType:
    """Make a type of blocks."""


@endpoint("GET", "/block_types/{id}", action="block_types:read", errors=(NotFound,))
def read_block_type(id: UUID) -> BlockType:
    """One type of blocks, by its id."""


@endpoint("GET", "/block_types/slug/{slug}", action="block_types:read", errors=(NotFound,))
def read_block_type_by_slug(slug: str) -> BlockType:
    """One type of blocks, by its slug."""


@endpoint("PATCH", "/block_types/{id}", action="block_types:update", status=204, errors=(NotFound,))
def update_block_type(id: UUID, body: BlockTypeUpdate) -> None:
    """Change what is said of a type of blocks."""


@endpoint("DELETE", "/block_types/{id}", action="block_types:delete", status=204, errors=(NotFound,))
def delete_block_type(id: UUID) -> None:
    """Delete a type of blocks, with its schemas and documents."""


@endpoint("POST", "/block_types/filter", action="block_types:read", idempotent=True)
def read_block_types(body: BlockTypeQuery = BlockTypeQuery()) -> list[BlockType]:
    """The types that meet the criteria, by name."""


@endpoint("POST", "/block_types/install_system_block_types", action="block_types:create", idempotent=True)
def install_system_block_types() -> Any:
    """Make the types that every server knows, where somebody deleted them."""
