"""`penstock work-pool`: where runs go, and the template of the infrastructure that they get there."""

from pathlib import Path
from typing import Any

import click
import msgspec

from penstock.cli.command import Noun, argument, nearest, output_option
from penstock.cli.documents import read_base_job_template
from penstock.cli.explanation import shown_value
from penstock.cli.finding import every, find_work_pool
from penstock.cli.pages import page_url
from penstock.cli.render import note, show, show_fields, show_json, show_table, warn
from penstock.cli.session import (
    CommandClient,
    confirm_where_asked,
    current_place,
    current_settings,
    may_ask,
    open_client,
)
from penstock.cli.upcoming import show_upcoming
from penstock.contract.job_variables import WorkPoolEdit, preview_work_pool_edit
from penstock.contract.work_pools import (
    WorkPoolCreate,
    WorkPoolQuery,
    WorkPoolResponse,
    WorkPoolUpdate,
    create_work_pool,
    delete_work_pool,
    read_work_pool_concurrency_status,
    read_work_pools,
    update_work_pool,
)
from penstock.domain.errors import AlreadyExists, Conflict, InvalidInput
from penstock.domain.template_changes import Impact

_DEFAULT_POOL = "PENSTOCK_DEPLOYMENTS_DEFAULT_WORK_POOL_NAME"


@click.group("work-pool", cls=Noun)
def work_pool() -> None:
    """Manage work pools and their job templates.

    A work pool is where runs wait for a worker. Its base job template declares the job variables that
    deployments and runs may override, and says where their values go.
    """


@work_pool.command("create")
@argument("name", help="Name of the pool.")
@click.option("--type", "-t", metavar="TYPE", help="Type of its infrastructure: process, …")
@click.option("--base-job-template", metavar="FILE|JSON", help="Its template; that of its type by default.")
@click.option("--paused/--no-paused", default=False, help="Let no worker take runs from it yet.")
@click.option(
    "--set-as-default/--no-set-as-default", default=False, help="Use it where deployments name no pool."
)
@click.option("--overwrite/--no-overwrite", default=False, help="Change the pool if there is one.")
@click.option("--description", metavar="TEXT", help="What it is for.")
@click.option("--concurrency-limit", type=click.IntRange(0), help="Runs at once at most. Also -cl.")
@output_option
def create(
    *,
    name: str,
    type: str | None,
    base_job_template: str | None,
    paused: bool,
    set_as_default: bool,
    overwrite: bool,
    description: str | None,
    concurrency_limit: int | None,
    as_json: bool,
) -> None:
    """Create a work pool.

    \b
    Examples:
      penstock work-pool create local --type process
      penstock work-pool create etl -t process --base-job-template template.json --set-as-default
    """
    with open_client() as client:
        kind = _known_type(type, is_template_given=base_job_template is not None)
        wanted = WorkPoolCreate(
            name=name,
            type=kind,
            description=description,
            base_job_template=(
                read_base_job_template(base_job_template) if base_job_template else _template_of(kind)
            ),
            is_paused=paused,
            concurrency_limit=concurrency_limit,
        )
        pool, is_new = _create(client, wanted, overwrite, base_job_template is not None)
    _warn_of_template(pool)
    if set_as_default:
        _make_default(name)
    if as_json:
        show_json(pool)
        return
    show(f"{'Created' if is_new else 'Changed'} the work pool {name!r} of type {pool.type!r}.")
    note(f"Start a worker for it: `penstock worker start --pool {name}`.")
    note(f"View: {page_url(client.settings, 'work-pools', name)}")


def _warn_of_template(pool: WorkPoolResponse) -> None:
    for problem in pool.job_variable_warnings or []:
        warn(str(problem))


def _create(
    client: CommandClient, wanted: WorkPoolCreate, overwrite: bool, is_template_given: bool
) -> tuple[WorkPoolResponse, bool]:
    try:
        return client.call(create_work_pool, wanted), True
    except AlreadyExists:
        if not overwrite:
            message = f"There is a work pool {wanted.name!r} already."
            raise AlreadyExists(message, hint="With --overwrite it is changed.") from None
    existing = find_work_pool(client, wanted.name)
    if existing.type != wanted.type:
        message = f"The work pool {wanted.name!r} is of type {existing.type!r}, which cannot change."
        raise Conflict(message, hint="Delete it first, or choose another name.")
    change = WorkPoolUpdate(is_paused=wanted.is_paused)
    if is_template_given:
        change.base_job_template = wanted.base_job_template
    if wanted.description is not None:
        change.description = wanted.description
    if wanted.concurrency_limit is not None:
        change.concurrency_limit = wanted.concurrency_limit
    client.call(update_work_pool, wanted.name, change)
    return find_work_pool(client, wanted.name), False


