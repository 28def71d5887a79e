"""The worker's end of the channel to its zygote."""

import asyncio
import os
import socket
import subprocess
import sys
import threading
from typing import TypeVar

from penstock.settings.running import process_start
from penstock.workers.job_credentials import without_secrets
from penstock.workers.launcher import LaunchFailed, LaunchInterrupted
from penstock.workers.protocol import Ended, Inbox, Launch, Message, Refused, Started, send

_T = TypeVar("_T")

_MOST_LOSSES = 3
"""So many zygotes that end without having started anything are no accident."""
_WATCH_SECONDS = 0.2


class ZygoteLink:
    """Starts a zygote, asks it for processes, and hears how they end. Belongs to one event loop."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None
        self._inbox: Inbox | None = None
        self._started: dict[str, asyncio.Future[int]] = {}
        self._ended: dict[str, asyncio.Future[Ended]] = {}
        self._pids: dict[str, int] = {}
        self._watches: set[asyncio.Task[None]] = set()
        self._losses = 0

    def open(self) -> None:
        """Start the zygote; it warms up while its first jobs are claimed."""
        ours, theirs = socket.socketpair()
        with theirs:
            # -P: what lies in the worker's directory must not be taken for a module of the library.
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "penstock.workers.zygote", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env=without_secrets(os.environ),
                start_new_session=True,
            )
        self._channel, self._inbox = ours, Inbox(ours)
        asyncio.get_running_loop().add_reader(ours, self._receive)

    def close(self) -> None:
        """Let go of the zygote; it ends when its last job has."""
        if self._channel is None or self._process is None:
            return
        asyncio.get_running_loop().remove_reader(self._channel)
        self._channel.close()
        self._channel = None
        # Nobody waits for it here, yet its remains must be taken away whenever it ends.
        threading.Thread(target=self._process.wait, name="penstock-zygote-end", daemon=True).start()
        self._process = None

    async def launch(self, launch: Launch, pipe: tuple[int, int] | None) -> int:
        """Start a job and return its pid. The ends of `pipe` stay the caller's to close.

        Raises:
            LaunchFailed: The zygote could not fork, or cannot be kept alive.
            LaunchInterrupted: The zygote was lost, perhaps after it had started the job.
        """
        self._send(launch, pipe or ())
        loop = asyncio.get_running_loop()
        self._ended[launch.key] = loop.create_future()
        self._started[launch.key] = loop.create_future()
        return await self._started[launch.key]

    def _send(self, launch: Launch, pipe: tuple[int, ...]) -> None:
        while True:
            if self._channel is None:
                self.open()
            assert self._channel is not None
            try:
                return send(self._channel, launch, pipe)
            except OSError:  # it did not get the whole of it, so another one may
                self._lose_zygote()
                if self._losses >= _MOST_LOSSES:
                    raise _loss(self._losses) from None

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
        self._losses = 0
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
        self._losses += 1
        for key, future in self._started.items():
            self._ended.pop(key, None)
            _fail(future, _loss(self._losses))
        self._started.clear()
        for key, pid in self._pids.items():
            watch = asyncio.create_task(self._watch(key, pid, process_start(pid)))
            self._watches.add(watch)
            watch.add_done_callback(self._watches.discard)
        self._pids.clear()

    async def _watch(self, key: str, pid: int, start: str | None) -> None:
        """Hear of the end of a process that is nobody's child here; how it ended stays unknown."""
        while start is not None and process_start(pid) == start:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(_WATCH_SECONDS)
        _resolve(self._ended.get(key), Ended(key=key))


def _loss(losses: int) -> LaunchFailed:
    if losses < _MOST_LOSSES:
        return LaunchInterrupted(
            "The process that starts runs was killed.", hint="The worker starts another."
        )
    return LaunchFailed(
        f"The process that starts runs has ended {losses} times in a row without starting anything.",
        hint="The worker's output says why, or the machine has too little memory.",
    )


def _resolve(future: "asyncio.Future[_T] | None", value: _T) -> None:
    if future is not None and not future.done():
        future.set_result(value)


def _fail(future: "asyncio.Future[_T] | None", error: Exception) -> None:
    if future is not None and not future.done():
        future.set_exception(error)
