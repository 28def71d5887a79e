"""`penstock deploy`: from a deployment file, or an entrypoint, to deployments on the server."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import msgspec

from penstock.cli.command import CONTEXT, Command, argument, output_option
from penstock.cli.deploy_report import Report
from penstock.cli.deploy_triggers import read_triggers
from penstock.cli.init import init
from penstock.cli.missed_run_options import missed_run_options
from penstock.cli.render import note
from penstock.cli.session import CommandClient, current_settings, open_client
from penstock.cli.values import read_job_variables, read_parameters, variables_schema
from penstock.colourless import run_sync
from penstock.contract.work_pools import read_work_pool
from penstock.domain.errors import InvalidInput, NotFound
from penstock.domain.templates import placeholders
from penstock.domain.transitions import CollisionStrategy
from penstock.sdk.deployments.build import run_build_steps
from penstock.sdk.deployments.deployment_plan import DeploymentPlan
from penstock.sdk.deployments.flow_deployment import FlowDeployment, with_flows
from penstock.sdk.deployments.plan import PlanOptions, plan
from penstock.sdk.deployments.project_file import Project, find_project_file, load_project
from penstock.sdk.deployments.publishing import Checked, check, publish
from penstock.sdk.deployments.schedule_options import schedules_of
from penstock.sdk.deployments.selection import Selection
from penstock.sdk.engine.loading import references
from penstock.settings import Settings


class _Deploy(Command):
    """`penstock deploy`, which `penstock deploy init` is not."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """The context of the command that is meant."""
        if args[:1] == ["init"]:
            return init.make_context("init", args[1:], parent, **extra)
        return super().make_context(info_name, args, parent, **extra)


class _Overrides(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line lays over each deployment, once its pool and its flow are known."""

    job_variable: tuple[str, ...]
    param: tuple[str, ...]
    params: str | None


_OF_SCHEDULES = ("timezone", "anchor_date", "catch_up", "max_lateness")
"""Options that say something of the schedules that are given beside them."""


