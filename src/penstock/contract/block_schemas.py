"""Schemas of blocks: which fields the documents of a type have, and which of them are secret."""

from uuid import UUID

from msgspec import Struct, field

from penstock.contract.block_types import BlockType
from penstock.contract.endpoint import endpoint
from penstock.contract.fields import MAX_PAGE, JsonObject, Limit, Offset
from penstock.contract.filters import BlockSchemaFilter
from penstock.contract.forms import Document, Form
from penstock.domain.errors import NotFound
from penstock.domain.moments import Moment


class BlockSchema(Struct, kw_only=True):
    """The fields of a type of blocks, as one version of it has them."""

    id: UUID
    created: Moment
    updated: Moment
    checksum: str
    """`sha256:…` of the fields."""
    fields: JsonObject = field(default_factory=dict)
    """A JSON Schema, with `secret_fields`: paths with dots, in which `*` is every key."""
    block_type_id: UUID | None
    block_type: BlockType | None = None
    capabilities: list[str] = []
    version: str = "non-versioned"


class BlockSchemaCreate(Document):
    """A schema to make known."""

    block_type_id: UUID
    fields: JsonObject = field(default_factory=dict)
    capabilities: list[str] = []
    version: str = "non-versioned"


class BlockSchemaQuery(Form):
    """Which schemas, and how many."""

    block_schemas: BlockSchemaFilter | None = None
    offset: Offset = 0
    limit: Limit = MAX_PAGE


@endpoint(
    "POST",
    "/block_schemas/",
    action="block_schemas:create",
    status=201,
    errors=(NotFound,),
    idempotent=True,
    audited="if-new",
)
def create_block_schema(body: BlockSchemaCreate) -> BlockSchema:
    """Make a schema known; where it is known, nothing changes."""


@endpoint("GET", "/block_schemas/{id}", action="block_schemas:read", errors=(NotFound,))
def read_block_schema(id: UUID) -> BlockSchema:
    """One schema, by its id."""


@endpoint("GET", "/block_schemas/checksum/{checksum}", action="block_schemas:read", errors=(NotFound,))
def read_block_schema_by_checksum(checksum: str, version: str | None = None) -> BlockSchema:
    """One schema, by the checksum of its fields: of this version, or the newest."""


@endpoint("DELETE", "/block_schemas/{id}", action="block_schemas:delete", status=204, errors=(NotFound,))
def delete_block_schema(id: UUID) -> None:
    """Delete a schema, with the documents that have its shape."""


@endpoint("POST", "/block_schemas/filter", action="block_schemas:read", idempotent=True)
def read_block_schemas(body: BlockSchemaQuery = BlockSchemaQuery()) -> list[BlockSchema]:
    """The schemas that meet the criteria, newest first."""