def _known_type(given: str | None, *, is_template_given: bool) -> str:
    """The type that is meant. With a template of its own, a pool may be of a type that nobody here knows."""
    from penstock.workers.registry import launcher_types

    known = launcher_types()
    if given is None:
        if not may_ask(current_settings()):
            message = f"Say of which type the pool is: --type {' | '.join(known)}."
            raise click.UsageError(message, click.get_current_context())
        return str(click.prompt("Type", type=click.Choice(known), default=known[0], err=True))
    if given not in known and not is_template_given:
        message = f"No installed package starts jobs of the type {given!r}.{nearest(given, known)}"
        hint = f"Installed: {', '.join(known)}. For another type give --base-job-template."
        raise InvalidInput(message, field="type", hint=hint)
    return given


def _template_of(type: str) -> dict[str, Any]:
    from penstock.workers.registry import load_launcher

    return load_launcher(type).base_job_template()


def _make_default(name: str) -> None:
    place = current_place()
    profiles = place.profiles
    values = profiles.by_name.get(place.profile, {}) | {_DEFAULT_POOL: name}
    profiles.holding(place.profile, values).save()
    note(f"Deployments that name no pool use {name!r} now (profile {place.profile!r}).")


@work_pool.command("ls")
@click.option("--verbose/--no-verbose", "-v", default=False, help="Also ids and descriptions.")
@output_option
def ls(verbose: bool, as_json: bool) -> None:
    """List work pools by name."""
    with open_client() as client:
        pools = list(every(client, read_work_pools, WorkPoolQuery()))
    if as_json:
        show_json(pools)
        return
    columns = ("Name", "Type", "Status", "Concurrency limit", *(("ID", "Description") if verbose else ()))
    rows = [_row(pool, verbose) for pool in pools]
    show_table(columns, rows, empty="There are none. `penstock work-pool create NAME` makes one.")


def _row(pool: WorkPoolResponse, verbose: bool) -> tuple[Any, ...]:
    status = pool.status.value if pool.status else ""
    more = (pool.id, pool.description) if verbose else ()
    return pool.name, pool.type, status, pool.concurrency_limit, *more


@work_pool.command("inspect")
@argument("name", help="Name of the pool.")
@output_option
def inspect(name: str, as_json: bool) -> None:
    """Show a work pool, and the job variables that its template declares."""
    with open_client() as client:
        pool = find_work_pool(client, name)
    if as_json:
        show_json(pool)
        return
    fields = msgspec.structs.asdict(pool)
    hidden = ("base_job_template", "storage_configuration", "job_variable_warnings")
    show_fields({key: value for key, value in fields.items() if key not in hidden})
    properties = (pool.base_job_template.get("variables") or {}).get("properties") or {}
    show("")
    show_table(
        ("Job variable", "Type", "Default", "Merge", "About"),
        [_variable_row(variable, declared) for variable, declared in properties.items()],
        empty="Its template declares no job variables.",
    )
    _warn_of_template(pool)


def _variable_row(name: str, declared: Any) -> tuple[str, ...]:
    if not isinstance(declared, dict):
        return name, "", "", "", ""
    default = declared.get("default")
    types = [declared, *(part for part in declared.get("anyOf", ()) if isinstance(part, dict))]
    merge = "keys" if name == "env" else declared.get("x-merge", "replace")
    return (
        name,
        " or ".join(str(part["type"]) for part in types if "type" in part),
        "" if default is None else shown_value(default, 40),
        merge,
        str(declared.get("description", "")).partition(". ")[0],
    )


