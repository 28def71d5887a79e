"""A task run enters a state: because somebody proposed it, or as the flow run did that it stands for.

Clients of the reference make a task run for a flow that is called within a flow, and say nothing more of it:
it goes where the child goes. Our own engine records such task runs itself, like all others.
"""

from uuid import UUID

from msgspec.structs import replace

from penstock.db.port import Row, Transaction
from penstock.db.statements import rows
from penstock.db.statements import task_runs as statements
from penstock.db.tables import task_run_states
from penstock.domain.errors import Conflict
from penstock.domain.ids import new_id
from penstock.domain.runs import Run, RunKind, advance
from penstock.domain.states import State, StateDetails
from penstock.server import deferred_tasks, tag_slots
from penstock.server.caller import Caller
from penstock.server.changes import changed
from penstock.server.emitting import put_out
from penstock.server.tag_slots import TagSlots
from penstock.server.views.progress import progress_columns, progress_of
from penstock.server.views.states import current_state, current_state_columns, state_row


def known(row: Row) -> Run:
    """A task run from a row of `statements.by_id`."""
    return Run(
        id=row["id"],
        kind=RunKind.TASK,
        state=current_state(row, flow_run_id=row.get("flow_run_id"), task_run_id=row["id"]),
        progress=progress_of(row),
    )


async def enter(
    tx: Transaction, row: Row, state: State, caller: Caller, found: TagSlots | None = None
) -> bool:
    """Let a task run enter a state; False if it has left the one in which it was read."""
    run, sequence = known(row), row["state_sequence"] + 1
    progress = advance(run.progress, run.state, state)
    columns = {"updated": tx.now, **current_state_columns(state, sequence), **progress_columns(progress)}
    seen = {"run_id": run.id, "seen": row["state_sequence"]}
    if not await tx.execute(statements.enter(), seen | columns):
        return False
    tell(tx, row)
    history = {"task_run_id": run.id, "received": tx.tick(), **state_row(state, sequence, caller.principal)}
    await tx.execute(rows.insert(task_run_states), history)
    before = run.state.type if run.state else None
    await deferred_tasks.follow(tx, row, before, state)
    await tag_slots.follow(tx, caller, found or TagSlots(run.id), before, state)
    await put_out(tx, [state.id])
    return True


def tell(tx: Transaction, row: Row) -> None:
    """Say that something about a task run has changed."""
    if row["flow_run_id"] is not None:
        changed(tx, "task_runs", row["flow_run_id"])


async def follow_child(tx: Transaction, run_id: UUID, child_id: UUID, state: State, caller: Caller) -> None:
    """Let a task run enter the state that its child flow run has entered. One that is gone enters none.

    Raises:
        Conflict: Others changed the task run again and again meanwhile.
    """
    own = replace(state, id=new_id(tx.now), state_details=_of_child(state, child_id))
    for _ in range(3):
        row = await tx.fetch_one(statements.by_id(), {"id": run_id})
        if row is None or await enter(tx, row, own, caller):
            return
    raise Conflict("The parent's task run changes faster than this could be written.", hint="Ask again.")


def _of_child(state: State, child_id: UUID) -> StateDetails:
    """What is true of the child's state here too: it was proposed to the child, and nobody else runs it."""
    return replace(state.state_details, child_flow_run_id=child_id, transition_id=None, deferred=False)
