"""`penstock deployment run`: make a run of a deployment, with overrides, and watch it."""

from datetime import UTC, datetime
from typing import Any

import click
from msgspec import Struct

from penstock.cli.command import CONTEXT, Command, argument, output_option
from penstock.cli.explanation import show_explanation
from penstock.cli.finding import FoundDeployment, find_deployment, find_work_pool, find_work_queue
from penstock.cli.pages import page_url
from penstock.cli.progress import Progress
from penstock.cli.render import cell, show, show_json, warn
from penstock.cli.session import CommandClient, open_client
from penstock.cli.values import read_job_variables, read_parameters, read_start, variables_schema
from penstock.cli.watching import Wait, note_if_nobody_serves, watch
from penstock.contract.deployments import DeploymentFlowRunCreate, create_flow_run_from_deployment
from penstock.contract.flow_runs import FlowRunResponse
from penstock.contract.job_variables import ResolveDeployment, resolve_deployment
from penstock.domain.job_spec import Explanation
from penstock.domain.states import StateCreate, StateDetails, StateType


class RunOptions(Struct, frozen=True, kw_only=True):
    """What was asked for on the command line."""

    job_variable: tuple[str, ...]
    param: tuple[str, ...]
    params: str | None
    start_in: str | None
    start_at: str | None
    tag: tuple[str, ...]
    flow_run_name: str | None
    work_queue: str | None
    idempotency_key: str | None
    watch: bool
    watch_interval: float | None
    watch_timeout: float | None
    dry_run: bool

    @property
    def wait(self) -> Wait:
        """How to watch the run."""
        return Wait(interval=self.watch_interval or Wait().interval, timeout=self.watch_timeout)


@click.command("run", cls=Command, context_settings=CONTEXT)
@argument("name", required=False, metavar="[FLOW/DEPLOYMENT]", help="Which one; or its id.")
@click.option("--id", help="Its id, in place of the name.")
@click.option(
    "--job-variable",
    multiple=True,
    metavar="KEY=VALUE",
    help="Override a job variable; `env.NAME=VALUE` an environment variable. Also -jv; several times.",
)
@click.option("--param", "-p", multiple=True, metavar="KEY=VALUE", help="A parameter: JSON, or text.")
@click.option("--params", metavar="JSON", help="Parameters as a JSON object; `-` reads it from stdin.")
@click.option("--start-in", metavar="DURATION", help="Start it later: '10 minutes', 1h30m.")
@click.option("--start-at", metavar="MOMENT", help="Start it then: 2026-08-22T09:00+02:00.")
@click.option("--tag", multiple=True, metavar="TAG", help="Give the run a tag; several times.")
@click.option("--flow-run-name", metavar="NAME", help="Call it so; {parameter} is filled in.")
@click.option("--work-queue", metavar="QUEUE", help="Put it into this queue of the deployment's pool.")
@click.option("--idempotency-key", metavar="KEY", help="A second run with the key is the first one.")
@click.option("--watch/--no-watch", default=False, help="Print states and logs until it ends.")
@click.option(
    "--watch-interval", type=click.FloatRange(0.1), metavar="SECONDS", help="How often to look. [0.5]"
)
@click.option("--watch-timeout", type=click.FloatRange(0), metavar="SECONDS", help="How long to watch.")
@click.option("--dry-run", is_flag=True, help="Check it all and explain the job; create nothing.")
@output_option
def run(*, name: str | None, id: str | None, as_json: bool, **given: Any) -> int | None:
    """Create a run of a deployment; a worker of its pool starts it.

    With --watch the exit code is 0 only if the run ends as Completed; Ctrl-C stops watching, not the run.
    With --dry-run it is 2 where the overrides make no valid job.

    \b
    Examples:
      penstock deployment run some-work/demo-deployment -jv env.EXECUTION_ENVIRONMENT=test --watch
      penstock deployment run some-work/demo-deployment -p count=3 --start-in "10 minutes"
      penstock deployment run some-work/demo-deployment -jv '{"env": {"OLD_FLAG": null}}' --dry-run
    """
    options = RunOptions(**given)
    if (name is None) == (id is None):
        message = "Say which deployment: FLOW/DEPLOYMENT or --id, one of them."
        raise click.UsageError(message, click.get_current_context())
    with open_client() as client:
        found = find_deployment(client, name or id or "")
        wanted = _wanted(client, found, options)
        if options.dry_run:
            return show_explanation(_tried(client, found, wanted), as_json=as_json)
        created = client.call(create_flow_run_from_deployment, found.deployment.id, wanted)
        for problem in created.job_variable_warnings or []:
            warn(str(problem))
        if not as_json:
            _tell(client, found, created, is_watched=options.watch)
        elif not options.watch:
            show_json(created)
        if options.watch:
            return watch(client, created, options.wait, as_json=as_json)
    return None


