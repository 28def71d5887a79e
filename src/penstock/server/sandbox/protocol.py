"""What the server and its rendering process say to each other: JSON, each with its length before it."""

import socket
from struct import Struct as Layout
from typing import Any, Final

import msgspec
from msgspec import Struct

_LENGTH: Final = Layout("!I")
_PIECE: Final = 1 << 16


class Job(Struct, frozen=True):
    """Templates to fill from one context."""

    texts: list[str]
    context: dict[str, Any]
    at_most: int
    """Bytes of all that they become."""


class Failure(Struct, frozen=True):
    """Why one of them could not be filled."""

    index: int
    line: int
    message: str
    hint: str | None = None


class Result(Struct, frozen=True):
    """What they became; None where one failed."""

    values: list[Any]
    failures: list[Failure] = []
    is_last: bool = False
    """Whether the process ends with it: what was done in it may have left it unfit for more."""


def send(channel: socket.socket, message: Job | Result) -> None:
    """Send one message. Raises `OSError`."""
    body = msgspec.json.encode(message)
    channel.sendall(_LENGTH.pack(len(body)) + body)


def receive(channel: socket.socket) -> bytes:
    """Take one message. Raises `EOFError` when there will be none, and `OSError`."""
    (length,) = _LENGTH.unpack(_exactly(channel, _LENGTH.size))
    return _exactly(channel, length)


def _exactly(channel: socket.socket, size: int) -> bytes:
    taken = bytearray()
    while len(taken) < size:
        piece = channel.recv(min(size - len(taken), _PIECE))
        if not piece:
            raise EOFError
        taken += piece
    return bytes(taken)
