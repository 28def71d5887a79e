"""Task runs: recorded many at a time by our own engine, or moved state by state by clients that do so."""

from typing import Any
from uuid import UUID

from msgspec import UNSET

from penstock.contract.endpoint import Upserted
from penstock.contract.flow_runs import SetRunState
from penstock.contract.states import Entered, OrchestrationResult
from penstock.contract.task_runs import (
    RecordTaskRuns,
    TaskRun,
    TaskRunCreate,
    TaskRunsRecorded,
    TaskRunUpdate,
)
from penstock.db.errors import UniqueViolation
from penstock.db.port import Row, Transaction
from penstock.db.statements import flow_runs as flow_run_statements
from penstock.db.statements import leases as lease_statements
from penstock.db.statements import rows
from penstock.db.statements import task_runs as statements
from penstock.db.tables import task_runs
from penstock.domain.errors import AlreadyExists, Conflict, Fenced, TooLarge
from penstock.domain.ids import new_id
from penstock.domain.names import generate_name
from penstock.domain.rules import TASK_RUN_RULES
from penstock.domain.runs import Progress
from penstock.domain.states import State, StateCreate, StateType, from_proposal
from penstock.domain.transitions import Facts, Transition, Verdict, decide, entered
from penstock.server import artifacts, named, tag_slots, task_run_states
from penstock.server.caller import Caller
from penstock.server.ops.registry import operation
from penstock.server.recording import record
from penstock.server.text import without_nul
from penstock.server.views.progress import progress_columns
from penstock.server.views.states import (
    belonging_to,
)
from penstock.server.views.task_runs import task_run_answer
from penstock.server.views.verdicts import verdict_answer


@operation("record_task_runs", access="write")
async def record_task_runs(tx: Transaction, caller: Caller, *, body: RecordTaskRuns) -> TaskRunsRecorded:
    """Record what task runs went through in their own process, many at a time and in order.

    Raises:
        NotFound: A record is of a flow run that there is not.
        Fenced: The flow run was taken from the process that records.
        TooLarge: More records than one call may have.
    """
    if len(body.records) > caller.limits.record_batch:
        message = f"{len(body.records)} task runs in one request; at most {caller.limits.record_batch}."
        raise TooLarge(message, hint="Record them in several requests.")
    await _check_fence(tx, caller)
    new = await record(tx, caller, body.records)
    return TaskRunsRecorded(recorder=body.recorder, sequence=body.sequence, runs=new.runs, states=new.states)


async def _check_fence(tx: Transaction, caller: Caller) -> None:
    """Refuse a process whose lease is gone: what it did since belongs to nobody."""
    if caller.lease is None or await tx.fetch_one(lease_statements.by_id(), {"row_id": caller.lease}):
        return
    message = "This process no longer owns its flow run: its lease was given back, taken over or expired."
    raise Fenced(message, hint="It must stop; what it reports is not recorded.")


@operation("create_task_run", access="write")
async def create_task_run(tx: Transaction, caller: Caller, *, body: TaskRunCreate) -> Upserted[TaskRun]:
    """Make a task run; one with the same flow run, task key and dynamic key is answered as it is."""
    await _check_fence(tx, caller)
    if body.flow_run_id is not None:
        run = await tx.fetch_one(flow_run_statements.by_id(), {"id": body.flow_run_id})
        named.found(run, "flow run", body.flow_run_id)
    row = _new_row(body, tx)
    if not await _register(tx, row):
        keys = {name: row[name] for name in ("flow_run_id", "task_key", "dynamic_key")}
        known = named.found(await tx.fetch_one(statements.by_keys(), keys), "task run", body.dynamic_key)
        return Upserted(task_run_answer(known, tx.now), created=False)
    task_run_states.tell(tx, row)
    state = body.state or StateCreate(type=StateType.PENDING)
    await task_run_states.enter(tx, row | _NO_STATE, from_proposal(state, tx.now), caller)
    return Upserted(await read_task_run(tx, caller, id=row["id"]), created=True)


