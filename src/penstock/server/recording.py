"""How a batch of task run records becomes rows: each run once, each state once, in their order."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from penstock.contract.task_runs import RecordedState, TaskRunPolicy, TaskRunRecord
from penstock.db.errors import ForeignKeyViolation, UniqueViolation, UnsupportedValue
from penstock.db.port import Row, Transaction
from penstock.db.statements import rows
from penstock.db.statements import task_runs as statements
from penstock.db.tables import task_run_states, task_runs
from penstock.domain.errors import AlreadyExists, NotFound
from penstock.domain.runs import Progress, advance
from penstock.domain.states import State, StateDetails, StateType, default_name
from penstock.server import deferred_tasks
from penstock.server.caller import Caller
from penstock.server.changes import changed
from penstock.server.emitting import put_out
from penstock.server.text import storable, without_nul
from penstock.server.views.progress import progress_columns, progress_of
from penstock.server.views.states import current_state_columns, state_row

_NO_POLICY = TaskRunPolicy()
_MAX_TEXT = 65_536


class Recorded(msgspec.Struct, frozen=True):
    """How much of a batch was new."""

    runs: int
    states: int


async def record(tx: Transaction, caller: Caller, records: Sequence[TaskRunRecord]) -> Recorded:
    """Write down what is new in a batch. Recording it again changes nothing.

    Raises:
        NotFound: A record is of a flow run that there is not; its `detail` lists these.
        AlreadyExists: A state has the id of another run's.
    """
    try:
        async with tx.savepoint():
            return await _write(tx, caller, records)
    except UniqueViolation:
        # Somebody records the same now, or calls one of these task runs by another id.
        return await _write_known(tx, caller, await _under_known_ids(tx, records))
    except UnsupportedValue:
        return await _write(tx, caller, [without_nul(record) for record in records])
    except ForeignKeyViolation:
        raise await _missing_flow_runs(tx, records) from None


async def _write_known(tx: Transaction, caller: Caller, records: Sequence[TaskRunRecord]) -> Recorded:
    try:
        async with tx.savepoint():
            return await _write(tx, caller, records)
    except UniqueViolation:
        message = "A state of this batch has the id of another task run's state."
        raise AlreadyExists(message, hint="Give every state an id of its own.") from None


async def _write(tx: Transaction, caller: Caller, records: Sequence[TaskRunRecord]) -> Recorded:
    ids = list({record.id for record in records})
    known = {
        row["id"]: _Course.known(row) for row in await tx.fetch_all(statements.recorded(), {"row_ids": ids})
    }
    seen = await _seen_states(tx, list(known))
    courses = dict(known)
    states: list[Row] = []
    for record in records:
        course = courses.get(record.id)
        if course is None:
            course = courses[record.id] = _Course()
        course.record = record
        states += course.follow(record, seen, caller)
    for row in states:
        # As events they are received one after the other, in their order.
        row["received"] = tx.tick()
    await _save(tx, courses, known.keys(), states)
    return Recorded(runs=len(courses) - len(known), states=len(states))


async def _seen_states(tx: Transaction, run_ids: Sequence[UUID]) -> set[UUID]:
    if not run_ids:
        return set()
    return {row["id"] for row in await tx.fetch_all(statements.recorded_states(), {"row_ids": run_ids})}


async def _save(
    tx: Transaction, courses: dict[UUID, "_Course"], known: Iterable[UUID], states: Sequence[Row]
) -> None:
    old = set(known)
    new = [course.new_row(tx.now) for run_id, course in courses.items() if run_id not in old]
    moves = [course.changes(tx.now) for run_id, course in courses.items() if run_id in old]
    if new:
        await tx.execute_many(rows.insert(task_runs), new)
    if moved := [row for row in moves if row is not None]:
        await tx.execute_many(rows.update_by_id(task_runs), moved)
    if begun := [run_id for run_id, course in courses.items() if course.has_begun]:
        await deferred_tasks.forget(tx, begun)
    if states:
        await tx.execute_many(rows.insert(task_run_states), states)
        await put_out(tx, [row["id"] for row in states])
    if new or states:
        changed(tx, "task_runs", *_flow_runs(courses.values()))


def _flow_runs(courses: Iterable["_Course"]) -> set[UUID]:
    records = (course.record for course in courses)
    return {record.flow_run_id for record in records if record and record.flow_run_id}


class _Course:
    """Where a task run has got to, while its records are followed."""

    __slots__ = ("has_begun", "has_moved", "progress", "record", "sequence", "state")

    def __init__(self) -> None:
        self.record: TaskRunRecord | None = None
        self.state: State | None = None
        self.progress = Progress()
        self.sequence = 0
        self.has_moved = False
        self.has_begun = False
        """It was scheduled, and is no more: whoever was to run it has it."""

    @classmethod
    def known(cls, row: Row) -> "_Course":
        """The course of a run that is in the database."""
        course = cls()
        course.progress, course.sequence = progress_of(row), row["state_sequence"]
        if row["state_id"] is not None:
            course.state = State(
                id=row["state_id"],
                type=StateType(row["state_type"]),
                name=row["state_name"],
                timestamp=row["state_timestamp"],
            )
        return course

    def follow(self, record: TaskRunRecord, seen: set[UUID], caller: Caller) -> list[Row]:
        """Go through the states of a record; the rows of those that are new."""
        history = []
        for recorded in record.states:
            if recorded.id in seen:
                continue
            seen.add(recorded.id)
            entered = _state(recorded)
            self.progress = advance(self.progress, self.state, entered)
            self.has_begun |= self.state is not None and self.state.type is StateType.SCHEDULED
            self.state, self.sequence, self.has_moved = entered, self.sequence + 1, True
            row = state_row(entered, self.sequence, caller.principal)
            history.append({"task_run_id": record.id, **row})
        return history

    def changes(self, now: datetime) -> Row | None:
        """What to change of a known run, if anything."""
        record = self.record
        if record is None or self.state is None or not self.has_moved:
            return None
        return {
            "row_id": record.id,
            "updated": now,
            "name": storable(record.name, _MAX_TEXT),
            "cache_key": record.cache_key,
            "cache_expiration": record.cache_expiration,
            "flow_run_run_count": record.flow_run_run_count,
            **current_state_columns(self.state, self.sequence),
            **progress_columns(self.progress),
        }

    def new_row(self, now: datetime) -> Row:
        """The row of a new run."""
        record = self.record
        assert record is not None
        return {
            "id": record.id,
            "created": now,
            "updated": now,
            "flow_run_id": record.flow_run_id,
            "name": storable(record.name, _MAX_TEXT),
            "task_key": record.task_key,
            "dynamic_key": record.dynamic_key,
            "cache_key": record.cache_key,
            "cache_expiration": record.cache_expiration,
            "task_version": record.task_version,
            "empirical_policy": record.empirical_policy or _NO_POLICY,
            "tags": record.tags,
            "labels": record.labels,
            "task_inputs": record.task_inputs,
            "flow_run_run_count": record.flow_run_run_count,
            **_current(self.state, self.sequence),
            **progress_columns(self.progress),
        }


def _current(state: State | None, sequence: int) -> Row:
    if state is not None:
        return current_state_columns(state, sequence)
    columns: Row = dict.fromkeys(("state_id", "state_type", "state_name", "state_timestamp"))
    return columns | {"state_sequence": 0}


def _state(recorded: RecordedState) -> State:
    message = recorded.message
    return State(
        id=recorded.id,
        type=recorded.type,
        name=recorded.name or default_name(recorded.type),
        timestamp=recorded.timestamp,
        message=None if message is None else storable(message, _MAX_TEXT),
        data=recorded.data,
        state_details=recorded.state_details or StateDetails(),
    )


async def _under_known_ids(tx: Transaction, records: Sequence[TaskRunRecord]) -> list[TaskRunRecord]:
    """The same records, where a run is known by its keys under the id that it is known by."""
    renamed = []
    for record in records:
        keys = {name: getattr(record, name) for name in ("flow_run_id", "task_key", "dynamic_key")}
        row = await tx.fetch_one(statements.by_keys(), keys)
        renamed.append(record if row is None else msgspec.structs.replace(record, id=row["id"]))
    return renamed


async def _missing_flow_runs(tx: Transaction, records: Sequence[TaskRunRecord]) -> NotFound:
    asked = {record.flow_run_id for record in records if record.flow_run_id is not None}
    found = await tx.fetch_all(statements.known_flow_runs(), {"row_ids": list(asked)})
    missing = sorted(str(run_id) for run_id in asked - {row["id"] for row in found})
    message = f"There is no flow run {', '.join(missing)}; nothing of this batch was recorded."
    return NotFound(message, detail={"flow_run_ids": missing})
