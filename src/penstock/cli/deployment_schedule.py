"""`penstock deployment schedule`: when deployments run by themselves."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import click
import msgspec
from msgspec import UNSET

from penstock.cli.command import Noun, argument, output_option
from penstock.cli.finding import FoundDeployment, deployments_with_flow_names, find_deployment
from penstock.cli.missed_run_options import missed_run_options
from penstock.cli.render import note, show, show_json, show_table
from penstock.cli.session import CommandClient, confirm_where_asked, current_settings, open_client
from penstock.contract.deployments import DeploymentQuery
from penstock.contract.schedules import (
    DeploymentSchedule,
    DeploymentScheduleCreate,
    DeploymentScheduleUpdate,
    create_deployment_schedules,
    delete_deployment_schedule,
    read_deployment_schedules,
    update_deployment_schedule,
)
from penstock.domain.catch_up import CatchUp
from penstock.domain.errors import InvalidInput, NotFound
from penstock.domain.schedules import CronSchedule, IntervalSchedule, next_dates, parse_schedule

_NAME_HELP = "FLOW/DEPLOYMENT, or the deployment's id."


@click.group("schedule", cls=Noun)
def schedule() -> None:
    """Say when deployments run by themselves."""


def schedule_text(each: DeploymentSchedule) -> str:
    """A schedule in a few words: `0 9 * * * Europe/Berlin`, `every 0:10:00`."""
    known: Any = each.schedule
    zone = f" {known.timezone}" if known.timezone and known.timezone != "UTC" else ""
    if isinstance(known, CronSchedule):
        text = known.cron
    elif isinstance(known, IntervalSchedule):
        text = f"every {known.interval:g} s"
    else:
        text = known.rrule.replace("\n", " ")
    return f"{text}{zone}{_missed_text(each)}{'' if each.active else ' (paused)'}"


def _missed_text(each: DeploymentSchedule) -> str:
    """What it says about runs that nobody took in time, if anything."""
    policy = "" if each.catch_up is UNSET else f", catch-up {each.catch_up}"
    most = each.max_lateness_seconds
    return policy if most is UNSET else f"{policy}, at most {most:g} s late"


@schedule.command("create")
@argument("name", metavar="FLOW/DEPLOYMENT", help=_NAME_HELP)
@click.option("--interval", type=float, metavar="SECONDS", help="Every so many seconds.")
@click.option("--anchor-date", metavar="MOMENT", help="What the intervals line up with, in ISO 8601.")
@click.option("--rrule", metavar="RULE", help="A recurrence rule, as text or as JSON with its time zone.")
@click.option("--cron", metavar="EXPRESSION", help="A cron expression with five fields.")
@click.option(
    "--day_or/--no-day_or",
    "--day-or/--no-day-or",
    "day_or",
    default=True,
    help="Whether cron's day of month OR its day of week is enough, as cron has it.",
)
@click.option("--timezone", metavar="ZONE", help="IANA name, such as Europe/Berlin. UTC by default.")
@missed_run_options
@click.option("--active/--no-active", default=True, help="Whether it makes runs at once.")
@click.option("--replace/--no-replace", default=False, help="In place of all schedules there are.")
@click.option("--accept-yes/--no-accept-yes", "-y", "yes", default=False, help="Don't ask.")
@output_option
def create(
    *,
    name: str,
    active: bool,
    replace: bool,
    yes: bool,
    as_json: bool,
    catch_up: str | None,
    max_lateness: float | None,
    **given: Any,
) -> None:
    """Give a deployment a schedule.

    \b
    Examples:
      penstock deployment schedule create some-work/demo --cron "0 9 * * MON-FRI" --timezone Europe/Berlin
      penstock deployment schedule create some-work/demo --interval 600
    """
    wanted = DeploymentScheduleCreate(
        schedule=parse_schedule(_schedule_fields(**given)),
        active=active,
        catch_up=CatchUp(catch_up) if catch_up else None,
        max_lateness_seconds=max_lateness,
    )
    settings = current_settings()
    with open_client(settings) as client:
        found = find_deployment(client, name)
        known = client.call(read_deployment_schedules, found.deployment.id) if replace else []
        if known:
            question = f"Replace the {len(known)} schedules of {found.full_name}?"
            confirm_where_asked(question, yes=yes, settings=settings)
        [created] = client.call(create_deployment_schedules, found.deployment.id, [wanted])
        for each in known:  # only now: a deployment is never without a schedule in between
            client.call(delete_deployment_schedule, found.deployment.id, each.id)
    if as_json:
        show_json(created)
        return
    show(f"{found.full_name} runs at {schedule_text(created)} now; schedule {created.id}.")
    following = next(iter(next_dates(created.schedule, datetime.now(UTC), count=1)), None)
    if following is not None:
        note(f"Next at {following.astimezone():%Y-%m-%d %H:%M:%S %Z}.")


def _schedule_fields(
    *,
    interval: float | None,
    anchor_date: str | None,
    rrule: str | None,
    cron: str | None,
    day_or: bool,
    timezone: str | None,
) -> dict[str, Any]:
    if sum(kind is not None for kind in (interval, rrule, cron)) != 1:
        message = "Say when, by one of --cron, --interval and --rrule."
        raise click.UsageError(message, click.get_current_context())
    if anchor_date is not None and interval is None:
        message = "--anchor-date goes with --interval."
        raise click.UsageError(message, click.get_current_context())
    zone = {} if timezone is None else {"timezone": timezone}
    if cron is not None:
        return {"cron": cron, "day_or": day_or, **zone}
    if interval is not None:
        return {"interval": interval, **({"anchor_date": anchor_date} if anchor_date else {}), **zone}
    return {**_rrule_fields(rrule or ""), **zone}


def _rrule_fields(text: str) -> dict[str, Any]:
    if not text.lstrip().startswith("{"):
        return {"rrule": text}
    try:
        fields: dict[str, Any] = msgspec.json.decode(text, type=dict)
    except msgspec.DecodeError as error:
        message = f"--rrule starts with '{{' and is not JSON: {error}."
        raise InvalidInput(message, field="rrule") from None
    return fields


@schedule.command("ls")
@argument("deployment_name", metavar="FLOW/DEPLOYMENT", help=_NAME_HELP)
@output_option
def ls(deployment_name: str, as_json: bool) -> None:
    """List the schedules of a deployment."""
    with open_client() as client:
        found = find_deployment(client, deployment_name)
        schedules = client.call(read_deployment_schedules, found.deployment.id)
    if as_json:
        show_json(schedules)
        return
    rows = [(each.id, schedule_text(each), each.active, each.parameters or None) for each in schedules]
    empty = f"{found.full_name} has none."
    show_table(("ID", "Schedule", "Active", "Parameters"), rows, empty=empty)


@schedule.command("delete")
@argument("deployment_name", metavar="FLOW/DEPLOYMENT", help=_NAME_HELP)
@argument("schedule_id", type=click.UUID, help="Id of the schedule.")
@click.option("--accept-yes/--no-accept-yes", "-y", "yes", default=False, help="Don't ask.")
def delete(deployment_name: str, schedule_id: UUID, yes: bool) -> None:
    """Take a schedule from a deployment, with its runs that wait."""
    settings = current_settings()
    with open_client(settings) as client:
        found = find_deployment(client, deployment_name)
        [each] = _chosen(client, found, schedule_id)
        question = f"Delete the schedule {schedule_text(each)} of {found.full_name}?"
        confirm_where_asked(question, yes=yes, settings=settings)
        client.call(delete_deployment_schedule, found.deployment.id, schedule_id)
    show(f"Deleted the schedule {schedule_id} of {found.full_name}.")


@schedule.command("clear")
@argument("deployment_name", metavar="FLOW/DEPLOYMENT", help=_NAME_HELP)
@click.option("--accept-yes/--no-accept-yes", "-y", "yes", default=False, help="Don't ask.")
def clear(deployment_name: str, yes: bool) -> None:
    """Take all schedules from a deployment."""
    settings = current_settings()
    with open_client(settings) as client:
        found = find_deployment(client, deployment_name)
        known = client.call(read_deployment_schedules, found.deployment.id)
        question = f"Delete the {len(known)} schedules of {found.full_name}?"
        confirm_where_asked(question, yes=yes or not known, settings=settings)
        for each in known:
            client.call(delete_deployment_schedule, found.deployment.id, each.id)
    show(f"{found.full_name} has no schedules now; {len(known)} were deleted.")


@schedule.command("pause")
@argument("deployment_name", required=False, metavar="[FLOW/DEPLOYMENT]", help=_NAME_HELP)
@argument("schedule_id", required=False, type=click.UUID, help="Id of the schedule.")
@click.option("--all/--no-all", "all_", default=False, help="All schedules: of the deployment, or of all.")
def pause(deployment_name: str | None, schedule_id: UUID | None, all_: bool) -> None:
    """Let a schedule make no runs."""
    _set_active(deployment_name, schedule_id, all_, active=False)


@schedule.command("resume")
@argument("deployment_name", required=False, metavar="[FLOW/DEPLOYMENT]", help=_NAME_HELP)
@argument("schedule_id", required=False, type=click.UUID, help="Id of the schedule.")
@click.option("--all/--no-all", "all_", default=False, help="All schedules: of the deployment, or of all.")
def resume(deployment_name: str | None, schedule_id: UUID | None, all_: bool) -> None:
    """Let a schedule make runs again."""
    _set_active(deployment_name, schedule_id, all_, active=True)


def _set_active(name: str | None, schedule_id: UUID | None, all_: bool, *, active: bool) -> None:
    if name is None and not all_:
        message = "Say which deployment, or --all."
        raise click.UsageError(message, click.get_current_context())
    told = "Resumed" if active else "Paused"
    with open_client() as client:
        deployments = (
            deployments_with_flow_names(client, DeploymentQuery())
            if name is None
            else [find_deployment(client, name)]
        )
        for found in deployments:
            for each in _chosen(client, found, schedule_id, all_=all_):
                change = DeploymentScheduleUpdate(active=active)
                client.call(update_deployment_schedule, found.deployment.id, each.id, change)
                show(f"{told} the schedule {each.id} of {found.full_name}.")


def _chosen(
    client: CommandClient, found: FoundDeployment, id: UUID | None, *, all_: bool = False
) -> list[DeploymentSchedule]:
    """The schedules that are meant: all, the one of an id, or the only one."""
    known = client.call(read_deployment_schedules, found.deployment.id)
    if all_:
        return known
    chosen = [each for each in known if id is None or each.id == id]
    if not chosen:
        which = f"no schedule {id}" if id else "no schedule"
        message = f"{found.full_name} has {which}."
        raise NotFound(message, hint=f"`penstock deployment schedule ls {found.full_name}` lists them.")
    if len(chosen) > 1:
        ids = ", ".join(str(each.id) for each in chosen)
        message = f"{found.full_name} has several schedules: {ids}."
        raise InvalidInput(message, hint="Give the id of one, or --all.")
    return chosen
