"""What user code says about itself, beside all that Penstock says: one JSON line a thing, in one file.

Lines are appended in one system call each, so that those of several processes don't mix; times are of the
machine's monotonic clock, which all its processes share.
"""

import json
import os
import time
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

PLACE = "SIDE_LOG"
"""Environment variable with the path of the file."""


def note(event: str, **facts: Any) -> None:
    """Say something, from user code."""
    entry = {"event": event, "run": os.environ.get("PENSTOCK__FLOW_RUN_ID"), "pid": os.getpid()}
    line = json.dumps(entry | {"at": time.monotonic()} | facts) + "\n"
    descriptor = os.open(os.environ[PLACE], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(descriptor, line.encode())
    finally:
        os.close(descriptor)


class Span(NamedTuple):
    """The time within which one process is known to have executed one run."""

    run: str
    pid: int
    first: float
    last: float


class SideLog:
    """Reads what was said."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def entries(self, event: str | None = None, run: str | None = None) -> list[dict[str, Any]]:
        """What was said so far, oldest first; of one kind, or of one run, where asked."""
        if not self.path.exists():
            return []
        lines = self.path.read_text().splitlines(keepends=True)
        found = [json.loads(line) for line in lines if line.endswith("\n")]
        return [e for e in found if event in (None, e["event"]) and run in (None, e["run"])]

    def pids(self, event: str | None = None, run: str | None = None) -> set[int]:
        """The processes that said something."""
        return {entry["pid"] for entry in self.entries(event, run)}

    def spans(self) -> Iterator[Span]:
        """Who executed which run, and when."""

        def owner(entry: dict[str, Any]) -> tuple[str, int]:
            return entry["run"], entry["pid"]

        for (run, pid), entries in groupby(sorted(self.entries(), key=owner), owner):
            times = [entry["at"] for entry in entries]
            yield Span(run, pid, min(times), max(times))
