"""Fills templates in processes of their own, which start when there is first something to fill.

Whatever a template does, it does it there: one that takes too long is ended together with its process, and
the next finds a new one.
"""

import asyncio
import atexit
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Final

import msgspec

from penstock.domain.errors import Unavailable
from penstock.domain.json_values import Json
from penstock.server.rendering.trees import Slot, filled, slots, smuggled, variables_named
from penstock.server.sandbox.problems import RenderError, TemplateProblem
from penstock.server.sandbox.protocol import Job, Result, receive, send

_PROGRAM: Final = """
import json, sys
sys.path = json.loads(sys.argv.pop())
from penstock.server.sandbox.child import main
main(*sys.argv[1:])
"""
_KEPT_VARIABLES: Final = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")
"""What the interpreter may need to start. Nothing else of our environment is for templates."""
_UI_URL = "$ui_url"
_START_SECONDS = 30.0
"""Until a process that was started is given up; machines may be slow."""
_WAIT_SECONDS = 10.0
"""Until somebody who waits for a process is sent away."""


class RenderLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What filling the templates of one value may take."""

    seconds: float = 1.0
    output: int = 65_536
    """Bytes of all that they become."""
    memory: int = 268_435_456
    """Bytes of address space, the interpreter's own included."""


_LIMITS: Final = RenderLimits()


