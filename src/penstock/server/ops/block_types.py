"""Types of blocks."""

import re
from typing import Any, Final
from uuid import UUID

from msgspec import UNSET

from penstock.contract.block_types import BlockType, BlockTypeCreate, BlockTypeQuery, BlockTypeUpdate
from penstock.db.block_tables import block_types
from penstock.db.port import Row, Transaction
from penstock.db.statements import blocks as statements
from penstock.db.statements import filters, rows
from penstock.domain.errors import AlreadyExists, InvalidInput, NotFound, PermissionDenied
from penstock.domain.ids import new_id
from penstock.domain.names import check_name, did_you_mean
from penstock.server import blocks, known_blocks, named
from penstock.server.caller import Caller
from penstock.server.changes import changed
from penstock.server.emitting import emit
from penstock.server.event_sources.blocks import of_document, of_type
from penstock.server.ops.registry import operation

_SLUG: Final = re.compile(r"[a-z0-9-]{1,255}")


@operation("create_block_type", access="write")
async def create_block_type(tx: Transaction, caller: Caller, *, body: BlockTypeCreate) -> BlockType:
    """Make a type of blocks.

    Raises:
        PermissionDenied: The name is reserved.
    """
    if body.name.casefold().startswith("prefect"):
        raise PermissionDenied("Names of types of blocks that start with 'Prefect' are reserved.")
    if not _SLUG.fullmatch(body.slug):
        message = f"{body.slug!r} is no slug: it has lower-case letters, digits and `-` alone."
        raise InvalidInput(message, field="slug")
    row: Row = {
        "id": new_id(tx.now),
        "created": tx.now,
        "updated": tx.now,
        "name": check_name(body.name, "name"),
        "slug": body.slug,
        "logo_url": body.logo_url,
        "documentation_url": body.documentation_url,
        "description": body.description,
        "code_example": body.code_example,
        "is_protected": False,
    }
    if not await tx.execute(statements.add_type(), row):
        message = f"There is a type of blocks {body.slug!r} already."
        raise AlreadyExists(message, hint="Use it, or choose another slug.")
    changed(tx, "block_types", row["id"])
    await emit(tx, caller, of_type(row, "created"))
    return BlockType(**row)


async def _by_id(tx: Transaction, id: UUID) -> Row:
    return named.found(await tx.fetch_one(statements.by_id(block_types), {"row_id": id}), "block type", id)


@operation("read_block_type", access="read")
async def read_block_type(tx: Transaction, caller: Caller, *, id: UUID) -> BlockType:
    """One type of blocks, by its id."""
    return BlockType(**await _by_id(tx, id))


@operation("read_block_type_by_slug", access="read")
async def read_block_type_by_slug(tx: Transaction, caller: Caller, *, slug: str) -> BlockType:
    """One type of blocks, by its slug."""
    row = await tx.fetch_one(statements.type_by_slug(), {"slug": slug})
    if row is None:
        known = [other["slug"] for other in await tx.fetch_all(statements.slugs())]
        message = f"There is no type of blocks {slug!r}."
        raise NotFound(message, hint=did_you_mean(slug, known) or None)
    return BlockType(**row)


@operation("read_block_types", access="read")
async def read_block_types(tx: Transaction, caller: Caller, *, body: BlockTypeQuery) -> list[BlockType]:
    """The types that meet the criteria, by name."""
    page = statements.types(filters.criteria(block_types, body), body.limit, body.offset)
    return [BlockType(**row) for row in await tx.fetch_all(page)]


@operation("update_block_type", access="write")
async def update_block_type(tx: Transaction, caller: Caller, *, id: UUID, body: BlockTypeUpdate) -> None:
    """Change what is said of a type of blocks."""
    row = await _by_id(tx, id)
    given = {name: getattr(body, name) for name in BlockTypeUpdate.__struct_fields__}
    columns: dict[str, Any] = {name: value for name, value in given.items() if value is not UNSET}
    columns["updated"] = tx.now
    await tx.execute(rows.update_by_id(block_types), {"row_id": id, **columns})
    changed(tx, "block_types", id)
    await emit(tx, caller, of_type(row | columns, "updated"))


@operation("delete_block_type", access="write")
async def delete_block_type(tx: Transaction, caller: Caller, *, id: UUID) -> None:
    """Delete a type of blocks, with its schemas and documents.

    Raises:
        PermissionDenied: Nobody may delete this one.
    """
    row = await _by_id(tx, id)
    if row["is_protected"]:
        message = f"The type of blocks {row['slug']!r} is a part of the server, and stays."
        raise PermissionDenied(message, hint="Delete its documents instead.")
    lost = await blocks.gather(tx, await tx.fetch_all(statements.documents_of_type(), {"type_id": id}))
    own = [each for each in lost.rows.values() if each["block_type_id"] == id]
    events = [of_document(each, lost.schemas[each["block_schema_id"]], row, "deleted") for each in own]
    await tx.execute(rows.delete_by_id(block_types), {"row_id": id})
    changed(tx, "block_types", id)
    changed(tx, "block_documents", *(each["id"] for each in own))
    await emit(tx, caller, *events, of_type(row, "deleted"))


@operation("install_system_block_types", access="write")
async def install_system_block_types(tx: Transaction, caller: Caller) -> None:
    """Make the types that every server knows, where somebody deleted them."""
    await known_blocks.install(tx)
