"""Answers that go on: each piece is sent as it comes, until one of the two who talk goes away."""

import asyncio
import contextlib
import logging
import re
from pathlib import PurePath
from urllib.parse import quote

from penstock.domain.errors import Unavailable
from penstock.server.downloads import Download
from penstock.server.http.answers import HeaderList, Headers, Receive, Send, Stream
from penstock.server.http.bodies import Disconnected
from penstock.server.http.compression import gzipped, takes_gzip
from penstock.server.http.polls import Polls

_UNBUFFERED: HeaderList = [(b"x-accel-buffering", b"no")]
"""Asks proxies to pass on each piece as it comes."""
_LAST_PATIENCE = 0.2
"""Seconds for which the end is offered to a client that takes nothing."""

_NO_FILE_NAME = re.compile(r'[\x00-\x1f\x7f-\x9f\ud800-\udfff/\\:*?"<>|]')
_LONGEST_STEM = 100
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9 ._-]")

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
        sent = [*headers, *_UNBUFFERED, (b"content-type", stream.media_type.encode()), *stream.headers]
        await send({"type": "http.response.start", "status": 200, "headers": sent})
        try:
            if not head:
                await polls.wait(_pass_on(stream, send), receive, last=0.0)
        except Disconnected:
            return
        except Unavailable:  # the server goes away
            if not stream.is_endless:
                return
        except Exception:
            _log.exception("A stream failed; its client sees it cut off.")
            return
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_LAST_PATIENCE):
            await send({"type": "http.response.body", "body": b""})


def as_file(download: Download, media_type: str, headers: Headers) -> Stream:
    """A download as it is sent to who asked with these headers: by gzip, where they take it."""
    sent = [(b"content-disposition", _attachment(download.name)), (b"vary", b"accept-encoding")]
    if not takes_gzip(headers):
        return Stream(download.pieces, media_type, sent)
    return Stream(gzipped(download.pieces), media_type, [*sent, (b"content-encoding", b"gzip")])


def _attachment(name: str) -> bytes:
    """Asks a browser to save a file by this name; those that know no other letters get the plain ones."""
    path = PurePath(_NO_FILE_NAME.sub("_", name))
    name = path.stem[:_LONGEST_STEM] + path.suffix
    plain = _NOT_PLAIN.sub("_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}".encode()


async def _pass_on(stream: Stream, send: Send) -> None:
    async for piece in stream.pieces:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