@click.command("deploy", cls=_Deploy, context_settings=CONTEXT)
@argument("entrypoint", required=False, metavar="[ENTRYPOINT]", help="path/to/file.py:flow.")
@click.option(
    "--name",
    "-n",
    "names",
    multiple=True,
    metavar="NAME",
    help="Deployments of the file: NAME, FLOW/NAME, or patterns such as '*-prod'; several times.",
)
@click.option("--all/--no-all", "all_", default=False, help="All deployments of the file.")
@click.option(
    "--prefect-file",
    "--file",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The deployment file. [penstock.yaml, else prefect.yaml]",
)
@click.option("--pool", "-p", metavar="POOL", help="The work pool that their runs go to.")
@click.option("--work-queue", "-q", metavar="QUEUE", help="The queue of that pool.")
@click.option(
    "--job-variable",
    multiple=True,
    metavar="KEY=VALUE",
    help="Over the file's: env.NAME=VALUE, another variable, or a JSON object. Also -jv; several times.",
)
@click.option("--param", multiple=True, metavar="KEY=VALUE", help="A parameter: JSON, or text.")
@click.option("--params", metavar="JSON", help="Parameters as a JSON object; `-` reads it from stdin.")
@click.option("--cron", multiple=True, metavar="CRON", help="In place of the file's schedules.")
@click.option("--interval", type=float, multiple=True, metavar="SECONDS", help="A schedule, too.")
@click.option("--rrule", multiple=True, metavar="RRULE", help="A schedule, too.")
@click.option("--timezone", metavar="ZONE", help="Of these schedules. [UTC]")
@click.option("--anchor-date", metavar="MOMENT", help="From which --interval is counted.")
@missed_run_options
@click.option(
    "--trigger",
    multiple=True,
    metavar="JSON|FILE",
    help="In place of the file's triggers: an automation that runs it; several times.",
)
@click.option("--tag", "-t", multiple=True, metavar="TAG", help="Beside the file's tags; several times.")
@click.option("--version", metavar="VERSION", help="The deployment's version. [the flow's]")
@click.option("--version-type", metavar="TYPE", help="prefect:simple, or vcs:git for the commit.")
@click.option("--description", "-d", metavar="TEXT", help="What it does. [the flow's docstring]")
@click.option("--concurrency-limit", type=click.IntRange(1), help="How many runs at once. Also -cl.")
@click.option(
    "--collision-strategy",
    type=click.Choice([each.value for each in CollisionStrategy], case_sensitive=False),
    help="What happens to a run that finds the limit reached.",
)
@click.option(
    "--enforce-parameter-schema/--no-enforce-parameter-schema",
    default=None,
    help="Whether parameters must fit the flow. [yes]",
)
@click.option("--strict", is_flag=True, help="Refuse {{ $NAME }} of variables that are not set here.")
@click.option("--dry-run", is_flag=True, help="Check it all and show what would be created.")
@output_option
def deploy(
    *,
    entrypoint: str | None,
    names: tuple[str, ...],
    all_: bool,
    file: Path | None,
    job_variable: tuple[str, ...],
    param: tuple[str, ...],
    params: str | None,
    dry_run: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Create or update deployments: all are checked before anything is created.

    Without a name the file's only deployment is meant. ENTRYPOINT with -n deploys a flow without a file.

    \b
    Examples:
      penstock deploy --all
      penstock deploy -n 'etl-*' -jv env.ENVIRONMENT=staging
      penstock deploy flows.py:etl -n nightly --pool local --cron "0 3 * * *"
    """
    settings = current_settings()
    report = Report(settings, as_json=as_json)
    selection = Selection(names=names, all=all_, entrypoint=entrypoint)
    with report.errors():
        project = _project(file, is_needed=entrypoint is None)
        plans = plan(project, selection, _options(settings, given), os.environ)
    report.tell_diagnostics([*project.warnings, *(each for made in plans for each in made.warnings)])
    overrides = _Overrides(job_variable=job_variable, param=param, params=params)
    with open_client(settings) as client, report.errors():
        checked = _checked(plans, overrides, client, dry_run=dry_run)
        if dry_run:
            report.show_checked(checked)
        else:
            _publish(checked, client, report)


def _project(file: Path | None, *, is_needed: bool) -> Project:
    """The deployment file that is meant; an entrypoint does without one."""
    try:
        return load_project(file or find_project_file(Path.cwd()))
    except NotFound:
        if is_needed or file is not None:
            raise
        return Project(directory=Path.cwd())


def _options(settings: Settings, given: dict[str, Any]) -> PlanOptions:
    schedules = schedules_of(
        cron=given["cron"],
        interval=given["interval"],
        rrule=given["rrule"],
        timezone=given["timezone"],
        anchor_date=given["anchor_date"],
        catch_up=given["catch_up"],
        max_lateness_seconds=given["max_lateness"],
    )
    if not schedules and (idle := [name for name in _OF_SCHEDULES if given[name]]):
        option = f"--{idle[0].replace('_', '-')}"
        raise InvalidInput(
            f"{option} says something about a schedule, and none is given.",
            field=idle[0],
            hint="Give --cron, --interval or --rrule with it.",
        )
    strategy = given["collision_strategy"]
    return PlanOptions(
        work_pool_name=given["pool"],
        default_work_pool_name=settings.deployments.default_work_pool_name,
        work_queue_name=given["work_queue"],
        tags=given["tag"],
        schedules=tuple(schedules) or None,
        triggers=read_triggers(given["trigger"]),
        description=given["description"],
        version=given["version"],
        version_type=given["version_type"],
        concurrency_limit=given["concurrency_limit"],
        collision_strategy=CollisionStrategy(strategy) if strategy else None,
        enforce_parameter_schema=given["enforce_parameter_schema"],
        strict=given["strict"],
    )


def _checked(
    plans: list[DeploymentPlan], overrides: _Overrides, client: CommandClient, *, dry_run: bool
) -> list[Checked]:
    """Everything that can go wrong, goes wrong here: nothing is created yet."""
    for pool in {each.work_pool_name or "" for each in plans}:
        if next(placeholders(pool), None) is None:
            client.call(read_work_pool, pool)
    if not dry_run:
        fill = references(client.client)
        plans = run_build_steps(plans, environ=os.environ, references=fill, log=note)
    deployments = [_overridden(each, overrides, client) for each in with_flows(plans)]
    return run_sync(check(deployments, client.client))


def _overridden(deployment: FlowDeployment, overrides: _Overrides, client: CommandClient) -> FlowDeployment:
    """The deployment with what the command line lays over it, read as pool and flow declare it."""
    job_variables = parameters = None
    if overrides.job_variable:
        pool = client.call(read_work_pool, deployment.plan.work_pool_name or "")
        job_variables = read_job_variables(overrides.job_variable, variables_schema(pool.base_job_template))
    if overrides.param or overrides.params is not None:
        schema = deployment.parameter_schema
        parameters = read_parameters(overrides.param, overrides.params, schema, deployment.flow_name)
    plan = deployment.plan.overridden(job_variables, parameters)
    return msgspec.structs.replace(deployment, plan=plan)


def _publish(checked: Sequence[Checked], client: CommandClient, report: Report) -> None:
    try:
        for each in checked:
            report.tell_warnings(each)
            report.add(run_sync(publish(each, client.client)))
    finally:
        report.finish()
