"""A real worker for a test: `penstock worker start` in a process of its own.

with WorkerProcess(server, "pool", tmp_path) as worker:
    ...
"""

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

from tests.server_process import ServerProcess

PROGRAM = Path(sys.executable).with_name("penstock")
_START_SECONDS = 30.0
_STOP_SECONDS = 30.0


class WorkerProcess:
    """A worker that runs while this is entered; then it is told to end."""

    def __init__(self, server: ServerProcess, pool: str, folder: Path, *arguments: str) -> None:
        self._output = folder / "output"
        self._command = [PROGRAM, "worker", "start", "--pool", pool, *arguments]
        self._environ, self._folder = server.environ, folder
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Start it, and return once it serves its pool."""
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                self._command,
                env=self._environ,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        self.wait_for("serves the pool", _START_SECONDS)
        return self

    def wait_for(self, text: str, seconds: float = 30.0) -> str:
        """Wait until it has said `text`, and return all that it has said."""
        assert self.process is not None
        deadline = time.monotonic() + seconds
        while text not in self.output:
            assert time.monotonic() < deadline, f"the worker did not say {text!r}:\n{self.output}"
            assert self.process.poll() is None, f"the worker has ended:\n{self.output}"
            time.sleep(0.02)
        return self.output

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Tell it to end, wait until it has, and return its exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(_STOP_SECONDS)

    @property
    def output(self) -> str:
        """All that it has said."""
        return self._output.read_text()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *failure: object) -> None:
        assert self.process is not None
        try:
            self.stop()
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
