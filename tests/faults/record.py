"""What is in the database of a site, of either kind, as plain data: times are microseconds since 1970."""

import asyncio
import sqlite3
import threading
from collections import defaultdict
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import asyncpg
from tests.postgres_server import connection

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_QUERIES = {
    "runs": "SELECT * FROM flow_runs",
    "states": "SELECT * FROM flow_run_states ORDER BY flow_run_id, sequence",
    "leases": "SELECT * FROM leases",
    "logs": "SELECT * FROM logs",
    "task_runs": "SELECT * FROM task_runs",
    "deployments": "SELECT * FROM deployments",
    "pools": "SELECT p.*, q.id AS queue_id FROM work_pools p JOIN work_queues q ON q.work_pool_id = p.id",
}

Rows = list[dict[str, Any]]


def rows_of(database: Path | str, queries: dict[str, str]) -> dict[str, Rows]:
    """What some queries find at one moment in a file of SQLite, or behind a URL of PostgreSQL."""
    if isinstance(database, Path):
        return _of_file(database, queries)
    return asyncio.run(_of_url(database, queries))


def _of_file(file: Path, queries: dict[str, str]) -> dict[str, Rows]:
    connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=20)
    connection.row_factory = sqlite3.Row
    try:
        connection.execute("BEGIN")
        return {name: [dict(row) for row in connection.execute(query)] for name, query in queries.items()}
    finally:
        connection.close()


async def _of_url(url: str, queries: dict[str, str]) -> dict[str, Rows]:
    async with connection(url) as opened, opened.transaction(isolation="repeatable_read"):
        return {name: [_plain(row) for row in await opened.fetch(query)] for name, query in queries.items()}


def _plain(row: Any) -> dict[str, Any]:
    return {name: _moment(value) if isinstance(value, datetime) else value for name, value in row.items()}


def _moment(value: datetime) -> int:
    return (value - _EPOCH) // timedelta(microseconds=1)


class Record:
    """All that the invariants are about."""

    def __init__(self, database: Path | str) -> None:
        rows = rows_of(database, _QUERIES)
        self.runs, self.states, self.leases = rows["runs"], rows["states"], rows["leases"]
        self.logs, self.task_runs = rows["logs"], rows["task_runs"]
        self.deployments, self.pools = rows["deployments"], rows["pools"]
        self._histories: dict[Any, Rows] = defaultdict(list)
        for state in self.states:
            self._histories[state["flow_run_id"]].append(state)

    def history(self, run_id: Any) -> Rows:
        """The states of one run, in order."""
        return self._histories[run_id]


def is_sound(database: Path | str) -> bool:
    """Whether the database finds no damage in itself. PostgreSQL has no such question."""
    if not isinstance(database, Path):
        return True
    (answer,) = _of_file(database, {"check": "PRAGMA integrity_check"})["check"]
    return list(answer.values()) == ["ok"]


class Places(threading.Thread):
    """Counts, as long as it is entered, how many places are taken at once in a database behind a URL."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url, self._ending = url, threading.Event()
        self.looks = self.most = 0

    def run(self) -> None:
        asyncio.run(self._watch())

    async def _watch(self) -> None:
        while not self._ending.is_set():
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):  # it is away just now
                async with connection(self._url) as opened:
                    await self._count(opened)
            await asyncio.sleep(0.05)

    async def _count(self, opened: Any) -> None:
        while not self._ending.is_set():
            self.most = max(self.most, await opened.fetchval("SELECT count(*) FROM leases"))
            self.looks += 1
            await asyncio.sleep(0.02)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self.join(60)
