"""Runs as processes on the worker's own machine: forked from the zygote, or spawned.

A run is forked where it can be, in milliseconds. It is spawned where it needs another interpreter or a
`command` of its own, or sets environment variables that an interpreter reads once, when it starts.
"""

import asyncio
import os
import shlex
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar, Self

from penstock.domain.default_templates import process_template
from penstock.domain.errors import InvalidInput
from penstock.settings.running import process_start
from penstock.workers.launcher import (
    Exit,
    Job,
    Launcher,
    LaunchFailed,
    LaunchInterrupted,
    OutputSink,
    RunningJob,
)
from penstock.workers.protocol import Launch, to_jsonable
from penstock.workers.zygote_link import ZygoteLink

ENGINE_COMMAND = (sys.executable, "-m", "penstock.engine")
READ_AT_START = ("PYTHON", "LD_", "DYLD_", "LC_", "LANG", "MALLOC_", "GLIBC_TUNABLES", "OPENSSL_CONF")
"""Beginnings of the names of variables that an interpreter, or what it is linked to, reads once."""

_LINE_LIMIT = 1 << 16
_GROUP_STEP = 0.05
"""How often, in seconds, it is looked whether what a stopped job had started has ended too."""
_HOST = socket.gethostname()


def needs_spawn(environment: Mapping[str, str], inherited: Mapping[str, str]) -> bool:
    """Whether `environment` differs from the zygote's in a variable that counts only at start."""
    names = environment.keys() | inherited.keys()
    changed = {name for name in names if inherited.get(name) != environment.get(name)}
    return any(name.startswith(READ_AT_START) for name in changed)


def parse_command(command: str | None) -> list[str] | None:
    """`command` as an argument vector, split as a shell would but never given to one; None for our engine.

    Raises:
        InvalidInput: Its quotes do not match.
    """
    if command is None or not command.strip():
        return None
    try:
        return shlex.split(command)
    except ValueError as error:
        raise InvalidInput(
            f"The job variable `command` cannot be split into words: {error}.", field="job_variables.command"
        ) from error


class ProcessJob(RunningJob):
    """A run's process, and all that it started: one session, one process group."""

    def __init__(self, link: ZygoteLink, launch: Launch, pid: int, *, engine: bool) -> None:
        self._pid, self._engine = pid, engine
        self._start = process_start(pid)
        self._command = launch.command or list(ENGINE_COMMAND)
        self._forked = launch.command is None
        self._temporary = launch.working_dir if launch.temporary else None
        self._ended = asyncio.ensure_future(link.ended(launch.key))
        self.output_read: asyncio.Future[None] | None = None

    @property
    def identifier(self) -> str:
        """`host:pid`."""
        return f"{_HOST}:{self._pid}"

    @property
    def started_as(self) -> Mapping[str, Any]:
        """The argument vector, the process and the host."""
        return {"command": self._command, "pid": self._pid, "host": _HOST, "forked": self._forked}

    async def wait(self) -> Exit:
        """Return when the process has ended and its output was read to the end."""
        ended = await asyncio.shield(self._ended)
        if self.output_read is not None:
            # A grandchild may hold the pipe open for ever: what it prints after the run is not the run's.
            await asyncio.wait([self.output_read], timeout=1.0)
        if self._temporary is not None:
            await asyncio.to_thread(shutil.rmtree, self._temporary, ignore_errors=True)
        return Exit(code=ended.code, signal=ended.signal, reported=self._engine)

    async def stop(self, grace_seconds: float) -> None:
        """SIGTERM to the whole group; SIGKILL to who is left of it after `grace_seconds`."""
        if self._ended.done():
            return  # its pid may be another's by now
        loop = asyncio.get_running_loop()
        ends = loop.time() + grace_seconds
        self._signal(signal.SIGTERM)
        await asyncio.wait([self._ended], timeout=grace_seconds)
        # What the run has started may take longer than the run.
        while loop.time() < ends and self._signal(0):  # noqa: ASYNC110 - nobody tells of a group's end
            await asyncio.sleep(_GROUP_STEP)
        self._signal(signal.SIGKILL)
        await asyncio.shield(self._ended)

    def _signal(self, number: int) -> bool:
        """Send a signal to the group; whether there was anybody left."""
        if self._is_anothers():
            return False
        try:
            os.killpg(self._pid, number)
        except ProcessLookupError:
            return self._signal_leader(number)
        except PermissionError:
            return False  # it has become another user, and cannot be reached
        return True

    def _is_anothers(self) -> bool:
        """Whether the run's pid was given away: that happens when the last member of its group is gone."""
        start = process_start(self._pid)
        return start is not None and start != self._start

    def _signal_leader(self, number: int) -> bool:
        """For the moment between the fork and the session of its own."""
        if self._ended.done():
            return False
        with suppress(ProcessLookupError):
            os.kill(self._pid, number)
        return True


