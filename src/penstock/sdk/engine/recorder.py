"""The recorder: what happens in a run is told to the server in batches, off the path of user code.

Code that runs only appends to a queue. A background thread ships what has gathered, in order; before a run's
last state is proposed, whoever proposes it ships the rest in its own thread and so need not wait for another.
"""

import threading
import time
from uuid import UUID

from penstock.contract.events import Event
from penstock.contract.logs import LogCreate
from penstock.contract.task_runs import RecordTaskRuns, TaskRun
from penstock.domain.states import State
from penstock.sdk.engine.backlog import Backlog, Entry
from penstock.sdk.engine.batches import (
    MAX_EVENTS,
    MAX_LINES,
    MAX_RECORDS,
    Batch,
    EventBatch,
    LogBatch,
    TaskRunBatch,
    in_chunks,
    records_of,
)
from penstock.sdk.engine.delivery import Delivery

_SOON = 2_000
"""Entries that are shipped at once instead of after `interval`."""
_SOON_CHARACTERS = 4 * 2**20
"""The same, of log lines that are long."""
_BEHIND = 20_000
"""Entries with which the thread can't keep up by sending: they go to disk first."""
_BEHIND_CHARACTERS = 32 * 2**20
_BREATH = 0.001
"""Seconds for which long lines let the thread go on that is so far behind."""
_MOST_LINES = 200_000
"""Log lines in memory. More are dropped, counted, and told about."""
_MOST_CHARACTERS = 128 * 2**20
_PATIENCE_AT_THE_END = 5.0
"""Seconds that closing waits for the thread."""


