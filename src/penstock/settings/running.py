"""The server that runs in a home, as it recorded itself: `server.json`.

A record outlives a server that was killed, and its process id may belong to somebody else by then. So the
record holds when the process started, and counts only while a process of that id and that start is alive.
"""

import os
from pathlib import Path

import msgspec
from msgspec import Struct

from penstock.domain.errors import Conflict

RECORD_FILE = "server.json"
SERVICES_FILE = "services.json"
"""The same of a process that runs services and serves nothing; its URL is empty."""


class ServerRecord(Struct, frozen=True):
    """Who serves from this home."""

    pid: int
    started: str
    """When the process started, as the operating system writes it; opaque."""
    url: str
    """Of the API: `http://127.0.0.1:4200/api`."""

    def is_alive(self) -> bool:
        """Whether that very process still runs."""
        return process_start(self.pid) == self.started


def process_start(pid: int) -> str | None:
    """When the living process `pid` started, or None if there is none. A zombie is not alive."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("ascii", "replace")
    except FileNotFoundError:
        return None if Path("/proc/self/stat").exists() else _process_start_by_ps(pid)
    except ProcessLookupError:
        return None
    state, *fields = stat.rpartition(")")[2].split()
    return None if state in ("Z", "X") else fields[18]


def _process_start_by_ps(pid: int) -> str | None:
    import subprocess  # only where there is no /proc

    command = ["/bin/ps", "-o", "lstart=", "-p", str(pid)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    return answer.stdout.strip() or None


def record_server(home: Path, url: str, *, file: str = RECORD_FILE) -> ServerRecord:
    """Write down that this process serves `home` at `url`."""
    record = ServerRecord(os.getpid(), process_start(os.getpid()) or "", url)
    draft = home / f".{file}.{record.pid}"
    draft.write_bytes(msgspec.json.encode(record))
    draft.replace(home / file)
    return record


def forget_server(home: Path, record: ServerRecord, *, file: str = RECORD_FILE) -> None:
    """Remove the record, unless another server has put its own in its place."""
    if _read(home / file) == record:
        (home / file).unlink(missing_ok=True)


def running_server(home: Path) -> ServerRecord | None:
    """The server that runs in `home` now."""
    return _alive(home / RECORD_FILE)


def running_services(home: Path) -> ServerRecord | None:
    """The process that runs services of `home` now, beside its server or without one."""
    return _alive(home / SERVICES_FILE)


def _alive(file: Path) -> ServerRecord | None:
    record = _read(file)
    return record if record is not None and record.is_alive() else None


def check_alone(home: Path) -> None:
    """Raise `Conflict` if a server runs in `home`."""
    if (other := running_server(home)) is not None:
        message = f"A server runs in {home} already: {other.url} (process {other.pid})."
        raise Conflict(message, hint="Stop it by `penstock server stop`, or choose another PENSTOCK_HOME.")


def _read(file: Path) -> ServerRecord | None:
    try:
        return msgspec.json.decode(file.read_bytes(), type=ServerRecord)
    except (FileNotFoundError, NotADirectoryError, msgspec.DecodeError):
        return None
