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
from pathlib import Path
from typing import Any, ClassVar, Self

from penstock.contract.claims import ClaimedRun
from penstock.domain.default_templates import process_template
from penstock.domain.errors import InvalidInput
from penstock.workers.launcher import Exit, Job, Launcher, OutputSink, RunningJob
from penstock.workers.protocol import Launch, to_jsonable
from penstock.workers.zygote_link import LaunchFailed, ZygoteLink

ENGINE_COMMAND = (sys.executable, "-m", "penstock.engine")
READ_AT_START = ("PYTHON", "LD_", "DYLD_", "LC_", "LANG", "MALLOC_", "GLIBC_TUNABLES", "OPENSSL_CONF")
"""Beginnings of the names of variables that an interpreter, or what it is linked to, reads once."""

_LINE_LIMIT = 1 << 16
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

    def __init__(self, link: ZygoteLink, key: str, pid: int, command: list[str], *, engine: bool) -> None:
        self._link, self._key, self._pid = link, key, pid
        self._command, self._engine = command, engine
        self._ended = asyncio.ensure_future(link.ended(key))
        self.output_read: asyncio.Future[None] | None = None
        self.temporary_directory: str | None = None

    @property
    def identifier(self) -> str:
        """`host:pid`."""
        return f"{_HOST}:{self._pid}"

    @property
    def started_as(self) -> Mapping[str, Any]:
        """The argument vector, the process and the host."""
        return {"command": self._command, "pid": self._pid, "host": _HOST, "forked": self._engine}

    async def wait(self) -> Exit:
        """Return when the process has ended and its output was read to the end."""
        ended = await asyncio.shield(self._ended)
        if self.output_read is not None:
            # A grandchild may hold the pipe open for ever: what it prints after the run is not the run's.
            await asyncio.wait([self.output_read], timeout=1.0)
        if self.temporary_directory is not None:
            await asyncio.to_thread(shutil.rmtree, self.temporary_directory, ignore_errors=True)
        return Exit(code=ended.code, signal=ended.signal, reported=self._engine)

    async def stop(self, grace_seconds: float) -> None:
        """SIGTERM to the whole group; after `grace_seconds`, SIGKILL."""
        self._signal(signal.SIGTERM)
        done, _ = await asyncio.wait([self._ended], timeout=grace_seconds)
        # Also when the run itself has ended: what it started may live on in its group.
        self._signal(signal.SIGKILL)
        if not done:
            await asyncio.shield(self._ended)

    def _signal(self, number: int) -> None:
        # The leader's pid names the group until its last member is gone, so it cannot be another's by now
        # unless the group is empty, and then there is nothing left to signal.
        try:
            os.killpg(self._pid, number)
        except ProcessLookupError:
            return


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
        kept = {k: v for k, v in self._inherited.items() if k not in job.unset_environment}
        environment = {**kept, **job.environment}
        command = parse_command(job.configuration.get("command"))
        forks = command is None and not needs_spawn(environment, self._inherited)
        given_directory = job.configuration.get("working_dir")
        directory = (
            _existing(given_directory) if given_directory else tempfile.mkdtemp(prefix="penstock-run-")
        )
        launch = Launch(
            key=str(job.claim.flow_run.id),
            environment=environment,
            working_dir=directory,
            claim=_claim_document(job.claim) if forks else to_jsonable(None),
            command=None if forks else command or list(ENGINE_COMMAND),
            piped=bool(job.configuration.get("stream_output", True)),
        )
        running = await self._launch(launch, job.output, is_engine=command is None)
        running.temporary_directory = None if given_directory else directory
        return running

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
        job = ProcessJob(
            self._link, launch.key, pid, launch.command or list(ENGINE_COMMAND), engine=is_engine
        )
        if pipe is not None:
            job.output_read = asyncio.ensure_future(_read_lines(pipe[0], output))
        return job


def _claim_document(claim: ClaimedRun) -> Any:
    return to_jsonable(claim)


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
