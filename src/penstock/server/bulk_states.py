"""Many runs that nobody has enter states of their own in one go: a few statements for all of them.

It is what `runs.enter` does, for runs that are scheduled: those have no lease and no pause that would change.
"""

from collections.abc import Sequence
from typing import Self

from msgspec import Struct
from msgspec.structs import asdict

from penstock.db.port import Row, Transaction
from penstock.db.statements import flow_runs as statements
from penstock.db.statements import rows
from penstock.db.tables import flow_run_states, leases
from penstock.domain.leases import Lease
from penstock.domain.rules import FLOW_RUN_RULES
from penstock.domain.runs import advance
from penstock.domain.states import State, StateType
from penstock.domain.transitions import Facts, Transition, decide, entered
from penstock.server import runs, slots, task_run_states
from penstock.server.caller import Caller
from penstock.server.changes import ALL, changed
from penstock.server.emitting import emit
from penstock.server.event_sources import flow_runs as event_sources
from penstock.server.metrics import counted
from penstock.server.runs import KnownRun
from penstock.server.slots import PlaceOfRun
from penstock.server.views.progress import progress_columns
from penstock.server.views.states import current_state_columns, state_row

_TOLD = 20
"""Ids of more runs than these are not told to pages."""


class Course(Struct, frozen=True, kw_only=True):
    """A run on its way into its next state."""

    row: Row
    """The run as it was read, with what its events say of the things around it; it is held."""
    known: KnownRun
    state: State
    columns: Row
    """What changes in the row of the run, but for its time."""
    lease: Lease | None = None
    """With which it is claimed, if it is."""

    @classmethod
    def to(cls, state: State, row: Row, known: KnownRun, lease: Lease | None = None) -> Self:
        """The course of a scheduled run into a state that the rules let it enter."""
        progress = advance(known.run.progress, known.run.state, state, resuming=known.run.pauses.resuming)
        columns = current_state_columns(state, known.seen + 1) | progress_columns(progress)
        return cls(row=row, known=known, state=state, columns=columns, lease=lease)

    @property
    def sequence(self) -> int:
        """Number of the state that it enters."""
        return self.known.seen + 1


async def enter_together(tx: Transaction, proposed: Sequence[tuple[Row, State]], caller: Caller) -> int:
    """Let scheduled runs enter these states, as far as the rules let them; how many did.

    Args:
        proposed: Rows of `statements.waiting_runs`, whose runs are held, each with its state.
    """
    courses = [course for row, state in proposed if (course := _course(tx, row, state)) is not None]
    await follow(tx, courses, caller)
    return len(courses)


def _course(tx: Transaction, row: Row, proposed: State) -> Course | None:
    known = runs.at_rest(row)
    transition = Transition(known.run, proposed, Facts(), tx.now)
    state = entered(decide(transition, FLOW_RUN_RULES), transition)
    return None if state is None else Course.to(state, row, known)


async def follow(tx: Transaction, courses: Sequence[Course], caller: Caller) -> None:
    """Let runs go where their courses lead: rows, histories and leases change together."""
    if not courses:
        return
    changes = [
        {"run_id": course.known.run.id, "seen": course.known.seen, "updated": tx.now, **course.columns}
        for course in courses
    ]
    count = await tx.execute_many(statements.update_as_seen(), changes)
    assert count == len(courses), "they were held"
    history = [
        {"flow_run_id": course.known.run.id, **state_row(course.state, course.sequence, caller.principal)}
        for course in courses
    ]
    await tx.execute_many(rows.insert(flow_run_states), history)
    await _tell(tx, caller, courses)
    await _lead_along(tx, caller, courses)
    await _take_places(tx, [course for course in courses if course.lease is not None])
    if ended := [course.known.run.id for course in courses if course.state.is_terminal]:
        await slots.end_of_flow_runs(tx, ended)


async def _tell(tx: Transaction, caller: Caller, courses: Sequence[Course]) -> None:
    events = [
        event_sources.entered(
            course.row | course.columns,
            course.known.run.id,
            course.known.run.state,
            course.state,
        )
        for course in courses
    ]
    await emit(tx, caller, *events, is_listened_to=bool(courses[0].row["is_listened_to"]))
    ids = [course.known.run.id for course in courses]
    changed(tx, "flow_runs", *(ids if len(ids) <= _TOLD else [ALL]))
    for course in courses:
        counted.entered(tx, course.known.run, course.state)
        if course.state.type is StateType.SCHEDULED:
            runs.wake(tx, course.known.work_pool_id, course.known.deployment_id)


async def _lead_along(tx: Transaction, caller: Caller, courses: Sequence[Course]) -> None:
    """Task runs that stand for some of the runs go where these go."""
    for course in courses:
        if (stand_in := course.known.stand_in) is not None:
            await task_run_states.follow_child(tx, stand_in, course.known.run.id, course.state, caller)


async def _take_places(tx: Transaction, claimed: Sequence[Course]) -> None:
    """Keep the leases of runs that are claimed, which are places in their queues and of their deployments."""
    held: list[Row] = []
    places: list[PlaceOfRun] = []
    for course in claimed:
        known, lease = course.known, course.lease
        assert lease is not None
        of = {"work_queue_id": known.work_queue_id, "deployment_id": known.deployment_id}
        held.append(asdict(lease) | of)
        if known.shared_limit_id is not None:
            places.append(PlaceOfRun(known.shared_limit_id, known.run.id, lease.id))
    await tx.execute_many(rows.insert(leases), held)
    await slots.hold_for_runs(tx, places)
