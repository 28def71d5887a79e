"""One flow run or task run with everything around it."""

from collections.abc import Mapping
from uuid import UUID

from penstock.contract.run_details import (
    MAX_CHILDREN,
    FlowRunDetail,
    Holding,
    StateCount,
    StateEntry,
    TaskRunDetail,
    Why,
)
from penstock.contract.subjects import Subject, SubjectKind
from penstock.contract.task_runs import FlowRunResult, TaskRun, TaskRunResult
from penstock.db.port import Row, Transaction
from penstock.db.statements import flow_runs, log_windows, run_lists, run_tokens, task_runs
from penstock.db.statements import run_details as statements
from penstock.domain.leases import Lease, LeaseKind
from penstock.domain.states import StateType
from penstock.domain.waiting import why
from penstock.domain.waiting_facts import Place, Waiter
from penstock.server import log_totals, named, waiting_places
from penstock.server.caller import Caller
from penstock.server.ops.registry import operation
from penstock.server.views.flow_runs import flow_run_answer
from penstock.server.views.run_rows import flow_run_row
from penstock.server.views.states import current_state, past_state
from penstock.server.views.task_runs import task_run_answer


@operation("read_flow_run_detail", access="read")
async def read_flow_run_detail(tx: Transaction, caller: Caller, *, id: UUID) -> FlowRunDetail:
    """A flow run, why it is not running, who holds it, and what belongs to it.

    Raises:
        NotFound: There is no such run.
    """
    row = named.found(await tx.fetch_one(statements.by_id(), {"id": id}), "flow run", id)
    held = await tx.fetch_all(statements.held(), {"id": id})
    place = await _place(tx, caller, row)
    children = await tx.fetch_all(run_lists.children(), {"id": id, "at_most": MAX_CHILDREN})
    counts = await tx.fetch_all(statements.task_counts(), {"id": id})
    history = await tx.fetch_all(flow_runs.history(), {"id": id})
    return FlowRunDetail(
        run=flow_run_answer(row, tx.now),
        flow=Subject(kind=SubjectKind.FLOW, id=row["flow_id"], name=row["flow_name"]),
        deployment=place.deployment.subject if place.deployment else None,
        parent=_subject(row, SubjectKind.FLOW_RUN, "parent"),
        why=await _why(tx, caller, row, place, held),
        holdings=[_holding(lease, place) for lease in held],
        history=[_entry(state) for state in history],
        task_counts=[_count(each) for each in counts],
        children=[flow_run_row(child, tx.now) for child in children],
        child_count=children[0]["count"] if children else 0,
        log_count=await log_totals.count(tx, id, None, log_windows.of_run(id, None)),
        has_frozen_job=row["has_frozen_job"],
        parameter_openapi_schema=row["parameter_openapi_schema"],
        origin=row["job_variables_origin"],
        token_scopes=await tx.fetch_value(run_tokens.scopes_of_run(), {"run_id": id}),
        deployment_latest_success=await _latest_success(tx, row),
    )


def _subject(row: Row, kind: SubjectKind, prefix: str) -> Subject | None:
    """What a row names in columns of this prefix."""
    id = row[f"{prefix}_id"]
    if id is None:
        return None
    return Subject(kind=kind, id=id, name=row[f"{prefix}_name"], within=row[f"{prefix}_flow_name"])


def _count(row: Row) -> StateCount:
    return StateCount(
        state_type=StateType(row["state_type"]), state_name=row["state_name"], count=row["count"]
    )


def _entry(row: Row) -> StateEntry:
    return StateEntry(state=past_state(row), actor=row["actor"])


async def _place(tx: Transaction, caller: Caller, row: Row) -> Place:
    queue_id, deployment_id = row["work_queue_id"], row["deployment_id"]
    queue = await waiting_places.queue(tx, caller.limits, queue_id) if queue_id is not None else None
    if deployment_id is None:
        return Place(queue=queue)
    deployment = {
        "id": deployment_id,
        "name": row["deployment_name"],
        "flow_name": row["flow_name"],
        "deployment_limit": row["deployment_limit"],
        "shared_limit": row["shared_limit"],
        "deployment_taken": row["deployment_taken"],
        "concurrency_options": row["concurrency_options"],
        "last_polled": row["deployment_last_polled"],
    }
    return Place(queue=queue, deployment=waiting_places.deployment_facts(deployment))


