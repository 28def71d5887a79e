"""`penstock deployment`: flows with the place of their code, their parameters and their infrastructure."""

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

import click
import msgspec

from penstock.cli.command import Noun, argument, output_option
from penstock.cli.deployment_run import run
from penstock.cli.deployment_schedule import schedule, schedule_text
from penstock.cli.explanation import show_explanation
from penstock.cli.finding import (
    FoundDeployment,
    deployments_with_flow_names,
    every,
    find_deployment,
    find_work_pool,
)
from penstock.cli.render import note, show, show_fields, show_json, show_table
from penstock.cli.session import CommandClient, confirm_where_asked, current_settings, open_client
from penstock.cli.values import read_job_variables, variables_schema
from penstock.contract.deployments import (
    DeploymentQuery,
    delete_deployment,
    pause_deployment,
    resume_deployment,
)
from penstock.contract.filters import FlowFilter, NamedSort
from penstock.contract.flows import FlowQuery, read_flows
from penstock.contract.job_variables import ResolveDeployment, resolve_deployment
from penstock.contract.operators import TextInOrLike
from penstock.domain.errors import NotFound
from penstock.domain.names import did_you_mean

F = TypeVar("F", bound=Callable[..., Any])
_NAME_HELP = "FLOW/DEPLOYMENT, or the deployment's id."
_HIDDEN = ("parameter_openapi_schema", "schedules", "job_variable_warnings", "global_concurrency_limit")


@click.group("deployment", cls=Noun)
def deployment() -> None:
    """Run, explain, inspect and schedule deployments."""


deployment.add_command(run)
deployment.add_command(schedule)
deployment.alias("schedule", "schedules")


def _name_or_id(function: F) -> F:
    """The argument NAME or the option `--id`: the command gets `name` and `id`."""
    with_id = click.option("--id", type=click.UUID, help="Its id, in place of the name.")(function)
    return argument("name", required=False, metavar="[FLOW/DEPLOYMENT]", help=_NAME_HELP)(with_id)


def _named(client: CommandClient, name: str | None, id: UUID | None) -> FoundDeployment:
    if (name is None) == (id is None):
        message = "Say which deployment: FLOW/DEPLOYMENT or --id, one of them."
        raise click.UsageError(message, click.get_current_context())
    return find_deployment(client, name or str(id))


@deployment.command("ls")
@argument("flow_name", nargs=-1, metavar="[FLOW]...", help="Only deployments of these flows.")
@click.option("--by-created/--no-by-created", default=False, help="The newest first, not by name.")
@output_option
def ls(flow_name: tuple[str, ...], by_created: bool, as_json: bool) -> None:
    """List deployments by name."""
    query = DeploymentQuery(
        sort=NamedSort.CREATED_DESC if by_created else NamedSort.NAME_ASC,
        flows=FlowFilter(name=TextInOrLike(any_=list(flow_name))) if flow_name else None,
    )
    with open_client() as client:
        found = deployments_with_flow_names(client, query)
        if flow_name and not found:
            _check_flows(client, flow_name)
    if as_json:
        show_json([msgspec.to_builtins(each.deployment) | {"flow_name": each.flow_name} for each in found])
        return
    if not by_created:
        found.sort(key=lambda each: each.full_name)
    empty = "There are none. `penstock deploy` makes them."
    show_table(
        ("Name", "Pool", "Status", "Schedules", "Tags", "ID"), [_row(each) for each in found], empty=empty
    )


def _row(found: FoundDeployment) -> tuple[Any, ...]:
    known = found.deployment
    status = "PAUSED" if known.paused else known.status.value if known.status else ""
    schedules = [schedule_text(each) for each in known.schedules if each.active]
    return found.full_name, known.work_pool_name, status, schedules, known.tags, known.id


def _check_flows(client: CommandClient, names: tuple[str, ...]) -> None:
    known = [flow.name for flow in every(client, read_flows, FlowQuery(), most=1_000)]
    for name in names:
        if name not in known:
            raise NotFound(f"There is no flow {name!r}. {did_you_mean(name, known)}".rstrip())


