"""A flow in a process of its own, so that it can be killed, stopped, or robbed of its server."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from tests.server_process import clean_environ

PATIENCE = 30.0


def eventually(condition: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
    """What `condition` gives as soon as that is true, or anything but None or empty."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} seconds: {what}")


class FlowProcess:
    """Runs a script until the `with` block ends.

    The script finds `mark(text)`, which tells how far it got.
    """

    PREAMBLE = """
import asyncio, os, sys, time
from pathlib import Path
from penstock import flow, task, get_run_logger, runtime
_folder = Path(sys.argv[1])
def mark(text):
    with open(_folder / "marks", "a") as file:
        file.write(f"{text}\\n")
"""

    def __init__(self, folder: Path, script: str, **environ: str) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "flow.py").write_text(self.PREAMBLE + script)
        with (folder / "output").open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, folder / "flow.py", folder],
                env=clean_environ(folder / "home", **environ),
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    def marks(self) -> list[str]:
        path = self.folder / "marks"
        return path.read_text().splitlines() if path.exists() else []

    def marked(self, text: str) -> str:
        """Wait until the script has marked something that begins with `text`; the rest of it."""
        found = eventually(
            lambda: [line for line in self.marks() if line.startswith(text)] or self._ended(),
            f"mark {text!r}",
        )
        return found[0].removeprefix(text).strip()

    def _ended(self) -> None:
        assert self.process.poll() is None, f"the flow ended:\n{self.output}"

    def allow(self, text: str) -> None:
        (self.folder / text).touch()

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def wait(self) -> int:
        return self.process.wait(PATIENCE)

    @property
    def output(self) -> str:
        return (self.folder / "output").read_text()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(PATIENCE)
