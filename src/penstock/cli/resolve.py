"""`penstock resolve`: what layers of job variables make together, from files and without a server."""

import os
from collections.abc import Container
from pathlib import Path

import click

from penstock.cli.command import CONTEXT, Command, output_option
from penstock.cli.documents import read_base_job_template, read_document
from penstock.cli.explanation import show_explanation
from penstock.cli.render import warn
from penstock.cli.values import read_job_variables, variables_schema
from penstock.domain.errors import InvalidInput
from penstock.domain.job_variable_layers import Layer, nest, overlay
from penstock.domain.json_values import Json
from penstock.domain.problems import JobVariablesInvalid
from penstock.domain.provenance import DEPLOYMENT, RUN

_FILE = click.Path(path_type=Path)


@click.command("resolve", cls=Command, context_settings=CONTEXT)
@click.option("--pool", metavar="FILE", required=True, help="The base job template, or a whole work pool.")
@click.option(
    "--deployment",
    type=_FILE,
    metavar="FILE",
    help="Job variables, a deployment as `inspect` prints it, or a penstock.yaml.",
)
@click.option("--name", "-n", metavar="NAME", help="Which deployment of a penstock.yaml with several.")
@click.option("--run", type=_FILE, metavar="FILE", help="Job variables of a run, or a whole flow run.")
@click.option("--job-variable", multiple=True, metavar="KEY=VALUE", help="Over those of --run. Also -jv.")
@output_option
def resolve(
    *,
    pool: str,
    deployment: Path | None,
    name: str | None,
    run: Path | None,
    job_variable: tuple[str, ...],
    as_json: bool,
) -> int:
    """Resolve job variables offline, from JSON or YAML files.

    The same function that the server and the workers use brings the layers together. Leaves with exit code 2
    when they make no valid job, so that it can check a change before it is merged. What is required is
    missed only when a run is given, by --run or --job-variable.

    \b
    Examples:
      penstock resolve --pool pool.json --deployment penstock.yaml -n nightly
      penstock resolve --pool pool.json --deployment base.yaml -jv env.LOG_LEVEL=DEBUG --json
      penstock work-pool get-default-base-job-template -t process -f pool.json
    """
    from penstock.domain.base_job_templates import compile_template
    from penstock.domain.job_variables import resolve as resolve_layers

    template = read_base_job_template(pool)
    compiled = compile_template(template)
    for problem in compiled.warnings:
        warn(str(problem))
    layers = [Layer(DEPLOYMENT, _deployment_variables(deployment, name))] if deployment else []
    over_run = read_job_variables(job_variable, variables_schema(template))
    is_run_known = run is not None or bool(over_run)
    if is_run_known:
        below = _own_variables(read_document(run)) if run else {}
        said = overlay(_nested(below, compiled.properties), over_run, compiled.merge)
        layers.append(Layer(RUN, said, "cli"))
    resolution = resolve_layers(compiled, layers, complete=is_run_known)
    return show_explanation(resolution.explain(), as_json=as_json)


def _deployment_variables(file: Path, name: str | None) -> Json:
    document = read_document(file)
    if "deployments" in document:
        return _planned_variables(file, name)
    return _own_variables(document)


def _own_variables(document: dict[str, Json]) -> Json:
    """The job variables in the document of a deployment or a run, else the document itself."""
    pool = document.get("work_pool")
    holder = pool if isinstance(pool, dict) and "job_variables" in pool else document
    return holder.get("job_variables", document)


def _nested(variables: Json, declared: Container[str]) -> dict[str, Json]:
    if variables is None:
        return {}
    if not isinstance(variables, dict):
        raise InvalidInput("The job variables of --run are no object.", field="run")
    nested = nest(variables, RUN, declared)
    if nested.problems:
        raise JobVariablesInvalid(nested.problems)
    return nested.variables


def _planned_variables(file: Path, name: str | None) -> Json:
    """The job variables that `penstock deploy` would give the deployment of a penstock.yaml."""
    from penstock.sdk.deployments.plan import PlanOptions, plan
    from penstock.sdk.deployments.project_file import load_project
    from penstock.sdk.deployments.selection import Selection

    project = load_project(file)
    plans = plan(
        project,
        Selection(names=(name,) if name else ()),
        PlanOptions(default_work_pool_name="offline"),
        os.environ,
    )
    if len(plans) != 1:
        names = ", ".join(each.name for each in plans)
        message = f"{file} has several deployments: {names}."
        raise InvalidInput(message, field="name", hint="Say which one with --name.")
    for diagnostic in (*project.warnings, *plans[0].warnings):
        warn(str(diagnostic))
    return plans[0].job_variables
