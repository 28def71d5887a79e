"""PostgreSQL through asyncpg.

Transactions are READ COMMITTED: what a decision read is written under a condition, so that a lost race is an
update of no rows. Deadlocks, serialization failures and connections that end before the commit are retried
here, and nowhere else. Several servers may share a database; they wake one another with NOTIFY.
"""

import asyncio
import contextlib
import copy
import importlib
import logging
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeVar
from urllib.parse import urlsplit

from penstock.colourless import awaiting_only
from penstock.db import postgres_upgrades
from penstock.db.compile import Compiler, Values, compiler_for
from penstock.db.error_codes import from_postgres
from penstock.db.errors import (
    ConnectionLost,
    Contention,
    DatabaseBusy,
    DatabaseReadOnly,
    DatabaseUnavailable,
    TransactionAborted,
)
from penstock.db.hints import HintSender, Notice
from penstock.db.notices import Listener, Listeners
from penstock.db.port import Body, Clock, Database, DialectName, Transaction
from penstock.db.postgres_notices import NoticeReceiver, pack_notices
from penstock.db.transaction import BaseTransaction
from penstock.db.troubles import Troubles
from penstock.db.waits import Waits
from penstock.domain.errors import InvalidInput, PenstockError

T = TypeVar("T")

POOL_SIZE = 10
"""Connections for requests; the reserved one and the one that listens are two more."""

WRITES_ONLY = 2
"""Connections of the pool that reads may not take, so that renewals never starve behind queries."""

PATIENCE = 10.0
"""How long, in seconds, a transaction waits for a free connection, and a statement for its answer."""

MAX_ATTEMPTS = 4
"""The first, and three more."""

_logger = logging.getLogger(__name__)

# A statement of a server that was killed would go on to its end, and keep what it has locked from others; so
# would a transaction of a server that is stopped. Not every version and system can look for the first.
_IF_WE_DIE = """SET idle_in_transaction_session_timeout = '60s'; DO $$ BEGIN
    PERFORM set_config('client_connection_check_interval', '2s', false);
    EXCEPTION WHEN OTHERS THEN NULL; END $$"""
_WRITE = "BEGIN ISOLATION LEVEL READ COMMITTED"
# A question is planned for what it asks: a plan for any values may take ten times as long for rare ones. And
# any page of a table is about as near as the next one, as in memory and on all disks without arms.
_READ = (
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"
    " SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL random_page_cost = 1.1"
)


def load_asyncpg() -> Any:
    """The driver.

    Raises:
        InvalidInput: It is not installed.
    """
    try:
        return importlib.import_module("asyncpg")
    except ImportError as error:
        raise InvalidInput(
            "PostgreSQL needs the package asyncpg, which is not installed.",
            hint="Install it: pip install 'penstock[postgres]'",
        ) from error


def _errors_of(driver: Any) -> tuple[type[BaseException], ...]:
    """What the driver raises. An InternalClientError is a connection that ended between two statements."""
    return (driver.PostgresError, driver.InterfaceError, driver.InternalClientError, OSError, TimeoutError)


class PostgresTransaction(BaseTransaction):
    """A transaction on one connection. `waiting` is true exactly while it waits for the server."""

    def __init__(self, connection: Any, driver: Any, compiler: Compiler, clock: Clock) -> None:
        super().__init__(compiler, clock())
        self.driver_errors = _errors_of(driver)
        self._connection = connection
        self.waiting = False

    @staticmethod
    def translate(error: BaseException) -> PenstockError:
        return from_postgres(error)

    async def _awaited(self, answer: Awaitable[T]) -> T:
        self.waiting = True
        try:
            return await answer
        finally:
            self.waiting = False

    async def _fetch(self, sql: str, values: Values) -> Sequence[Sequence[Any]]:
        records: Sequence[Sequence[Any]] = await self._awaited(self._connection.fetch(sql, *values))
        return records

    async def _run(self, sql: str, values: Values) -> int:
        status: str = await self._awaited(self._connection.execute(sql, *values))
        rows = status.rpartition(" ")[2]  # "UPDATE 3", "INSERT 0 1", "LOCK TABLE"
        return int(rows) if rows.isdigit() else 0

    async def _run_many(self, sql: str, rows: list[Values]) -> int:
        # The driver counts nothing but what comes back.
        counted = sql if " RETURNING " in sql else f"{sql} RETURNING 1"
        return len(await self._awaited(self._connection.fetchmany(counted, rows)))

    async def _command(self, sql: str) -> None:
        await self._awaited(self._connection.execute(sql))

    async def send_notices(self) -> None:
        """Hand the notices to the server, which sends them with the commit."""
        if packed := pack_notices(self.notices):
            await self.query(packed)


