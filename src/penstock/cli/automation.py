"""`penstock automation`: when this happens, do that. And what it did, would have done, and why it didn't."""

from typing import Any
from uuid import UUID

import click

from penstock.cli.automation_documents import (
    as_written,
    as_yaml,
    read_automations,
    read_one_automation,
)
from penstock.cli.automation_explain import explain
from penstock.cli.automation_finding import name_or_id, named
from penstock.cli.automation_firings import firings
from penstock.cli.automation_test import test
from penstock.cli.command import Noun, output_option
from penstock.cli.finding import every
from penstock.cli.pages import page_url
from penstock.cli.render import note, show, show_fields, show_json, show_table, warn
from penstock.cli.session import CommandClient, confirm_where_asked, current_settings, open_client
from penstock.contract.automation_log import read_automation_rows
from penstock.contract.automations import (
    Automation,
    AutomationBatch,
    AutomationCreate,
    AutomationPartialUpdate,
    AutomationQuery,
    AutomationUpdate,
    AutomationWritten,
    bulk_create_automations,
    create_automation,
    delete_automation,
    patch_automation,
    update_automation,
)
from penstock.contract.automations import read_automations as read_page
from penstock.domain.automations import AutomationCore
from penstock.domain.errors import PenstockError


@click.group("automation", cls=Noun)
def automation() -> None:
    """Do something when something happens: run a deployment, pause a pool, tell people.

    \b
    Examples:
      penstock automation create -f automation.yaml
      penstock automation test automation.yaml --since 7d
      penstock automation explain NAME
    """


automation.add_command(explain)
automation.add_command(firings)
automation.add_command(test)
automation.alias("pause", "disable")
automation.alias("resume", "enable")


def _source_options(function: Any) -> Any:
    function = click.option(
        "--from-json", "-j", "text", metavar="JSON", help="The automation, or a list of them, as JSON."
    )(function)
    return click.option(
        "--from-file", "-f", "file", metavar="FILE", help="A YAML or JSON file with it; `-` reads stdin."
    )(function)


@automation.command("create")
@_source_options
@output_option
def create(*, file: str | None, text: str | None, as_json: bool) -> None:
    """Create automations from a file, or from JSON.

    The file holds one, a list, or a list under `automations`. Of several all are created, or none.

    \b
    Example of one:
      name: on-new-file
      trigger: {expect: [file.arrived]}
      actions:
        - type: run-deployment
          deployment_id: 6c1a…
          parameters: {path: "{{ event.resource.id }}"}
    """
    wanted = read_automations(file, text)
    settings = current_settings()
    with open_client(settings) as client:
        made = _made(client, [_to_create(each) for each in wanted])
    if as_json:
        show_json(made)
        return
    for each in made:
        show(f"Created the automation {each.name!r} ({each.id}).")
    the_only_one = [each.id for each in made] if len(made) == 1 else []
    note(f"View: {page_url(settings, 'automations', *the_only_one)}")


def _made(client: CommandClient, wanted: list[AutomationCreate]) -> list[Automation]:
    """All of them, or none. What is refused says which one is wrong."""
    if len(wanted) > 1:
        try:
            return client.call(bulk_create_automations, AutomationBatch(automations=wanted))
        except PenstockError as error:
            error.message = f"{error.message}\nNone of the {len(wanted)} was created."
            raise
    try:
        return [client.call(create_automation, each) for each in wanted]
    except PenstockError as error:
        error.message = f"The automation {wanted[0].name!r}: {error.message}"
        raise


def _to_create(core: AutomationCore) -> AutomationCreate:
    return AutomationCreate(**_said(core), owner_resource=core.owner_resource)


def _said(core: AutomationCore) -> dict[str, Any]:
    return {name: getattr(core, name) for name in AutomationWritten.__struct_fields__}


@automation.command("update")
@click.option("--id", type=click.UUID, required=True, help="Id of the automation.")
@_source_options
def update(*, id: UUID, file: str | None, text: str | None) -> None:
    """Replace an automation by what a file, or JSON, says.

    What its triggers have seen stays, as far as they and their ids are the same.
    """
    wanted = read_one_automation(file, text)
    with open_client() as client:
        client.call(update_automation, id, AutomationUpdate(**_said(wanted)))
    show(f"Updated the automation {wanted.name!r} ({id}).")


