"""What the recorder ships: task runs with their states, log lines and events, many at a time."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from msgspec import Struct

from penstock.contract.events import Event
from penstock.contract.logs import LogCreate
from penstock.contract.task_runs import RecordedState, RecordTaskRuns, TaskRun, TaskRunRecord
from penstock.domain.states import State

MAX_RECORDS = 1_000
MAX_LINES = 5_000
MAX_EVENTS = 500
MAX_MESSAGE_BYTES = 64 * 1024
"""Of one log line; longer ones are cut."""
_ROOM_FOR_MARK = 40
"""Bytes of what says that a line was cut."""


class TaskRunBatch(Struct, tag="task_runs"):
    """Task runs of one flow run, under its lease."""

    lease: UUID | None
    body: RecordTaskRuns

    def halves(self) -> "list[TaskRunBatch]":
        """The same in two parts; none, if there is only one thing in it."""
        records = self.body.records
        if len(records) < 2:
            return []
        middle = len(records) // 2
        return [
            TaskRunBatch(self.lease, RecordTaskRuns(self.body.recorder, self.body.sequence, part))
            for part in (records[:middle], records[middle:])
        ]


class LogBatch(Struct, tag="logs"):
    """Log lines, whichever runs they belong to."""

    lines: list[LogCreate]

    def halves(self) -> "list[LogBatch]":
        """The same in two parts; none, if there is only one thing in it."""
        middle = len(self.lines) // 2
        return [LogBatch(part) for part in (self.lines[:middle], self.lines[middle:])] if middle else []


class EventBatch(Struct, tag="events"):
    """Events that user code told of."""

    events: list[Event]

    def halves(self) -> "list[EventBatch]":
        """The same in two parts; none, if there is only one thing in it."""
        middle = len(self.events) // 2
        return [EventBatch(part) for part in (self.events[:middle], self.events[middle:])] if middle else []


Batch = TaskRunBatch | LogBatch | EventBatch


def records_of(entries: Iterable[tuple[TaskRun, State | None]]) -> list[TaskRunRecord]:
    """One record for each run among `entries`, with the states that it has there, in order.

    A run whose first states are shipped already gets a short record.
    """
    records: dict[UUID, TaskRunRecord] = {}
    for run, state in entries:
        record = records.get(run.id)
        if record is None:
            record = records[run.id] = _record(run)
        if state is not None:
            record.states.append(_recorded(state))
    return list(records.values())


def _record(run: TaskRun) -> TaskRunRecord:
    return TaskRunRecord(
        id=run.id,
        flow_run_id=run.flow_run_id,
        name=run.name,
        task_key=run.task_key,
        dynamic_key=run.dynamic_key,
        task_version=run.task_version,
        empirical_policy=run.empirical_policy,
        tags=run.tags,
        labels=run.labels,
        task_inputs=run.task_inputs,
        flow_run_run_count=run.flow_run_run_count,
        states=[],
    )


def _recorded(state: State) -> RecordedState:
    details = state.state_details
    tells = details.scheduled_time or details.child_flow_run_id
    return RecordedState(
        id=state.id,
        type=state.type,
        name=state.name,
        timestamp=state.timestamp,
        message=None if state.message is None else clean(state.message),
        state_details=details if tells else None,
    )


def clean(text: str) -> str:
    """`text` as every database can hold it: without NUL and without halves of characters."""
    if text.isascii():
        return text if "\0" not in text else text.replace("\0", "\ufffd")
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def cut(message: str, limit: int = MAX_MESSAGE_BYTES) -> str:
    """`message`, or as much of it as may be sent, and then how much that leaves out."""
    message = clean(message)
    if len(message) * 4 <= limit or len(encoded := message.encode()) <= limit:
        return message
    kept = limit - _ROOM_FOR_MARK
    return encoded[:kept].decode("utf-8", "ignore") + f"… ({len(encoded) - kept:,} bytes cut)"


def in_chunks(items: list[Any], size: int) -> Iterable[list[Any]]:
    """`items` in lists of at most `size`."""
    return (items[start : start + size] for start in range(0, len(items), size))
