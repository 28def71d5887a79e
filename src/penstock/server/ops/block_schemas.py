"""Schemas of blocks."""

from typing import Any
from uuid import UUID

from penstock.contract.block_schemas import BlockSchema, BlockSchemaCreate, BlockSchemaQuery
from penstock.contract.block_types import BlockType
from penstock.db.block_tables import block_schemas, block_types
from penstock.db.port import Row, Transaction
from penstock.db.statements import blocks as statements
from penstock.db.statements import filters, rows
from penstock.domain.blocks import checksum
from penstock.domain.errors import InvalidInput
from penstock.domain.ids import new_id
from penstock.server import blocks, named
from penstock.server.caller import Caller
from penstock.server.changes import changed
from penstock.server.emitting import emit
from penstock.server.event_sources.blocks import of_document
from penstock.server.ops.registry import operation


async def _shown(tx: Transaction, found: list[Row]) -> list[BlockSchema]:
    ids = {row["block_type_id"] for row in found}
    types = {row["id"]: row for row in await tx.fetch_all(statements.by_ids(block_types, sorted(ids)))}
    return [BlockSchema(**row, block_type=BlockType(**types[row["block_type_id"]])) for row in found]


async def _one(tx: Transaction, statement: Any, params: dict[str, Any], key: object) -> BlockSchema:
    row = named.found(await tx.fetch_one(statement, params), "block schema", key)
    return (await _shown(tx, [row]))[0]


@operation("create_block_schema", access="write")
async def create_block_schema(tx: Transaction, caller: Caller, *, body: BlockSchemaCreate) -> BlockSchema:
    """Make a schema known; where it is known, nothing changes.

    Raises:
        InvalidInput: Another type has the very same.
    """
    type_ = await tx.fetch_one(statements.by_id(block_types), {"row_id": body.block_type_id})
    named.found(type_, "block type", body.block_type_id)
    row = {
        "id": new_id(tx.now),
        "created": tx.now,
        "updated": tx.now,
        "checksum": checksum(body.fields),
        "fields": {"block_schema_references": {}, **body.fields},
        "capabilities": body.capabilities,
        "version": body.version,
        "block_type_id": body.block_type_id,
    }
    await tx.execute(statements.add_schema(), row)
    place = {"checksum": row["checksum"], "version": body.version}
    made = await _one(tx, statements.schema_by_checksum(), place, row["checksum"])
    if made.block_type_id != body.block_type_id:
        message = "A schema with these fields belongs to another type of blocks."
        raise InvalidInput(message, field="fields", hint="Say the type in it: `block_type_slug`.")
    return made


@operation("read_block_schema", access="read")
async def read_block_schema(tx: Transaction, caller: Caller, *, id: UUID) -> BlockSchema:
    """One schema, by its id."""
    return await _one(tx, statements.by_id(block_schemas), {"row_id": id}, id)


@operation("read_block_schema_by_checksum", access="read")
async def read_block_schema_by_checksum(
    tx: Transaction, caller: Caller, *, checksum: str, version: str | None
) -> BlockSchema:
    """One schema, by the checksum of its fields: of this version, or the newest."""
    place = {"checksum": checksum, "version": version}
    return await _one(tx, statements.schema_by_checksum(), place, checksum)


@operation("read_block_schemas", access="read")
async def read_block_schemas(tx: Transaction, caller: Caller, *, body: BlockSchemaQuery) -> list[BlockSchema]:
    """The schemas that meet the criteria, newest first."""
    page = statements.schemas(filters.criteria(block_schemas, body), body.limit, body.offset)
    return await _shown(tx, await tx.fetch_all(page))


@operation("delete_block_schema", access="write")
async def delete_block_schema(tx: Transaction, caller: Caller, *, id: UUID) -> None:
    """Delete a schema, with the documents that have its shape."""
    row = named.found(await tx.fetch_one(statements.by_id(block_schemas), {"row_id": id}), "block schema", id)
    lost = await blocks.gather(tx, await tx.fetch_all(statements.documents_of_schema(), {"schema_id": id}))
    own = [each for each in lost.rows.values() if each["block_schema_id"] == id]
    events = [of_document(each, row, lost.type_of(each), "deleted") for each in own]
    await tx.execute(rows.delete_by_id(block_schemas), {"row_id": id})
    changed(tx, "block_documents", *(each["id"] for each in own))
    await emit(tx, caller, *events)


@operation("read_block_capabilities", access="read")
async def read_block_capabilities(tx: Transaction, caller: Caller) -> list[str]:
    """Every capability that a schema has."""
    found = await tx.fetch_all(statements.capabilities())
    return sorted({each for row in found for each in row["capabilities"]})