class _Ended(Exception):
    """The process did not answer in time, or is gone."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class _Process:
    """One process that fills templates. For one thread at a time."""

    def __init__(self, limits: RenderLimits) -> None:
        self._limits, self._owner = limits, os.getpid()
        ours, theirs = socket.socketpair()
        arguments = [str(theirs.fileno()), str(limits.seconds + 1), str(limits.memory)]
        with theirs:
            self._popen = subprocess.Popen(
                [sys.executable, "-I", "-c", _PROGRAM, *arguments, _import_path()],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ},
            )
        self._channel = ours
        try:
            self._answer(time.monotonic() + _START_SECONDS)
        except _Ended:
            self.end()
            message = "The process that fills templates does not start."
            raise Unavailable(message, hint="See whether memory is short.") from None

    @property
    def is_fit(self) -> bool:
        """Whether it lives, and is not that of a process that we were forked from."""
        return self._owner == os.getpid() and self._popen.poll() is None

    def do(self, job: Job) -> Result:
        """Have a job done. Raises `_Ended`."""
        deadline = time.monotonic() + self._limits.seconds
        self._channel.settimeout(self._limits.seconds)
        try:
            send(self._channel, job)
        except OSError as error:
            raise self._ended(error) from None
        return self._answer(deadline)

    def _answer(self, deadline: float) -> Result:
        try:
            return msgspec.json.decode(self._receive(deadline), type=Result)
        except (OSError, EOFError) as error:
            raise self._ended(error) from None

    def _receive(self, deadline: float) -> bytes:
        self._channel.settimeout(max(deadline - time.monotonic(), 0.001))
        return receive(self._channel)

    def _ended(self, error: Exception) -> _Ended:
        if isinstance(error, TimeoutError):
            return _Ended(f"This takes longer than {self._limits.seconds:g} s.")
        return _Ended("This takes more memory or time than a template may have.")

    def end(self) -> None:
        """End it, whatever it is doing; let go of it, where it is not ours."""
        self._channel.close()
        if self._owner != os.getpid():
            self._popen.returncode = 0
            return
        self._popen.kill()
        self._popen.wait()


def _import_path() -> str:
    """Where we were imported from, and what we stand on; never the working directory."""
    return json.dumps([path for path in sys.path if path])


class Renderer:
    """Fills templates. Any thread may call it, and any number of them.

    Args:
        at_once: How many processes there are at most.
    """

    def __init__(self, limits: RenderLimits = _LIMITS, *, at_once: int = 2) -> None:
        self._limits, self._at_once = limits, at_once
        self._free = threading.BoundedSemaphore(at_once)
        self._idle: list[_Process] = []
        self._threads: ThreadPoolExecutor | None = None
        self._is_registered = False

    async def render(
        self,
        templates: Json,
        context: Mapping[str, Any],
        *,
        late: Collection[str] = (),
        variables: Mapping[str, Json] | None = None,
        ui_url: str | None = None,
    ) -> Json:
        """A copy of `templates`, any JSON value, with every template in it filled.

        A text that is one `{{ expression }}` becomes its value, of whatever type; any other becomes text.
        Without an event loop it does its work at once.

        Args:
            context: What templates may name. JSON types, times and ids.
            late: Keys of the outermost map below which the worker fills placeholders afterwards: see `trees`.
            variables: Values of the variables that `variables_named` tells of.
            ui_url: Where the web UI is, for filters that link to it.

        Raises:
            RenderError: A template cannot be filled. It tells of each.
            Unavailable: No process could be had.
        """
        found = list(slots(templates, late))
        if not found:
            return filled(templates, {}, dict(variables or {}))
        job = Job([slot.source for slot in found], {**context, _UI_URL: ui_url}, self._limits.output)
        try:
            result = await self._done(job)
        except _Ended as ended:
            place = found[0].place if len(found) == 1 else ""
            raise RenderError([TemplateProblem(place, ended.message)]) from None
        return _together(templates, found, result, dict(variables or {}))

    def warm_up(self) -> None:
        """Have a process ready soon, so that the next value need not wait for its start. Returns at once."""
        if not self._idle:
            self._pool().submit(self._do, Job([], {}, 0))

    async def _done(self, job: Job) -> Result:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return self._do(job)
        return await loop.run_in_executor(self._pool(), self._do, job)

    def _pool(self) -> ThreadPoolExecutor:
        if self._threads is None:
            self._threads = ThreadPoolExecutor(self._at_once, thread_name_prefix="rendering")
        return self._threads

    def _do(self, job: Job) -> Result:
        if not self._free.acquire(timeout=_WAIT_SECONDS):
            message = "All processes that fill templates are busy."
            raise Unavailable(message, retry_after=1.0)
        try:
            return self._do_in(self._process(), job)
        finally:
            self._free.release()

    def _process(self) -> _Process:
        while self._idle:
            with suppress(IndexError):  # another thread took it
                process = self._idle.pop()
                if process.is_fit:
                    return process
                process.end()
        if not self._is_registered:
            self._is_registered = True
            atexit.register(self.close)
        return _Process(self._limits)

    def _do_in(self, process: _Process, job: Job) -> Result:
        is_fit = False
        try:
            result = process.do(job)
            is_fit = not result.is_last
        finally:
            if is_fit:
                self._idle.append(process)
            else:
                process.end()
                self._replace()
        return result

    def _replace(self) -> None:
        """Let nobody wait for the start of a process because another one was ended."""
        with suppress(RuntimeError):  # they are being closed
            if self._threads is not None:
                self.warm_up()

    def close(self) -> None:
        """End the processes. What is asked for later starts new ones."""
        while self._idle:
            self._idle.pop().end()
        threads, self._threads = self._threads, None
        if threads is not None:
            threads.shutdown(wait=False)


def _together(templates: Json, found: list[Slot], result: Result, variables: dict[str, Json]) -> Json:
    problems = [
        TemplateProblem(found[f.index].place, f.message, f.line, f.hint) for f in result.failures
    ] or [
        problem
        for slot, value in zip(found, result.values, strict=True)
        if (problem := smuggled(slot, value))
    ]
    if problems:
        raise RenderError(problems)
    values = {slot.path: value for slot, value in zip(found, result.values, strict=True)}
    return filled(templates, values, variables)


renderer: Final = Renderer()
"""The processes of this server. Its application closes them when it ends."""

__all__ = ["RenderLimits", "Renderer", "renderer", "variables_named"]
