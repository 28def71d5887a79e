"""`penstock api-key`: credentials for programs, each with a role, that can be taken back one by one."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, get_args

import click

from penstock.cli.command import Noun, argument, output_option
from penstock.cli.render import note, show, show_json, show_table
from penstock.cli.session import confirm_where_asked, current_settings, open_client
from penstock.cli.values import read_duration
from penstock.contract.api_keys import (
    ApiKey,
    ApiKeyCreate,
    ApiKeyQuery,
    CreatedApiKey,
    KeyRole,
    create_api_key,
    delete_api_key,
    read_api_keys,
)
from penstock.contract.fields import MAX_PAGE
from penstock.domain.errors import NotFound
from penstock.settings import Settings

if TYPE_CHECKING:
    from penstock.db.port import Database


@click.group("api-key", cls=Noun)
def api_key() -> None:
    """Make credentials for programs, and take them back.

    A key is shown to the server as `Authorization: Bearer …`, by the setting api.key (PENSTOCK_API_KEY,
    PREFECT_API_KEY). What it may do is its role.
    """


api_key.alias("delete", "rm", "revoke")


@api_key.command("create")
@argument("name", help="What it is for: it stands beside all that is done by it.")
@click.option(
    "--role",
    type=click.Choice(get_args(KeyRole)),
    required=True,
    help="viewer reads, operator runs, author deploys, admin does all; worker serves work pools.",
)
@click.option(
    "--work-pool", "-p", "work_pools", metavar="NAME", multiple=True, help="A worker's pool; all if none."
)
@click.option("--expires-in", metavar="TIME", help="Such as 90d or 12h. Never, if it is left out.")
@click.option(
    "--offline",
    is_flag=True,
    help="Write into the database itself: for the first key of a server that asks for one.",
)
@output_option
def create(
    name: str,
    role: KeyRole,
    work_pools: tuple[str, ...],
    expires_in: str | None,
    offline: bool,
    as_json: bool,
) -> None:
    """Create a key, and show it this once.

    \b
    Examples:
      penstock api-key create ci --role author --expires-in 90d
      penstock api-key create edge --role worker -p edge-pool
      penstock api-key create root --role admin --offline
    """
    expires = datetime.now(UTC) + read_duration(expires_in) if expires_in else None
    wanted = ApiKeyCreate(name=name, role=role, work_pools=list(work_pools) or None, expires=expires)
    if offline:
        made = _create_offline(current_settings(), wanted)
    else:
        with open_client() as client:
            made = client.call(create_api_key, wanted)
    if as_json:
        show_json(made)
        return
    note(f"Created the API key {name!r}, which is {_what_for(made)}. It is shown this once:")
    show(made.key)


def _what_for(made: CreatedApiKey) -> str:
    pools = f" of {', '.join(made.work_pools)}" if made.work_pools else ""
    until = f", until {made.expires:%Y-%m-%d %H:%M} UTC" if made.expires else ""
    article = "an" if made.role[0] in "ao" else "a"
    return f"{article} {made.role}'s{pools}{until}"


def _create_offline(settings: Settings, wanted: ApiKeyCreate) -> CreatedApiKey:
    """Whoever can write the database may do everything anyway."""
    from penstock.cli.server_database import run_on
    from penstock.contract.permissions import Role
    from penstock.server.bus import Bus
    from penstock.server.caller import Caller
    from penstock.server.ops import OPERATIONS
    from penstock.server.ops.registry import perform

    async def create(db: "Database") -> CreatedApiKey:
        caller = Caller(principal="local", role=Role.ADMIN, origin="cli")
        made: CreatedApiKey = await perform(OPERATIONS["create_api_key"], db, Bus(), caller, {"body": wanted})
        return made

    return run_on(settings, create, upgrade=True)


@api_key.command("ls")
@output_option
def ls(as_json: bool) -> None:
    """List keys by name; not what makes them keys, which nobody knows any more."""
    with open_client() as client:
        found = client.call(read_api_keys, ApiKeyQuery(limit=MAX_PAGE))
    if as_json:
        show_json(found)
        return
    rows = [
        (
            each.name,
            each.role,
            ", ".join(each.work_pools or ()),
            _until(each),
            each.last_used,
            each.created_by,
        )
        for each in found
    ]
    empty = "There are no API keys. Create one by `penstock api-key create NAME --role ROLE`."
    show_table(("Name", "Role", "Work pools", "Expires", "Last used", "Created by"), rows, empty=empty)


def _until(key: ApiKey) -> datetime | str | None:
    return "expired" if key.is_expired else key.expires


@api_key.command("delete")
@argument("name", help="Name of the key.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
def delete(name: str, yes: bool) -> None:
    """Take a key back: within two seconds nothing is done by it any more."""
    with open_client() as client:
        found = next(
            (each for each in client.call(read_api_keys, ApiKeyQuery(limit=MAX_PAGE)) if each.name == name),
            None,
        )
        if found is None:
            raise NotFound(f"There is no API key {name!r}.", hint="List them by `penstock api-key ls`.")
        confirm_where_asked(f"Whoever shows the key {name!r} will be refused. Delete it?", yes=yes)
        client.call(delete_api_key, found.id)
    note(f"Deleted the API key {name!r}.")