async def _why(tx: Transaction, caller: Caller, row: Row, place: Place, held: list[Row]) -> Why | None:
    state = current_state(row, flow_run_id=row["id"])
    if state is None or state.is_terminal:
        return None
    run = Waiter(
        state_type=state.type,
        state_name=state.name or "",
        entered=state.timestamp,
        due=row["next_scheduled_start_time"],
        scheduled_time=state.state_details.scheduled_time,
        message=state.message,
        pause=state.state_details,
        attempts=row["run_count"],
        lease=_lease(held),
    )
    waits = state.type is StateType.SCHEDULED
    around = await waiting_places.around(
        tx, caller.limits, place if waits else Place(), row["id"], run.due if waits else None
    )
    return why(run, around, tx.now)


def _lease(held: list[Row]) -> Lease | None:
    """The lease by which the run's owner would be missed, or else its place under the limits."""
    owned = [row for row in held if row["kind"] != LeaseKind.SLOT] or held
    if not owned:
        return None
    row = owned[0]
    return Lease(
        id=row["id"],
        kind=LeaseKind(row["kind"]),
        flow_run_id=row["flow_run_id"],
        holder=row["holder"],
        acquired=row["acquired"],
        expires=row["expires"],
    )


def _holding(row: Row, place: Place) -> Holding:
    queue = place.queue if row["work_queue_id"] is not None else None
    deployment = place.deployment if row["deployment_id"] is not None else None
    limited = (queue.pool if queue else None, queue, deployment)
    return Holding(
        kind=row["kind"],
        holder=row["holder"],
        acquired=row["acquired"],
        expires=row["expires"],
        counts_towards=[each.subject for each in limited if each and each.usage.limit is not None],
    )


async def _latest_success(tx: Transaction, row: Row) -> UUID | None:
    if row["deployment_id"] is None:
        return None
    asked = {"deployment_id": row["deployment_id"], "id": row["id"]}
    found: UUID | None = await tx.fetch_value(statements.latest_success(), asked)
    return found


@operation("read_task_run_detail", access="read")
async def read_task_run_detail(tx: Transaction, caller: Caller, *, id: UUID) -> TaskRunDetail:
    """A task run with its history and where its inputs came from.

    Raises:
        NotFound: There is no such run.
    """
    row = named.found(await tx.fetch_one(statements.task_run_by_id(), {"id": id}), "task run", id)
    history = await tx.fetch_all(task_runs.history(), {"id": id})
    run = task_run_answer(row, tx.now)
    flow_run = None
    if row["flow_run_id"] is not None:
        names = {"name": row["flow_run_name"], "within": row["flow_name"]}
        flow_run = Subject(kind=SubjectKind.FLOW_RUN, id=row["flow_run_id"], **names)
    return TaskRunDetail(
        run=run,
        flow_run=flow_run,
        child=_subject(row, SubjectKind.FLOW_RUN, "child"),
        history=[_entry(state) for state in history],
        inputs=await _inputs(tx, run),
        log_count=row["log_count"],
    )


async def _inputs(tx: Transaction, run: TaskRun) -> dict[str, list[Subject]]:
    """The runs whose results a task run took, by parameter."""
    taken = {
        parameter: [each for each in inputs if isinstance(each, TaskRunResult | FlowRunResult)]
        for parameter, inputs in run.task_inputs.items()
    }
    every = [each for inputs in taken.values() for each in inputs]
    if not every:
        return {}
    asked = {
        "task_run_ids": list({each.id for each in every if isinstance(each, TaskRunResult)}),
        "flow_run_ids": list({each.id for each in every if isinstance(each, FlowRunResult)}),
    }
    known = {row["id"]: row for row in await tx.fetch_all(statements.sources(), asked)}
    named_inputs = {
        parameter: [_input(each, known[each.id]) for each in inputs if each.id in known]
        for parameter, inputs in taken.items()
    }
    return {parameter: subjects for parameter, subjects in named_inputs.items() if subjects}


def _input(source: TaskRunResult | FlowRunResult, row: Mapping[str, str]) -> Subject:
    kind = SubjectKind.TASK_RUN if isinstance(source, TaskRunResult) else SubjectKind.FLOW_RUN
    return Subject(kind=kind, id=source.id, name=row["name"], within=row["flow_name"])
