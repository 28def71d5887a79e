"""Answers that go on: each piece is sent as it comes, until one of the two who talk goes away."""

import asyncio
import contextlib
import logging

from penstock.domain.errors import Unavailable
from penstock.server.http.answers import HeaderList, Receive, Send, Stream
from penstock.server.http.bodies import Disconnected
from penstock.server.http.polls import Polls

_UNBUFFERED: HeaderList = [(b"x-accel-buffering", b"no")]
"""Asks proxies to pass on each piece as it comes."""
_LAST_PATIENCE = 0.2
"""Seconds for which the end is offered to a client that takes nothing."""

_log = logging.getLogger(__name__)


async def send_stream(
    stream: Stream, headers: HeaderList, polls: Polls, receive: Receive, send: Send, *, head: bool = False
) -> None:
    """Send a stream. A client that is slow is waited for: until it takes a piece, no other is made.

    Args:
        polls: End it when the server goes away.
        head: Send what stands before the first piece, and nothing else.
    """
    async with contextlib.aclosing(stream.pieces):
        sent = [*headers, *_UNBUFFERED, (b"content-type", stream.media_type.encode())]
        await send({"type": "http.response.start", "status": 200, "headers": sent})
        try:
            if not head:
                await polls.wait(_pass_on(stream, send), receive)
        except Disconnected:
            return
        except Unavailable:  # the server goes away: to the client that is an end like any other
            pass
        except Exception:
            _log.exception("A stream failed; its client sees it cut off.")
            return
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_LAST_PATIENCE):
            await send({"type": "http.response.body", "body": b""})


async def _pass_on(stream: Stream, send: Send) -> None:
    async for piece in stream.pieces:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
