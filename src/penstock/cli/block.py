"""`penstock block`: what notifications and webhooks of automations are sent by, and secrets."""

from uuid import UUID

import click

from penstock.cli.block_data import data_of
from penstock.cli.block_type import newest_schema, type_
from penstock.cli.command import Noun, argument, output_option
from penstock.cli.render import note, show, show_fields, show_json, show_table
from penstock.cli.session import CommandClient, confirm_where_asked, may_ask, open_client
from penstock.contract.block_documents import (
    BlockDocument,
    BlockDocumentCreate,
    BlockDocumentQuery,
    BlockDocumentSort,
    BlockDocumentUpdate,
    create_block_document,
    delete_block_document,
    read_block_document,
    read_block_document_by_name,
    read_block_documents,
    reveal_block_document,
    rotate_encryption_key,
    update_block_document,
)
from penstock.contract.block_types import BlockType, read_block_type_by_slug
from penstock.contract.fields import MAX_PAGE
from penstock.domain.errors import AlreadyExists, InvalidInput

_WHICH = "TYPE/NAME of the block."


@click.group("block", cls=Noun)
def block() -> None:
    """Make what notifications and webhooks of automations are sent by, and secrets.

    What is secret in a block is encrypted where it is stored, and shown as ********.
    """


block.add_command(type_)
block.alias("type", "types")
block.alias("delete", "rm")


@block.command("create")
@argument("block_type_slug", help="Type of the block: see `penstock block type ls`.")
@click.option("--name", "-n", metavar="NAME", help="Its name: lower-case letters, digits and -.")
@click.option(
    "--set", "pairs", multiple=True, metavar="FIELD=VALUE", help="A field; may be given several times."
)
@click.option(
    "--data", "-d", metavar="FILE|JSON|-", help="All fields at once; - reads them from standard input."
)
@click.option("--overwrite", is_flag=True, help="Change the block where there is one of that name.")
@output_option
def create(
    block_type_slug: str,
    name: str | None,
    pairs: tuple[str, ...],
    data: str | None,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Create a block. Where a person sits at the terminal, they are asked for what is missing.

    \b
    Examples:
      penstock block create slack-webhook --name team
      penstock block create slack-webhook --name team --data - < team.json
    """
    with open_client() as client:
        kind = client.call(read_block_type_by_slug, block_type_slug)
        schema = newest_schema(client, kind)
        asks = may_ask(client.settings)
        name = name or _asked_name(asks=asks)
        values = data_of(schema.fields, pairs, data, asks=asks)
        wanted = BlockDocumentCreate(name=name, data=values, block_schema_id=schema.id, block_type_id=kind.id)
        made, done = _made(client, kind, wanted, overwrite=overwrite)
    if as_json:
        show_json(made)
        return
    show(f"{done} the block {block_type_slug}/{name}.")
    note(f"Its id, for automations: {made.id}")


def _asked_name(*, asks: bool) -> str:
    if not asks:
        raise InvalidInput("The block has no name.", field="name", hint="Give it one by --name.")
    return str(click.prompt("Name", err=True))


def _made(
    client: CommandClient, kind: BlockType, wanted: BlockDocumentCreate, *, overwrite: bool
) -> tuple[BlockDocument, str]:
    try:
        return client.call(create_block_document, wanted), "Created"
    except AlreadyExists as taken:
        if not overwrite:
            raise AlreadyExists(taken.message, hint="Change it by --overwrite.") from None
    found = client.call(read_block_document_by_name, kind.slug, wanted.name or "")
    change = BlockDocumentUpdate(data=wanted.data, block_schema_id=wanted.block_schema_id)
    client.call(update_block_document, found.id, change)
    return client.call(read_block_document, found.id), "Changed"


@block.command("ls")
@output_option
def ls(as_json: bool) -> None:
    """List blocks by their types and names."""
    with open_client() as client:
        found = _all(client)
    if as_json:
        show_json(found)
        return
    rows = [(_called(each), each.block_type_name, each.id, each.updated) for each in found]
    empty = "There are no blocks. Create one by `penstock block create TYPE`."
    show_table(("Block", "Type", "Id", "Updated"), rows, empty=empty)


@block.command("inspect")
@argument("slug", help=_WHICH, required=False)
@click.option("--id", "id", type=click.UUID, metavar="ID", help="Id of the block, instead.")
@click.option(
    "--reveal", is_flag=True, help="Show its secrets. The server logs who asks, and asks for admins."
)
@output_option
def inspect(slug: str | None, id: UUID | None, reveal: bool, as_json: bool) -> None:
    """Show all that is known of a block."""
    with open_client() as client:
        found = _one(client, slug, id)
        if reveal:
            found = client.call(reveal_block_document, found.id)
    if as_json:
        show_json(found)
        return
    fields = {"block": _called(found), "type": found.block_type_name, "id": found.id}
    show_fields(fields | {"created": found.created, "updated": found.updated})
    show_fields({f"  {name}": value for name, value in found.data.items()})


@block.command("delete")
@argument("slug", help=_WHICH, required=False)
@click.option("--id", "id", type=click.UUID, metavar="ID", help="Id of the block, instead.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
def delete(slug: str | None, id: UUID | None, yes: bool) -> None:
    """Delete a block. Automations that use it will say that it is missing."""
    with open_client() as client:
        found = _one(client, slug, id)
        confirm_where_asked(f"Delete the block {_called(found)}?", yes=yes)
        client.call(delete_block_document, found.id)
    show(f"Deleted the block {_called(found)}.")


@block.command("rotate-key")
@output_option
def rotate_key(as_json: bool) -> None:
    """Encrypt with the server's key what the previous one encrypted: all of it, or nothing."""
    with open_client() as client:
        done = client.call(rotate_encryption_key)
    if as_json:
        show_json(done)
    else:
        show(f"Encrypted {done.rotated} blocks anew; all are with the key {done.key_id} now.")


def _one(client: CommandClient, slug: str | None, id: UUID | None) -> BlockDocument:
    if (slug is None) == (id is None):
        message = "Say which block: TYPE/NAME, or --id."
        raise click.UsageError(message, click.get_current_context())
    if id is not None:
        return client.call(read_block_document, id)
    kind, slash, name = (slug or "").partition("/")
    if not slash:
        raise InvalidInput(f"{slug!r} is no TYPE/NAME.", hint="See the names by `penstock block ls`.")
    return client.call(read_block_document_by_name, kind, name)


def _called(found: BlockDocument) -> str:
    slug = found.block_type.slug if found.block_type else "?"
    return f"{slug}/{found.name}"


def _all(client: CommandClient) -> list[BlockDocument]:
    found: list[BlockDocument] = []
    order = BlockDocumentSort.BLOCK_TYPE_AND_NAME_ASC
    while page := client.call(read_block_documents, BlockDocumentQuery(offset=len(found), sort=order)):
        found += page
        if len(page) < MAX_PAGE:
            break
    return found
