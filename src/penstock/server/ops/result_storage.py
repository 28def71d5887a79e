"""The default result storage."""

from typing import Final
from uuid import UUID

from penstock.contract.result_storage import ServerDefaultResultStorage, ServerDefaultResultStorageUpdate
from penstock.db.block_tables import block_documents, block_schemas
from penstock.db.port import Transaction
from penstock.db.statements import blocks, rows, server_values
from penstock.domain.errors import InvalidInput
from penstock.server import named
from penstock.server.caller import Caller
from penstock.server.ops.registry import operation

_NAME: Final = "default-result-storage"
_FIELD: Final = "default_result_storage_block_id"
_NEEDED: Final = frozenset({"read-path", "write-path"})
"""Capabilities of blocks that files are read from and written to."""


@operation("read_server_default_result_storage", access="read")
async def read_server_default_result_storage(tx: Transaction, caller: Caller) -> ServerDefaultResultStorage:
    """Where results go by default; nowhere, where the block was deleted since."""
    kept = await tx.fetch_value(server_values.get(), {"of": _NAME})
    if kept is None:
        return ServerDefaultResultStorage()
    found = await tx.fetch_value(rows.id_exists(block_documents), {"row_id": UUID(kept[_FIELD])})
    return ServerDefaultResultStorage(default_result_storage_block_id=found)


@operation("update_server_default_result_storage", access="write")
async def update_server_default_result_storage(
    tx: Transaction, caller: Caller, *, body: ServerDefaultResultStorageUpdate
) -> ServerDefaultResultStorage:
    """Let results go to a block by default."""
    id = body.default_result_storage_block_id
    block = named.found(await tx.fetch_one(blocks.by_id(block_documents), {"row_id": id}), "block", id)
    schema = await tx.fetch_one(blocks.by_id(block_schemas), {"row_id": block["block_schema_id"]})
    if schema is None or not set(schema["capabilities"]) >= _NEEDED:
        message = (
            f"The block {block['name']!r} can't keep results: files are not written to it and read from it."
        )
        raise InvalidInput(message, field=_FIELD, hint="Choose one such as a local-file-system or a bucket.")
    row = {"name": _NAME, "created": tx.now, "updated": tx.now, "value": {_FIELD: id}}
    await tx.execute(server_values.put(), row)
    return ServerDefaultResultStorage(default_result_storage_block_id=id)


@operation("clear_server_default_result_storage", access="write")
async def clear_server_default_result_storage(tx: Transaction, caller: Caller) -> None:
    """Let results go nowhere by default."""
    await tx.execute(server_values.forget(), {"of": _NAME})
