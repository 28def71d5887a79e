"""The port: all that the floors above know of a database.

A use case is `async def op(tx, ...)`. It awaits only `tx`, so that the same code runs on an event loop
(PostgreSQL), on the writer's thread (SQLite in a server) and inline in the caller's thread (SQLite embedded).
It may be run again from its start (after a deadlock, say): what it does besides talking to `tx` goes into
`tx.after_commit`.
"""

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Literal, Protocol, TypeAlias, TypeVar

from sqlalchemy.sql.base import Executable

from penstock.db.troubles import Troubles
from penstock.db.waits import Waits

T = TypeVar("T")

Row: TypeAlias = dict[str, Any]
"""One row of a result: values in Python's types by column name, in the order of the statement."""

Params: TypeAlias = Mapping[str, Any]
"""Values of a statement's `bindparam`s or columns, by name."""

Clock: TypeAlias = Callable[[], datetime]
"""Returns the present time, timezone-aware."""

DialectName: TypeAlias = Literal["sqlite", "postgresql"]

RESYNC = "resync"
"""Channel of the notice that says: others may have been missed (a connection was lost). Wake everybody."""

MAX_NOTICE_BYTES = 7999
"""Longest payload of a notice, in bytes of UTF-8."""


class Transaction(Protocol):
    """One transaction. Any method may raise an error of `penstock.db.errors`.

    After a failed statement the transaction is spent: everything but the end of the body raises
    `TransactionAborted`, and nothing is kept. Where an error is expected, put the statement into
    `savepoint()`, or better, use an upsert.
    """

    @property
    def now(self) -> datetime:
        """The time of this transaction, UTC: read once from the injected clock, and kept to its end."""

    def tick(self) -> datetime:
        """`now`, and a microsecond later with each call: for what must stay in the order of its writing."""

    async def fetch_all(self, statement: Executable, params: Params | None = None) -> list[Row]:
        """All rows of the result."""

    async def fetch_one(self, statement: Executable, params: Params | None = None) -> Row | None:
        """The first row, or None where there is none."""

    async def fetch_value(self, statement: Executable, params: Params | None = None) -> Any:
        """The first column of the first row, or None where there is none."""

    async def execute(self, statement: Executable, params: Params | None = None) -> int:
        """How many rows were inserted, updated or deleted."""

    async def execute_many(self, statement: Executable, rows: Sequence[Params]) -> int:
        """Run an INSERT, UPDATE or DELETE once for each of `rows`; how many rows were affected in all.

        Every row must have the same names.
        """

    def savepoint(self) -> AbstractAsyncContextManager[None]:
        """What happens inside is undone when an error leaves the block, and the transaction stays usable."""

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call `callback` once the transaction is committed; never if it is not.

        It is called where the caller of `write` runs (its thread and, where there is one, its event loop),
        before the caller gets its answer. It must not block; what it raises is logged.
        """

    def notify(self, channel: str, payload: str = "") -> None:
        """Send a notice to every listener of every server on this database, once this is committed.

        The same notice twice in a transaction is sent once.

        Raises:
            ValueError: The payload is longer than `MAX_NOTICE_BYTES`.
        """

    def hint(self, channel: str, payload: str) -> None:
        """Send a notice that may come a moment later and, should this server die before, not at all.

        It costs the transaction nothing, so it may be said of everything that happens. What stands before a
        colon in the payload is its kind: where there are very many of one, `kind:*` may be sent for them.
        """


Body: TypeAlias = Callable[[Transaction], Coroutine[Any, Any, T]]
"""`async def body(tx) -> T`: what happens inside a transaction. It may be called more than once."""


class Database(Protocol):
    """A database that is open. `write` and `read` may be called from any number of tasks and threads."""

    @property
    def dialect(self) -> DialectName:
        """Which database it is; for texts and measurements, never for choosing statements."""

    @property
    def waits(self) -> Waits:
        """For how long transactions had to wait until they could begin, since this was made."""

    @property
    def troubles(self) -> Troubles:
        """Why transactions were begun anew, and what was refused, since this was made."""

    async def start(self, *, upgrade: bool = True) -> None:
        """Bring the schema up to date and begin to serve.

        Args:
            upgrade: Without, nothing is made and nothing is changed: the schema stays as it is found.

        Raises:
            SchemaMismatch: The schema is newer than this Penstock.
            DatabaseCorrupt: The file is damaged; it was not touched.
            DatabaseUnavailable: It can't be reached, or stays locked; without `upgrade`, it is not there.
        """

    async def close(self) -> None:
        """Finish what was accepted, then let go of everything. Safe to call twice."""

    async def write(self, body: Body[T]) -> T:
        """Run `body` in a transaction and commit it: when this returns, the write is on disk.

        Whatever the body raises undoes it and is raised here. A caller that is cancelled can't know whether
        its transaction was kept.
        """

    async def read(self, body: Body[T]) -> T:
        """Run `body` on one consistent snapshot. It sees everything that was committed before.

        Raises:
            DatabaseReadOnly: The body tried to write.
        """

    async def reset(self) -> None:
        """Take everything out of the database, and make its schema anew: all of it or nothing.

        Nobody else may use the database meanwhile.

        Raises:
            SchemaMismatch: The database holds something that is not Penstock's.
        """

    async def command(self, sql: str) -> None:
        """Run SQL that the database takes outside of transactions only: `VACUUM`, say."""

    def reserved(self) -> "Database":
        """The same database through a connection of its own, for loops that must not wait behind requests.

        It lives as long as this one and needs no `start` or `close`.
        """

    async def listen(self, callback: Callable[[str, str], None]) -> Callable[[], Awaitable[None]]:
        """Call `callback(channel, payload)` for each notice sent with `Transaction.notify`.

        `callback(RESYNC, "")` says that notices may have been missed. It must not block. Returns a coroutine
        function that ends it.
        """
