"""Answers by gzip, for clients that take it."""

import contextlib
import zlib
from collections.abc import AsyncGenerator

from penstock.server.http.answers import Headers

_FAST = 1
"""Texts such as logs shrink to a tenth already; more costs several times as much, for a little."""
_AS_GZIP = 31


def takes_gzip(headers: Headers) -> bool:
    """Whether `gzip` is among what is accepted, and not as what is not (`gzip;q=0`)."""
    for choice in headers.get(b"accept-encoding", b"").decode("latin-1").lower().split(","):
        coding, _, weight = choice.replace(" ", "").partition(";q=")
        if coding == "gzip":
            return weight.strip("0.") != "" if weight else True
    return False


async def gzipped(pieces: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    """The same by gzip, as it comes. What is cut off lacks gzip's own end, too."""
    packer = zlib.compressobj(_FAST, wbits=_AS_GZIP)
    async with contextlib.aclosing(pieces):
        async for piece in pieces:
            if packed := packer.compress(piece):
                yield packed
    yield packer.flush()
