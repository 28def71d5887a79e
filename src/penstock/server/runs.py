"""A flow run as the use cases see it: what is known of it, and how it enters its next state."""

from uuid import UUID

from msgspec import Struct, convert
from msgspec.structs import asdict, replace

from penstock.db.port import Row, Transaction
from penstock.db.statements import flow_run_inputs, rows
from penstock.db.statements import flow_runs as statements
from penstock.db.tables import flow_run_states, leases
from penstock.domain.errors import NotFound
from penstock.domain.leases import Lease, is_holder, is_owned, succeed
from penstock.domain.pauses import expires, overdue, pauses_after
from penstock.domain.runs import Progress, Run, RunKind, RunPolicy, advance, retries_in_process
from penstock.domain.states import State, StateType
from penstock.domain.transitions import Facts, SlotFacts
from penstock.server import places, run_tokens, slots, task_run_states
from penstock.server.bus import DEPLOYMENT, PAUSED_RUN, PAUSES, POOL
from penstock.server.caller import Caller
from penstock.server.changes import changed
from penstock.server.event_sources.flow_runs import emit_entered
from penstock.server.metrics import counted
from penstock.server.slots import PlaceOfRun
from penstock.server.views.leases import lease_of
from penstock.server.views.progress import progress_columns, progress_of
from penstock.server.views.states import (
    belonging_to,
    current_state,
    current_state_columns,
    state_row,
)

_TAKES_PLACE = frozenset({StateType.PENDING, StateType.RUNNING})
_WAKES_WORKERS = frozenset({StateType.SCHEDULED, StateType.CANCELLING})


class KnownRun(Struct, frozen=True, kw_only=True):
    """A flow run as it was read: the basis of a decision, and of a write that holds only while it is true."""

    run: Run
    lease: Lease | None
    seen: int
    """Number of the state that it was read in."""
    deployment_id: UUID | None
    work_queue_id: UUID | None
    work_pool_id: UUID | None
    shared_limit_id: UUID | None
    """The limit with a name that its deployment has, which others may share."""
    is_limited: bool
    """Whether its pool, queue or deployment has a concurrency limit."""
    policy: RunPolicy
    """As it stands, with all that it remembers."""
    stand_in: UUID | None
    """The task run of its parent that enters each state that it enters, if there is one."""


async def load(tx: Transaction, run_id: UUID) -> KnownRun:
    """The run with this id. Raises `NotFound`."""
    row = await tx.fetch_one(statements.facts(), {"id": run_id})
    if row is None:
        raise NotFound("There is no such flow run.", detail={"flow_run_id": str(run_id)})
    return known(row)


def known(row: Row) -> KnownRun:
    """A run from a row of `statements.facts`."""
    limits = (row["pool_limit"], row["queue_limit"], row["deployment_limit"], row["shared_limit_id"])
    is_limited = any(limit is not None for limit in limits)
    return replace(at_rest(row), lease=lease_of(row), is_limited=is_limited)


def at_rest(row: Row) -> KnownRun:
    """A run that nobody has, from a row as answers show it; what limits it is under is not known."""
    policy = convert(row["empirical_policy"], RunPolicy)
    return KnownRun(
        run=Run(
            id=row["id"],
            kind=RunKind.FLOW,
            state=current_state(row, flow_run_id=row["id"]),
            progress=progress_of(row),
            policy=policy.retry_policy,
            pauses=policy.pauses,
            is_served=row["deployment_id"] is not None or row["work_queue_id"] is not None,
        ),
        lease=None,
        seen=row["state_sequence"],
        deployment_id=row["deployment_id"],
        work_queue_id=row["work_queue_id"],
        work_pool_id=row["work_pool_id"],
        shared_limit_id=row.get("shared_limit_id"),
        is_limited=False,
        policy=policy,
        stand_in=row["parent_task_run_id"] if row["parent_follows"] else None,
    )


async def facts(tx: Transaction, known: KnownRun, proposed: State, caller: Caller) -> Facts:
    """What the rules ask about the world when this caller proposes this state to this run."""
    # Whoever has a lease has a place: only those who have none ask for one.
    asks = known.is_limited and known.lease is None and proposed.type in _TAKES_PLACE
    return Facts(
        slots=await _slots(tx, known) if asks else (),
        owned=is_owned(known.lease),
        by_owner=is_holder(known.lease, caller.lease),
    )


async def _slots(tx: Transaction, known: KnownRun) -> list[SlotFacts]:
    found: list[SlotFacts] = []
    if known.work_pool_id is not None and known.work_queue_id is not None:
        found += await places.in_pool(tx, known.work_pool_id, known.work_queue_id)
    if known.deployment_id is not None:
        found += (await places.of_deployments(tx, [known.deployment_id])).values()
    return found


class Entered(Struct, frozen=True, kw_only=True):
    """What is true of a run after it has entered a state."""

    state: State
    progress: Progress
    lease: Lease | None


