"""What `penstock server status` finds out and prints."""

from typing import Any

import msgspec
from msgspec import Struct

from penstock.cli.exits import ExitCode
from penstock.cli.probe import ServerProbe, probe, probe_ready, wait_until
from penstock.cli.render import note, show_fields, show_json, show_table
from penstock.cli.session import open_client, server_url
from penstock.contract.services import ServiceReport, read_services
from penstock.domain.errors import PenstockError
from penstock.settings import Settings
from penstock.settings.running import running_server


class ServerStatus(Struct, kw_only=True):
    """How a server is."""

    status: str
    """`healthy`, `not ready` or `unreachable`."""
    url: str
    version: str | None
    process: int | None
    problem: str | None = None
    """Why it is not healthy."""
    services: list[ServiceReport] = []
    """How its background loops do, where the caller may see it."""

    @property
    def exit_code(self) -> ExitCode:
        """0, 1 where it answers and is not ready, or 4."""
        codes = {"healthy": ExitCode.OK, "not ready": ExitCode.FAILED}
        return codes.get(self.status, ExitCode.UNREACHABLE)


def status_of(settings: Settings, *, wait: bool, timeout: float | None) -> ServerStatus:
    """Ask the server that the settings name, and where it is not well yet, wait for it."""
    url = server_url(settings)
    found, problem = _look(url)
    if wait and problem:
        wait_until(lambda: not _look(url)[1], timeout)
        found, problem = _look(url)
    record = running_server(settings.home)
    status = "unreachable" if not found.healthy else "not ready" if problem else "healthy"
    return ServerStatus(
        status=status,
        url=url,
        version=found.version,
        process=record.pid if record and record.url == url else None,
        problem=problem or None,
        services=_services(settings) if found.healthy else [],
    )


def show_status(found: ServerStatus, *, as_json: bool) -> None:
    """Print it."""
    if as_json:
        show_json(found)
        return
    fields = {"Status": found.status, "Url": found.url, "Version": found.version, "Process": found.process}
    show_fields({name: value for name, value in fields.items() if value is not None})
    if found.services:
        show_table(_COLUMNS, map(_row, found.services))
    if found.problem:
        hint = "" if found.status == "not ready" else "\n  Start one with `penstock server start`."
        note(f"{found.problem}{hint}")


def _look(url: str) -> tuple[ServerProbe, str]:
    """The server's health, and why it is not ready, if it is not."""
    found = probe(url)
    return found, found.problem if not found.healthy else probe_ready(url)


def _services(settings: Settings) -> list[ServiceReport]:
    """None where they are not told: to a caller without a credential, or by a server that is not ours."""
    try:
        with open_client(settings) as client:
            return client.call(read_services)
    except (PenstockError, msgspec.MsgspecError):
        return []


_COLUMNS = ["Service", "State", "Last run", "Next due", "Lag", "Done", "Errors", "Process"]


def _row(service: ServiceReport) -> list[Any]:
    return [
        service.name,
        service.state,
        service.last_run,
        service.next_due,
        f"{service.lag:.1f} s",
        service.done,
        service.errors,
        service.process,
    ]
