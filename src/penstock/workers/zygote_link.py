"""The worker's end of the channel to its zygote."""

import asyncio
import os
import socket
import subprocess
import sys
from typing import TypeVar

from penstock.domain.errors import PenstockError
from penstock.workers.protocol import Ended, Inbox, Launch, Message, Refused, Started, send

_T = TypeVar("_T")


class LaunchFailed(PenstockError):
    """A job could not be started."""

    code = "launch-failed"


class ZygoteLink:
    """Starts a zygote, asks it for processes, and hears how they end. Belongs to one event loop."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None
        self._inbox: Inbox | None = None
        self._started: dict[str, asyncio.Future[int]] = {}
        self._ended: dict[str, asyncio.Future[Ended]] = {}
        self._pids: dict[str, int] = {}

    def open(self) -> None:
        """Start the zygote; it warms up while its first jobs are claimed."""
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "penstock.workers.zygote", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._channel, self._inbox = ours, Inbox(ours)
        asyncio.get_running_loop().add_reader(ours, self._receive)

    def close(self) -> None:
        """Let go of the zygote; it ends when its last job has."""
        if self._channel is None:
            return
        asyncio.get_running_loop().remove_reader(self._channel)
        self._channel.close()
        self._channel = None

    async def launch(self, launch: Launch, pipe: tuple[int, int] | None) -> int:
        """Start a job and return its pid. The ends of `pipe` stay the caller's to close.

        Raises:
            LaunchFailed: The zygote could not fork, or is gone and could not be replaced.
        """
        if self._channel is None:
            self.open()
        channel = self._channel
        assert channel is not None
        loop = asyncio.get_running_loop()
        started: asyncio.Future[int] = loop.create_future()
        self._started[launch.key] = started
        self._ended[launch.key] = loop.create_future()
        try:
            send(channel, launch, pipe or ())
        except OSError as error:
            self._lose_zygote()
            raise LaunchFailed(f"The zygote is gone ({error.strerror}).") from error
        return await started

    async def ended(self, key: str) -> Ended:
        """Wait for the end of a job that was started."""
        try:
            return await self._ended[key]
        finally:
            self._ended.pop(key, None)

    def _receive(self) -> None:
        assert self._inbox is not None
        try:
            for message, _ in self._inbox.receive():
                self._hear(message)
        except (EOFError, ConnectionError):
            self._lose_zygote()

    def _hear(self, message: Message) -> None:
        match message:
            case Started():
                self._pids[message.key] = message.pid
                _resolve(self._started.pop(message.key, None), message.pid)
            case Refused():
                self._ended.pop(message.key, None)
                _fail(self._started.pop(message.key, None), LaunchFailed(message.reason))
            case Ended():
                self._pids.pop(message.key, None)
                _resolve(self._ended.get(message.key), message)

    def _lose_zygote(self) -> None:
        """The zygote was killed. Its jobs go on, and are watched by pid; the next launch starts another."""
        self.close()
        failure = LaunchFailed("The process that starts runs was killed.", hint="The worker starts another.")
        for future in self._started.values():
            _fail(future, failure)
        self._started.clear()
        for key, pid in self._pids.items():
            self._watch(key, pid)
        self._pids.clear()

    def _watch(self, key: str, pid: int) -> None:
        """Hear of the end of a process that is nobody's child here; how it ended stays unknown."""
        ended = Ended(key=key)
        try:
            descriptor = os.pidfd_open(pid)
        except OSError:
            _resolve(self._ended.get(key), ended)
            return
        loop = asyncio.get_running_loop()

        def gone() -> None:
            loop.remove_reader(descriptor)
            os.close(descriptor)
            _resolve(self._ended.get(key), ended)

        loop.add_reader(descriptor, gone)


def _resolve(future: "asyncio.Future[_T] | None", value: _T) -> None:
    if future is not None and not future.done():
        future.set_result(value)


def _fail(future: "asyncio.Future[_T] | None", error: Exception) -> None:
    if future is not None and not future.done():
        future.set_exception(error)