class ProcessLauncher(Launcher):
    """Starts runs as processes of the worker's machine and user."""

    type: ClassVar[str] = "process"
    description: ClassVar[str] = "Runs as processes on the worker's machine; started in milliseconds."

    def __init__(self) -> None:
        self._link = ZygoteLink()
        self._inherited = dict(os.environ)

    @classmethod
    def base_job_template(cls) -> dict[str, Any]:
        """Variables `env`, `labels`, `command`, `working_dir`, `stream_output` and `name`."""
        return process_template()

    async def __aenter__(self) -> Self:
        """Start the zygote."""
        self._link.open()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """Let the zygote go; it ends with its last run."""
        self._link.close()

    async def start(self, job: Job) -> ProcessJob:
        """Fork, or spawn, the run's process."""
        command = parse_command(job.configuration.get("command"))
        given = job.configuration.get("working_dir")
        directory = _existing(given) if given else tempfile.mkdtemp(prefix="penstock-run-")
        launch = self._prepare(job, command, directory, temporary=not given)
        try:
            return await self._launch(launch, job.output, is_engine=command is None)
        except LaunchInterrupted:
            raise  # perhaps it runs there
        except BaseException:
            if not given:
                shutil.rmtree(directory, ignore_errors=True)
            raise

    def _prepare(self, job: Job, command: list[str] | None, directory: str, *, temporary: bool) -> Launch:
        kept = {k: v for k, v in self._inherited.items() if k not in job.unset_environment}
        environment = {**kept, **job.environment}
        forks = command is None and not needs_spawn(environment, self._inherited)
        return Launch(
            key=str(job.claim.lease.id),
            environment=environment,
            working_dir=directory,
            temporary=temporary,
            claim=to_jsonable(job.claim if forks else None),
            command=None if forks else command or list(ENGINE_COMMAND),
            piped=bool(job.configuration.get("stream_output", True)),
        )

    async def _launch(self, launch: Launch, output: OutputSink, *, is_engine: bool) -> ProcessJob:
        pipe = os.pipe() if launch.piped else None
        try:
            pid = await self._link.launch(launch, pipe)
        except BaseException:
            if pipe is not None:
                os.close(pipe[0])
            raise
        finally:
            if pipe is not None:
                os.close(pipe[1])
        job = ProcessJob(self._link, launch, pid, engine=is_engine)
        if pipe is not None:
            job.output_read = asyncio.ensure_future(_read_lines(pipe[0], output))
        return job


def _existing(directory: str) -> str:
    if not Path(directory).is_dir():
        raise LaunchFailed(
            f"The job variable `working_dir` names {directory!r}, which is no directory on {_HOST}.",
            hint="Create it on the worker's machine, or change the variable.",
        )
    return directory


async def _read_lines(descriptor: int, output: OutputSink) -> None:
    """Hand on what arrives at a pipe, line by line, until all its writers are gone."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=_LINE_LIMIT)
    transport, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(descriptor, "rb", buffering=0)
    )
    try:
        while line := await _line(reader):
            with suppress(Exception):  # whoever listens must not hold up the job
                output(line.decode("utf-8", "replace").rstrip("\r\n"))
    finally:
        transport.close()


async def _line(reader: asyncio.StreamReader) -> bytes:
    """The next line, or, of a line without end, the next 64 KiB."""
    try:
        return await reader.readuntil(b"\n")
    except asyncio.IncompleteReadError as end:
        return end.partial
    except asyncio.LimitOverrunError:
        return await reader.read(_LINE_LIMIT)
