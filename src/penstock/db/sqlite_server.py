"""SQLite in a server: one thread writes, a few read, and many requests share a commit.

The writer takes what waits in its queue into one transaction, each request in a savepoint of its own, goes on
taking what arrives meanwhile, commits once, and answers all of them. So the price of a commit is shared by as
many as wait for it, and an answer still means: on disk.
"""

import asyncio
import copy
import logging
import queue
import sqlite3
import sys
import threading
import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from penstock.colourless import run_sync
from penstock.db.compile import compiler_for
from penstock.db.error_codes import from_sqlite
from penstock.db.errors import DatabaseBusy, DatabaseUnavailable
from penstock.db.notices import Listener, Listeners
from penstock.db.port import Body, Clock, Database, DialectName
from penstock.db.sqlite import (
    BUSY_TIMEOUT,
    SqliteTransaction,
    bring_up_to_date,
    check_file,
    check_there,
    command,
    connect,
    create_file,
    ending,
    reset,
    roll_back,
    transact,
)
from penstock.db.troubles import Troubles
from penstock.db.waits import Waits

T = TypeVar("T")

MAX_GROUP = 500
"""Most requests in one commit."""

MAX_GROUP_SECONDS = 0.02
"""How long a group stays open for requests that arrive while it is worked on."""

BUSY_STEP = 0.25
"""How often, in seconds, a writer that waits for another process looks at who has waited too long."""

READERS = 3
"""Threads that read for requests; the reserved reader is one more."""

SWITCH_INTERVAL = 0.0005
"""How long, in seconds, a thread may keep the interpreter while another one waits for it.

SQLite lets go of the interpreter in each statement. With Python's 5 ms the writer would stand in line for
that long each time behind a busy event loop: 30 commits a second instead of 2,000.
"""

_logger = logging.getLogger(__name__)