@work_pool.command("update")
@argument("name", help="Name of the pool.")
@click.option("--base-job-template", metavar="FILE|JSON", help="Replaces its template.")
@click.option("--concurrency-limit", type=click.IntRange(0), help="Runs at once at most. Also -cl.")
@click.option("--description", metavar="TEXT", help="What it is for.")
@click.option("--dry-run", is_flag=True, help="Only say which deployments another template would change.")
@output_option
def update(
    *,
    name: str,
    base_job_template: str | None,
    concurrency_limit: int | None,
    description: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Change a work pool. Which deployments a new template changes is told before it is saved.

    Runs that a worker has claimed already keep what they were given.
    """
    change = WorkPoolUpdate()
    if base_job_template is not None:
        change.base_job_template = read_base_job_template(base_job_template)
    if concurrency_limit is not None:
        change.concurrency_limit = concurrency_limit
    if description is not None:
        change.description = description
    if change == WorkPoolUpdate():
        message = (
            "There is nothing to change: give --base-job-template, --concurrency-limit or --description."
        )
        raise click.UsageError(message, click.get_current_context())
    with open_client() as client:
        find_work_pool(client, name)
        if isinstance(change.base_job_template, dict):
            edit = WorkPoolEdit(base_job_template=change.base_job_template)
            _show_impact(client.call(preview_work_pool_edit, name, edit), as_json=as_json)
        if dry_run:
            note("Nothing was changed.")
            return
        client.call(update_work_pool, name, change)
        _warn_of_template(find_work_pool(client, name))
    note(f"Changed the work pool {name!r}.")


def _show_impact(impacts: list[Impact], *, as_json: bool) -> None:
    if as_json:
        show_json(impacts)
        return
    if not impacts:
        note("No deployment of the pool is changed by this.")
        return
    rows = [
        (impact.name, change.path, _side(change.before), _side(change.after))
        for impact in impacts
        for change in impact.changes
    ]
    if rows:
        show_table(("Deployment", "Variable", "Before", "After"), rows)
    for impact in impacts:
        if impact.overrides:
            note(f"{impact.name} overrides {', '.join(impact.overrides)}, which stay.")
        for error in impact.errors:
            warn(f"{impact.name} becomes invalid: {error}")


def _side(value: Any) -> str:
    return "(not set)" if value is msgspec.UNSET else shown_value(value, 40)


def _change(name: str, change: WorkPoolUpdate, told: str) -> None:
    with open_client() as client:
        find_work_pool(client, name)
        client.call(update_work_pool, name, change)
    show(told)


@work_pool.command("pause")
@argument("name", help="Name of the pool.")
def pause(name: str) -> None:
    """Let workers take no more runs from a pool. Runs under way go on."""
    _change(name, WorkPoolUpdate(is_paused=True), f"Paused the work pool {name!r}.")


@work_pool.command("resume")
@argument("name", help="Name of the pool.")
def resume(name: str) -> None:
    """Let workers take runs from a pool again."""
    _change(name, WorkPoolUpdate(is_paused=False), f"Resumed the work pool {name!r}.")


@work_pool.command("set-concurrency-limit")
@argument("name", help="Name of the pool.")
@argument("concurrency_limit", type=click.IntRange(0), help="Runs at once at most.")
def set_concurrency_limit(name: str, concurrency_limit: int) -> None:
    """Say how many runs of a pool may be under way at once."""
    told = f"The work pool {name!r} has at most {concurrency_limit} runs under way at once."
    _change(name, WorkPoolUpdate(concurrency_limit=concurrency_limit), told)


@work_pool.command("clear-concurrency-limit")
@argument("name", help="Name of the pool.")
def clear_concurrency_limit(name: str) -> None:
    """Let any number of runs of a pool be under way at once."""
    _change(name, WorkPoolUpdate(concurrency_limit=None), f"The work pool {name!r} has no limit.")


@work_pool.command("delete")
@argument("name", help="Name of the pool.")
@click.option("--yes", "-y", is_flag=True, help="Don't ask.")
def delete(name: str, yes: bool) -> None:
    """Delete a work pool with its queues. Deployments in it stay, without a pool."""
    settings = current_settings()
    with open_client(settings) as client:
        find_work_pool(client, name)
        confirm_where_asked(f"Delete the work pool {name!r} with its queues?", yes=yes, settings=settings)
        client.call(delete_work_pool, name)
    show(f"Deleted the work pool {name!r}.")


@work_pool.command("get-default-base-job-template")
@click.option("--type", "-t", metavar="TYPE", default="process", show_default=True, help="Type of pool.")
@click.option(
    "--file", "-f", type=click.Path(path_type=Path, dir_okay=False), help="Write it there, not to stdout."
)
def get_default_base_job_template(type: str, file: Path | None) -> None:
    """Print the base job template that a new pool of a type gets. Needs no server."""
    template = _template_of(type)
    if file is None:
        show_json(template)
        return
    file.write_bytes(msgspec.json.format(msgspec.json.encode(template), indent=2) + b"\n")
    note(f"Wrote the template of {type!r} pools to {file}.")


@work_pool.command("preview", context_settings={"help_option_names": ["--help"]})
@argument("name", required=False, help="Name of the pool; all pools where none is given.")
@click.option("--hours", "-h", type=click.IntRange(1), default=1, show_default=True, help="How far ahead.")
@output_option
def preview(name: str | None, hours: int, as_json: bool) -> None:
    """Show which runs of a pool are due, and which soon will be."""
    with open_client() as client:
        names = [find_work_pool(client, name).name] if name else _names(client)
        show_upcoming(client, dict.fromkeys(names), hours, as_json=as_json)


def _names(client: CommandClient) -> list[str]:
    return [pool.name for pool in every(client, read_work_pools, WorkPoolQuery())]


@work_pool.command("slots")
@argument("name", help="Name of the pool.")
@output_option
def slots(name: str, as_json: bool) -> None:
    """Show which runs take up a pool's concurrency limit, by queue."""
    with open_client() as client:
        find_work_pool(client, name)
        status = client.call(read_work_pool_concurrency_status, name)
    if as_json:
        show_json(status)
        return
    limit = "no limit" if status.concurrency_limit is None else f"of {status.concurrency_limit}"
    show(f"{status.active_slots} runs under way, {limit}.")
    rows = [
        (
            queue.queue_name,
            run.name,
            run.state_name,
            run.time_in_current_state and f"{run.time_in_current_state:.0f} s",
            run.id,
        )
        for queue in status.queues
        for run in queue.flow_runs
    ]
    show_table(("Queue", "Flow run", "State", "For", "ID"), rows, empty="No run is under way.")
