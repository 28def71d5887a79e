"""A database whose transactions are spans, each within the request or the round that asked for it."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from typing import TypeVar

from penstock import tracing
from penstock.db.port import Body, Database, DialectName
from penstock.db.troubles import Troubles
from penstock.db.waits import Waits

T = TypeVar("T")


class TracedDatabase:
    """`db`, with a span around each transaction: waiting for its turn, the body, and the commit."""

    def __init__(self, db: Database) -> None:
        self._db = db

    @property
    def dialect(self) -> DialectName:
        """Which database it is."""
        return self._db.dialect

    @property
    def waits(self) -> Waits:
        """For how long transactions had to wait."""
        return self._db.waits

    @property
    def troubles(self) -> Troubles:
        """Those of the database."""
        return self._db.troubles

    async def start(self, *, upgrade: bool = True) -> None:
        """Bring the schema up to date and begin to serve."""
        await self._db.start(upgrade=upgrade)

    async def close(self) -> None:
        """Let go of everything."""
        await self._db.close()

    async def write(self, body: Body[T]) -> T:
        """Run `body` in a transaction and commit it."""
        with self._span("write"):
            return await self._db.write(body)

    async def read(self, body: Body[T]) -> T:
        """Run `body` on one consistent snapshot."""
        with self._span("read"):
            return await self._db.read(body)

    def _span(self, kind: str) -> AbstractContextManager[tracing.Span]:
        return tracing.span(f"transaction {kind}", {"db.system.name": self.dialect})

    async def reset(self) -> None:
        """Take everything out of the database."""
        await self._db.reset()

    async def command(self, sql: str) -> None:
        """Run SQL outside of transactions."""
        await self._db.command(sql)

    def reserved(self) -> Database:
        """The same through a connection of its own."""
        return TracedDatabase(self._db.reserved())

    async def listen(self, callback: Callable[[str, str], None]) -> Callable[[], Awaitable[None]]:
        """Call `callback` for each notice."""
        return await self._db.listen(callback)
