"""What every transaction is made of, on whatever database: the port's methods over four of a driver."""

import logging
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.sql.base import Executable

from penstock.db.compile import Compiler, Values
from penstock.db.errors import DatabaseUnavailable, TransactionAborted
from penstock.db.port import MAX_NOTICE_BYTES, Params, Row
from penstock.domain.errors import PenstockError

_MOMENT = timedelta(microseconds=1)
_logger = logging.getLogger(__name__)


class BaseTransaction(ABC):
    """The port `Transaction`, for adapters to complete. Whoever makes one begins and ends it."""

    driver_errors: tuple[type[BaseException], ...]
    """What the driver's methods raise; anything else is a mistake of ours."""

    def __init__(self, compiler: Compiler, now: datetime) -> None:
        self._compiler = compiler
        self._now = now
        self._unusable: str | None = None
        self._callbacks: list[Callable[[], None]] = []
        self._notices: dict[tuple[str, str], None] = {}
        self._hints: dict[tuple[str, str], None] = {}
        self._depth = 0
        self._ticks = 0

    @staticmethod
    @abstractmethod
    def translate(error: BaseException) -> PenstockError:
        """One of `driver_errors` in our own vocabulary."""

    @abstractmethod
    async def _fetch(self, sql: str, values: Values) -> Sequence[Sequence[Any]]: ...

    @abstractmethod
    async def _run(self, sql: str, values: Values) -> int: ...

    @abstractmethod
    async def _run_many(self, sql: str, rows: list[Values]) -> int: ...

    @abstractmethod
    async def _command(self, sql: str) -> None: ...

    # The port.

    @property
    def now(self) -> datetime:
        return self._now

    def tick(self) -> datetime:
        moment = self._now + self._ticks * _MOMENT
        self._ticks += 1
        return moment

    async def fetch_all(self, statement: Executable, params: Params | None = None) -> list[Row]:
        self._check()
        prepared = self._compiler.prepare(statement, params)
        sql, values = prepared.bind(params)
        try:
            records = await self._fetch(sql, values)
        except self.driver_errors as error:
            raise self._failed(error) from error
        return prepared.decode(records)

    async def fetch_one(self, statement: Executable, params: Params | None = None) -> Row | None:
        rows = await self.fetch_all(statement, params)
        return rows[0] if rows else None

    async def fetch_value(self, statement: Executable, params: Params | None = None) -> Any:
        rows = await self.fetch_all(statement, params)
        return next(iter(rows[0].values())) if rows else None

    async def execute(self, statement: Executable, params: Params | None = None) -> int:
        self._check()
        sql, values = self._compiler.prepare(statement, params).bind(params)
        try:
            return await self._run(sql, values)
        except self.driver_errors as error:
            raise self._failed(error) from error

    async def execute_many(self, statement: Executable, rows: Sequence[Params]) -> int:
        if len(rows) == 1:
            return await self.execute(statement, rows[0])  # the short way
        self._check()
        if not rows:
            return 0
        prepared = self._compiler.prepare(statement, rows[0])
        sql, _ = prepared.bind(rows[0])
        names = rows[0].keys()
        if any(row.keys() != names for row in rows):
            raise TypeError("The rows of execute_many differ in their names.")
        values = prepared.rows(rows)
        try:
            return await self._run_many(sql, values)
        except self.driver_errors as error:
            raise self._failed(error) from error

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        self._check()
        self._depth += 1
        name, callbacks = f"savepoint_{self._depth}", len(self._callbacks)
        notices, hints = dict(self._notices), dict(self._hints)
        await self.command(f"SAVEPOINT {name}")
        try:
            yield
            self._check()
        except BaseException:
            del self._callbacks[callbacks:]
            self._notices, self._hints = notices, hints
            await self._undo_to(name)
            raise
        else:
            await self.command(f"RELEASE SAVEPOINT {name}")
        finally:
            self._depth -= 1

    def after_commit(self, callback: Callable[[], None]) -> None:
        self._callbacks.append(callback)

    def notify(self, channel: str, payload: str = "") -> None:
        if " " in channel:
            raise ValueError(f"a channel's name has no spaces: {channel!r}")
        if len(f"{channel} {payload}".encode()) > MAX_NOTICE_BYTES:
            raise ValueError(f"a notice on {channel!r} is longer than {MAX_NOTICE_BYTES} bytes")
        self._notices[channel, payload] = None

    def hint(self, channel: str, payload: str) -> None:
        self._hints[channel, payload] = None

    # For the adapters and the migrations.

    @property
    def notices(self) -> list[tuple[str, str]]:
        """What is to be sent with the commit: channels and payloads."""
        return list(self._notices)

    @property
    def hints(self) -> list[tuple[str, str]]:
        """What may be sent after the commit: channels and payloads."""
        return list(self._hints)

    async def command(self, sql: str) -> None:
        """Run SQL that takes no values and gives no rows."""
        try:
            await self._command(sql)
        except self.driver_errors as error:
            raise self._failed(error) from error

    async def query(self, sql: str) -> Sequence[Sequence[Any]]:
        """Rows of SQL that takes no values, as the driver gives them."""
        try:
            return await self._fetch(sql, [])
        except self.driver_errors as error:
            raise self._failed(error) from error

    def end(self) -> None:
        """The body is done: raise if the transaction can't be committed, and take no more statements."""
        self._check()
        self._unusable = "The transaction is over."

    def committed(self) -> None:
        """Call what was to be called after the commit."""
        for callback in self._callbacks:
            try:
                callback()
            except Exception:
                _logger.exception("What was to follow a commit failed; the commit itself stands.")

    def _check(self) -> None:
        if self._unusable is not None:
            raise TransactionAborted(self._unusable)

    def _failed(self, error: BaseException) -> PenstockError:
        translated = self.translate(error)
        self._unusable = f"A statement of this transaction failed before: {translated.message}"
        return translated

    async def _undo_to(self, name: str) -> None:
        try:
            await self._command(f"ROLLBACK TO SAVEPOINT {name}")
            await self._command(f"RELEASE SAVEPOINT {name}")
        except self.driver_errors as error:
            # The whole transaction is gone; what is on its way out says why, unless this says it better.
            translated = self._failed(error)
            if isinstance(translated, DatabaseUnavailable):
                raise translated from error
        else:
            self._unusable = None
