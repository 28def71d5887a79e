"""Block documents: named values that others need to be reached, of a type each, some of them secret."""

from enum import StrEnum
from uuid import UUID

from msgspec import Struct, field

from penstock.contract.block_schemas import BlockSchema
from penstock.contract.block_types import BlockType
from penstock.contract.endpoint import endpoint
from penstock.contract.fields import MAX_PAGE, JsonObject, Limit, Name, Offset
from penstock.contract.filters import BlockDocumentFilter, BlockSchemaFilter, BlockTypeFilter
from penstock.contract.forms import Document, Form
from penstock.domain.errors import AlreadyExists, Conflict, NotFound
from penstock.domain.moments import Moment


class BlockDocument(Struct, kw_only=True):
    """A block document. Documents that it refers to stand in its data, each in its place."""

    id: UUID
    created: Moment
    updated: Moment
    name: Name | None = None
    data: JsonObject = field(default_factory=dict)
    """What is secret is `********`, unless secrets were asked for."""
    block_schema_id: UUID
    block_schema: BlockSchema | None = None
    block_type_id: UUID
    block_type_name: str | None = None
    block_type: BlockType | None = None
    block_document_references: dict[str, JsonObject] = field(default_factory=dict)
    """The documents that it refers to, by where in its data."""
    is_anonymous: bool = False


class BlockDocumentCreate(Document):
    """A document to make. `{"$ref": {"block_document_id": …}}` in its data is another document."""

    block_schema_id: UUID
    block_type_id: UUID
    name: Name | None = None
    data: JsonObject = field(default_factory=dict)
    is_anonymous: bool = False


class BlockDocumentUpdate(Document):
    """What to change about a document. A secret that is `********` stays what it is."""

    block_schema_id: UUID | None = None
    data: JsonObject = field(default_factory=dict)
    merge_existing_data: bool = True
    """Whether fields that are not given stay."""


class KeyRotation(Struct, kw_only=True):
    """What a rotation of the key did."""

    key_id: str
    """The key that all secrets are encrypted with now."""
    rotated: int
    """How many documents were encrypted anew."""


class BlockDocumentSort(StrEnum):
    """Orders of block documents."""

    NAME_DESC = "NAME_DESC"
    NAME_ASC = "NAME_ASC"
    BLOCK_TYPE_AND_NAME_ASC = "BLOCK_TYPE_AND_NAME_ASC"


class BlockDocumentCriteria(Form):
    """Which documents; where nothing else is said, those that somebody gave a name."""

    block_documents: BlockDocumentFilter | None = None
    block_types: BlockTypeFilter | None = None
    block_schemas: BlockSchemaFilter | None = None


class BlockDocumentQuery(BlockDocumentCriteria):
    """Which documents, in which order, how many, and whether with their secrets."""

    include_secrets: bool = False
    sort: BlockDocumentSort | None = BlockDocumentSort.NAME_ASC
    offset: Offset = 0
    limit: Limit = MAX_PAGE


@endpoint(
    "POST",
    "/block_documents/",
    action="block_documents:create",
    status=201,
    errors=(AlreadyExists, NotFound),
)
def create_block_document(body: BlockDocumentCreate) -> BlockDocument:
    """Make a block document. Its secrets are encrypted."""


@endpoint(
    "GET",
    "/block_documents/{id}",
    action="block_documents:read",
    errors=(NotFound, Conflict),
    audited="secrets",
)
def read_block_document(id: UUID, include_secrets: bool = False) -> BlockDocument:
    """One block document. To see its secrets takes what `reveal_block_document` takes."""


@endpoint(
    "POST",
    "/block_documents/{id}/reveal",
    action="block_documents:reveal",
    errors=(NotFound, Conflict),
    idempotent=True,
    ours=True,
)
def reveal_block_document(id: UUID) -> BlockDocument:
    """One block document with its secrets; the server logs who asked."""


@endpoint(
    "POST",
    "/block_documents/rotate_key",
    action="block_documents:rotate_key",
    errors=(Conflict,),
    idempotent=True,
    ours=True,
)
def rotate_encryption_key() -> KeyRotation:
    """Encrypt with the server's key what the previous one encrypted: all of it, or nothing."""


@endpoint(
    "PATCH",
    "/block_documents/{id}",
    action="block_documents:update",
    status=204,
    errors=(NotFound, Conflict),
)
def update_block_document(id: UUID, body: BlockDocumentUpdate) -> None:
    """Change a block document."""


@endpoint("DELETE", "/block_documents/{id}", action="block_documents:delete", status=204, errors=(NotFound,))
def delete_block_document(id: UUID) -> None:
    """Delete a block document; it vanishes from those that refer to it."""


@endpoint(
    "POST",
    "/block_documents/filter",
    action="block_documents:read",
    errors=(Conflict,),
    idempotent=True,
    audited="secrets",
)
def read_block_documents(body: BlockDocumentQuery = BlockDocumentQuery()) -> list[BlockDocument]:
    """The block documents that meet the criteria."""


@endpoint("POST", "/block_documents/count", action="block_documents:read", idempotent=True)
def count_block_documents(body: BlockDocumentCriteria = BlockDocumentCriteria()) -> int:
    """How many block documents meet the criteria."""


@endpoint(
    "GET",
    "/block_types/slug/{slug}/block_documents",
    action="block_documents:read",
    errors=(NotFound, Conflict),
    audited="secrets",
)
def read_block_documents_of_type(slug: str, include_secrets: bool = False) -> list[BlockDocument]:
    """The block documents of a type, by name."""


@endpoint(
    "GET",
    "/block_types/slug/{slug}/block_documents/name/{block_document_name}",
    action="block_documents:read",
    errors=(NotFound, Conflict),
    audited="secrets",
)
def read_block_document_by_name(
    slug: str, block_document_name: str, include_secrets: bool = False
) -> BlockDocument:
    """One block document, by the slug of its type and its name."""
