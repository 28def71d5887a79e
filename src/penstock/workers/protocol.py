"""What a worker and its zygote say to each other over a socket pair.

Messages are length-prefixed JSON. A launch may carry two file descriptors, the two ends of the pipe for the
job's output: the job writes to one; the zygote keeps the other open, and drains it should the worker die, so
that a job which prints never blocks and never sees a broken pipe.
"""

import socket
import struct
from collections.abc import Iterator
from typing import Any

import msgspec

_HEADER = struct.Struct("!I")
_CHUNK = 1 << 16
_DESCRIPTORS = 2


class Launch(msgspec.Struct, frozen=True, kw_only=True, tag="launch"):
    """Worker → zygote: start this job.

    With `command` the job is executed, else it is forked from the zygote itself and runs `claim`.
    """

    key: str
    """The id of the run's lease, repeated in what is said about the job: a run may be claimed again."""
    environment: dict[str, str]
    working_dir: str
    claim: msgspec.Raw = msgspec.Raw(b"null")
    command: list[str] | None = None
    temporary: bool = False
    """Whether `working_dir` goes with the job. The worker removes it, or the zygote if there is no worker."""
    piped: bool = False
    """Whether the two descriptors of an output pipe, (read end, write end), come with the message."""


class Started(msgspec.Struct, frozen=True, kw_only=True, tag="started"):
    """Zygote → worker: the job runs as process `pid`, the leader of a session of its own."""

    key: str
    pid: int


class Refused(msgspec.Struct, frozen=True, kw_only=True, tag="refused"):
    """Zygote → worker: the job could not be started."""

    key: str
    reason: str


class Ended(msgspec.Struct, frozen=True, kw_only=True, tag="ended"):
    """Zygote → worker: the job ended, with a `code` or by a `signal`; neither where nobody could tell."""

    key: str
    code: int | None = None
    signal: int | None = None


Message = Launch | Started | Refused | Ended
_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Message] = msgspec.json.Decoder(Message)


def send(channel: socket.socket, message: Message, descriptors: tuple[int, ...] = ()) -> None:
    """Send one message, and with its first byte the descriptors. Blocks while the other side is busy."""
    payload = _encoder.encode(message)
    header = _HEADER.pack(len(payload))
    if descriptors:
        socket.send_fds(channel, [header], list(descriptors))
        channel.sendall(payload)
    else:
        channel.sendall(header + payload)


class Inbox:
    """Puts the bytes that arrive on a channel together to messages."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._buffer = bytearray()
        self._descriptors: list[int] = []

    @property
    def untaken(self) -> tuple[int, ...]:
        """Descriptors that are here already, and belong to launches that are not yet."""
        return tuple(self._descriptors)

    def receive(self) -> Iterator[tuple[Message, tuple[int, ...]]]:
        """Read what there is, and yield the messages that are complete by now.

        Raises:
            EOFError: The other side is gone.
        """
        data, descriptors, _, _ = socket.recv_fds(self._channel, _CHUNK, _DESCRIPTORS)
        if not data:
            raise EOFError
        self._buffer += data
        self._descriptors += descriptors
        while (message := self._next()) is not None:
            yield message

    def _next(self) -> tuple[Message, tuple[int, ...]] | None:
        if len(self._buffer) < _HEADER.size:
            return None
        (size,) = _HEADER.unpack_from(self._buffer)
        end = _HEADER.size + size
        if len(self._buffer) < end:
            return None
        message = _decoder.decode(bytes(self._buffer[_HEADER.size : end]))
        del self._buffer[:end]
        return message, self._take_descriptors(isinstance(message, Launch) and message.piped)

    def _take_descriptors(self, piped: bool) -> tuple[int, ...]:
        # The kernel may deliver the descriptors of the next launch together with the end of this message, so
        # they are taken in the order of the launches that announce them, not as they arrive.
        taken = tuple(self._descriptors[:_DESCRIPTORS]) if piped else ()
        del self._descriptors[: len(taken)]
        return taken


def to_jsonable(value: Any) -> msgspec.Raw:
    """`value` as JSON that is passed on without being looked at."""
    return msgspec.Raw(_encoder.encode(value))
