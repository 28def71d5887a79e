"""What the background loops have in common: one round of work, and how long they rest after it.

A service is asked for rounds: `run_once` does what is due now and says when to come again. It keeps nothing
between rounds, so that any number of servers may run it on one database, and a test may call it by hand.
"""

import asyncio
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import ClassVar

from msgspec import Struct

from penstock.db.port import Database
from penstock.domain.errors import PenstockError
from penstock.server.bell import Bell
from penstock.server.bus import Bus
from penstock.server.caller import Caller, service
from penstock.server.limits import Limits

_LOG = logging.getLogger("penstock.server.services")
_PAUSE_AFTER_ERROR = 5.0


class Round(Struct, frozen=True, kw_only=True):
    """What one round did."""

    done: int = 0
    """How many things were changed."""
    again_in: float
    """Seconds until there may be more to do, unless somebody rings before."""


class Health(Struct, kw_only=True):
    """How a service is doing, for `penstock server status`."""

    rounds: int = 0
    done: int = 0
    errors: int = 0
    last_error: str | None = None
    lag: float = 0.0
    """How much later than it wanted the last round began, in seconds."""


class Service(ABC):
    """One background loop."""

    name: ClassVar[str]
    topics: ClassVar[tuple[str, ...]] = ()
    """Rings on these begin a round at once."""

    def __init__(self, db: Database, limits: Limits) -> None:
        # Its own connection: a loop that others depend on must not wait behind a page's queries.
        self.db = db.reserved()
        self.limits = limits
        self.caller: Caller = service(self.name, limits)
        self.health = Health()

    async def prepare(self) -> None:
        """What must happen once, before the first round, when a server starts."""
        return

    @abstractmethod
    async def run_once(self) -> Round:
        """Do what is due now."""

    async def end(self) -> None:
        """What must happen once, after the last round, when a server ends."""
        return


@asynccontextmanager
async def running(services: Sequence[Service], bus: Bus) -> AsyncIterator[None]:
    """Run services for as long as this is entered; a round that is under way at the end is finished."""
    ending = asyncio.Event()
    for each in services:
        await each.prepare()
    loops = [asyncio.create_task(_loop(each, bus, ending), name=each.name) for each in services]
    try:
        yield
    finally:
        ending.set()
        bus.ring_all()
        await asyncio.gather(*loops)
        for each in services:
            await each.end()


async def _loop(each: Service, bus: Bus, ending: asyncio.Event) -> None:
    topics = each.topics or (f"service:{each.name}",)
    with bus.listening(*topics) as bell:
        while not ending.is_set():
            rest = await _round(each)
            await _rest(each, bell, rest)


async def _round(each: Service) -> float:
    """One round; what goes wrong in it is logged in a line and tried again."""
    health = each.health
    health.rounds += 1
    try:
        done = await each.run_once()
    except PenstockError as error:
        health.errors += 1
        health.last_error = str(error)
        _LOG.warning("%s: %s Trying again in %.0f s.", each.name, error, _PAUSE_AFTER_ERROR)
        return _PAUSE_AFTER_ERROR
    except Exception as error:
        health.errors += 1
        health.last_error = f"{type(error).__name__}: {error}"
        _LOG.exception("%s failed; trying again in %.0f s.", each.name, _PAUSE_AFTER_ERROR)
        return _PAUSE_AFTER_ERROR
    health.done += done.done
    return done.again_in


async def _rest(each: Service, bell: Bell, seconds: float) -> None:
    wanted = time.monotonic() + seconds
    if not await bell.wait(seconds):
        each.health.lag = max(0.0, time.monotonic() - wanted)
