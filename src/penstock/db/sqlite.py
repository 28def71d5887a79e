"""SQLite: connections and transactions, and the database of a process that has no server.

The file is in WAL mode with `synchronous=FULL`: readers never wait, and a commit that was answered is on
disk. Only its owner may read it (mode 0600).
"""

import hashlib
import os
import sqlite3
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from penstock.colourless import run_sync
from penstock.db.compile import Compiler, Values, compiler_for
from penstock.db.dialect import SHA256
from penstock.db.error_codes import REPAIR_HINT, from_sqlite
from penstock.db.errors import DatabaseBusy, DatabaseCorrupt, DatabaseError, DatabaseUnavailable
from penstock.db.migrations import migrate, needs_migration, start_over
from penstock.db.notices import Listener, Listeners
from penstock.db.port import Body, Clock, Database, DialectName
from penstock.db.transaction import BaseTransaction
from penstock.db.troubles import Troubles
from penstock.db.waits import Waits

T = TypeVar("T")

BUSY_TIMEOUT = 10.0
"""How long, in seconds, a transaction waits for another process that writes."""

CHECKED_SIZE = 32 * 2**20
"""A server checks a file of up to so many bytes for damage before it serves from it (0.2 s in 32 MiB)."""

_PRAGMAS = {
    "foreign_keys": "ON",
    "synchronous": "FULL",
    "cache_size": "-16000",
    "temp_store": "MEMORY",
    "secure_delete": "FAST",
    "journal_size_limit": str(64 * 2**20),
}


class SqliteTransaction(BaseTransaction):
    """A transaction on one connection. None of its methods ever suspends."""

    driver_errors = (sqlite3.Error, OverflowError)

    def __init__(self, connection: sqlite3.Connection, compiler: Compiler, clock: Clock) -> None:
        super().__init__(compiler, clock())
        self._connection = connection

    @staticmethod
    def translate(error: BaseException) -> Any:
        assert isinstance(error, Exception)
        return from_sqlite(error)

    async def _fetch(self, sql: str, values: Values) -> list[Sequence[Any]]:
        return self._connection.execute(sql, values).fetchall()

    async def _run(self, sql: str, values: Values) -> int:
        cursor = self._connection.execute(sql, values)
        if cursor.description is not None:
            cursor.fetchall()  # RETURNING: the count is known, and the statement done, at the end only
        return cursor.rowcount

    async def _run_many(self, sql: str, rows: list[Values]) -> int:
        return self._connection.executemany(sql, rows).rowcount

    async def _command(self, sql: str) -> None:
        self._connection.execute(sql)


def connect(path: Path, *, read_only: bool = False, busy_timeout: float = BUSY_TIMEOUT) -> sqlite3.Connection:
    """A connection that begins and ends transactions only when it is told to.

    Raises:
        DatabaseCorrupt: The file is damaged or is no database.
        DatabaseUnavailable: It can't be opened, or is locked for longer than `busy_timeout` seconds.
    """
    try:
        connection = sqlite3.connect(
            path, timeout=busy_timeout, isolation_level=None, check_same_thread=False, cached_statements=500
        )
    except sqlite3.Error as error:
        raise _about(path, error) from error
    try:
        _configure(connection, read_only, busy_timeout)
    except sqlite3.Error as error:
        connection.close()
        raise _about(path, error) from error
    return connection


def _configure(connection: sqlite3.Connection, read_only: bool, busy_timeout: float) -> None:
    connection.create_function(SHA256, 1, _sha256, deterministic=True)
    for name, value in _PRAGMAS.items():
        connection.execute(f"PRAGMA {name} = {value}")
    if read_only:
        connection.execute("PRAGMA query_only = ON")
        return
    deadline = time.monotonic() + busy_timeout
    while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        # SQLite does not wait by itself while another process makes the same change.
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _about(path: Path, error: sqlite3.Error) -> Exception:
    """The error in our words, with the file's name."""
    translated = from_sqlite(error)
    translated.message = f"{path}: {translated.message}"
    return translated


