"""What is sent back; `streams.py` sends what comes piece by piece."""

from collections.abc import AsyncGenerator, Awaitable, Callable, MutableMapping
from typing import Any

from msgspec import Struct

from penstock import __version__
from penstock.contract.endpoint import JSON

Headers = dict[bytes, bytes]
"""Of a request, by their names in lower case."""
HeaderList = list[tuple[bytes, bytes]]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]

_OF_THE_API: HeaderList = [
    (b"x-penstock-version", __version__.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
]
_WITHOUT_A_BODY = frozenset({204, 304})


class Answer(Struct):
    """What is sent back."""

    status: int
    body: bytes = b""
    media_type: str = JSON
    headers: HeaderList = []


class Stream(Struct):
    """What is sent back piece by piece, as it comes into being."""

    pieces: AsyncGenerator[bytes, None]
    media_type: str
    headers: HeaderList = []
    is_endless: bool = False
    """Whether it ends only with one of the two who talk: then the server's end is an end like any other."""


def api_headers(request_id: bytes) -> HeaderList:
    """What every answer of the API carries."""
    return [*_OF_THE_API, (b"x-request-id", request_id)]


async def send_answer(answer: Answer, more: HeaderList, send: Send) -> None:
    """Send an answer; `more` headers go before its own."""
    headers = [*more, *answer.headers]
    if answer.status not in _WITHOUT_A_BODY:
        headers.append((b"content-type", answer.media_type.encode()))
        headers.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
