"""A flow run comes into being: its row, its first state, its lease, and a ring for its workers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct, field, to_builtins
from msgspec.structs import asdict

from penstock.contract.flow_runs import Creator
from penstock.db import dialect
from penstock.db.port import Row, Transaction
from penstock.db.statements import flow_runs as statements
from penstock.db.statements import rows
from penstock.db.tables import flow_run_states, flow_runs
from penstock.domain.events import NewEvent
from penstock.domain.ids import new_id
from penstock.domain.leases import Lease, succeed
from penstock.domain.names import generate_name
from penstock.domain.runs import Progress, Run, RunKind, RunPolicy, advance
from penstock.domain.states import State, StateType
from penstock.server import event_causes, runs, task_run_states
from penstock.server.caller import Caller
from penstock.server.changes import ALL, changed
from penstock.server.emitting import emit
from penstock.server.event_sources.flow_runs import emit_entered, entered
from penstock.server.family import made_by
from penstock.server.parameters import check_size
from penstock.server.views.progress import progress_columns
from penstock.server.views.states import current_state_columns, details_as_data, state_row

_TOLD = 20
"""Ids of more new runs than these are not told to pages."""


class Destination(Struct, frozen=True, kw_only=True):
    """Where a run waits to be claimed."""

    work_queue_id: UUID
    work_queue_name: str
    work_pool_id: UUID
    work_pool_name: str


class NewRun(Struct, frozen=True, kw_only=True):
    """A flow run that is to be made."""

    flow_id: UUID
    state: State
    name: str | None = None
    flow_version: str | None = None
    deployment_id: UUID | None = None
    deployment_version: str | None = None
    to: Destination | None = None
    parent_task_run_id: UUID | None = None
    parent_flow_run_id: UUID | None = None
    """The run that makes it, where the caller says which; else it is that of the parent task run."""
    parameters: dict[str, Any] = {}
    context: dict[str, Any] = {}
    empirical_policy: RunPolicy = field(default_factory=RunPolicy)
    tags: list[str] = []
    labels: dict[str, Any] = {}
    idempotency_key: str | None = None
    job_variables: dict[str, Any] | None = None
    auto_scheduled: bool = False
    schedule_id: UUID | None = None
    """The schedule that makes it."""
    infrastructure_document_id: UUID | None = None
    created_by: Creator | None = None


class Made(Struct, frozen=True, kw_only=True):
    """A flow run that was made."""

    row: Row
    """As `statements.flow_runs.by_id` would answer it."""
    lease: Lease | None


async def make(tx: Transaction, new: NewRun, caller: Caller, *, holder: str | None = None) -> Made | None:
    """Make a flow run; None if the flow has one with its idempotency key already.

    Args:
        holder: Asks for the lease of the run's process, and says who will renew it.

    Raises:
        TooLarge: Its parameters are larger than this server takes.
    """
    check_size(new.parameters, caller.limits.parameter_bytes)
    row = _row(new, caller, tx.now)
    if cause := await event_causes.of_parent(tx, new.parent_flow_run_id, new.parent_task_run_id):
        row["created_by"] = {**(to_builtins(row["created_by"]) or {}), "cause": cause}
    if maker := made_by(caller):
        row["created_by"] = {**(to_builtins(row["created_by"]) or {}), **maker}
    insert = rows.insert(flow_runs) if new.idempotency_key is None else statements.insert_keyed()
    if not await tx.execute(insert, row):
        return None
    changed(tx, "flow_runs", row["id"])
    await runs.add_to_history(tx, row["id"], new.state, 1, caller)
    await emit_entered(tx, caller, row["id"], None, new.state)
    if row["parent_follows"] and new.parent_task_run_id is not None:
        await task_run_states.follow_child(tx, new.parent_task_run_id, row["id"], new.state, caller)
    lease = _lease(new, row["id"], caller, holder, tx)
    if lease is not None:
        queue_id = new.to.work_queue_id if new.to else None
        await runs.add_lease(tx, lease, queue_id, new.deployment_id)
    if new.state.type is StateType.SCHEDULED:
        runs.wake(tx, new.to.work_pool_id if new.to else None, new.deployment_id)
    return Made(row=row | _beside(new), lease=lease)


async def make_scheduled(
    tx: Transaction, new: Sequence[tuple[NewRun, Row]], caller: Caller, *, is_listened_to: bool
) -> list[UUID]:
    """Make many flow runs that wait for their time; those whose keys their flows have already are left alone.

    Args:
        new: Each with what its events say of the things around it: a row of `statements.scheduling.to_plan`.
        is_listened_to: Whether an automation is enabled, as was looked up in this transaction.

    Returns:
        The ids of those that were made.
    """
    made = {row["id"]: (row, run, around) for run, around in new for row in [_row(run, caller, tx.now)]}
    if await tx.execute_many(statements.insert_keyed(), [row for row, _, _ in made.values()]) < len(made):
        found = await tx.fetch_all(statements.which(), {"ids": list(made)})
        made = {each["id"]: made[each["id"]] for each in found}
    history = [
        {"flow_run_id": id, **state_row(run.state, 1, caller.principal)} for id, (_, run, _) in made.items()
    ]
    await tx.execute_many(rows.insert(flow_run_states), history)
    await emit(tx, caller, *map(_scheduled_event, made.values()), is_listened_to=is_listened_to)
    if made:
        changed(tx, "flow_runs", *(made if len(made) <= _TOLD else [ALL]))
    return list(made)


def _scheduled_event(made: tuple[Row, NewRun, Row]) -> NewEvent:
    row, run, around = made
    said = {"deployment_name": around["name"], "created_by": to_builtins(row["created_by"])}
    return entered({**around, **row, **said}, row["id"], None, run.state)


def check_storable(new: NewRun, caller: Caller, now: datetime) -> None:
    """Refuse what the database would refuse when the run is made.

    Raises:
        UnsupportedValue: A text can't be stored; `field` is the column.
    """
    dialect.check_storable(flow_runs, _row(new, caller, now))
    dialect.check_storable(flow_run_states, state_row(new.state, 1, caller.principal))


def _row(new: NewRun, caller: Caller, now: datetime) -> Row:
    return {
        "id": new_id(now),
        "created": now,
        "updated": now,
        "flow_id": new.flow_id,
        "name": new.name or generate_name(),
        "flow_version": new.flow_version,
        "deployment_id": new.deployment_id,
        "deployment_version": new.deployment_version,
        "work_queue_id": new.to.work_queue_id if new.to else None,
        "parent_task_run_id": new.parent_task_run_id,
        # Our own engine names its run too, and records the task run of the call by itself.
        "parent_follows": new.parent_task_run_id is not None and new.parent_flow_run_id is None,
        "parameters": new.parameters,
        "context": new.context,
        "empirical_policy": new.empirical_policy,
        "tags": new.tags,
        "labels": new.labels,
        "idempotency_key": new.idempotency_key,
        "job_variables": new.job_variables,
        "job_variables_origin": caller.origin if new.job_variables else None,
        "auto_scheduled": new.auto_scheduled,
        "schedule_id": new.schedule_id,
        "infrastructure_document_id": new.infrastructure_document_id,
        "created_by": new.created_by or _creator(caller),
        **current_state_columns(new.state, 1),
        **progress_columns(advance(Progress(), None, new.state)),
    }


def _creator(caller: Caller) -> Creator | dict[str, Any] | None:
    """Who asked for the run, and by which entrance; the server's own loops say it themselves."""
    if caller.origin is None:
        return None
    if caller.automation_id is not None:
        name = caller.origin.removeprefix("automation:")
        made_by = Creator(id=caller.automation_id, type="AUTOMATION", display_value=name)
        # With what later events of the run must know of it, which nobody else has to.
        return {**asdict(made_by), "depth": caller.depth}
    return Creator(type=caller.origin.upper(), display_value=caller.principal)


def _beside(new: NewRun) -> Row:
    """What other tables would say about the run."""
    return {
        "infrastructure_pid": None,
        "work_queue_name": new.to.work_queue_name if new.to else None,
        "work_pool_id": new.to.work_pool_id if new.to else None,
        "work_pool_name": new.to.work_pool_name if new.to else None,
        "state_message": new.state.message,
        "state_data": new.state.data,
        "state_details": details_as_data(new.state.state_details),
    }


def _lease(new: NewRun, run_id: UUID, caller: Caller, holder: str | None, tx: Transaction) -> Lease | None:
    served = new.deployment_id is not None or new.to is not None
    run = Run(id=run_id, kind=RunKind.FLOW, is_served=served)
    return succeed(None, run, new.state, caller.proposer(holder), caller.terms, tx.now)
