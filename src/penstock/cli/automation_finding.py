"""Finding the automation that a person names. Where two have a name, an id is asked for."""

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

import click

from penstock.cli.command import argument
from penstock.cli.finding import as_id, every
from penstock.cli.session import CommandClient
from penstock.contract.automations import Automation, AutomationQuery, read_automation, read_automations
from penstock.contract.filters import AutomationFilter
from penstock.contract.operators import TextIn
from penstock.domain.errors import Conflict, NotFound
from penstock.domain.names import did_you_mean

F = TypeVar("F", bound=Callable[..., Any])


def name_or_id(function: F) -> F:
    """The argument NAME or the option `--id`: the command gets `name` and `id`."""
    with_id = click.option("--id", type=click.UUID, help="Its id, in place of the name.")(function)
    return argument("name", required=False, help="Name of the automation, or its id.")(with_id)


def named(client: CommandClient, name: str | None, id: UUID | None) -> Automation:
    """The automation that is meant by exactly one of the two.

    Raises:
        click.UsageError: None or both are given.
        NotFound: There is none; with the nearest name.
        Conflict: Several have the name; with their ids.
    """
    if (name is None) == (id is None):
        message = "Say which automation: NAME or --id, one of them."
        raise click.UsageError(message, click.get_current_context())
    if id is not None:
        return client.call(read_automation, id)
    return find_automation(client, name or "")


def find_automation(client: CommandClient, given: str) -> Automation:
    """The automation with a name, or with an id. Raises as `named`."""
    query = AutomationQuery(automations=AutomationFilter(name=TextIn(any_=[given])))
    found = list(every(client, read_automations, query))
    if len(found) == 1:
        return found[0]
    if found:
        ids = "; ".join(f"{each.id} ({_told(each)})" for each in found)
        message = f"{len(found)} automations are named {given!r}: {ids}."
        raise Conflict(message, hint="Say which one by --id.")
    if (id := as_id(given)) is not None:
        return client.call(read_automation, id)
    known = [each.name for each in every(client, read_automations, AutomationQuery())]
    message = f"There is no automation {given!r}. {did_you_mean(given, known)}".rstrip()
    raise NotFound(message, hint="`penstock automation ls` lists them.")


def _told(automation: Automation) -> str:
    state = "enabled" if automation.enabled else "paused"
    owner = f", of {automation.owner_resource}" if automation.owner_resource else ""
    return f"{state}{owner}, created {automation.created.astimezone():%Y-%m-%d %H:%M:%S}"
