"""`penstock variable`: named JSON values that flows and job variables refer to."""

from typing import Any

import click
import msgspec

from penstock.cli.command import Noun, argument, output_option
from penstock.cli.render import note, show, show_fields, show_json, show_table
from penstock.cli.session import open_client
from penstock.contract.fields import MAX_PAGE
from penstock.contract.variables import (
    Variable,
    VariableCreate,
    VariableQuery,
    VariableUpdate,
    create_variable,
    delete_variable_by_name,
    read_variable_by_name,
    read_variables,
    update_variable_by_name,
)
from penstock.domain.errors import AlreadyExists


@click.group("variable", cls=Noun)
def variable() -> None:
    """Read and write variables."""


variable.alias("delete", "unset", "rm")


@variable.command("ls")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="How many at most.")
@output_option
def ls(limit: int, as_json: bool) -> None:
    """List variables by name."""
    found = _all(limit)
    if as_json:
        show_json(found)
        return
    rows = [(each.name, _shortened(each.value), each.tags, each.updated) for each in found]
    empty = "There are no variables. Set one by `penstock variable set NAME VALUE`."
    show_table(("Name", "Value", "Tags", "Updated"), rows, empty=empty)


@variable.command("inspect")
@argument("name", help="Name of the variable.")
@output_option
def inspect(name: str, as_json: bool) -> None:
    """Show all that is known of a variable."""
    with open_client() as client:
        found = client.call(read_variable_by_name, name)
    if as_json:
        show_json(found)
    else:
        show_fields(msgspec.structs.asdict(found) | {"value": _text(found.value)})


@variable.command("get")
@argument("name", help="Name of the variable.")
def get(name: str) -> None:
    """Print the value of a variable: text as it is, anything else as JSON."""
    with open_client() as client:
        show(_text(client.call(read_variable_by_name, name).value))


@variable.command("set")
@argument("name", help="Name of the variable.")
@argument("value", help="Its value. What is JSON is taken as JSON, anything else as text.")
@click.option("--overwrite/--no-overwrite", default=False, help="Replace the value if there is one.")
@click.option("--tag", "tags", multiple=True, help="A tag; may be given several times.")
def set_(name: str, value: str, overwrite: bool, tags: tuple[str, ...]) -> None:
    """Set a variable."""
    wanted = VariableCreate(name=name, value=_parsed(value), tags=list(tags))
    with open_client() as client:
        try:
            client.call(create_variable, wanted)
        except AlreadyExists as taken:
            if not overwrite:
                raise AlreadyExists(taken.message, hint="Replace it by --overwrite.") from None
            change = VariableUpdate(value=wanted.value)
            if tags:
                change.tags = wanted.tags
            client.call(update_variable_by_name, name, change)
            show(f"Replaced the variable {name!r}.")
            return
    show(f"Set the variable {name!r}.")


@variable.command("delete")
@argument("name", help="Name of the variable.")
def delete(name: str) -> None:
    """Delete a variable. May be called `unset` too."""
    with open_client() as client:
        client.call(delete_variable_by_name, name)
    show(f"Deleted the variable {name!r}.")


def _all(limit: int) -> list[Variable]:
    found: list[Variable] = []
    with open_client() as client:
        while len(found) < limit:
            wanted = min(MAX_PAGE, limit - len(found))
            page = client.call(read_variables, VariableQuery(offset=len(found), limit=wanted))
            found += page
            if len(page) < wanted:
                return found
        if client.call(read_variables, VariableQuery(offset=limit, limit=1)):
            note(f"There are more than these {limit}; see more by --limit.")
    return found


def _parsed(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return text


def _text(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _shortened(value: Any) -> str:
    text = _text(value)
    return text if len(text) <= 60 else f"{text[:59]}…"
