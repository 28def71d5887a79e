"""`penstock audit`: what was changed, and by whom."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import click
import msgspec

from penstock.cli.command import Noun, output_option
from penstock.cli.exits import ExitCode
from penstock.cli.render import note, show, show_json, show_table
from penstock.cli.session import CommandClient, open_client
from penstock.cli.values import read_duration, read_moment
from penstock.contract.audit import AuditQuery, AuditRow, AuditVerdict, read_audit_log, verify_audit_log
from penstock.contract.fields import MAX_PAGE


@click.group("audit", cls=Noun)
def audit() -> None:
    """Look at the audit log: each change, who made it, and from where.

    Its rows are chained by hashes, so that a row that was changed, taken out or put in shows.
    """


def _filters(command: Any) -> Any:
    """What `ls` and `export` have in common."""
    for option in (
        click.option("--until", metavar="TIME", help="Before this; as --since."),
        click.option("--since", metavar="TIME", help="A moment, or how long ago: 2026-03-01T00:00Z, 7d."),
        click.option("--refused", is_flag=True, help="Only what was refused."),
        click.option("--subject", metavar="ID|NAME", help="Only what was done to this."),
        click.option(
            "--action", metavar="ACTION", help="Such as variables:update; `variables:` is all of it."
        ),
        click.option("--principal", metavar="NAME", help="Only what this user, key, run or automation did."),
    ):
        command = option(command)
    return command


@audit.command("ls")
@_filters
@click.option(
    "--limit",
    type=click.IntRange(1, MAX_PAGE),
    default=50,
    show_default=True,
    help="How many, the newest first.",
)
@output_option
def ls(limit: int, as_json: bool, **given: Any) -> None:
    """List rows of the log, the latest first.

    \b
    Examples:
      penstock audit ls --since 1d
      penstock audit ls --action variables: --principal ci
    """
    with open_client() as client:
        found = client.call(read_audit_log, _query(limit=limit, **given)).rows
    if as_json:
        show_json(found)
        return
    rows = [
        (
            each.sequence,
            each.occurred,
            each.principal,
            each.operation if each.outcome == "done" else f"{each.operation} (refused)",
            ", ".join(str(value) for value in each.subject.values()),
            each.address,
        )
        for each in found
    ]
    show_table(("Row", "When", "Who", "What", "To", "From"), rows, empty="Nothing was changed.")


@audit.command("verify")
@output_option
def verify(as_json: bool) -> ExitCode:
    """Follow the log from its first row to its last. Exit code 1 if it is not as it was written."""
    with open_client() as client:
        found = client.call(verify_audit_log)
    if as_json:
        show_json(found)
    else:
        show(_verdict(found))
    return ExitCode.OK if found.is_whole else ExitCode.FAILED


def _verdict(found: AuditVerdict) -> str:
    if not found.is_whole:
        return f"The log is broken at row {found.broken_at}. {found.reason}"
    if not found.rows:
        return "The log is empty, and whole."
    return f"The log is whole: {found.rows:,} rows, {found.first} to {found.last}."


@audit.command("export")
@_filters
@click.option("--json", "as_json", is_flag=True, help="What it does anyway.")
def export(as_json: bool, **given: Any) -> None:
    """Print rows as JSON, one a line, the oldest first.

    \b
    Example:
      penstock audit export --since 30d > audit.jsonl
    """
    del as_json
    count = 0
    with open_client() as client:
        for row in _rows(client, _query(limit=MAX_PAGE, newest_first=False, **given)):
            sys.stdout.write(msgspec.json.encode(row).decode() + "\n")
            count += 1
    note(f"{count:,} rows.")


def _rows(client: CommandClient, query: AuditQuery) -> Iterator[AuditRow]:
    while True:
        page = client.call(read_audit_log, query)
        yield from page.rows
        if page.cursor is None:
            return
        query = msgspec.structs.replace(query, cursor=page.cursor)


def _query(
    *,
    limit: int,
    principal: str | None,
    action: str | None,
    subject: str | None,
    refused: bool,
    since: str | None,
    until: str | None,
    newest_first: bool = True,
) -> AuditQuery:
    now = datetime.now(UTC)
    return AuditQuery(
        principal=principal,
        action=action,
        subject=subject,
        outcome="refused" if refused else None,
        since=_moment(since, now),
        until=_moment(until, now),
        newest_first=newest_first,
        limit=limit,
    )


def _moment(text: str | None, now: datetime) -> datetime | None:
    """A moment, which may be said as how long ago it is."""
    if text is None:
        return None
    return read_moment(text) if ":" in text else now - read_duration(text)
