"""What changes, told as server-sent events to whoever watches."""

import asyncio
import time
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from functools import cache
from uuid import UUID

import msgspec

from penstock import __version__
from penstock.db.port import Database
from penstock.domain.ids import new_id
from penstock.server.bus import Bus
from penstock.server.caller import Caller
from penstock.server.changes import Changes
from penstock.server.ops.registry import operation

HEARTBEAT_SECONDS = 15.0
"""Well below the minute after which proxies give up a connection on which nothing comes."""
LONGEST_SECONDS = 3_600.0
"""Then the client asks again, and shows again that it may."""
_PAUSE = 0.25
"""At least between two events, in seconds."""
_RETRY = b"retry: 1000\n"
"""Milliseconds after which a browser connects again."""


@operation("live", access="stream")
async def live(db: Database, bus: Bus, caller: Caller, *, look_back: int = 0) -> AsyncGenerator[bytes, None]:
    """What changes from now on, and changed in the last seconds."""
    return _events(bus.changes, look_back)


async def _events(changes: Changes, look_back: int = 0) -> AsyncGenerator[bytes, None]:
    ends = time.monotonic() + LONGEST_SECONDS
    with changes.watching(look_back) as watch:
        yield _RETRY + _event("hello", {"version": __version__, "server": str(_server_id())})
        while (left := ends - time.monotonic()) > 0:
            if not await watch.wait(min(left, HEARTBEAT_SECONDS)):
                yield b":\n\n"
                continue
            seen = watch.take()
            if not seen.is_all:
                yield _event("resync", {})
            elif seen.ids:
                yield _event("change", seen.ids)
            await asyncio.sleep(_PAUSE)


def _event(name: str, data: object) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (name.encode(), msgspec.json.encode(data))


@cache
def _server_id() -> UUID:
    """Of this process."""
    return new_id(datetime.now(UTC))