def _wanted(client: CommandClient, found: FoundDeployment, options: RunOptions) -> DeploymentFlowRunCreate:
    known = found.deployment
    template = (
        find_work_pool(client, known.work_pool_name).base_job_template if known.work_pool_name else None
    )
    parameters = read_parameters(
        options.param, options.params, known.parameter_openapi_schema, found.flow_name
    )
    start = read_start(options.start_in, options.start_at, datetime.now(UTC))
    wanted = DeploymentFlowRunCreate(
        parameters=parameters,
        job_variables=read_job_variables(options.job_variable, variables_schema(template)) or None,
        tags=list(options.tag),
        work_queue_name=options.work_queue,
        idempotency_key=options.idempotency_key,
        name=_name(found, options.flow_run_name, parameters),
    )
    if start is not None:
        wanted.state = StateCreate(type=StateType.SCHEDULED, state_details=StateDetails(scheduled_time=start))
    return wanted


def _name(found: FoundDeployment, template: str | None, parameters: dict[str, object]) -> str | None:
    """The run's name, filled in from the parameters, those of the deployment and the flow's defaults."""
    if template is None or "{" not in template:
        return template
    from penstock.sdk.run_names import run_name

    declared = (found.deployment.parameter_openapi_schema or {}).get("properties") or {}
    defaults = {name: about["default"] for name, about in declared.items() if "default" in about}
    return run_name(
        template, {**defaults, **found.deployment.parameters, **parameters}, field="--flow-run-name"
    )


def _tried(client: CommandClient, found: FoundDeployment, wanted: DeploymentFlowRunCreate) -> Explanation:
    """What the run would be launched with. Raises what its creation would."""
    from penstock.server.parameters import check_parameters

    known = found.deployment
    if known.enforce_parameter_schema:
        parameters = {**known.parameters, **wanted.parameters}
        check_parameters(known.parameter_openapi_schema, parameters, complete=True)
    if wanted.work_queue_name is not None and known.work_pool_name is not None:
        find_work_queue(client, wanted.work_queue_name, known.work_pool_name)
    body = ResolveDeployment(job_variables=wanted.job_variables or {})
    return client.call(resolve_deployment, known.id, body)


def _tell(
    client: CommandClient, found: FoundDeployment, created: FlowRunResponse, *, is_watched: bool
) -> None:
    show(f"Created the flow run {created.name!r} of {found.full_name}.")
    due = created.next_scheduled_start_time or created.expected_start_time
    is_later = due is not None and due > datetime.now(UTC)
    show(f"  ID:     {created.id}")
    show(f"  Due:    {cell(due) if is_later else 'now'}")
    show(f"  URL:    {page_url(client.settings, 'runs', created.id)}")
    if not is_watched:
        show(f"  Follow: penstock flow-run watch {created.id}")
    if not is_later and not is_watched:  # who watches, tells it in time
        note_if_nobody_serves(client, created.work_pool_name, Progress())
