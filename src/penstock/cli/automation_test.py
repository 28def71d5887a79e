"""`penstock automation test`: what stored events would have made of an automation. Nothing is done."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import click
import msgspec

from penstock.cli.automation_documents import read_automations
from penstock.cli.automation_finding import find_automation
from penstock.cli.command import Command, argument, output_option
from penstock.cli.render import note, show, show_json, show_table
from penstock.cli.session import CommandClient, open_client
from penstock.cli.values import read_duration, read_moment
from penstock.contract.automation_tests import (
    ActionPreview,
    AutomationTest,
    AutomationTestResult,
    TestFiring,
    test_automation,
)
from penstock.contract.automations import AutomationCreate, AutomationWritten
from penstock.contract.fields import MAX_PAGE
from penstock.domain.errors import InvalidInput

_COLUMNS = ("Time", "Event", "Action", "Target", "Parameters", "Job variables", "Problems")
_ALWAYS = 3


@click.command("test", cls=Command)
@argument("file", required=False, metavar="[FILE]", help="The automation, as for `create -f`; `-` is stdin.")
@click.option("--name", metavar="NAME", help="An automation of the server in place of a file: name or id.")
@click.option("--since", default="1d", show_default=True, help="How far back: 7d, 12 hours, or a moment.")
@click.option("--until", metavar="WHEN", help="Up to when: a length of time ago, or a moment. [now]")
@click.option(
    "--limit",
    type=click.IntRange(1, MAX_PAGE),
    default=20,
    show_default=True,
    help="How many firings are shown; all are counted.",
)
@output_option
def test(
    *, file: str | None, name: str | None, since: str, until: str | None, limit: int, as_json: bool
) -> None:
    """Show an automation what has happened: when it would have fired, and what it would have done.

    Each action is filled in from the event, and job variables are checked against the deployment and its
    pool. Nothing is written and nothing is done.

    \b
    Examples:
      penstock automation test automation.yaml --since 7d
      penstock automation test --name on-new-file --since 2026-11-01T00:00Z --limit 100
    """
    if (file is None) == (name is None):
        message = "Say which automation: FILE or --name NAME, one of them."
        raise click.UsageError(message, click.get_current_context())
    now = datetime.now(UTC)
    begin, end = _moment(since, "since", now), _moment(until, "until", now) if until else None
    with open_client() as client:
        drafts = _drafts(client, file, name)
        results = [
            client.call(
                test_automation, AutomationTest(automation=draft, since=begin, until=end, limit=limit)
            )
            for draft in drafts
        ]
    if as_json:
        show_json(results[0] if len(results) == 1 else results)
        return
    for draft, result in zip(drafts, results, strict=True):
        if len(drafts) > 1:
            show(f"{draft.name}:")
        _show(draft, result)


def _moment(text: str, option: str, now: datetime) -> datetime:
    """A moment in ISO 8601, or a length of time before now."""
    try:
        length = read_duration(text)
    except InvalidInput:
        try:
            return read_moment(text)
        except InvalidInput as error:
            hint = (
                f"Write a length of time, such as 7d or '12 hours', or a moment. {error.hint or ''}".rstrip()
            )
            message = f"--{option}: {error.message}"
            raise InvalidInput(message, field=option, hint=hint) from None
    try:
        return now - length
    except OverflowError:
        message = f"--{option}: {text!r} is too long ago."
        raise InvalidInput(message, field=option) from None


def _drafts(client: CommandClient, file: str | None, name: str | None) -> list[AutomationCreate]:
    said = AutomationWritten.__struct_fields__
    cores: list[Any] = [find_automation(client, name)] if name is not None else read_automations(file, None)
    return [
        AutomationCreate(
            **{field: getattr(core, field) for field in said}, owner_resource=core.owner_resource or None
        )
        for core in cores
    ]


def _show(draft: AutomationCreate, result: AutomationTestResult) -> None:
    rows = [row for firing in result.firings for row in _rows(firing)]
    since, until = result.since.astimezone(), result.until.astimezone()
    window = f"between {since:%Y-%m-%d %H:%M:%S} and {until:%Y-%m-%d %H:%M:%S}"
    columns, rows = _without_empty(rows)
    show_table(columns, rows, empty=f"{draft.name!r} would not have fired {window}.")
    fired = "once" if result.firing_count == 1 else f"{result.firing_count} times"
    note(
        f"{draft.name!r} would have fired {fired} {window}: "
        f"{result.events_matched} of {result.events_read} events counted. Nothing was done."
    )
    if result.firing_count > len(result.firings):
        note(f"The first {len(result.firings)} are shown; more by --limit.")
    for remark in result.remarks:
        note(remark)


def _rows(firing: TestFiring) -> Iterator[tuple[Any, ...]]:
    event = (
        f"{firing.event.event} {firing.event.resource_id}" if firing.event else f"no event ({firing.state})"
    )
    for action in firing.actions:
        rendered = action.rendered or {}
        yield (
            f"{firing.fired.astimezone():%Y-%m-%d %H:%M:%S}",
            event,
            action.type,
            _target(action),
            _assigned(rendered.get("parameters")),
            _assigned(rendered.get("job_variables")),
            "\n".join(map(str, action.problems)) or None,
        )


def _assigned(values: Any) -> str | None:
    """Values as people type them: `env.A=1`, one a line."""
    if not values:
        return None
    pairs = [
        (f"{name}.{key}" if key else name, item)
        for name, value in values.items()
        for key, item in (value.items() if isinstance(value, dict) and value else ((None, value),))
    ]
    return "\n".join(
        f"{path}={item if isinstance(item, str) else msgspec.json.encode(item).decode()}"
        for path, item in pairs
    )


def _without_empty(rows: list[tuple[Any, ...]]) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Only the columns in which something stands; time, event and action stay."""
    kept = [index for index in range(len(_COLUMNS)) if index < _ALWAYS or any(row[index] for row in rows)]
    return [_COLUMNS[index] for index in kept], [tuple(row[index] for index in kept) for row in rows]


def _target(action: ActionPreview) -> str | None:
    target = action.target
    if target is None:
        return None
    return f"{target.kind} {target.name or target.id or '?'}"
