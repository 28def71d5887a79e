"""Many runs that nobody has enter states of their own in one go: a few statements for all of them.

It is what `runs.enter` does, for runs that wait and have never started: those have no lease, no pause and no
slots that would change with them.
"""

from collections.abc import Sequence

from penstock.db.port import Row, Transaction
from penstock.db.statements import flow_runs as statements
from penstock.db.statements import rows
from penstock.db.tables import flow_run_states
from penstock.domain.rules import FLOW_RUN_RULES
from penstock.domain.runs import Progress, advance
from penstock.domain.states import State, StateType
from penstock.domain.transitions import Facts, Transition, decide, entered
from penstock.server import runs
from penstock.server.caller import Caller
from penstock.server.changes import ALL, changed
from penstock.server.emitting import emit
from penstock.server.event_sources import flow_runs as event_sources
from penstock.server.metrics import counted
from penstock.server.runs import KnownRun
from penstock.server.views.progress import progress_columns
from penstock.server.views.states import current_state_columns, state_row

_TOLD = 20
"""Ids of more runs than these are not told to pages."""

Course = tuple[Row, KnownRun, State, Progress]


async def enter_together(tx: Transaction, proposed: Sequence[tuple[Row, State]], caller: Caller) -> int:
    """Let runs that wait enter these states, as far as the rules let them; how many did.

    Args:
        proposed: Rows of `statements.waiting_runs`, whose runs are held, each with its state.
    """
    courses = [course for row, state in proposed if (course := _course(tx, row, state)) is not None]
    if not courses:
        return 0
    changes = [
        {
            "run_id": row["id"],
            "seen": known.seen,
            "updated": tx.now,
            **current_state_columns(state, known.seen + 1),
            **progress_columns(progress),
        }
        for row, known, state, progress in courses
    ]
    count = await tx.execute_many(statements.update_as_seen(), changes)
    assert count == len(courses), "they were held"
    history = [
        {"flow_run_id": row["id"], **state_row(state, known.seen + 1, caller.principal)}
        for row, known, state, _ in courses
    ]
    await tx.execute_many(rows.insert(flow_run_states), history)
    await _tell(tx, caller, courses)
    return len(courses)


def _course(tx: Transaction, row: Row, proposed: State) -> Course | None:
    known = runs.at_rest(row)
    transition = Transition(known.run, proposed, Facts(), tx.now)
    state = entered(decide(transition, FLOW_RUN_RULES), transition)
    if state is None:
        return None
    return row, known, state, advance(known.run.progress, known.run.state, state)


async def _tell(tx: Transaction, caller: Caller, courses: Sequence[Course]) -> None:
    events = [
        event_sources.entered({**row, **progress_columns(progress)}, row["id"], known.run.state, state)
        for row, known, state, progress in courses
    ]
    await emit(tx, caller, *events, is_listened_to=bool(courses[0][0]["is_listened_to"]))
    ids = [row["id"] for row, _, _, _ in courses]
    changed(tx, "flow_runs", *(ids if len(ids) <= _TOLD else [ALL]))
    for _, known, state, _ in courses:
        counted.entered(tx, known.run, state)
        if state.type is StateType.SCHEDULED:
            runs.wake(tx, known.work_pool_id, known.deployment_id)
