"""`penstock block type`: which blocks there can be, and what fields they have."""

import click

from penstock.cli.command import Noun, argument, output_option
from penstock.cli.render import show, show_fields, show_json, show_table
from penstock.cli.session import CommandClient, confirm_where_asked, open_client
from penstock.contract.block_schemas import BlockSchema, BlockSchemaQuery, read_block_schemas
from penstock.contract.block_types import (
    BlockType,
    BlockTypeQuery,
    delete_block_type,
    read_block_type_by_slug,
    read_block_types,
)
from penstock.contract.fields import MAX_PAGE
from penstock.contract.filters import BlockSchemaFilter
from penstock.contract.operators import IdIn
from penstock.domain.blocks import secret_fields
from penstock.domain.errors import NotFound


@click.group("type", cls=Noun)
def type_() -> None:
    """See which blocks there can be."""


type_.alias("delete", "rm")


@type_.command("ls")
@output_option
def ls(as_json: bool) -> None:
    """List types of blocks by name."""
    found: list[BlockType] = []
    with open_client() as client:
        while page := client.call(read_block_types, BlockTypeQuery(offset=len(found))):
            found += page
            if len(page) < MAX_PAGE:
                break
    if as_json:
        show_json(found)
        return
    rows = [(each.slug, each.name, _first_line(each.description)) for each in found]
    show_table(("Type", "Name", "Description"), rows, empty="There are no types of blocks.")


@type_.command("inspect")
@argument("slug", help="Slug of the type.")
@output_option
def inspect(slug: str, as_json: bool) -> None:
    """Show a type of blocks, and the fields that its blocks have."""
    with open_client() as client:
        found = client.call(read_block_type_by_slug, slug)
        if as_json:
            show_json(found)
            return
        fields = newest_schema(client, found).fields
    show_fields({"type": found.slug, "name": found.name, "description": found.description})
    required, secret = fields.get("required") or [], {path[0] for path in secret_fields(fields)}
    rows = [
        (name, each.get("type"), name in required, name in secret, _first_line(each.get("description")))
        for name, each in (fields.get("properties") or {}).items()
    ]
    show_table(("Field", "Type", "Required", "Secret", "Description"), rows, empty="It has no fields.")


@type_.command("delete")
@argument("slug", help="Slug of the type.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
def delete(slug: str, yes: bool) -> None:
    """Delete a type of blocks, with all of its blocks."""
    confirm_where_asked(f"Delete the type of blocks {slug!r}, and all blocks of it?", yes=yes)
    with open_client() as client:
        client.call(delete_block_type, client.call(read_block_type_by_slug, slug).id)
    show(f"Deleted the type of blocks {slug!r}.")


def newest_schema(client: CommandClient, kind: BlockType) -> BlockSchema:
    """The newest schema of a type. Raises `NotFound` where it has none."""
    query = BlockSchemaQuery(block_schemas=BlockSchemaFilter(block_type_id=IdIn(any_=[kind.id])), limit=1)
    found = client.call(read_block_schemas, query)
    if not found:
        message = f"The type of blocks {kind.slug!r} has no schema."
        raise NotFound(message, hint="Whoever made the type has to register its class.")
    return found[0]


def _first_line(text: str | None) -> str | None:
    return text.strip().partition("\n")[0] if text else None