class Recorder:
    """Takes what is to be recorded from any thread.

    Args:
        id: Of this recorder, for the server.
        delivery: How batches get to the server.
        interval: Seconds after which what was recorded is shipped, at the latest.
    """

    def __init__(self, id: UUID, delivery: Delivery, interval: float) -> None:
        self._id = id
        self._delivery = delivery
        self._interval = interval
        self._entries = Backlog()
        self._leases: dict[UUID, UUID] = {}
        self._sequence = 0
        self._dropped_lines = 0
        self._last_dropped: LogCreate | None = None
        self._adopted = False
        self._closed = False
        self._shipping = threading.Lock()
        self._starting = threading.Lock()
        self._wake = threading.Event()
        self._hurry = threading.Event()
        self._thread: threading.Thread | None = None

    def record(self, run: TaskRun, state: State | None) -> None:
        """A task run is known, or entered a state."""
        self._entries.append((run, state))
        if not self._wake.is_set() or len(self._entries) == _SOON:
            self._rouse()

    def log(self, line: LogCreate) -> None:
        """A line was logged. Past a bound, lines are counted instead of kept; near it, it takes a moment."""
        entries = self._entries
        if len(entries) >= _MOST_LINES or entries.characters >= _MOST_CHARACTERS:
            self._dropped_lines += 1
            self._last_dropped = line
            return
        entries.append_line(line)
        if entries.characters >= _BEHIND_CHARACTERS:
            time.sleep(_BREATH)  # else who logs without a pause keeps the interpreter, and the thread waits
        if not self._wake.is_set() or (self._is_urgent() and not self._hurry.is_set()):
            self._rouse()

    def tell(self, event: Event) -> None:
        """User code tells of an event. It is shipped at once: somebody may wait for it."""
        self._entries.append(event)
        if not self._hurry.is_set():
            self._rouse()
            self._hurry.set()

    def hold_lease(self, flow_run_id: UUID, lease: UUID) -> None:
        """From now on the run's task runs are recorded under `lease`."""
        self._leases[flow_run_id] = lease

    def forget_lease(self, flow_run_id: UUID) -> None:
        """The run has ended."""
        self._leases.pop(flow_run_id, None)

    def close(self) -> None:
        """Ship what is left, and end the thread. What the server doesn't take now stays in the spool."""
        self._closed = True
        self._wake.set()
        self._hurry.set()
        if self._thread is not None:
            self._thread.join(_PATIENCE_AT_THE_END)
        self.flush()

    def _rouse(self) -> None:
        self._wake.set()
        if self._is_urgent():
            self._hurry.set()
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="penstock-recorder", daemon=True)
                self._thread.start()

    def _is_urgent(self) -> bool:
        return len(self._entries) >= _SOON or self._entries.characters >= _SOON_CHARACTERS

    def _work(self) -> None:
        while not self._closed:
            self._wake.wait()
            self._hurry.wait(max(self._interval, self._delivery.seconds_to_next_try))
            self._hurry.clear()
            self._wake.clear()
            with self._shipping:
                if self._delivery.is_due:
                    self._delivery.catch_up()
                self._ship()
                self._adopt_orphans()
            if not self._delivery.is_done:
                self._wake.set()

    def flush(self) -> bool:
        """Ship everything now, in this thread. Whether it all arrived: what did not is in the spool."""
        with self._shipping:
            self._delivery.catch_up()
            self._ship()
            return self._delivery.is_done

    def _ship(self) -> None:
        while self._entries:
            entries = self._entries.take(_SOON, _SOON_CHARACTERS)
            try:
                self._ship_entries(entries)
            except BaseException:  # the thread is interrupted: sending twice is harmless, losing is not
                self._entries.put_back(entries)
                raise
        if (last := self._last_dropped) is not None:
            text = f"{self._dropped_lines:,} log lines were dropped: they came faster than they can be kept."
            self._dropped_lines, self._last_dropped = 0, None
            told = LogCreate(name=last.name, level=30, message=text, timestamp=last.timestamp)
            told.flow_run_id, told.task_run_id = last.flow_run_id, last.task_run_id
            self._delivery.deliver(LogBatch([told]))

    def _ship_entries(self, entries: list[Entry]) -> None:
        left = self._entries
        is_behind = len(left) > _BEHIND or left.characters > _BEHIND_CHARACTERS
        hand_over = self._delivery.postpone if is_behind else self._delivery.deliver
        for batch in self._batches(entries):
            hand_over(batch)

    def _adopt_orphans(self) -> None:
        if not self._adopted and self._delivery.is_done:
            self._adopted = True
            self._delivery.adopt_orphans()

    def begin_anew(self, id: UUID, delivery: Delivery) -> None:
        """In a forked child: what is in the queue is the parent's to ship, and so is the thread."""
        self.__init__(id, delivery, self._interval)  # type: ignore[misc]

    def _batches(self, entries: list[Entry]) -> list[Batch]:
        runs: dict[UUID | None, list[tuple[TaskRun, State | None]]] = {}
        lines: list[LogCreate] = []
        events: list[Event] = []
        for entry in entries:
            if isinstance(entry, LogCreate):
                lines.append(entry)
            elif isinstance(entry, Event):
                events.append(entry)
            else:
                runs.setdefault(entry[0].flow_run_id, []).append(entry)
        batches: list[Batch] = []
        for flow_run_id, of_run in runs.items():
            batches += self._task_run_batches(flow_run_id, of_run)
        batches += [EventBatch(chunk) for chunk in in_chunks(events, MAX_EVENTS)]
        return batches + [LogBatch(chunk) for chunk in in_chunks(lines, MAX_LINES)]

    def _task_run_batches(
        self, flow_run_id: UUID | None, entries: list[tuple[TaskRun, State | None]]
    ) -> list[TaskRunBatch]:
        lease = self._leases.get(flow_run_id) if flow_run_id is not None else None
        batches = []
        for records in in_chunks(records_of(entries), MAX_RECORDS):
            self._sequence += 1
            body = RecordTaskRuns(recorder=self._id, sequence=self._sequence, records=records)
            batches.append(TaskRunBatch(lease, body))
        return batches
