"""The default result storage: a block that files go to, or none."""

from uuid import uuid4

import pytest

from penstock.contract.block_documents import BlockDocumentCreate
from penstock.contract.block_schemas import BlockSchemaCreate
from penstock.contract.block_types import BlockTypeCreate
from penstock.contract.result_storage import ServerDefaultResultStorageUpdate
from penstock.domain.errors import InvalidInput, NotFound

STORES = ["get-directory", "put-directory", "read-path", "write-path"]


def block(world, slug, capabilities=STORES):
    type_ = world.call("create_block_type", body=BlockTypeCreate(name=slug, slug=slug))
    schema = world.call(
        "create_block_schema",
        body=BlockSchemaCreate(block_type_id=type_.id, fields={"title": slug}, capabilities=capabilities),
    )
    body = BlockDocumentCreate(name="one", block_schema_id=schema.id, block_type_id=type_.id)
    return world.call("create_block_document", body=body)


def put(world, id):
    body = ServerDefaultResultStorageUpdate(default_result_storage_block_id=id)
    return world.call("update_server_default_result_storage", body=body).default_result_storage_block_id


def told(world):
    return world.call("read_server_default_result_storage").default_result_storage_block_id


def test_it_is_a_block_that_files_are_written_to_and_read_from(world):
    assert told(world) is None
    world.call("clear_server_default_result_storage")
    folder, bucket = block(world, "folder"), block(world, "bucket")
    assert put(world, folder.id) == told(world) == folder.id
    assert put(world, bucket.id) == told(world) == bucket.id
    with pytest.raises(NotFound):
        put(world, uuid4())
    with pytest.raises(InvalidInput, match="'one' can't keep results") as refused:
        put(world, block(world, "pager", ["notify", "write-path"]).id)
    assert refused.value.field == "default_result_storage_block_id"
    assert told(world) == bucket.id
    world.call("clear_server_default_result_storage")
    assert told(world) is None


def test_it_goes_with_its_block(world):
    folder = block(world, "folder")
    put(world, folder.id)
    world.call("delete_block_document", id=folder.id)
    assert told(world) is None
