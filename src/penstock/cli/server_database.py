"""`penstock server database`: make it, check it, carry it over, tidy it up."""

from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from penstock import __version__
from penstock.cli.command import Noun, argument, output_option
from penstock.cli.exits import ExitCode
from penstock.cli.progress import Progress
from penstock.cli.render import note, show, show_fields, show_json
from penstock.cli.session import confirm, current_settings
from penstock.domain.errors import Conflict, InvalidInput
from penstock.settings import Settings
from penstock.settings.running import check_alone

if TYPE_CHECKING:
    from penstock.db.checks import Finding
    from penstock.db.migrations import Migration
    from penstock.db.port import Database

T = TypeVar("T")

_BACKUP = "Restore a backup from before the upgrade, and install the Penstock that it was made with."


@click.group("database", cls=Noun)
def database() -> None:
    """Look after the server's database."""


yes_option = click.option("--yes", "-y", is_flag=True, help="Ask nothing.")


@database.command("upgrade")
@click.option("--yes", "-y", is_flag=True, expose_value=False, help="Accepted; nothing is asked.")
@click.option("--revision", "-r", default="head", help="Accepted where it is the newest: `head`.")
@click.option("--dry-run/--no-dry-run", default=False, help="Print what would be done, and do nothing.")
def upgrade(revision: str, dry_run: bool) -> None:
    """Create the database or bring its schema up to date. `server start` does so by itself.

    Several at once may do this: one does it, and the others wait for it.
    """
    settings = current_settings()
    _check_newest(revision)
    steps = _pending(settings)
    if dry_run:
        _show_steps(settings, steps)
        return
    run_on(settings, _nothing, upgrade=True)
    names = ", ".join(f"{step.version:04}_{step.name}" for step in steps)
    show("The database is up to date." + (f" Applied: {names}." if names else ""))


@database.command("downgrade")
@click.option("--yes", "-y", is_flag=True, expose_value=False, help="Accepted; nothing is done.")
@click.option("--revision", "-r", default="-1", expose_value=False, help="Accepted; nothing is done.")
@click.option("--dry-run/--no-dry-run", default=False, expose_value=False, help="Accepted; nothing is done.")
def downgrade() -> None:
    """Refused: migrations only go forward. Says what to do instead."""
    message = "Migrations only go forward: no schema is taken back to an older one. Nothing was changed."
    raise Conflict(message, hint=_BACKUP)


@database.command("revision")
@click.option("--message", "-m", expose_value=False, help="Accepted; nothing is done.")
@click.option("--autogenerate/--no-autogenerate", expose_value=False, help="Accepted; nothing is done.")
def revision() -> None:
    """Refused: migrations come with Penstock. Says what to do instead."""
    message = "Migrations come with Penstock: none are made for a single database. Nothing was changed."
    hint = "`penstock server database check` says whether the schema is as it should be."
    raise Conflict(message, hint=hint)


@database.command("stamp")
@argument("revision", help="Version that the database is said to have: a number, or `head`.")
def stamp(revision: str) -> None:
    """See whether the database has a version of the schema. Nothing is ever written."""
    from penstock.db.migrations import newest_version

    found, wanted = _versions(current_settings()), _number(revision, newest_version())
    newest = max(found, default=0)
    if newest != wanted:
        message = (
            f"The database has schema version {newest}, not {wanted}. What it has is not written by hand."
        )
        raise Conflict(message, hint="`penstock server database upgrade` brings it to the newest one.")
    show(f"The database has schema version {newest}, as its migrations say. Nothing was written.")


@database.command("reset")
@yes_option
def reset(yes: bool) -> None:
    """Take everything out of the database, for good, and make it anew."""
    settings = current_settings()
    check_alone(settings.home)
    confirm(f"Delete everything in {_place(settings)}?", yes=yes, settings=settings)
    run_on(settings, lambda db: db.reset(), upgrade=None)
    show("The database is empty, and its schema is new.")


@database.command("check")
@output_option
def check(as_json: bool) -> int:
    """Look whether the database is well: files, schema, references, leases. Changes nothing.

    The exit code is 1 where there is a problem.
    """
    findings: list[Finding] = []

    async def look(db: "Database") -> None:
        from penstock.db.checks import check

        with Progress() as progress:
            progress.tell("Looking at the database")
            async for finding in check(db):
                findings.append(finding)
                progress.clear()
                if not as_json:
                    _show_finding(finding)
                progress.tell("Looking at the database")

    run_on(current_settings(), look)
    is_well = all(finding.verdict != "problem" for finding in findings)
    if as_json:
        show_json({"ok": is_well, "findings": findings})
    return ExitCode.OK if is_well else ExitCode.FAILED


@database.command("vacuum")
def vacuum() -> None:
    """Take away what is older than it is to be kept, and give the space back to the disk.

    On SQLite nobody can write meanwhile.
    """
    settings = current_settings()

    async def tidy(db: "Database") -> tuple[int, int, int]:
        with Progress() as progress:
            before = await _size(db)
            removed = await _retire(db, settings, progress)
            for command, words in _VACUUM[db.dialect]:
                progress.tell(words)
                await db.command(command)
            return removed, before, await _size(db)

    removed, before, after = run_on(settings, tidy, upgrade=True)
    sizes = f"{_mebibytes(before)} became {_mebibytes(after)}"
    show(f"Removed {removed:,} that were older than they are kept. {sizes}.")


