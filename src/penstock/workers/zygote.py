"""A warm process that forks runs: `python -m penstock.workers.zygote FD`.

It has the SDK imported and does nothing but start processes for its worker, so that a run begins in the time
of a fork. It is single-threaded, as forking demands, and leads a session of its own, so that a Ctrl-C in the
worker's terminal reaches the worker alone.

A killed worker takes no run with it: the zygote notices the closed channel, keeps draining the output of the
jobs that are left (into nothing), and ends with the last of them.
"""

import atexit
import ctypes
import gc
import os
import selectors
import shutil
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

from penstock.sdk.engine.main import run_claim_document, warm_up
from penstock.workers.protocol import Ended, Inbox, Launch, Message, Refused, Started, send

_ENDING = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
"""Signals that the zygote keeps from itself. One that is sent to a run before it is its own process waits."""
_IGNORED_BY_PYTHON = [signal.SIGPIPE, signal.SIGXFSZ]
_PR_SET_CHILD_SUBREAPER = 36
_DRAIN_BYTES = 1 << 16
_INPUT, _OUTPUT, _ERROR = 0, 1, 2


class BecomeRun(BaseException):
    """Unwinds the forked child out of the zygote's loop, to run `launch` in a clean frame."""

    def __init__(self, launch: Launch) -> None:
        super().__init__(launch.key)
        self.launch = launch


