"""`penstock server`: start it, stop it, ask how it is, look after its database."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from msgspec.structs import replace

from penstock import __version__
from penstock.cli.command import Noun, output_option
from penstock.cli.exits import CommandFailed
from penstock.cli.pages import ui_url
from penstock.cli.probe import probe, wait_until
from penstock.cli.render import note, show
from penstock.cli.server_database import database
from penstock.cli.server_services import services
from penstock.cli.session import current_settings
from penstock.settings import Settings
from penstock.settings.running import check_alone, running_server

LOG_FILE = "server.log"
_START_SECONDS = 30.0
_STOP_SECONDS = 20.0
_LAST_WORDS = 2_000
"""Characters of its log that are shown of a server that did not start."""


@click.group("server", cls=Noun)
def server() -> None:
    """Start and stop the server; look after its database."""


@server.command("start")
@click.option("--host", help="Address to listen on. Others reach any but 127.0.0.1.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on; 0 takes any free one.")
@click.option("--keep-alive-timeout", type=int, help="Seconds for which idle connections are kept.")
@click.option(
    "--log-level",
    type=click.Choice(["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], case_sensitive=False),
    help="What to log.",
)
@click.option("--scheduler/--no-scheduler", default=None, help="Turn schedules into runs.")
@click.option("--late-runs/--no-late-runs", default=None, help="Mark late runs.")
@click.option("--ui/--no-ui", default=None, help="Serve the web UI.")
@click.option("--no-services", is_flag=True, default=None, help="Run none of the background loops.")
@click.option("--insecure-no-auth", is_flag=True, default=None, help="Serve others without credentials.")
@click.option("--workers", type=click.IntRange(1, 1), help="Processes that serve: one.")
@click.option("--background", "-b", is_flag=True, help="Leave it running, and return once it answers.")
def start(*, background: bool, **options: Any) -> None:
    """Start the server. Ctrl-C stops it."""
    from penstock.server.http.auth import check_exposure

    settings = _with_options(current_settings(), options)
    check_exposure(settings.server.api, open_to_all=bool(options["insecure_no_auth"]))
    check_alone(settings.home)
    if background:
        _start_in_background(settings, [*_global_arguments(settings), *_arguments(options)])
        return
    from penstock.server.run import serve

    serve(
        settings,
        services=not options["no_services"],
        open_to_all=bool(options["insecure_no_auth"]),
        ready=lambda url: _banner(settings, url),
    )
    note("The server has stopped.")


@server.command("stop")
def stop() -> None:
    """Stop the server that runs in this home, and wait until it has ended."""
    settings = current_settings()
    record = running_server(settings.home)
    if record is None:
        note(f"No server runs in {settings.home}.")
        return
    os.kill(record.pid, signal.SIGTERM)
    if not wait_until(lambda: not record.is_alive(), _STOP_SECONDS):
        message = f"The server (process {record.pid}) was told to stop and still runs."
        raise CommandFailed(message, hint=f"Its log is {settings.home / LOG_FILE}.")
    show(f"Stopped the server at {record.url} (process {record.pid}).")


@server.command("status")
@click.option("--wait/--no-wait", default=False, help="Wait until the server is ready.")
@click.option("--timeout", "-t", type=int, default=0, help="Seconds to wait at most; 0: for ever.")
@output_option
def status(wait: bool, timeout: int, as_json: bool) -> int:
    """Say how the server and its background loops do.

    The exit code is 4 if it does not answer, and 1 if it answers and is not ready.
    """
    from penstock.cli.server_status import show_status, status_of

    found = status_of(current_settings(), wait=wait, timeout=timeout or None)
    show_status(found, as_json=as_json)
    return found.exit_code


server.add_command(database)
server.add_command(services)


def _with_options(settings: Settings, options: dict[str, Any]) -> Settings:
    """Settings in which the options that were given stand."""
    given = {"host": options["host"], "port": options["port"]}
    given["keepalive_timeout"] = options["keep_alive_timeout"]
    api = replace(settings.server.api, **{name: value for name, value in given.items() if value is not None})
    services = settings.server.services
    if options["scheduler"] is not None:
        services = replace(services, scheduler=replace(services.scheduler, enabled=options["scheduler"]))
    if options["late_runs"] is not None:
        services = replace(services, late_runs=replace(services.late_runs, enabled=options["late_runs"]))
    ui = settings.server.ui
    if options["ui"] is not None:
        ui = replace(ui, enabled=options["ui"])
    level = options["log_level"] or settings.server.logging_level
    server = replace(settings.server, api=api, services=services, ui=ui, logging_level=level)
    return replace(settings, server=server)


def _banner(settings: Settings, url: str) -> None:
    show(f"Penstock {__version__} serves {url}")
    _show_ui(settings, url)
    note(f"Its home is {settings.home}.")
    if settings.server.api.auth_string is None:
        note("It asks for no credentials: everybody who reaches this address is admin.")
    note("Ctrl-C stops it.")
    sys.stdout.flush()


def _show_ui(settings: Settings, url: str) -> None:
    """Say where the web UI is, where there is one."""
    from penstock.server.http.page_files import is_built

    if settings.server.ui.enabled and is_built(settings.server.ui.static_directory):
        show(f"Web UI: {ui_url(settings, url)}")


def _global_arguments(settings: Settings) -> list[str]:
    return ["--profile", settings.profile, "server", "start"]


def _arguments(options: dict[str, Any]) -> Iterator[str]:
    """The options of `start` as they are written on a command line."""
    for name, value in options.items():
        flag = name.replace("_", "-")
        if isinstance(value, bool):
            yield f"--{flag}" if value else f"--no-{flag}"
        elif value is not None:
            yield from (f"--{flag}", str(value))


def _start_in_background(settings: Settings, arguments: list[str]) -> None:
    """Start a server that outlives this command, and wait until it answers."""
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    log = settings.home / LOG_FILE
    beginning = log.stat().st_size if log.exists() else 0
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "penstock.cli.main", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    wait_until(lambda: process.poll() is not None or _answers(settings, process.pid), _START_SECONDS)
    record = running_server(settings.home)
    if record is None or record.pid != process.pid or not probe(record.url).healthy:
        process.terminate()
        raise CommandFailed(_last_words(log, beginning), hint=f"Its log is {log}.")
    show(f"Penstock {__version__} serves {record.url} (process {process.pid})")
    _show_ui(settings, record.url)
    note(f"Its log is {log}. Stop it by `penstock server stop`.")


def _answers(settings: Settings, pid: int) -> bool:
    record = running_server(settings.home)
    return record is not None and record.pid == pid and probe(record.url).healthy


def _last_words(log: Path, beginning: int) -> str:
    with log.open("rb") as file:
        file.seek(beginning)
        said = file.read()[-_LAST_WORDS:].decode(errors="replace").strip()
    return said.removeprefix("Error: ") or "The server ended without a word."