def create_file(path: Path) -> None:
    """Make an empty database file that only its owner may read, if there is none."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise DatabaseUnavailable(
            f"{path}: the database can't be opened: {error.strerror}.",
            hint="Check that its folder exists and may be written to.",
        ) from error


def check_there(path: Path) -> None:
    """Refuse a file that is not there: opening it would make it."""
    if not path.exists():
        hint = "`penstock server database upgrade` makes it."
        raise DatabaseUnavailable(f"{path}: there is no such database.", hint=hint)


def command(path: Path, sql: str, busy_timeout: float) -> None:
    """Run SQL on a connection of its own, outside of a transaction."""
    connection = connect(path, busy_timeout=busy_timeout)
    try:
        connection.execute(sql).fetchall()
    except sqlite3.Error as error:
        raise _about(path, error) from error
    finally:
        connection.close()


def check_file(path: Path) -> None:
    """Look for damage, in files of up to `CHECKED_SIZE` bytes.

    Raises:
        DatabaseCorrupt: There is some. The file was not touched.
    """
    if path.stat().st_size > CHECKED_SIZE:
        return
    connection = connect(path, read_only=True)
    try:
        (finding,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        raise _about(path, error) from error
    finally:
        connection.close()
    if finding != "ok":
        raise DatabaseCorrupt(f"{path}: the database file is damaged: {finding}.", hint=REPAIR_HINT)


def bring_up_to_date(path: Path, clock: Clock, busy_timeout: float) -> None:
    """Create the file where there is none, and migrate it; of several processes one does, the others wait.

    Raises:
        SchemaMismatch: The schema is newer than this code, or the database is not ours.
        DatabaseUnavailable: It can't be opened or written, or stays locked.
    """
    create_file(path)
    connection = connect(path, busy_timeout=busy_timeout)
    try:
        # A migration may replace a table that others refer to; what they say is checked at its end.
        connection.execute("PRAGMA foreign_keys = OFF")
        transaction = SqliteTransaction(connection, compiler_for("sqlite"), clock)
        if run_sync(needs_migration(transaction, "sqlite")):
            _migrate(connection, transaction)
    except sqlite3.Error as error:
        raise _about(path, error) from error
    finally:
        connection.close()


def reset(path: Path, clock: Clock, busy_timeout: float) -> None:
    """Take everything out of the database, and make its schema anew: all of it or nothing.

    Raises:
        SchemaMismatch: The database is not ours.
        DatabaseUnavailable: It can't be opened or written, or stays locked.
    """
    create_file(path)
    connection = connect(path, busy_timeout=busy_timeout)
    try:
        connection.execute("PRAGMA foreign_keys = OFF")
        transaction = SqliteTransaction(connection, compiler_for("sqlite"), clock)
        _migrate(connection, transaction, start_over)
    except sqlite3.Error as error:
        raise _about(path, error) from error
    finally:
        connection.close()


def _migrate(
    connection: sqlite3.Connection, transaction: SqliteTransaction, steps: Callable[..., Any] = migrate
) -> None:
    connection.execute("BEGIN EXCLUSIVE")
    try:
        run_sync(steps(transaction, "sqlite", transaction.now))
        if broken := connection.execute("PRAGMA foreign_key_check").fetchall():
            raise DatabaseError(f"The migration would leave {len(broken)} rows that refer to nothing.")
        connection.execute("COMMIT")
    except BaseException:
        roll_back(connection)
        raise


def roll_back(connection: sqlite3.Connection) -> None:
    """Undo the transaction, if one is still open. Where that fails, it is over with the connection."""
    with suppress(sqlite3.Error):
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def transact(connection: sqlite3.Connection, begin: str, tx: SqliteTransaction, body: Body[T]) -> T:
    """Run `body` in a transaction of its own. The caller tells `tx` that it is committed."""
    try:
        connection.execute(begin)
        result = run_sync(body(tx))
        tx.end()
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        roll_back(connection)
        raise from_sqlite(error) from error
    except BaseException:
        roll_back(connection)
        raise
    return result


class _Slot:
    """One connection that the threads of a process share, one transaction at a time."""

    def __init__(self, path: Path, read_only: bool, busy_timeout: float) -> None:
        self._path, self._read_only, self._busy_timeout = path, read_only, busy_timeout
        self._connection: sqlite3.Connection | None = None
        self._of_parents: list[sqlite3.Connection] = []
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._owner: int | None = None

    @contextmanager
    def held(self) -> Iterator[sqlite3.Connection]:
        self._after_fork()
        if self._owner == threading.get_ident():
            raise RuntimeError("A transaction can't begin inside another one: pass on its tx instead.")
        if not self._lock.acquire(timeout=self._busy_timeout):
            raise DatabaseBusy("Another thread's transaction takes too long.")
        try:
            self._owner = threading.get_ident()
            yield self._opened()
        finally:
            self._owner = None
            self._lock.release()

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = connect(self._path, read_only=self._read_only, busy_timeout=self._busy_timeout)
        return self._connection

    def _after_fork(self) -> None:
        """A connection must not be used, and not even closed, in a process that inherited it."""
        if self._pid == os.getpid():
            return
        if self._connection is not None:
            self._of_parents.append(self._connection)
        self._connection, self._owner, self._lock = None, None, threading.Lock()
        self._pid = os.getpid()

    def close(self) -> None:
        self._after_fork()
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None


class EmbeddedSqlite(Database):
    """The database inside the process that uses it: transactions run inline, in the calling thread.

    Its coroutines never suspend: `run_sync(database.write(body))` is a plain call. Threads take turns; other
    processes may use the same file. A forked child may go on using it.
    """

    def __init__(self, path: Path, clock: Clock, *, busy_timeout: float = BUSY_TIMEOUT) -> None:
        self._path, self._clock, self._busy_timeout = path, clock, busy_timeout
        self._compiler = compiler_for("sqlite")
        self._listeners = Listeners()
        self._waits = Waits()
        self._troubles = Troubles()
        self._writer = _Slot(path, read_only=False, busy_timeout=busy_timeout)
        self._reader = _Slot(path, read_only=True, busy_timeout=busy_timeout)

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
        if upgrade:
            bring_up_to_date(self._path, self._clock, self._busy_timeout)
        else:
            check_there(self._path)

    async def close(self) -> None:
        self._reader.close()
        self._writer.close()

    async def write(self, body: Body[T]) -> T:
        with self._writer.held() as connection:
            tx = SqliteTransaction(connection, self._compiler, self._clock)
            result = transact(connection, "BEGIN IMMEDIATE", tx, body)
        tx.committed()
        self._listeners.tell([*tx.notices, *tx.hints])
        return result

    async def read(self, body: Body[T]) -> T:
        with self._reader.held() as connection:
            tx = SqliteTransaction(connection, self._compiler, self._clock)
            result = transact(connection, "BEGIN", tx, body)
        tx.committed()
        return result

    async def reset(self) -> None:
        reset(self._path, self._clock, self._busy_timeout)

    async def command(self, sql: str) -> None:
        command(self._path, sql, self._busy_timeout)

    def reserved(self) -> Database:
        return self

    async def listen(self, callback: Listener) -> Callable[[], Awaitable[None]]:
        return ending(self._listeners.add(callback))


def ending(forget: Callable[[], None]) -> Callable[[], Awaitable[None]]:
    """`forget` as the coroutine function that `Database.listen` returns."""

    async def end() -> None:
        forget()

    return end