@automation.command("ls")
@output_option
def ls(as_json: bool) -> None:
    """List automations by name, with when they fired last and what went wrong."""
    with open_client() as client:
        found = client.call(read_automation_rows)
    if as_json:
        show_json(found)
        return
    rows = [
        (
            each.automation.name,
            _state(each.automation, each.stopped),
            each.last_fired,
            each.firings_24h,
            each.last_error,
            each.automation.id,
        )
        for each in found
    ]
    empty = "There are no automations. Make one by `penstock automation create -f FILE`."
    show_table(("Name", "State", "Last fired", "In 24 h", "Last error", "ID"), rows, empty=empty)


def _state(automation: Automation, stopped: str | None) -> str:
    if stopped:
        return "stopped"
    return "enabled" if automation.enabled else "paused"


@automation.command("inspect")
@name_or_id
@click.option("--yaml/--no-yaml", "yaml_flag", default=False, help="Print YAML that `create -f` takes.")
@click.option("--json/--no-json", "json_flag", default=False, help="Print JSON.")
@click.option("--output", "-o", type=click.Choice(["json", "yaml"]), help="The same as --json, or --yaml.")
def inspect(
    *, name: str | None, id: UUID | None, yaml_flag: bool, json_flag: bool, output: str | None
) -> None:
    """Show all that is known of an automation."""
    settings = current_settings()
    with open_client(settings) as client:
        found = named(client, name, id)
    if json_flag or output == "json":
        show_json(found)
        return
    written = as_written(found)
    if yaml_flag or output == "yaml":
        show(as_yaml(written).rstrip())
        return
    about = (
        "name",
        "id",
        "enabled",
        "description",
        "tags",
        "owner_resource",
        "created",
        "updated",
        "stopped",
    )
    show_fields({key: getattr(found, key) for key in about if written.get(key) is not None})
    show(as_yaml({key: value for key, value in written.items() if key not in about}).rstrip())
    note(f"View: {page_url(settings, 'automations', found.id)}")


@automation.command("pause")
@name_or_id
def pause(name: str | None, id: UUID | None) -> None:
    """Let an automation not fire. May be called `disable` too."""
    _switch(name, id, on=False)


@automation.command("resume")
@name_or_id
def resume(name: str | None, id: UUID | None) -> None:
    """Let an automation fire again, from now on. May be called `enable` too."""
    _switch(name, id, on=True)


def _switch(name: str | None, id: UUID | None, *, on: bool) -> None:
    with open_client() as client:
        found = named(client, name, id)
        client.call(patch_automation, found.id, AutomationPartialUpdate(enabled=on))
    show(f"{'Resumed' if on else 'Paused'} the automation {found.name!r}.")


@automation.command("delete")
@name_or_id
@click.option("--all/--no-all", "all_", default=False, help="All automations.")
@click.option("--yes", "-y", is_flag=True, help="Don't ask.")
def delete(*, name: str | None, id: UUID | None, all_: bool, yes: bool) -> None:
    """Delete an automation with its firing log."""
    settings = current_settings()
    if all_ and (name or id):
        message = "--all means every automation: give no name with it."
        raise click.UsageError(message, click.get_current_context())
    with open_client(settings) as client:
        chosen = list(every(client, read_page, AutomationQuery())) if all_ else [named(client, name, id)]
        if not chosen:
            note("There are no automations.")
            return
        what = f"the automation {chosen[0].name!r}" if len(chosen) == 1 else f"all {len(chosen)} automations"
        confirm_where_asked(f"Delete {what} with the firing log?", yes=yes, settings=settings)
        for each in chosen:
            client.call(delete_automation, each.id)
    show(f"Deleted {what}.")
    if owners := sorted({str(each.owner_resource) for each in chosen if each.owner_resource}):
        warn(f"{', '.join(owners)}: deploying again brings its automations back.")