class _Request:
    """A body that waits for its transaction, and then for its answer to be brought to its event loop."""

    __slots__ = ("asked", "body", "deadline", "error", "future", "loop", "result", "transaction")

    def __init__(self, body: Body[Any], patience: float) -> None:
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[Any] = self.loop.create_future()
        self.body = body
        self.asked = time.monotonic()
        self.deadline = self.asked + patience
        self.result: Any = None
        self.error: BaseException | None = None
        self.transaction: SqliteTransaction | None = None

    def succeeded(self, result: Any, transaction: SqliteTransaction) -> None:
        self.result, self.error, self.transaction = result, None, transaction

    def failed(self, error: BaseException) -> None:
        self.result, self.error, self.transaction = None, error, None

    def settle(self, listeners: Listeners) -> None:
        """In the caller's event loop: what follows the commit, then the answer."""
        if self.transaction is not None:
            self.transaction.committed()
            listeners.tell([*self.transaction.notices, *self.transaction.hints])
        if self.future.done():
            return  # the caller was cancelled meanwhile
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class _Crew:
    """Threads that take requests from one queue."""

    def __init__(self, clock: Clock, listeners: Listeners, patience: float, waits: Waits) -> None:
        self._clock, self._listeners, self._patience, self._waits = clock, listeners, patience, waits
        self._compiler = compiler_for("sqlite")
        self._queue: queue.SimpleQueue[_Request | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._closed = False

    def _start(self, name: str, target: Callable[..., None], *args: Any) -> None:
        thread = threading.Thread(target=target, args=args, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    async def serve(self, body: Body[T]) -> T:
        """Have `body` run in a transaction, and return its result."""
        if self._closed:
            raise DatabaseUnavailable("The database is closed.")
        request = _Request(body, self._patience)
        self._queue.put(request)
        result: T = await request.future
        return result

    async def close(self) -> None:
        """Serve what was accepted, then stop."""
        self._closed = True
        loop = asyncio.get_running_loop()
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            await loop.run_in_executor(None, thread.join)
        while not self._queue.empty():
            if (late := self._queue.get()) is not None:
                late.failed(DatabaseUnavailable("The database is closed."))
                self._answer([late])

    def _transaction(self, connection: sqlite3.Connection) -> SqliteTransaction:
        return SqliteTransaction(connection, self._compiler, self._clock)

    def _serve_alone(self, request: _Request, connection: sqlite3.Connection, begin: str) -> None:
        """Run one request in a transaction of its own."""
        try:
            transaction = self._transaction(connection)
            result = transact(connection, begin, transaction, request.body)
        except BaseException as error:
            request.failed(error)
        else:
            request.succeeded(result, transaction)

    def _answer(self, requests: Iterable[_Request]) -> None:
        by_loop: defaultdict[asyncio.AbstractEventLoop, list[_Request]] = defaultdict(list)
        for request in requests:
            by_loop[request.loop].append(request)
        for loop, answered in by_loop.items():
            try:
                loop.call_soon_threadsafe(_settle, answered, self._listeners)
            except RuntimeError:
                _logger.debug("%d callers are gone: their event loop is closed.", len(answered))


def _settle(requests: list[_Request], listeners: Listeners) -> None:
    for request in requests:
        request.settle(listeners)


class _Writer(_Crew):
    """The one thread that writes."""

    def __init__(self, path: Path, clock: Clock, listeners: Listeners, patience: float, waits: Waits) -> None:
        super().__init__(clock, listeners, patience, waits)
        self._waiting: deque[_Request] = deque()
        self._connection = connect(path, busy_timeout=BUSY_STEP)
        self._start("penstock-writer", self._work)

    def _work(self) -> None:
        while (request := self._queue.get()) is not None:
            self._waiting.append(request)
            while self._waiting:
                self._serve_group()
        self._connection.close()

    def _serve_group(self) -> None:
        """One transaction for all that waits."""
        group: list[_Request] = []
        try:
            if self._begin():
                for request in self._arrivals():
                    group.append(request)
                    self._attempt(request)
                self._connection.execute("COMMIT")
        except Exception:
            # Nothing of the group was kept. Whose fault it was shows when each has its own transaction.
            group = group or self._take_waiting()
            self._serve_each(group)
        self._answer(group)

    def _serve_each(self, group: list[_Request]) -> None:
        roll_back(self._connection)
        for request in group:
            if not request.future.cancelled():
                self._serve_alone(request, self._connection, "BEGIN IMMEDIATE")

    def _begin(self) -> bool:
        """Wait for the lock; whether there is still somebody to serve when we have it."""
        while self._waiting:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    raise
                self._refuse_the_late(error)
            else:
                return True
        return False

    def _refuse_the_late(self, error: sqlite3.Error) -> None:
        self._take_arrived()
        now = time.monotonic()
        late = [request for request in self._waiting if request.deadline <= now]
        self._waiting = deque(request for request in self._waiting if request.deadline > now)
        for request in late:
            request.failed(from_sqlite(error))
        self._answer(late)

    def _arrivals(self) -> Iterator[_Request]:
        """What waits, and what arrives while the group is open."""
        closing_time = time.monotonic() + MAX_GROUP_SECONDS
        for _ in range(MAX_GROUP):
            if not self._waiting:
                self._take_arrived()
            if not self._waiting or time.monotonic() > closing_time:
                return
            yield self._waiting.popleft()

    def _take_arrived(self) -> None:
        while not self._queue.empty():
            request = self._queue.get()
            if request is None:
                self._queue.put(None)  # closing: after what is waiting
                return
            self._waiting.append(request)

    def _take_waiting(self) -> list[_Request]:
        waiting, self._waiting = list(self._waiting), deque()
        return waiting

    def _attempt(self, request: _Request) -> None:
        """Run one request inside of the group's transaction, so that it can be undone alone."""
        if request.future.cancelled():
            return
        self._waits.note(time.monotonic() - request.asked)
        self._connection.execute("SAVEPOINT request")
        try:
            transaction = self._transaction(self._connection)
            result = run_sync(request.body(transaction))
            transaction.end()
        except BaseException as error:
            if not self._connection.in_transaction:
                raise _GroupLost from error  # a full disk, say, undoes everything
            self._connection.execute("ROLLBACK TO SAVEPOINT request")
            request.failed(error)
        else:
            request.succeeded(result, transaction)
        self._connection.execute("RELEASE SAVEPOINT request")


class _GroupLost(Exception):
    """The transaction ended while a request ran in it."""


class _Readers(_Crew):
    """Threads that read, each on a connection of its own."""

    def __init__(
        self, path: Path, clock: Clock, listeners: Listeners, patience: float, waits: Waits, number: int
    ) -> None:
        super().__init__(clock, listeners, patience, waits)
        for _ in range(number):
            connection = connect(path, read_only=True, busy_timeout=patience)
            self._start("penstock-reader", self._work, connection)

    def _work(self, connection: sqlite3.Connection) -> None:
        while (request := self._queue.get()) is not None:
            if not request.future.cancelled():
                self._read(request, connection)
                self._answer([request])
        connection.close()

    def _read(self, request: _Request, connection: sqlite3.Connection) -> None:
        self._waits.note(time.monotonic() - request.asked)
        if request.deadline < time.monotonic():
            request.failed(DatabaseBusy("Too many reads are waiting for their turn."))
        else:
            self._serve_alone(request, connection, "BEGIN")


class ServerSqlite(Database):
    """The database of a server. `start` must be called on an event loop; so must everything else."""

    def __init__(self, path: Path, clock: Clock, *, busy_timeout: float = BUSY_TIMEOUT) -> None:
        self._path, self._clock, self._busy_timeout = path, clock, busy_timeout
        self._listeners = Listeners()
        self._waits = Waits()
        self._troubles = Troubles()
        self._writer: _Writer | None = None
        self._readers: _Readers | None = None
        self._reserved_readers: _Readers | None = None

    @property
    def dialect(self) -> DialectName:
        return "sqlite"

    @property
    def waits(self) -> Waits:
        return self._waits

    @property
    def troubles(self) -> Troubles:
        return self._troubles

    async def start(self, *, upgrade: bool = True) -> None:
        sys.setswitchinterval(min(sys.getswitchinterval(), SWITCH_INTERVAL))
        if upgrade:
            create_file(self._path)
            check_file(self._path)
            bring_up_to_date(self._path, self._clock, self._busy_timeout)
        else:
            check_there(self._path)
        shared = (self._path, self._clock, self._listeners, self._busy_timeout, self._waits)
        try:
            self._writer = _Writer(*shared)
            self._readers = _Readers(*shared, READERS)
            self._reserved_readers = _Readers(*shared, 1)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        # The writer last: closing the last connection folds the log into the file.
        for crew in (self._readers, self._reserved_readers, self._writer):
            if crew is not None:
                await crew.close()

    async def write(self, body: Body[T]) -> T:
        try:
            return await _open(self._writer).serve(body)
        except DatabaseUnavailable as error:
            self._troubles.refused(error)
            raise

    async def read(self, body: Body[T]) -> T:
        return await _open(self._readers).serve(body)

    async def reset(self) -> None:
        await asyncio.to_thread(reset, self._path, self._clock, self._busy_timeout)

    async def command(self, sql: str) -> None:
        await asyncio.to_thread(command, self._path, sql, self._busy_timeout)

    def reserved(self) -> Database:
        twin = copy.copy(self)
        twin._readers = self._reserved_readers
        return twin

    async def listen(self, callback: Listener) -> Callable[[], Awaitable[None]]:
        return ending(self._listeners.add(callback))


def _open(crew: _Crew | None) -> _Crew:
    if crew is None:
        raise DatabaseUnavailable("The database is not started.")
    return crew
