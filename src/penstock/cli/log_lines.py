"""Log lines of runs, as they are printed, and read on while they come in."""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from penstock.cli.finding import every, ids
from penstock.cli.session import CommandClient
from penstock.contract.fields import MAX_PAGE
from penstock.contract.filters import LogFilter, LogSort, TaskRunFilter, TaskRunOfLogFilter
from penstock.contract.logs import Log, LogQuery, read_logs
from penstock.contract.operators import Between
from penstock.contract.task_runs import TaskRunQuery, read_task_runs

LATE = timedelta(seconds=10)
"""How far behind others a line may come in: lines are sent in batches, by several processes."""


def of_flow_run(id: UUID, after: datetime | None = None) -> LogFilter:
    """The lines of a flow run and its task runs; only those from `after` on, where it is given."""
    return LogFilter(flow_run_id=ids(id), timestamp=Between(after_=after) if after else None)


def of_task_run(id: UUID) -> LogFilter:
    """The lines of a task run."""
    return LogFilter(task_run_id=TaskRunOfLogFilter(any_=[id]))


def newest_first(client: CommandClient, chosen: LogFilter, most: int | None = None) -> Iterable[Log]:
    """The newest lines, the newest of them first, read as they are taken."""
    query = LogQuery(logs=chosen, sort=LogSort.TIMESTAMP_DESC)
    return every(client, read_logs, query, most=most)


def oldest_first(client: CommandClient, chosen: LogFilter, most: int | None = None) -> Iterable[Log]:
    """The oldest lines, oldest first, read as they are taken."""
    query = LogQuery(logs=chosen, sort=LogSort.TIMESTAMP_ASC)
    return every(client, read_logs, query, most=most)


class LogTail:
    """The lines of a flow run, each once, as they come in."""

    def __init__(self, client: CommandClient, flow_run_id: UUID) -> None:
        self._client, self._id = client, flow_run_id
        self._seen: dict[UUID, datetime] = {}
        self._since: datetime | None = None

    def begin_after(self, logs: Sequence[Log]) -> None:
        """Take lines as read, and what was written before the first of them too."""
        self._since = self._since or logs[0].timestamp
        self._take(logs)

    def read(self) -> list[Log]:
        """The lines that have come in since the last time, oldest first."""
        after = self._since
        if self._seen:
            late = max(self._seen.values()) - LATE
            after = max(late, after) if after else late
        chosen = of_flow_run(self._id, after)
        new = [log for log in oldest_first(self._client, chosen) if log.id not in self._seen]
        if after is not None:
            self._seen = {id: moment for id, moment in self._seen.items() if moment >= after}
        self._take(new)
        return new

    def _take(self, logs: Iterable[Log]) -> None:
        self._seen.update((log.id, log.timestamp) for log in logs)


class LinePrinter:
    """Prints log records one a line; knows what the runs are called."""

    def __init__(
        self, client: CommandClient, flow_run_names: dict[UUID, str], *, as_json_lines: bool = False
    ) -> None:
        self._client, self._flow_runs, self._as_json_lines = client, flow_run_names, as_json_lines
        self._task_runs: dict[UUID, str] = {}

    def rename(self, flow_run_id: UUID, name: str) -> None:
        """Call a flow run so from now on: its code may give it a name when it begins."""
        self._flow_runs[flow_run_id] = name

    def lines(self, logs: Sequence[Log]) -> list[str]:
        """One text for each record."""
        if self._as_json_lines:
            return [msgspec.json.encode(log).decode() for log in logs]
        self._learn({log.task_run_id for log in logs if log.task_run_id is not None})
        return [
            printed(log.timestamp, logging.getLevelName(log.level), self._whose(log), log.message)
            for log in logs
        ]

    def _learn(self, task_run_ids: set[UUID]) -> None:
        unknown = sorted(task_run_ids - self._task_runs.keys())
        for start in range(0, len(unknown), MAX_PAGE):
            chosen = TaskRunFilter(id=ids(*unknown[start : start + MAX_PAGE]))
            for run in every(self._client, read_task_runs, TaskRunQuery(task_runs=chosen)):
                self._task_runs[run.id] = run.name

    def _whose(self, log: Log) -> str:
        if log.task_run_id is not None:
            name = self._task_runs.get(log.task_run_id)
            return f"Task run {name!r}" if name else "Task run"
        name = self._flow_runs.get(log.flow_run_id) if log.flow_run_id else None
        return f"Flow run {name!r}" if name else log.name


def printed(moment: datetime, level: str, whose: str, message: str) -> str:
    """A line: local time, level, whose it is, and what it says."""
    time = moment.astimezone().isoformat(" ", "milliseconds")[:23]
    return f"{time} | {level:<8} | {whose} - {message}"
