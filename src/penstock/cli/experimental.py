"""`penstock experimental`: commands that the reference calls so. Here they are as lasting as all others."""

from uuid import UUID

import click

from penstock.cli.command import Noun, argument, output_option
from penstock.cli.render import show, show_fields, show_json
from penstock.cli.session import CommandClient, open_client
from penstock.contract.block_documents import (
    BlockDocument,
    read_block_document,
    read_block_document_by_name,
)
from penstock.contract.result_storage import (
    ServerDefaultResultStorageUpdate,
    clear_server_default_result_storage,
    read_server_default_result_storage,
    update_server_default_result_storage,
)
from penstock.domain.errors import InvalidInput


@click.group("experimental", cls=Noun)
def experimental() -> None:
    """Commands that Prefect calls experimental."""


@experimental.group("result-storage", cls=Noun)
def result_storage() -> None:
    """Say where results of runs go which say nothing else."""


@result_storage.command("inspect")
@output_option
def inspect(as_json: bool) -> None:
    """Show the default result storage."""
    with open_client() as client:
        id = client.call(read_server_default_result_storage).default_result_storage_block_id
        block = None if id is None else _called(client.call(read_block_document, id))
    if as_json:
        told: dict[str, object] = {"default_result_storage_block_id": id}
        show_json(told if block is None else told | {"block": block})
    elif id is None:
        show("There is no default result storage.")
    else:
        show_fields({"block": block, "id": id})


@result_storage.command("set")
@argument("block", help="TYPE/NAME of the block: see `penstock block ls`.", required=False)
@click.option("--id", "id", type=click.UUID, metavar="ID", help="Id of the block, instead.")
def set_(block: str | None, id: UUID | None) -> None:
    """Let results go to a block by default, such as a local-file-system or a bucket."""
    if (block is None) == (id is None):
        message = "Say which block: TYPE/NAME, or --id."
        raise click.UsageError(message, click.get_current_context())
    with open_client() as client:
        found = client.call(read_block_document, id) if id is not None else _named(client, block or "")
        body = ServerDefaultResultStorageUpdate(default_result_storage_block_id=found.id)
        client.call(update_server_default_result_storage, body)
    show(f"Results go to the block {_called(found)} by default.")


@result_storage.command("clear")
def clear() -> None:
    """Let results go nowhere by default."""
    with open_client() as client:
        client.call(clear_server_default_result_storage)
    show("There is no default result storage any more.")


def _named(client: CommandClient, block: str) -> BlockDocument:
    kind, slash, name = block.partition("/")
    if not slash:
        raise InvalidInput(f"{block!r} is no TYPE/NAME.", hint="See the names by `penstock block ls`.")
    return client.call(read_block_document_by_name, kind, name)


def _called(found: BlockDocument) -> str:
    slug = found.block_type.slug if found.block_type else "?"
    return f"{slug}/{found.name}"
