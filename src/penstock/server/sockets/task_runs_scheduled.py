"""`/api/task_runs/subscriptions/scheduled`: task runs that were deferred, for a process that runs them.

One is under way at a time: the next is sent when the process has said that it has the last.
"""

import asyncio
import contextlib
from typing import Any, Final

from penstock.contract.codec import decode
from penstock.contract.sockets import Acknowledgement, Policy, Quit, Subscription
from penstock.contract.task_runs import TaskRun
from penstock.domain.errors import InvalidInput, PenstockError
from penstock.server import deferred_tasks
from penstock.server.bell import Bell
from penstock.server.deferred_tasks import Attendant
from penstock.server.http.bodies import check_depth
from penstock.server.sockets.connection import Closed, Connection
from penstock.server.sockets.site import Site

_HEARD_OF_SECONDS: Final = 15.0
_LAST_WORDS_SECONDS: Final = 2.0


async def serve(connection: Connection, site: Site) -> None:
    """Send task runs until the process goes."""
    asked = await _asked(connection)
    attendant = await site.db.write(
        lambda tx: deferred_tasks.attend(tx, asked.client_id, list(dict.fromkeys(asked.keys)))
    )
    hearing = asyncio.create_task(_be_heard_of(site, attendant))
    try:
        await _Handing(connection, site, attendant).run()
    finally:
        hearing.cancel()
        await _leave(site, attendant)
    raise Closed(Policy.DONE, "")


async def _asked(connection: Connection) -> Subscription:
    asked: Subscription = _understood(await connection.receive(), Subscription)
    if not asked.keys:
        raise Closed(Policy.NOT_UNDERSTOOD, "keys: Say which tasks you run.")
    if not asked.client_id:
        raise Closed(Policy.NOT_UNDERSTOOD, "client_id: Say who you are.")
    return asked


async def _be_heard_of(site: Site, attendant: Attendant) -> None:
    while True:
        await asyncio.sleep(_HEARD_OF_SECONDS)
        with contextlib.suppress(PenstockError):
            await site.db.write(lambda tx: deferred_tasks.hear_of(tx, attendant))


async def _leave(site: Site, attendant: Attendant) -> None:
    """Give back what it does not have. Should that fail, it is given back when nothing was heard for long."""
    leaving = asyncio.ensure_future(site.db.write(lambda tx: deferred_tasks.leave(tx, attendant)))
    with contextlib.suppress(PenstockError, TimeoutError):
        async with asyncio.timeout(_LAST_WORDS_SECONDS):
            await asyncio.shield(leaving)


class _Handing:
    """Hands task runs to one process."""

    def __init__(self, connection: Connection, site: Site, attendant: Attendant) -> None:
        self._connection, self._site, self._attendant = connection, site, attendant
        self._hearing: asyncio.Task[bytes] | None = None

    async def run(self) -> None:
        """Hand over one after the other, until the process goes or says that it quits."""
        topics = [deferred_tasks.topic(key) for key in self._attendant.task_keys]
        with self._site.bus.listening(*topics) as bell:
            try:
                while await self._hand_over(bell):
                    pass
            finally:
                if self._hearing is not None:
                    self._hearing.cancel()

    async def _hand_over(self, bell: Bell) -> bool:
        """Hand over the next task run, once there is one; False when the process quits."""
        found = await self._site.db.write(lambda tx: deferred_tasks.take(tx, self._attendant))
        if not isinstance(found, TaskRun):
            said = await self._hear(bell, found)
            if isinstance(said, Acknowledgement):
                raise Closed(Policy.NOT_UNDERSTOOD, "There is nothing to acknowledge.")
            return said is None
        await self._connection.send(found)
        said = await self._hear()
        if not isinstance(said, Acknowledgement):
            return False
        await self._site.db.write(lambda tx: deferred_tasks.acknowledge(tx, self._attendant, found.id))
        return True

    async def _hear(self, bell: Bell | None = None, seconds: float = 0.0) -> Acknowledgement | Quit | None:
        """What the process says next; None where the bell rings before, or so long has gone by."""
        if self._hearing is None:
            self._hearing = asyncio.create_task(self._connection.receive())
        if bell is not None:
            ringing = asyncio.create_task(bell.wait(seconds))
            try:
                await asyncio.wait((self._hearing, ringing), return_when=asyncio.FIRST_COMPLETED)
            finally:
                ringing.cancel()
            if not self._hearing.done():
                return None
        hearing, self._hearing = self._hearing, None
        said: Acknowledgement | Quit = _understood(await hearing, Acknowledgement | Quit)
        return said


def _understood(raw: bytes, kind: Any) -> Any:
    """What a process said. Raises `Closed` where it is something else."""
    try:
        check_depth(raw)
        return decode(kind, raw)
    except InvalidInput as error:
        raise Closed(Policy.NOT_UNDERSTOOD, error.message) from None
