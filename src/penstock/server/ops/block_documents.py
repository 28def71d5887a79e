"""Block documents."""

import logging
import re
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from penstock.contract.block_documents import (
    BlockDocument,
    BlockDocumentCreate,
    BlockDocumentCriteria,
    BlockDocumentQuery,
    BlockDocumentSort,
    BlockDocumentUpdate,
    KeyRotation,
)
from penstock.contract.block_schemas import BlockSchema
from penstock.contract.block_types import BlockType
from penstock.contract.filters import BlockDocumentFilter
from penstock.contract.permissions import Role, may
from penstock.db.block_tables import block_documents, block_schemas, block_types
from penstock.db.port import Row, Transaction
from penstock.db.statements import blocks as statements
from penstock.db.statements import filters, rows
from penstock.domain.errors import AlreadyExists, InvalidInput, NotFound, PermissionDenied
from penstock.domain.ids import new_id
from penstock.domain.names import did_you_mean
from penstock.server import block_writing, blocks, named
from penstock.server.blocks import Documents
from penstock.server.caller import Caller
from penstock.server.changes import changed
from penstock.server.emitting import emit
from penstock.server.event_sources.blocks import of_document
from penstock.server.event_sources.lifecycles import Change
from penstock.server.ops.registry import operation
from penstock.server.rates import Rates
from penstock.server.secrets.keys import ServerKey
from penstock.server.secrets.sealing import key_id

_log = logging.getLogger(__name__)
_NAME: Final = re.compile(r"[a-z0-9-]{1,255}")
_REVEAL: Final = "block_documents:reveal"
_REVEALED: Final = Rates(at_once=20, each_second=1)
"""How often one address may ask for what only people ask for."""
_LOADED: Final = Rates(at_once=1_000, each_second=200)
"""How often one address may load blocks with their secrets, as runs do."""


@operation("create_block_document", access="write")
async def create_block_document(
    tx: Transaction, caller: Caller, *, body: BlockDocumentCreate
) -> BlockDocument:
    """Make a block document. Its secrets are encrypted."""
    id = new_id(tx.now)
    type_ = await tx.fetch_one(statements.by_id(block_types), {"row_id": body.block_type_id})
    named.found(type_, "block type", body.block_type_id)
    schema = await _schema(tx, body.block_schema_id, body.block_type_id)
    await block_writing.check_references(tx, id, body.data)
    row: Row = {
        "id": id,
        "created": tx.now,
        "updated": tx.now,
        "name": _name(body, id),
        "is_anonymous": body.is_anonymous,
        "block_type_id": body.block_type_id,
        "block_schema_id": body.block_schema_id,
        **block_writing.columns_of(id, body.data, schema["fields"], {}, caller.limits.block_key),
    }
    if not await tx.execute(statements.add_document(), row):
        message = f"There is a block {row['name']!r} of this type already."
        raise AlreadyExists(message, hint="Change it, or choose another name.")
    found = await blocks.gather(tx, [row])
    await _tell(tx, caller, found, row, "created")
    return _shown(found, row, None)


def _name(body: BlockDocumentCreate, id: UUID) -> str:
    if body.name is None and body.is_anonymous:
        return f"anonymous-{id}"
    if body.name is None:
        raise InvalidInput("A block needs a name.", field="name", hint="Only anonymous ones have none.")
    if not _NAME.fullmatch(body.name):
        message = (
            f"{body.name[:80]!r} is no name of a block: it has lower-case letters, digits and `-` alone."
        )
        raise InvalidInput(message, field="name")
    return body.name


async def _schema(tx: Transaction, id: UUID, type_id: UUID) -> Row:
    row = await tx.fetch_one(statements.by_id(block_schemas), {"row_id": id})
    found = named.found(row, "block schema", id)
    if found["block_type_id"] != type_id:
        message = f"The schema {id} belongs to another type of blocks."
        raise InvalidInput(message, field="block_schema_id")
    return found


async def _tell(tx: Transaction, caller: Caller, found: Documents, row: Row, change: Change) -> None:
    schema = found.schemas[row["block_schema_id"]]
    changed(tx, "block_documents", row["id"])
    await emit(tx, caller, of_document(row, schema, found.type_of(row), change))


def _shown(found: Documents, row: Row, key: ServerKey | None) -> BlockDocument:
    type_ = BlockType(**found.type_of(row))
    return BlockDocument(
        id=row["id"],
        created=row["created"],
        updated=row["updated"],
        name=row["name"],
        data=found.data_of(row, key),
        block_schema_id=row["block_schema_id"],
        block_schema=BlockSchema(**found.schemas[row["block_schema_id"]], block_type=type_),
        block_type_id=type_.id,
        block_type_name=type_.name,
        block_type=type_,
        block_document_references=found.references_of(row),
        is_anonymous=row["is_anonymous"],
    )


async def _all_shown(
    tx: Transaction, caller: Caller, found: Sequence[Row], *, include_secrets: bool
) -> list[BlockDocument]:
    """The documents; with their secrets, if who asks may see them. That is logged."""
    if include_secrets and not may(caller.role, _REVEAL):
        message = f"To see secrets of blocks takes the permission {_REVEAL}, which {caller.role} has not."
        raise PermissionDenied(message, hint="Ask without include_secrets, or an admin.")
    if include_secrets and caller.address:
        _LOADED.count(caller.address)
    documents = await blocks.gather(tx, found)
    if include_secrets:
        _log_revealed(caller, documents)
    key = caller.limits.block_key if include_secrets else None
    return [_shown(documents, row, key) for row in found]


