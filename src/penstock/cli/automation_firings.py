"""`penstock automation firings`: when an automation fired, what it did then, and what came of it."""

import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import click

from penstock.cli.automation_finding import name_or_id, named
from penstock.cli.command import Command, output_option
from penstock.cli.exits import ExitCode
from penstock.cli.pages import page_url
from penstock.cli.render import cell, note, show, show_json, show_table
from penstock.cli.session import CommandClient, current_settings, open_client
from penstock.cli.watching import PATIENCE_SECONDS
from penstock.contract.automation_log import Firing, FiringAction, FiringQuery, read_firings
from penstock.contract.automations import Automation
from penstock.contract.fields import MAX_PAGE
from penstock.domain.errors import Unavailable

_COLUMNS = ("Fired", "State", "Event", "Action", "Status", "Came of it", "Run")
_OF_RUNS = ("flow_run_id", "flow_run_name", "status_code")
"""What an outcome has beside the run, which is shown by its id."""
_LOOK_SECONDS = 1.0


@click.command("firings", cls=Command)
@name_or_id
@click.option("--limit", type=click.IntRange(1, MAX_PAGE), default=20, show_default=True, help="How many.")
@click.option("--follow", "-f", is_flag=True, help="Go on with what comes, until Ctrl-C.")
@output_option
def firings(*, name: str | None, id: UUID | None, limit: int, follow: bool, as_json: bool) -> None:
    """List the last times that an automation fired, with what its actions did."""
    if follow and as_json:
        message = "--follow prints lines as they come, and --json one document: give one of them."
        raise click.UsageError(message, click.get_current_context())
    settings = current_settings()
    with open_client(settings) as client:
        found = named(client, name, id)
        if follow:
            _follow(client, found, limit)
            return
        log = client.call(read_firings, found.id, FiringQuery(limit=limit))
    if as_json:
        show_json(log)
        return
    rows = [row for firing in log for row in _rows(firing)]
    empty = f"{found.name!r} has not fired. `penstock automation explain {found.id}` says why."
    show_table(_COLUMNS, rows, empty=empty)
    note(f"View: {page_url(settings, 'automations', found.id)}")


def _rows(firing: Firing) -> Iterator[tuple[Any, ...]]:
    """A row for each action; one for the firing itself where it has none."""
    about = (firing.fired, firing.state, _event(firing))
    if not firing.actions:
        yield (*about, None, None, None, None)
    for action in firing.actions:
        yield (*about, action.type, action.status, _outcome(action), action.flow_run_id)


def _event(firing: Firing) -> str:
    if firing.event is None:
        return "no event" if firing.event_id is None else f"{firing.event_id} (not kept)"
    return f"{firing.event.event} {firing.event.resource_id}"


def _outcome(action: FiringAction) -> str:
    if action.reason:
        return action.reason
    shown = _OF_RUNS if action.flow_run_id else ()
    rest = {name: value for name, value in (action.outcome or {}).items() if name not in shown}
    return ", ".join(f"{name}={cell(value)}" for name, value in rest.items())


def _follow(client: CommandClient, automation: Automation, limit: int) -> None:
    """Print a line for each action once it has ended, oldest first; while the server is away, wait for it.

    Raises `Unavailable` after `PATIENCE_SECONDS` without it.
    """
    told: set[UUID] = set()
    answered = time.monotonic()
    note(f"What {automation.name!r} does. Ctrl-C ends this, not the automation.")
    try:
        while True:
            try:
                _tell_ended(client.call(read_firings, automation.id, FiringQuery(limit=limit)), told)
                answered = time.monotonic()
            except Unavailable:
                if time.monotonic() - answered > PATIENCE_SECONDS:
                    raise
            time.sleep(_LOOK_SECONDS)
    except KeyboardInterrupt:
        raise click.exceptions.Exit(ExitCode.INTERRUPTED) from None


def _tell_ended(log: list[Firing], told: set[UUID]) -> None:
    """Print the actions that have ended and were not told yet."""
    for firing in reversed(log):
        for action in firing.actions:
            if action.id not in told and action.ended is not None:
                told.add(action.id)
                show(_line(firing, action))


def _line(firing: Firing, action: FiringAction) -> str:
    run = f" run {action.flow_run_id}" if action.flow_run_id else ""
    outcome = _outcome(action)
    said = f": {outcome}" if outcome else ""
    return f"{cell(firing.fired)} {_event(firing)} → {action.type} {action.status}{run}{said}"
