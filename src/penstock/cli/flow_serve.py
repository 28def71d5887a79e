"""`penstock flow serve`: run a flow's schedule, and whatever else is due of it, from this process."""

from pathlib import Path
from typing import Any

import click

from penstock.cli.command import CONTEXT, Command, argument
from penstock.cli.missed_run_options import missed_run_options
from penstock.cli.session import current_settings, with_server


@click.command("serve", cls=Command, context_settings=CONTEXT)
@argument("entrypoint", metavar="ENTRYPOINT", help="path/to/file.py:flow.")
@click.option("--name", "-n", required=True, metavar="NAME", help="The deployment's name.")
@click.option("--description", "-d", metavar="TEXT", help="What it does. [the flow's docstring]")
@click.option("--version", "-v", metavar="VERSION", help="The deployment's version. [the flow's]")
@click.option("--tag", "-t", "tags", multiple=True, metavar="TAG", help="For its runs; several times.")
@click.option("--cron", multiple=True, metavar="CRON", help="A schedule; several times.")
@click.option("--interval", type=float, multiple=True, metavar="SECONDS", help="A schedule, too.")
@click.option("--rrule", multiple=True, metavar="RRULE", help="A schedule, too.")
@click.option("--anchor-date", metavar="MOMENT", help="From which --interval is counted.")
@click.option("--timezone", metavar="ZONE", help="Of the schedules. [UTC]")
@missed_run_options
@click.option(
    "--pause-on-shutdown/--no-pause-on-shutdown",
    default=True,
    show_default=True,
    help="Whether the schedules make no runs while nobody serves it.",
)
@click.option("--limit", type=click.IntRange(1), metavar="NUMBER", help="Runs at once at most. [5]")
@click.option(
    "--global-limit",
    type=click.IntRange(1),
    metavar="NUMBER",
    help="Runs at once at most, of all who serve this deployment.",
)
def serve(
    *,
    entrypoint: str,
    name: str,
    pause_on_shutdown: bool,
    limit: int | None,
    global_limit: int | None,
    max_lateness: float | None,
    **about: Any,
) -> None:
    """Create a deployment of a flow, and run what is due of it in processes of this machine.

    There is no work pool and no worker. Ctrl-C lets the runs under way end, for a while; a second one ends
    them.

    \b
    Example:
      penstock flow serve flows.py:etl --name nightly --cron "0 3 * * *"
    """
    from penstock.sdk.deployments.flow_source import flow_from_source
    from penstock.sdk.deployments.of_flows import to_served
    from penstock.workers import runner

    settings = with_server(current_settings())
    flow = flow_from_source(Path.cwd(), entrypoint)
    given = {**about, "concurrency_limit": global_limit, "max_lateness_seconds": max_lateness}
    options: Any = {key: value for key, value in given.items() if value not in (None, ())}
    deployment = to_served(flow, name, options)
    runner.serve([deployment], runner.ServeOptions(limit, pause_on_shutdown), settings)