async def _register(tx: Transaction, row: Row) -> bool:
    """Insert a task run; False if there is one with its keys."""
    try:
        async with tx.savepoint():
            return await tx.execute(statements.register(), row) > 0
    except UniqueViolation:
        message = f"The id {row['id']} is that of another task run."
        raise AlreadyExists(message, hint="Leave the id out, or give a new one.") from None


_NO_STATE: Row = {
    "state_id": None,
    "state_sequence": 0,
    "state_message": None,
    "state_data": None,
    "state_details": None,
}


def _new_row(body: TaskRunCreate, tx: Transaction) -> Row:
    return {
        "id": body.id or new_id(tx.now),
        "created": tx.now,
        "updated": tx.now,
        "flow_run_id": body.flow_run_id,
        "name": body.name or generate_name(),
        "task_key": body.task_key,
        "dynamic_key": body.dynamic_key,
        "cache_key": body.cache_key,
        "cache_expiration": body.cache_expiration,
        "task_version": body.task_version,
        "empirical_policy": body.empirical_policy,
        "tags": body.tags,
        "labels": body.labels or {},
        "task_inputs": body.task_inputs,
        **progress_columns(Progress()),
    }


@operation("update_task_run", access="write")
async def update_task_run(tx: Transaction, caller: Caller, *, id: UUID, body: TaskRunUpdate) -> None:
    """Change a task run's name."""
    await _check_fence(tx, caller)
    row = await _row(tx, id)
    columns: dict[str, Any] = {} if body.name is UNSET else {"name": body.name}
    await tx.execute(rows.update_by_id(task_runs), {"row_id": id, "updated": tx.now, **columns})
    task_run_states.tell(tx, row)


@operation("read_task_run", access="read")
async def read_task_run(tx: Transaction, caller: Caller, *, id: UUID) -> TaskRun:
    """One task run."""
    return task_run_answer(await _row(tx, id), tx.now)


async def _row(tx: Transaction, id: UUID) -> Row:
    return named.found(await tx.fetch_one(statements.by_id(), {"id": id}), "task run", id)


@operation("delete_task_run", access="write")
async def delete_task_run(tx: Transaction, caller: Caller, *, id: UUID) -> None:
    """Delete a task run with its states and logs."""
    row = await _row(tx, id)
    await tx.execute(statements.delete([id]))
    await tx.execute(statements.delete_logs([id]))
    await tag_slots.end(tx, id)
    await artifacts.delete_of_task_run(tx, id)
    task_run_states.tell(tx, row)


@operation("set_task_run_state", access="write")
async def set_task_run_state(
    tx: Transaction, caller: Caller, *, id: UUID, body: SetRunState
) -> OrchestrationResult:
    """Propose a state to a task run.

    Raises:
        NotFound: There is no such task run.
        Fenced: The caller's lease on the flow run was taken over or given back.
        Conflict: Others changed the run twice while this was decided.
    """
    await _check_fence(tx, caller)
    for _ in range(2):
        row = await _row(tx, id)
        run, proposed = task_run_states.known(row), from_proposal(without_nul(body.state), tx.now)
        found = await tag_slots.look(tx, row, run.state, proposed)
        transition = Transition(run, proposed, Facts(slots=found.facts(tx)), tx.now)
        verdict = decide(transition, TASK_RUN_RULES, force=body.force)
        state = entered(verdict, transition)
        if state is None:
            return _answer(OrchestrationResult, verdict, run.state, row)
        if await task_run_states.enter(tx, row, state, caller, found):
            return _answer(Entered, verdict, state, row)
    raise Conflict("The task run changes faster than this could be decided.", hint="Propose it again.")


def _answer(
    kind: type[OrchestrationResult], verdict: Verdict, state: State | None, row: Row
) -> OrchestrationResult:
    status, details = verdict_answer(verdict)
    if state is not None:
        state = belonging_to(state, task_run_id=row["id"], flow_run_id=row["flow_run_id"])
    return kind(state=state, status=status, details=details)