class Zygote:
    """Starts jobs on request and reports their ends."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel: socket.socket | None = channel
        self._inbox = Inbox(channel)
        self._selector = selectors.DefaultSelector()
        self._selector.register(channel, selectors.EVENT_READ, self._serve)
        self._wake_reader, self._wake_writer = _pipe_that_never_blocks()
        self._selector.register(self._wake_reader, selectors.EVENT_READ, self._reap)
        self._jobs: dict[int, str] = {}
        self._pipes: dict[int, int] = {}
        self._temporary: dict[int, str] = {}

    def run(self) -> None:
        """Serve until the worker is gone and the last job has ended. In a forked child: raise `BecomeRun`."""
        signal.set_wakeup_fd(self._wake_writer, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        while self._channel is not None or self._jobs:
            for event, _ in self._selector.select():
                event.data()

    def _serve(self) -> None:
        try:
            for message, descriptors in self._inbox.receive():
                if isinstance(message, Launch):
                    self._launch(message, descriptors)
        except (EOFError, ConnectionError):
            self._lose_worker()

    def _lose_worker(self) -> None:
        if self._channel is None:
            return
        self._selector.unregister(self._channel)
        self._channel.close()
        self._channel = None
        for reader in self._pipes.values():
            self._drain_from_now_on(reader)

    def _drain_from_now_on(self, reader: int) -> None:
        self._selector.register(reader, selectors.EVENT_READ, lambda: self._drain(reader))

    def _drain(self, reader: int) -> None:
        if reader not in self._selector.get_map():
            return  # its job was buried meanwhile: both were told of by one look
        with suppress(BlockingIOError):  # a worker that lets go may still read for a moment, and be faster
            if not os.read(reader, _DRAIN_BYTES):
                self._selector.unregister(reader)

    def _launch(self, launch: Launch, descriptors: tuple[int, ...]) -> None:
        reader, writer = descriptors or (None, None)
        try:
            pid = os.fork()
        except OSError as error:
            _close(reader, writer)
            self._say(Refused(key=launch.key, reason=f"no process could be forked: {error.strerror}"))
            return
        if pid == 0:
            self._become(launch, reader, writer)
        _close(writer)
        self._jobs[pid] = launch.key
        if reader is not None:
            self._pipes[pid] = reader
        if launch.temporary:
            self._temporary[pid] = launch.working_dir
        self._say(Started(key=launch.key, pid=pid))

    def _become(self, launch: Launch, reader: int | None, writer: int | None) -> None:
        os.setsid()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._selector.close()
        if self._channel is not None:
            self._channel.close()
        _close(self._wake_reader, self._wake_writer, reader, *self._pipes.values(), *self._inbox.untaken)
        _redirect(writer)
        raise BecomeRun(launch)

    def _reap(self) -> None:
        os.read(self._wake_reader, _DRAIN_BYTES)
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self._bury(pid, status)

    def _bury(self, pid: int, status: int) -> None:
        key = self._jobs.pop(pid, None)
        if (reader := self._pipes.pop(pid, None)) is not None:
            if self._channel is None and reader in self._selector.get_map():
                self._selector.unregister(reader)
            os.close(reader)
        directory = self._temporary.pop(pid, None)
        if key is not None:
            self._say(ended(key, status))
        if self._channel is None and directory is not None:
            shutil.rmtree(directory, ignore_errors=True)

    def _say(self, message: Message) -> None:
        if self._channel is None:
            return
        try:
            send(self._channel, message)
        except OSError:
            self._lose_worker()


def ended(key: str, status: int) -> Ended:
    """What the wait status of a process says about the job `key`."""
    if os.WIFSIGNALED(status):
        return Ended(key=key, signal=os.WTERMSIG(status))
    return Ended(key=key, code=os.WEXITSTATUS(status))


def _pipe_that_never_blocks() -> tuple[int, int]:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    os.set_blocking(reader, False)
    return reader, writer


def _close(*descriptors: int | None) -> None:
    for descriptor in descriptors:
        if descriptor is not None:
            os.close(descriptor)


def _redirect(writer: int | None) -> None:
    """Give the child no input, and the pipe, or nothing, as its output."""
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, _INPUT)
    output = nothing if writer is None else writer
    os.dup2(output, _OUTPUT)
    os.dup2(output, _ERROR)
    for descriptor in {nothing, output} - {_INPUT, _OUTPUT, _ERROR}:
        os.close(descriptor)


def run_forked(launch: Launch, run_claim: Callable[[bytes], int]) -> int:
    """Become the job in this process and return its exit code, unless the job is a command of its own."""
    try:
        os.chdir(launch.working_dir)
    except OSError as error:
        return _say_why_not(launch.working_dir, error)
    if launch.command is not None:
        return _execute(launch.command, launch.environment)
    os.environ.clear()
    os.environ.update(launch.environment)
    time.tzset()
    return run_claim(bytes(launch.claim))


def _execute(command: list[str], environment: dict[str, str]) -> int:
    for number in _IGNORED_BY_PYTHON:
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execvpe(command[0], command, environment)  # noqa: S606 - that is the point
    except OSError as error:
        return _say_why_not(command[0], error)


def _say_why_not(what: str, error: OSError) -> int:
    """Tell, as a shell would, what is in the way; the exit code for it."""
    sys.stderr.write(f"penstock: {what}: {error.strerror}\n")
    return 127 if isinstance(error, FileNotFoundError) else 126


def leave(code: int) -> NoReturn:
    """End this process, without taking the interpreter apart where nothing is left to wait for.

    Destroying every module of a warm process costs more than most runs (about 15 ms of CPU).
    """
    if threading.active_count() > 1:
        sys.exit(code)
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # user code may have closed it
            stream.flush()
    os._exit(code)


def main() -> int:
    """Warm up, then serve the worker at the other end of the descriptor that was inherited."""
    channel = socket.socket(fileno=int(sys.argv[1]))
    if hasattr(os, "setsid") and os.getpid() != os.getsid(0):
        os.setsid()
    signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    _adopt_orphans()
    warm_up()
    gc.collect()
    gc.freeze()
    launch = _serve_until_forked(Zygote(channel))
    if launch is not None:
        _heed_signals_again()
        leave(run_forked(launch, run_claim_document))
    return 0


def _adopt_orphans() -> None:
    """Take away the remains of what runs leave behind, also in a container whose first process doesn't.

    Until then a stopped run would seem to go on: its process group still has members.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _serve_until_forked(zygote: Zygote) -> Launch | None:
    """What this process is to become, in a forked child; None in the zygote, at its end."""
    try:
        zygote.run()
    except BecomeRun as become:
        # Left behind here, so that it is no context of what user code raises.
        return become.launch
    return None


def _heed_signals_again() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)


if __name__ == "__main__":
    sys.exit(main())