class _Connections:
    """A pool, and who may take how many of it."""

    def __init__(self, url: str, size: int, writes_only: int, options: dict[str, Any], waits: Waits) -> None:
        self._url, self._size, self._options, self._waits = url, size, options, waits
        self._reads = asyncio.Semaphore(max(1, size - writes_only))
        self._pool: Any = None
        self.driver: Any = None

    async def open(self) -> None:
        """Connect once, to see that it can be done."""
        self.driver = load_asyncpg()
        self._pool = self.driver.create_pool(
            self._url,
            min_size=1,
            max_size=self._size,
            init=_let_the_dead_go,
            reset=_nothing_to_reset,
            **self._options,
        )
        try:
            await self._pool
        except _errors_of(self.driver) as error:
            self._pool = None
            refused = from_postgres(error)
            place = urlsplit(self._url).netloc.rpartition("@")[2]
            refused.hint = f"It is looked for at {place}: see the setting server.database.connection_url."
            raise refused from error

    async def close(self) -> None:
        if self._pool is not None:
            pool, self._pool = self._pool, None
            try:
                await asyncio.wait_for(pool.close(), PATIENCE)
            except TimeoutError:
                pool.terminate()

    async def renew(self) -> None:
        """Connect anew before the next use: the server is not what it was."""
        await self._pool.expire_connections()

    @asynccontextmanager
    async def for_writing(self) -> AsyncIterator[Any]:
        """A connection for one transaction."""
        began = time.monotonic()
        connection = await self._acquire()
        self._waits.note(time.monotonic() - began)
        try:
            yield connection
        finally:
            await self._pool.release(connection)

    @asynccontextmanager
    async def for_reading(self) -> AsyncIterator[Any]:
        """A connection for one transaction, unless too many read already."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self._reads.acquire()
        except TimeoutError:
            raise _no_connection() from None
        try:
            async with self.for_writing() as connection:
                yield connection
        finally:
            self._reads.release()

    async def _acquire(self) -> Any:
        if self._pool is None:
            raise DatabaseUnavailable("The database is not open.")
        loop = asyncio.get_running_loop()
        deadline = loop.time() + PATIENCE
        while True:
            try:
                return await self._pool.acquire(timeout=max(0.0, deadline - loop.time()))
            except TimeoutError:
                raise _no_connection() from None
            except _errors_of(self.driver) as error:
                translated = from_postgres(error)
                if not isinstance(translated, DatabaseBusy) or loop.time() > deadline:
                    raise translated from error
                await asyncio.sleep(random.uniform(0.05, 0.15))  # noqa: S311 - only to spread retries


def _no_connection() -> DatabaseBusy:
    return DatabaseBusy(f"No connection to the database was free within {PATIENCE:g} s.")


async def _let_the_dead_go(connection: Any) -> None:
    await connection.execute(_IF_WE_DIE)


async def _nothing_to_reset(_connection: Any) -> None:
    """Transactions leave nothing behind on a connection: a round trip saved each time."""


class Postgres(Database):
    """A PostgreSQL database. Bound to the event loop on which it was started."""

    def __init__(self, url: str, clock: Clock, *, pool_size: int = POOL_SIZE, **options: Any) -> None:
        """`options` are asyncpg's, for each connection."""
        self._url, self._clock = url, clock
        self._compiler = compiler_for("postgresql")
        self._options: dict[str, Any] = {
            "command_timeout": PATIENCE,
            "statement_cache_size": 500,
            "server_settings": {"application_name": "penstock", "jit": "off"},
        } | options
        self._waits = Waits()
        self._troubles = Troubles()
        self._connections = _Connections(url, pool_size, WRITES_ONLY, self._options, self._waits)
        self._reserved = _Connections(url, 1, 0, self._options, self._waits)
        self._listeners = Listeners()
        self._receiver: NoticeReceiver | None = None
        self._hints = HintSender(self._send_hints)

    @property
    def dialect(self) -> DialectName:
        return "postgresql"

    @property
    def waits(self) -> Waits:
        return self._waits

    @property
    def troubles(self) -> Troubles:
        return self._troubles

    async def start(self, *, upgrade: bool = True) -> None:
        try:
            await self._connections.open()
            await self._reserved.open()
            if upgrade:
                await postgres_upgrades.bring_up_to_date(self._migrating, self._troubles)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        if self._receiver is not None:
            await self._receiver.close()
        await self._hints.close()
        await self._reserved.close()
        await self._connections.close()

    async def write(self, body: Body[T]) -> T:
        try:
            return await self._retried(self._connections.for_writing, _WRITE, body)
        except DatabaseUnavailable as error:
            self._troubles.refused(error)
            if isinstance(error, DatabaseReadOnly):
                await self._connections.renew()
            raise

    async def read(self, body: Body[T]) -> T:
        return await self._retried(self._connections.for_reading, _READ, body)

    async def reset(self) -> None:
        await postgres_upgrades.start_over(self._migrating)

    async def command(self, sql: str) -> None:
        async with self._connections.for_writing() as connection:
            try:
                await connection.execute(sql)
            except _errors_of(self._connections.driver) as error:
                raise from_postgres(error) from error

    def reserved(self) -> Database:
        twin = copy.copy(self)
        twin._connections = self._reserved
        return twin

    async def listen(self, callback: Listener) -> Callable[[], Awaitable[None]]:
        forget = self._listeners.add(callback)
        if self._receiver is None:
            self._receiver = NoticeReceiver(load_asyncpg(), self._url, self._options, self._listeners)
            await self._receiver.start()

        async def end() -> None:
            forget()

        return end

    async def _send_hints(self, hints: Sequence[Notice]) -> None:
        async def say(tx: Transaction) -> None:
            for channel, payload in hints:
                tx.notify(channel, payload)

        await self.write(say)

    async def _retried(
        self, take: Callable[[], AbstractAsyncContextManager[Any]], begin: str, body: Body[T]
    ) -> T:
        """Run `body` in a transaction, again where the database gave up on it and nothing was kept."""
        for attempt in range(1, MAX_ATTEMPTS):
            try:
                async with take() as connection:
                    return await self._transact(connection, begin, body)
            except (Contention, ConnectionLost) as error:
                if isinstance(error, ConnectionLost) and error.committed is None:
                    raise
                _logger.debug("Attempt %d: %s", attempt, error)
                self._troubles.retried(error)
            await asyncio.sleep(random.uniform(0.01, 0.03) * 2**attempt)  # noqa: S311 - spreads the retries
        async with take() as connection:
            return await self._transact(connection, begin, body)

    async def _transact(self, connection: Any, begin: str, body: Body[T]) -> T:
        tx = PostgresTransaction(connection, self._connections.driver, self._compiler, self._clock)
        try:
            await tx.command(begin)
            result = await awaiting_only(body(tx), lambda: tx.waiting)
            await tx.send_notices()
            tx.end()
        except BaseException:
            await _roll_back(connection)
            raise
        await self._commit(connection, tx)
        tx.committed()
        self._hints.add(tx.hints)
        return result

    async def _commit(self, connection: Any, tx: PostgresTransaction) -> None:
        try:
            status = await connection.execute("COMMIT")
        except tx.driver_errors as error:
            translated = from_postgres(error)
            if isinstance(translated, ConnectionLost):
                translated.committed = None
                translated.message += " It is not known whether the write was kept."
            raise translated from error
        if status != "COMMIT":
            raise TransactionAborted("The database undid the transaction instead of committing it.")

    @asynccontextmanager
    async def _migrating(self) -> AsyncIterator[PostgresTransaction]:
        """A connection of its own, whose statements may take their time."""
        driver = load_asyncpg()
        try:
            connection = await driver.connect(self._url, **self._options | {"command_timeout": None})
        except _errors_of(driver) as error:
            raise from_postgres(error) from error
        try:
            yield PostgresTransaction(connection, driver, self._compiler, self._clock)
        finally:
            await connection.close()


async def _roll_back(connection: Any) -> None:
    """Undo the transaction; give the connection up where that can't be done."""
    try:
        await connection.execute("ROLLBACK")
    except Exception:
        _give_up(connection)
    except BaseException:
        _give_up(connection)
        raise


def _give_up(connection: Any) -> None:
    with contextlib.suppress(Exception):  # the pool may have taken it back: it noticed the end itself
        connection.terminate()
