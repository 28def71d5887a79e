"""A terminal in which a document's commands are typed, and what it then shows.

It is 100 columns wide, in UTC and without colours. What the commands print is taken from a real
pseudo-terminal, for that is where people see it.
"""

import codecs
import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Callable
from pathlib import Path

COLUMNS, LINES = 100, 50
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_SECONDS = 60.0


class Screen:
    """One program in a terminal of its own, and what it has shown so far."""

    def __init__(self, arguments: list[str], folder: Path, environ: dict[str, str]) -> None:
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        self._text, self._ours = "", ours
        self.process = subprocess.Popen(
            arguments,
            cwd=folder,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        while True:
            try:
                piece = os.read(self._ours, 65_536)
            except OSError:  # how a terminal says that nobody writes to it any more
                return
            if not piece:
                return
            self._text += decoder.decode(piece)

    @property
    def shown(self) -> str:
        """What stands on the screen: of a line that was written over, only the last writing."""
        lines = _CONTROL.sub("", self._text).replace("\r\n", "\n").split("\n")
        return "\n".join(line.rsplit("\r", 1)[-1].rstrip() for line in lines)

    def wait(self) -> int:
        """Wait for the program's end, and return its exit code."""
        code = self.process.wait(_SECONDS)
        self._reader.join(1.0)  # who was started in the background may hold the terminal for longer
        return code

    def end(self) -> None:
        """End the program as its host's shutdown would."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise


class Terminal:
    """A shell's memory (folder, environment, exit code) from one command to the next."""

    def __init__(self, folder: Path, environ: dict[str, str], notes: Path) -> None:
        self.folder, self.environ, self._notes = folder, environ, notes
        self.code = 0
        self._staying: list[Screen] = []

    def type(self, command: str) -> str:
        """Run a command to its end; what it showed."""
        script = (
            f'(exit {self.code})\n{command}\n__code=$?; {{ pwd; env -0; }} > "{self._notes}"; exit $__code'
        )
        screen = Screen(["bash", "-c", script], self.folder, self.environ)
        self.code = screen.wait()
        self._remember()
        return screen.shown.strip("\n")

    def _remember(self) -> None:
        folder, _, variables = self._notes.read_text().partition("\n")
        self.folder = Path(folder)
        pairs = (entry.partition("=") for entry in variables.split("\0") if entry)
        self.environ = {name: value for name, _, value in pairs}

    def leave_running(self, command: str) -> Screen:
        """Run a command in another terminal, until the story ends; the shell makes way for it."""
        screen = Screen(["bash", "-c", command], self.folder, self.environ)
        self._staying.append(screen)
        return screen

    def close(self) -> None:
        """End what is still running, the last one first."""
        for screen in reversed(self._staying):
            screen.end()


def until(condition: Callable[[], bool], seconds: float = _SECONDS) -> bool:
    """Look again and again until something is so; whether it came to be."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