@database.command("export")
@argument("file", type=click.Path(path_type=Path), help="File to write; it must not exist.")
def export(file: Path) -> None:
    """Write all that is in the database into one file, as it is at this moment.

    A server may go on meanwhile. Secrets stay encrypted: their key is not in the file.
    """

    async def write(db: "Database") -> dict[str, int]:
        from penstock.db.exports import export_to

        with Progress() as progress:
            return await export_to(file, db, __version__, progress.tell)

    counts = run_on(current_settings(), write)
    _show_counts(counts)
    size = _mebibytes(file.stat().st_size)
    note(f"{file} has {sum(counts.values()):,} rows, {size}. `penstock server database import` reads it.")


@database.command("import")
@argument("file", type=click.Path(path_type=Path), help="File that `export` has written.")
def import_(file: Path) -> None:
    """Write an exported file into an empty database, of either kind: all of it, or nothing."""
    settings = current_settings()

    async def read(db: "Database") -> dict[str, int]:
        from penstock.db.exports import import_from

        with Progress() as progress:
            return await import_from(file, db, progress.tell)

    counts = run_on(settings, read, upgrade=True)
    _show_counts(counts)
    note(f"{_place(settings)} has all {sum(counts.values()):,} rows of {file}; the counts are the same.")


def run_on(
    settings: Settings, work: Callable[["Database"], Coroutine[Any, Any, T]], *, upgrade: bool | None = False
) -> T:
    """What `work` returns, on the database that the settings name.

    Args:
        upgrade: Whether its schema is brought up to date before. None: it is not even opened.
    """
    import asyncio

    from penstock.db.connect import open_for_care

    async def run() -> T:
        db = open_for_care(settings.database_url)
        try:
            if upgrade is not None:
                await db.start(upgrade=upgrade)
            return await work(db)
        finally:
            await db.close()

    return asyncio.run(run())


async def _nothing(_db: "Database") -> None:
    """All that was wanted has happened."""


def _versions(settings: Settings) -> set[int]:
    """The migrations that the database has had; none where there is no file yet."""
    from penstock.db.connect import sqlite_path
    from penstock.db.schema_history import applied

    url = settings.database_url
    if url.startswith("sqlite") and not sqlite_path(url).exists():
        return set()
    return run_on(settings, lambda db: db.read(lambda tx: applied(tx, db.dialect)))


def _pending(settings: Settings) -> list["Migration"]:
    from penstock.db.migrations import pending

    return pending(_versions(settings))


def _check_newest(revision: str) -> None:
    from penstock.db.migrations import newest_version

    if _number(revision, newest_version()) != newest_version():
        message = f"This Penstock works with schema version {newest_version()} alone, not with {revision}."
        raise InvalidInput(message, field="revision", hint="Leave --revision out.")


def _number(revision: str, newest: int) -> int:
    if revision == "head":
        return newest
    if not revision.isascii() or not revision.isdigit():
        message = f"{revision!r} is no version of the schema: they are numbers, the newest is {newest}."
        raise InvalidInput(message, field="revision", hint="`head` is the newest one.")
    return int(revision)


def _show_steps(settings: Settings, steps: list["Migration"]) -> None:
    if not steps:
        note("Nothing is to be done: the database is up to date.")
    for step in steps:
        show(f"-- {step.version:04}_{step.name}")
        for statement in step.statements(
            "sqlite" if settings.database_url.startswith("sqlite") else "postgresql"
        ):
            show(f"{statement};")


def _show_finding(finding: "Finding") -> None:
    colour = {"ok": "green", "warning": "yellow", "problem": "red"}[finding.verdict]
    word = click.style(f"{finding.verdict:<8}", fg=colour)
    show(f"{word} {finding.check:<15} {finding.message}")
    for detail in finding.details:
        show(f"{'':<25}{detail}")
    if finding.hint:
        show(f"{'':<25}{finding.hint}")


async def _size(db: "Database") -> int:
    from penstock.db.dialect.catalog import catalog

    row = await db.read(lambda tx: tx.fetch_one(catalog("version", db.dialect)))
    assert row is not None
    return int(row["size"])


_VACUUM = {
    "sqlite": [
        ("VACUUM", "Writing the file anew, without its gaps"),
        ("DROP TABLE IF EXISTS sqlite_stat1", "Dropping counts that somebody had made"),
        ("DROP TABLE IF EXISTS sqlite_stat4", "Dropping samples that somebody had made"),
        ("PRAGMA wal_checkpoint(TRUNCATE)", "Folding the log into the file"),
    ],
    "postgresql": [("VACUUM (ANALYZE)", "Marking the space of deleted rows as free, and counting")],
}
"""What each database is told, and what that means.

SQLite plans our queries as they are written as long as it has no statistics. With them it takes other ways on
large tables, some of which are hundreds of times slower.
"""


async def _retire(db: "Database", settings: Settings, progress: Progress) -> int:
    """Remove what retention would remove."""
    from penstock.server.limits import limits_from
    from penstock.server.services.retention import Retention

    retention, removed = Retention(db, limits_from(settings)), 0
    while done := (await retention.run_once()).done:
        removed += done
        progress.tell(f"Removed {removed:,} that are older than they are kept")
    return removed


def _mebibytes(size: int) -> str:
    return f"{size / 2**20:,.1f} MiB"


def _show_counts(counts: Mapping[str, int]) -> None:
    show_fields({table: f"{count:,}" for table, count in sorted(counts.items()) if count})


def _place(settings: Settings) -> str:
    """The database: its file, or its URL without its password."""
    from urllib.parse import urlsplit

    from penstock.db.connect import sqlite_path

    url = settings.database_url
    if url.startswith("sqlite"):
        return str(sqlite_path(url))
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
