"""The default result storage: the block that results of runs go to which say nothing else."""

from uuid import UUID

from msgspec import Struct

from penstock.contract.endpoint import endpoint
from penstock.contract.forms import Form
from penstock.domain.errors import NotFound


class ServerDefaultResultStorage(Struct, kw_only=True):
    """Where results go by default."""

    default_result_storage_block_id: UUID | None = None
    """Id of a block document; null where there is none."""


class ServerDefaultResultStorageUpdate(Form):
    """Where results are to go by default."""

    default_result_storage_block_id: UUID


@endpoint("GET", "/admin/storage", action="result_storage:read")
def read_server_default_result_storage() -> ServerDefaultResultStorage:
    """Where results go by default."""


@endpoint("PUT", "/admin/storage", action="result_storage:update", errors=(NotFound,))
def update_server_default_result_storage(
    body: ServerDefaultResultStorageUpdate,
) -> ServerDefaultResultStorage:
    """Let results go to a block by default, which must be one that files are written to and read from."""


@endpoint("DELETE", "/admin/storage", action="result_storage:delete", status=204)
def clear_server_default_result_storage() -> None:
    """Let results go nowhere by default."""
