"""Tasks that are called now and run elsewhere: a queue, from which connected processes are given one each.

A task run is in the queue for as long as it is scheduled. It is given to one connection at a time; if that
ends before it has said that it has it, the next one gets it. What a process said that it has, and has not
begun when nothing was heard of it for a while, is given to another too: so a task may run twice where a
machine was cut off, and never not at all.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Final
from uuid import UUID

from msgspec import Struct

from penstock.contract.task_runs import TaskRun
from penstock.db.port import Row, Transaction
from penstock.db.statements import deferred_task_runs as statements
from penstock.db.statements import rows
from penstock.db.statements import task_runs as task_run_statements
from penstock.db.task_worker_tables import deferred_task_runs, task_workers
from penstock.domain.ids import new_id
from penstock.domain.states import State, StateType
from penstock.server.views.task_runs import task_run_answer

SILENCE: Final = timedelta(seconds=60)
"""A process of which nothing was heard for so long is gone."""
LOST_AT_ONCE: Final = 100
_LOOK_SECONDS: Final = 30.0
"""Between two looks at a queue that nobody rings for."""


class Attendant(Struct, frozen=True):
    """A connection of a process that runs tasks."""

    id: UUID
    client_id: str
    task_keys: list[str]


def topic(task_key: str) -> str:
    """The topic of those who run a task."""
    return f"deferred:{_mark(task_key)}"


def _mark(task_key: str) -> str:
    """Stands for a key, which may be long and have anything in it."""
    return blake2b(task_key.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _tell(tx: Transaction, task_key: str) -> None:
    tx.notify("deferred", _mark(task_key))


async def follow(tx: Transaction, row: Row, previous: StateType | None, state: State) -> None:
    """Put a task run into the queue that was deferred, and take one out that is no longer scheduled."""
    if previous is StateType.SCHEDULED:
        await forget(tx, [row["id"]])
    if state.type is StateType.SCHEDULED and state.state_details.deferred:
        due = state.state_details.scheduled_time or tx.now
        queued = {"task_run_id": row["id"], "task_key": row["task_key"], "due": due}
        await tx.execute(rows.insert(deferred_task_runs), queued)
        _tell(tx, row["task_key"])


async def forget(tx: Transaction, run_ids: Sequence[UUID]) -> None:
    """These task runs are no longer scheduled."""
    await tx.execute(statements.forget(run_ids))


async def attend(tx: Transaction, client_id: str, task_keys: list[str]) -> Attendant:
    """A process asks for runs of these tasks. What it had before its last connection broke, it has still."""
    attendant = Attendant(new_id(tx.now), client_id, task_keys)
    row = {"id": attendant.id, "client_id": client_id, "task_keys": task_keys, "seen": tx.now}
    await tx.execute(rows.insert(task_workers), row)
    for gone in await tx.fetch_all(statements.gone_connections(), {"of_client": client_id}):
        await tx.execute(statements.hand_over(), {"of_worker": gone["id"], "to": attendant.id})
        await tx.execute(rows.delete_by_id(task_workers), {"row_id": gone["id"]})
    return attendant


async def hear_of(tx: Transaction, attendant: Attendant) -> None:
    """It is still there."""
    await tx.execute(rows.update_by_id(task_workers), {"row_id": attendant.id, "seen": tx.now})


async def take(tx: Transaction, attendant: Attendant) -> TaskRun | float:
    """The next task run for it; where none is due, how many seconds to wait before asking again."""
    asked = {"now": tx.now}
    found = await tx.fetch_one(statements.first_due(attendant.task_keys), asked)
    if found is None:
        due: datetime | None = await tx.fetch_value(statements.next_due(attendant.task_keys))
        return min((due - tx.now).total_seconds(), _LOOK_SECONDS) if due else _LOOK_SECONDS
    await tx.execute(statements.give(), {"run_id": found["task_run_id"], "to": attendant.id})
    row = await tx.fetch_one(task_run_statements.by_id(), {"id": found["task_run_id"]})
    assert row is not None  # the row of the queue goes with it
    return task_run_answer(row, tx.now)


async def acknowledge(tx: Transaction, attendant: Attendant, run_id: UUID) -> None:
    """It says that it has the task run."""
    await tx.execute(statements.acknowledge(), {"run_id": run_id, "by": attendant.id, "at": tx.now})


async def leave(tx: Transaction, attendant: Attendant) -> None:
    """Its connection has ended: others get what it did not say that it has."""
    await _give_back(tx, await tx.fetch_all(statements.unacknowledged(), {"of_worker": attendant.id}))
    closed = {"row_id": attendant.id, "is_open": False, "seen": tx.now}
    await tx.execute(rows.update_by_id(task_workers), closed)


async def sweep(tx: Transaction) -> int:
    """Others get what processes have that are gone. Returns how many connections these were."""
    asked = {"since": tx.now - SILENCE, "at_most": LOST_AT_ONCE}
    lost = await tx.fetch_all(statements.lost_connections(), asked)
    for row in lost:
        await _give_back(tx, await tx.fetch_all(statements.held(), {"of_worker": row["id"]}))
        await tx.execute(rows.delete_by_id(task_workers), {"row_id": row["id"]})
    return len(lost)


async def _give_back(tx: Transaction, held: Sequence[Row]) -> None:
    if held:
        await tx.execute(statements.give_back([row["task_run_id"] for row in held]))
        for task_key in {row["task_key"] for row in held}:
            _tell(tx, task_key)
