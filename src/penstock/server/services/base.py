"""What the background loops have in common: one round of work, and how long they rest after it.

A service is asked for rounds: `run_once` does what is due now and says when to come again. It keeps nothing
between rounds, so that any number of servers may run it on one database, and a test may call it by hand.
"""

import asyncio
import contextlib
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from msgspec import Struct

from penstock import tracing
from penstock.db.port import Database, Transaction
from penstock.domain.errors import PenstockError
from penstock.server.bell import Bell
from penstock.server.bus import Bus
from penstock.server.caller import Caller, service
from penstock.server.limits import Limits
from penstock.server.service_health import SERVICES, TELL_EVERY, Health

_LOG = logging.getLogger("penstock.server.services")
_PAUSE_AFTER_ERROR = 5.0


class Round(Struct, frozen=True, kw_only=True):
    """What one round did."""

    done: int = 0
    """How many things were changed."""
    again_in: float
    """Seconds until there may be more to do, unless somebody rings before."""


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
async def running(services: Sequence[Service], bus: Bus, db: Database) -> AsyncIterator[None]:
    """Run services for as long as this is entered; a round that is under way at the end is finished."""
    ending = asyncio.Event()
    for each in services:
        await each.prepare()
    bus.services.put_up({each.name: each.health for each in services})
    loops = [asyncio.create_task(_loop(each, bus, ending), name=each.name) for each in services]
    telling = asyncio.create_task(_tell(db, bus, ending)) if services else None
    try:
        yield
    finally:
        ending.set()
        bus.ring_all()
        await asyncio.gather(*loops)
        if telling is not None:
            await telling
        for each in services:
            await each.end()


async def _tell(db: Database, bus: Bus, ending: asyncio.Event) -> None:
    """Tell other processes how the services of this one do; on SQLite there is nobody to tell."""
    if db.dialect == "sqlite":
        return
    while not ending.is_set():
        await _notify(db, bus.services.notice(_now()))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(TELL_EVERY):
                await ending.wait()
    await _notify(db, bus.services.goodbye())


async def _notify(db: Database, notice: str) -> None:
    async def body(tx: Transaction) -> None:
        tx.notify(SERVICES, notice)

    with contextlib.suppress(PenstockError, ValueError):  # the next one may be heard
        await db.write(body)


async def _loop(each: Service, bus: Bus, ending: asyncio.Event) -> None:
    topics = each.topics or (f"service:{each.name}",)
    try:
        with bus.listening(*topics) as bell:
            while not ending.is_set():
                rest = await _round(each)
                each.health.next_due = _now() + timedelta(seconds=rest)
                await _rest(each, bell, rest)
    finally:
        each.health.has_ended = not ending.is_set()


async def _round(each: Service) -> float:
    """One round; what goes wrong in it is logged in a line and tried again."""
    health = each.health
    health.begin(_now())
    try:
        with tracing.span(f"service {each.name}") as span:
            done = await each.run_once()
            span.add({"penstock.service.done": done.done})
    except PenstockError as error:
        health.fail(_now(), str(error))
        _LOG.warning("%s: %s Trying again in %.0f s.", each.name, error, _PAUSE_AFTER_ERROR)
        return _PAUSE_AFTER_ERROR
    except Exception as error:
        health.fail(_now(), f"{type(error).__name__}: {error}")
        _LOG.exception("%s failed; trying again in %.0f s.", each.name, _PAUSE_AFTER_ERROR)
        return _PAUSE_AFTER_ERROR
    health.succeed(_now(), done.done)
    return done.again_in


async def _rest(each: Service, bell: Bell, seconds: float) -> None:
    wanted = time.monotonic() + seconds
    if not await bell.wait(seconds):
        each.health.lag = max(0.0, time.monotonic() - wanted)


def _now() -> datetime:
    return datetime.now(UTC)