@deployment.command("inspect")
@_name_or_id
@output_option
def inspect(name: str | None, id: UUID | None, as_json: bool) -> None:
    """Show all that is known of a deployment; with --json the API's own document."""
    with open_client() as client:
        found = _named(client, name, id)
    if as_json:
        show_json(found.deployment)
        return
    fields = msgspec.structs.asdict(found.deployment)
    shown = {
        key: value for key, value in fields.items() if key not in _HIDDEN and value not in (None, [], {})
    }
    schedules = [schedule_text(each) for each in found.deployment.schedules]
    parameters = (found.deployment.parameter_openapi_schema or {}).get("properties") or {}
    show_fields({"flow": found.flow_name, **shown, "takes": list(parameters), "schedules": schedules})
    note(f"See what its runs get by `penstock deployment explain {found.full_name}`.")


@deployment.command("explain")
@_name_or_id
@click.option(
    "--job-variable", multiple=True, metavar="KEY=VALUE", help="As if a run said so. Also -jv; several times."
)
@click.option("--pool", "-p", metavar="POOL", help="As if the deployment were in this pool.")
@output_option
def explain(
    name: str | None, id: UUID | None, job_variable: tuple[str, ...], pool: str | None, as_json: bool
) -> int:
    """Show what a run of a deployment would be launched with, and which layer set each value.

    Pool, deployment and run each may set job variables; the last one wins, and maps such as `env` are
    merged key by key. Nothing is created. Leaves with exit code 2 when the layers make no valid job.

    \b
    Examples:
      penstock deployment explain some-work/demo-deployment
      penstock deployment explain some-work/demo-deployment -jv env.LOG_LEVEL=DEBUG -jv stream_output=false
      penstock deployment explain some-work/demo-deployment --json | jq .job.job_configuration
    """
    with open_client() as client:
        found = _named(client, name, id)
        in_pool = pool or found.deployment.work_pool_name
        template = find_work_pool(client, in_pool).base_job_template if in_pool else None
        variables = read_job_variables(job_variable, variables_schema(template))
        body = ResolveDeployment(job_variables=variables, work_pool_name=pool)
        explanation = client.call(resolve_deployment, found.deployment.id, body)
    if not as_json:
        place = f"in the pool {in_pool!r}" if in_pool else "where it is served"
        show(f"What a run of {found.full_name} gets {place}:\n")
    return show_explanation(explanation, as_json=as_json)


@deployment.command("delete")
@_name_or_id
@click.option("--all/--no-all", "all_", default=False, help="Delete every deployment.")
@click.option("--yes", "-y", is_flag=True, help="Don't ask.")
def delete(name: str | None, id: UUID | None, all_: bool, yes: bool) -> None:
    """Delete a deployment with its schedules. Runs that have started stay."""
    settings = current_settings()
    if all_ and (name or id):
        message = "Either --all or one deployment."
        raise click.UsageError(message, click.get_current_context())
    with open_client(settings) as client:
        found = deployments_with_flow_names(client, DeploymentQuery()) if all_ else [_named(client, name, id)]
        names = ", ".join(each.full_name for each in found)
        confirm_where_asked(f"Delete {names}?", yes=yes or not found, settings=settings)
        for each in found:
            client.call(delete_deployment, each.deployment.id)
            show(f"Deleted the deployment {each.full_name}.")
    if not found:
        note("There is none.")


@deployment.command("pause")
@_name_or_id
def pause(name: str | None, id: UUID | None) -> None:
    """Let a deployment's schedules make no runs, and drop those that wait."""
    with open_client() as client:
        found = _named(client, name, id)
        client.call(pause_deployment, found.deployment.id)
    show(f"Paused the deployment {found.full_name}.")


@deployment.command("resume")
@_name_or_id
def resume(name: str | None, id: UUID | None) -> None:
    """Let a deployment's schedules make runs again."""
    with open_client() as client:
        found = _named(client, name, id)
        client.call(resume_deployment, found.deployment.id)
    show(f"Resumed the deployment {found.full_name}.")
