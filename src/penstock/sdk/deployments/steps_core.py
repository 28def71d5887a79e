"""The steps of ours, by the names that deployment files give them: from inputs to outputs."""

import os
import shlex
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from string import Template
from threading import Thread
from typing import IO, Any, TypeAlias

from penstock.domain.errors import InvalidInput, NotFound, PenstockError
from penstock.sdk.deployments.git import check_directory
from penstock.sdk.deployments.sources import GitRepository

Log: TypeAlias = Callable[[str], None]
_GRACE = 5.0
"""Seconds for output after a command's end, where something that it started still holds on to it."""
_MAX_KEPT = 1024 * 1024
"""Characters of each stream that are kept as output; earlier ones are dropped."""


class CommandFailed(PenstockError):
    """A command ended with another exit code than 0, or could not be started."""

    code = "command-failed"


def git_clone(
    repository: str,
    branch: str | None = None,
    tag: str | None = None,
    commit_sha: str | None = None,
    include_submodules: bool = False,
    access_token: str | None = None,
    credentials: Mapping[str, Any] | str | None = None,
    directories: Sequence[str] | None = None,
    clone_directory_name: str | None = None,
) -> dict[str, str]:
    """Clone a repository into a directory below the working directory. Output: `directory`."""
    source = GitRepository(
        url=repository,
        branch=branch,
        tag=tag,
        commit_sha=commit_sha,
        include_submodules=include_submodules,
        access_token=access_token,
        credentials=credentials,
        directories=tuple(directories or ()),
        name=clone_directory_name,
    )
    return {"directory": str(source.pull(Path.cwd()))}


def set_working_directory(directory: str) -> dict[str, str]:
    """Make a directory the working directory of this process. Output: `directory`."""
    try:
        os.chdir(directory)
    except OSError as error:
        raise NotFound(f"The working directory {directory} cannot be entered: {error.strerror}.") from None
    return {"directory": str(directory)}


def run_shell_script(
    script: str,
    directory: str | None = None,
    env: Mapping[str, Any] | None = None,
    stream_output: bool = True,
    expand_env_vars: bool = False,
    shell: bool = False,
    *,
    log: Log = print,
) -> dict[str, str]:
    """Run commands, one a line, until one fails. Outputs: `stdout` and `stderr`, without white space around.

    Args:
        script: The commands. Each line is split into words as a shell would, and run without a shell.
        directory: Where to run them.
        env: Environment variables beside those of this process.
        stream_output: Whether to log what the commands print while they print it.
        expand_env_vars: Whether `$NAME` and `${NAME}` in the commands are environment variables.
        shell: Whether to run the whole script by `/bin/sh` instead.
        log: Where output goes.
    """
    environment = {**os.environ, **{name: str(value) for name, value in (env or {}).items()}}
    commands = [["/bin/sh", "-e", "-c", script]] if shell else _split(script, environment, expand_env_vars)
    outputs: dict[str, list[str]] = {"stdout": [], "stderr": []}
    for command in commands:
        printed = _run(command, directory, environment, log if stream_output else None)
        for name, text in zip(outputs, printed, strict=True):
            outputs[name].append(text)
    return {name: "".join(texts).strip() for name, texts in outputs.items()}


def pip_install_requirements(
    directory: str | None = None,
    requirements_file: str = "requirements.txt",
    stream_output: bool = True,
    *,
    log: Log = print,
) -> dict[str, str]:
    """Install what a requirements file lists, beside this interpreter. Outputs: `stdout` and `stderr`."""
    file = Path(directory or ".") / check_directory(requirements_file, "requirements_file")
    if not file.is_file():
        raise NotFound(f"There is no file {file}.", hint="Check requirements_file and directory.")
    command = pip_install("-r", str(file.resolve()))
    stdout, stderr = _run(command, directory, dict(os.environ), log if stream_output else None)
    return {"stdout": stdout.strip(), "stderr": stderr.strip()}


def pip_install(*arguments: str) -> list[str]:
    """The command that installs packages into the environment of this interpreter."""
    return [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--quiet", *arguments]


def install(requirements: Sequence[str], log: Log) -> None:
    """Install packages that a step requires. Raises `CommandFailed`."""
    log(f"Installing {', '.join(requirements)}.")
    _run(pip_install("--", *requirements), None, dict(os.environ), log)


def _split(script: str, environment: Mapping[str, str], expand: bool) -> list[list[str]]:
    """The commands of a script, as words. A line that ends with a backslash goes on in the next one."""
    lines = [line.strip() for line in script.replace("\\\n", " ").splitlines()]
    commands = []
    for line in lines:
        if line and not line.startswith("#"):
            try:
                words = shlex.split(Template(line).safe_substitute(environment) if expand else line)
            except ValueError as error:
                raise InvalidInput(
                    f"The command {line[:200]!r} cannot be split: {error}.", field="script"
                ) from None
            commands.append(words)
    return commands


def _run(
    command: Sequence[str], directory: str | None, environment: Mapping[str, str], log: Log | None
) -> tuple[str, str]:
    """Run one command to its end, and give what it printed on stdout and on stderr."""
    try:
        process = subprocess.Popen(
            command,
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
    except OSError as error:
        raise CommandFailed(f"{command[0]} cannot be run: {error.strerror}.") from None
    kept = _Kept(process.stdout, log), _Kept(process.stderr, log)
    try:
        code = process.wait()
    except BaseException:
        process.kill()
        process.wait()
        raise
    stdout, stderr = (stream.finish() for stream in kept)
    if code != 0:
        said = (stderr or stdout).strip()[-2_000:]
        raise CommandFailed(f"{shlex.join(command)[:200]} ended with exit code {code}: {said}")
    return stdout, stderr


class _Kept:
    """Reads one stream of a process while it runs: logs its lines and keeps the last of them."""

    def __init__(self, stream: IO[str] | None, log: Log | None) -> None:
        assert stream is not None
        self._lines: deque[str] = deque()
        self._length = 0
        self._thread = Thread(target=self._read, args=(stream, log), daemon=True)
        self._thread.start()

    def _read(self, stream: IO[str], log: Log | None) -> None:
        with stream:
            for line in iter(lambda: stream.readline(_MAX_KEPT), ""):
                self._lines.append(line)
                self._length += len(line)
                while self._length > _MAX_KEPT and len(self._lines) > 1:
                    self._length -= len(self._lines.popleft())
                if log is not None:
                    log(line.rstrip("\n"))

    def finish(self) -> str:
        self._thread.join(_GRACE)
        return "".join(list(self._lines))