async def enter(
    tx: Transaction,
    known: KnownRun,
    state: State,
    caller: Caller,
    *,
    holder: str | None = None,
) -> Entered | None:
    """Let a run enter a state: its row, its history and its lease change together.

    Args:
        holder: Asks for the lease of the run's process, and says who will renew it.

    Returns:
        None if the run is not in the state any more in which it was read; nothing has changed then.
    """
    run, sequence = known.run, known.seen + 1
    waits, resuming = retries_in_process(run, state), run.pauses.resuming
    progress = advance(run.progress, run.state, state, in_process=waits, resuming=resuming)
    columns = {
        "updated": tx.now,
        **current_state_columns(state, sequence),
        **progress_columns(progress),
        **_pause_columns(known, state),
    }
    if not await tx.execute(statements.update_as_seen(), {"run_id": run.id, "seen": known.seen, **columns}):
        return None
    changed(tx, "flow_runs", run.id)
    await add_to_history(tx, run.id, state, sequence, caller)
    await emit_entered(tx, caller, run.id, run.state, state)
    if known.stand_in is not None:
        await task_run_states.follow_child(tx, known.stand_in, run.id, state, caller)
    counted.entered(tx, run, state)
    by = caller.proposer(holder)
    lease = succeed(known.lease, run, state, by, caller.terms, tx.now)
    await _change_lease(tx, known, lease)
    if known.lease is not None and lease is None and caller.run == run.id:
        await run_tokens.end_soon(tx, known.lease)
    await _tell_of_pause(tx, run, state)
    if state.is_terminal or (known.lease and not lease):
        await slots.end_of_flow_runs(tx, [run.id])
    if state.type in _WAKES_WORKERS or (known.lease and not lease):
        wake(tx, known.work_pool_id, known.deployment_id)
    return Entered(state=belonging_to(state, flow_run_id=run.id), progress=progress, lease=lease)


def _pause_columns(known: KnownRun, state: State) -> Row:
    """What changes beside the state of a run that is paused, or was."""
    columns: Row = {}
    pauses = pauses_after(known.run.pauses, known.run.state, state)
    if pauses != known.run.pauses:
        columns["empirical_policy"] = known.policy.remembering(pauses)
    if _is_paused(known.run.state) or _is_paused(state):
        columns["pause_expires"] = overdue(state)
    return columns


def _is_paused(state: State | None) -> bool:
    return state is not None and state.type is StateType.PAUSED


async def _tell_of_pause(tx: Transaction, run: Run, state: State) -> None:
    """Wake who must know that a pause begins, or waits for its end; a new question has no answer yet."""
    if _is_paused(run.state):
        tx.notify(PAUSED_RUN, str(run.id))
    if not _is_paused(state):
        return
    if expires(state) is not None:
        tx.notify(PAUSES)
    if keys := state.state_details.run_input_keyset:
        asked = {"run_id": run.id, "key": keys.get("response", "")}
        await tx.execute(flow_run_inputs.delete(), asked)


def wake(tx: Transaction, work_pool_id: UUID | None, deployment_id: UUID | None) -> None:
    """Ring for those who may have something to do: the workers of a pool, else who serves a deployment."""
    if work_pool_id is not None:
        tx.notify(POOL, str(work_pool_id))
    elif deployment_id is not None:
        tx.notify(DEPLOYMENT, str(deployment_id))


async def add_to_history(tx: Transaction, run_id: UUID, state: State, sequence: int, caller: Caller) -> None:
    """Write down that the run entered a state, and who brought it about."""
    row = {"flow_run_id": run_id, **state_row(state, sequence, caller.principal)}
    await tx.execute(rows.insert(flow_run_states), row)


async def _change_lease(tx: Transaction, known: KnownRun, lease: Lease | None) -> None:
    before = known.lease
    if before is not None and (lease is None or lease.id != before.id):
        await tx.execute(rows.delete_by_id(leases), {"row_id": before.id})
    if lease is None or lease == before:
        return
    if before is not None and lease.id == before.id:
        columns = {"kind": lease.kind, "holder": lease.holder, "expires": lease.expires}
        await tx.execute(rows.update_by_id(leases), {"row_id": lease.id, **columns})
    else:
        await add_lease(tx, lease, known.work_queue_id, known.deployment_id)
    if before is None and known.shared_limit_id is not None:
        await slots.hold_for_runs(tx, [PlaceOfRun(known.shared_limit_id, known.run.id, lease.id)])


async def add_lease(
    tx: Transaction, lease: Lease, work_queue_id: UUID | None, deployment_id: UUID | None
) -> None:
    """Keep a lease, which is also a place in this queue and of this deployment."""
    row = {**asdict(lease), "work_queue_id": work_queue_id, "deployment_id": deployment_id}
    await tx.execute(rows.insert(leases), row)
