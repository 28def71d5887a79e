"""`penstock server services`: the background loops, in a process of their own."""

import os
import signal
import subprocess
import sys
from inspect import getdoc
from pathlib import Path

import click

from penstock.cli.command import Noun, output_option
from penstock.cli.exits import CommandFailed
from penstock.cli.probe import wait_until
from penstock.cli.render import note, show, show_json, show_table
from penstock.cli.session import current_settings
from penstock.domain.errors import Conflict
from penstock.settings import Settings
from penstock.settings.running import running_services

LOG_FILE = "services.log"
_START_SECONDS = 30.0
_STOP_SECONDS = 20.0


@click.group("services", cls=Noun)
def services() -> None:
    """Run the server's background loops apart from the server; list them."""


@services.command("ls")
@output_option
def ls(as_json: bool) -> None:
    """List the background loops, and the settings that turn them off."""
    from penstock.server.known_services import switches_of_services

    switches = switches_of_services(current_settings().server.services)
    rows = [
        {"name": kind.name, "enabled": on, "setting": setting, "description": _first_line(kind)}
        for kind, (setting, on) in switches.items()
    ]
    if as_json:
        show_json(rows)
    else:
        show_table(["Name", "Enabled", "Setting", "Description"], [list(row.values()) for row in rows])


@services.command("start")
@click.option("--background/--no-background", "-b", default=False, help="Leave them running, and return.")
def start(background: bool) -> None:
    """Run the background loops in this process. Ctrl-C stops them.

    Beside `penstock server start --no-services`, on the same PostgreSQL database.
    """
    settings = current_settings()
    if (other := running_services(settings.home)) is not None:
        message = f"Services of {settings.home} run already (process {other.pid})."
        raise Conflict(message, hint="Stop them by `penstock server services stop`.")
    if settings.database_url.startswith("sqlite"):
        note("On SQLite other processes notice late what these do; PostgreSQL tells them.")
    if background:
        _start_in_background(settings)
        return
    from penstock.server.run import run_services

    run_services(settings, ready=_tell_ready)
    note("The services have stopped.")


@services.command("stop")
def stop() -> None:
    """Stop the loops that run in this home apart from the server, and wait until they have ended."""
    settings = current_settings()
    record = running_services(settings.home)
    if record is None:
        note(f"No services run in {settings.home} apart from a server.")
        return
    os.kill(record.pid, signal.SIGTERM)
    if not wait_until(lambda: not record.is_alive(), _STOP_SECONDS):
        message = f"The services (process {record.pid}) were told to stop and still run."
        raise CommandFailed(message, hint=f"Their log is {settings.home / LOG_FILE}.")
    show(f"Stopped the services (process {record.pid}).")


@services.command("manager", hidden=True)
def manager() -> None:
    """The same as `start`, for scripts that were written for the reference."""
    click.get_current_context().invoke(start, background=False)


services.alias("ls", "list")
services.alias("start", "enable")
services.alias("stop", "disable")


def _first_line(kind: type) -> str:
    return (getdoc(kind) or "").partition("\n")[0]


def _tell_ready() -> None:
    show(f"The services run (process {os.getpid()}).")
    note("Ctrl-C stops them.")
    sys.stdout.flush()


def _start_in_background(settings: Settings) -> None:
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    log = settings.home / LOG_FILE
    command = [sys.executable, "-m", "penstock.cli.main", "--profile", settings.profile]
    with log.open("ab") as output:
        beginning = output.tell()
        process = subprocess.Popen(
            [*command, "server", "services", "start"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    wait_until(lambda: process.poll() is not None or _runs(settings, process.pid), _START_SECONDS)
    if not _runs(settings, process.pid):
        process.terminate()
        raise CommandFailed(_last_words(log, beginning), hint=f"Their log is {log}.")
    show(f"The services run (process {process.pid}).")
    note(f"Their log is {log}. Stop them by `penstock server services stop`.")


def _runs(settings: Settings, pid: int) -> bool:
    record = running_services(settings.home)
    return record is not None and record.pid == pid


def _last_words(log: Path, beginning: int) -> str:
    with log.open("rb") as file:
        file.seek(beginning)
        said = file.read()[-2_000:].decode(errors="replace").strip()
    return said.removeprefix("Error: ") or "The services ended without a word."