def _log_revealed(caller: Caller, documents: Documents) -> None:
    # Runs do it all the time.
    level = logging.INFO if caller.role is Role.RUN else logging.WARNING
    for row in documents.rows.values():
        if row["sealed"] is not None:
            slug = documents.type_of(row)["slug"]
            _log.log(
                level, "%s asks for the secrets of the block %s/%s.", caller.principal, slug, row["name"]
            )


@operation("read_block_document", access="read")
async def read_block_document(
    tx: Transaction, caller: Caller, *, id: UUID, include_secrets: bool
) -> BlockDocument:
    """One block document."""
    row = await blocks.document(tx, id)
    return (await _all_shown(tx, caller, [row], include_secrets=include_secrets))[0]


@operation("reveal_block_document", access="read")
async def reveal_block_document(tx: Transaction, caller: Caller, *, id: UUID) -> BlockDocument:
    """One block document with its secrets; the server logs who asked."""
    if caller.address:
        _REVEALED.count(caller.address)
    row = await blocks.document(tx, id)
    return (await _all_shown(tx, caller, [row], include_secrets=True))[0]


@operation("read_block_document_by_name", access="read")
async def read_block_document_by_name(
    tx: Transaction, caller: Caller, *, slug: str, block_document_name: str, include_secrets: bool
) -> BlockDocument:
    """One block document, by the slug of its type and its name."""
    row = await tx.fetch_one(statements.document_by_name(), {"slug": slug, "name": block_document_name})
    if row is None:
        raise await _no_document(tx, slug, block_document_name)
    return (await _all_shown(tx, caller, [row], include_secrets=include_secrets))[0]


async def _no_document(tx: Transaction, slug: str, name: str) -> NotFound:
    message = f"There is no block {f'{slug}/{name}'!r}."
    type_ = await tx.fetch_one(statements.type_by_slug(), {"slug": slug})
    if type_ is None:
        return NotFound(message, hint=f"There is no type {slug!r}: see `penstock block type ls`.")
    others = await tx.fetch_all(statements.documents_of_type(), {"type_id": type_["id"]})
    return NotFound(message, hint=did_you_mean(name, [other["name"] for other in others]) or None)


@operation("read_block_documents_of_type", access="read")
async def read_block_documents_of_type(
    tx: Transaction, caller: Caller, *, slug: str, include_secrets: bool
) -> list[BlockDocument]:
    """The block documents of a type, by name."""
    type_ = named.found(await tx.fetch_one(statements.type_by_slug(), {"slug": slug}), "block type", slug)
    found = await tx.fetch_all(statements.documents_of_type(), {"type_id": type_["id"]})
    return await _all_shown(tx, caller, found, include_secrets=include_secrets)


@operation("read_block_documents", access="read")
async def read_block_documents(
    tx: Transaction, caller: Caller, *, body: BlockDocumentQuery
) -> list[BlockDocument]:
    """The block documents that meet the criteria."""
    sort = body.sort or BlockDocumentSort.NAME_ASC
    page = statements.documents(_conditions(body), sort, body.limit, body.offset)
    found = await tx.fetch_all(page)
    return await _all_shown(tx, caller, found, include_secrets=body.include_secrets)


@operation("count_block_documents", access="read")
async def count_block_documents(tx: Transaction, caller: Caller, *, body: BlockDocumentCriteria) -> int:
    """How many block documents meet the criteria."""
    return int(await tx.fetch_value(rows.count(block_documents, _conditions(body))))


def _conditions(body: BlockDocumentCriteria) -> list[Any]:
    if body.block_documents is None:
        body.block_documents = BlockDocumentFilter()
    return filters.criteria(block_documents, body)


@operation("update_block_document", access="write")
async def update_block_document(
    tx: Transaction, caller: Caller, *, id: UUID, body: BlockDocumentUpdate
) -> None:
    """Change a block document. A secret that is sent as its mask stays."""
    row = await blocks.document(tx, id, to_change=True)
    schema = await _schema(tx, body.block_schema_id or row["block_schema_id"], row["block_type_id"])
    columns = await block_writing.update(tx, row, body, schema["fields"], caller.limits.block_key)
    await block_writing.check_references(tx, id, columns["data"])
    columns |= {"updated": tx.now, "block_schema_id": schema["id"]}
    await tx.execute(rows.update_by_id(block_documents), {"row_id": id, **columns})
    changed_row = row | columns
    await _tell(tx, caller, await blocks.gather(tx, [changed_row]), changed_row, "updated")


@operation("delete_block_document", access="write")
async def delete_block_document(tx: Transaction, caller: Caller, *, id: UUID) -> None:
    """Delete a block document; it vanishes from those that refer to it."""
    row = await blocks.document(tx, id)
    found = await blocks.gather(tx, [row])
    await tx.execute(rows.delete_by_id(block_documents), {"row_id": id})
    await _tell(tx, caller, found, row, "deleted")


@operation("rotate_encryption_key", access="write")
async def rotate_encryption_key(tx: Transaction, caller: Caller) -> KeyRotation:
    """Encrypt with the server's key what the previous one encrypted: all of it, or nothing."""
    key = caller.limits.block_key
    current = key_id(key)
    found = await tx.fetch_all(statements.documents_of_other_keys(), {"key_id": current})
    for row in found:
        columns = block_writing.resealed(row, key)
        await tx.execute(rows.update_by_id(block_documents), {"row_id": row["id"], **columns})
    return KeyRotation(key_id=current, rotated=len(found))
