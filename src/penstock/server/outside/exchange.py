"""One request and its answer over one connection, in HTTP/1.1."""

import asyncio
from typing import Any, NamedTuple

from penstock.server.outside.messages import OutsideFailed, OutsideRequest, OutsideResponse, Target

_PIECE = 1 << 16


class Stream(NamedTuple):
    """A connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


async def exchange(
    stream: Stream, target: Target, request: OutsideRequest, headers: dict[str, str], max_bytes: int
) -> OutsideResponse:
    """Send the request and read the answer. The connection is of no use afterwards.

    Raises:
        OutsideFailed: The answer is not HTTP, or breaks off.
    """
    import h11

    connection = h11.Connection(h11.CLIENT)
    try:
        sent = {
            "Host": target.authority,
            **headers,
            "Content-Length": str(len(request.body)),
            "Connection": "close",
        }
        head = h11.Request(method=request.method, target=target.path, headers=list(sent.items()))
        for event in (head, h11.Data(data=request.body), h11.EndOfMessage()):
            stream.writer.write(connection.send(event) or b"")
        await stream.writer.drain()
        return await _answer(connection, stream.reader, target, max_bytes)
    except h11.ProtocolError as error:
        raise OutsideFailed(f"{target.url} does not answer in HTTP: {error}.") from None
    except OSError as error:
        raise OutsideFailed(
            f"{target.url} has broken off: {error.strerror or error}.", retry_after=1.0
        ) from None


async def _answer(
    connection: Any, reader: asyncio.StreamReader, target: Target, max_bytes: int
) -> OutsideResponse:
    import h11

    head: h11.Response | None = None
    body = bytearray()
    while len(body) <= max_bytes:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            data = await reader.read(_PIECE)
            if not data and head is None:
                break
            connection.receive_data(data)
        elif isinstance(event, h11.Response):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, (h11.EndOfMessage, h11.ConnectionClosed)):
            break
    if head is None:
        raise OutsideFailed(f"{target.url} has hung up without an answer.", retry_after=1.0)
    return OutsideResponse(
        status=head.status_code,
        headers=[(name.decode("latin-1"), value.decode("latin-1")) for name, value in head.headers],
        body=bytes(body[:max_bytes]),
        is_cut=len(body) > max_bytes,
        url=f"{target.scheme}://{target.authority}{target.path}",
    )
