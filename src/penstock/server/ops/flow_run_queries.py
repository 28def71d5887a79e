"""Flow runs are read, edited and deleted here. Their state changes in `flow_runs.py`."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from msgspec import UNSET, Struct
from msgspec.structs import asdict

from penstock.contract.fields import Labels
from penstock.contract.filters import FlowRunSort
from penstock.contract.flow_runs import (
    FlowRunBulkDelete,
    FlowRunCriteria,
    FlowRunHistoryQuery,
    FlowRunPageQuery,
    FlowRunQuery,
    FlowRunResponse,
    FlowRunUpdate,
    HistoryResponse,
)
from penstock.contract.flows import BulkDeleted
from penstock.contract.forms import Page
from penstock.db.port import Row, Transaction
from penstock.db.statements import deployments as deployment_statements
from penstock.db.statements import filters, rows
from penstock.db.statements import flow_runs as statements
from penstock.db.tables import flow_runs
from penstock.domain.errors import Conflict
from penstock.domain.leases import check_fence
from penstock.domain.names import check_name
from penstock.domain.states import StateType
from penstock.server import artifacts, named, resolution, runs
from penstock.server.caller import Caller
from penstock.server.changes import changed
from penstock.server.histories import history_of, mean_lateness_of
from penstock.server.ops.registry import operation
from penstock.server.paging import offset_of, page_of
from penstock.server.run_counts import count_of
from penstock.server.run_pages import rows_of_page
from penstock.server.views.flow_runs import flow_run_answer


async def _row(tx: Transaction, id: UUID) -> Row:
    return named.found(await tx.fetch_one(statements.by_id(), {"id": id}), "flow run", id)


@operation("read_flow_run", access="read")
async def read_flow_run(tx: Transaction, caller: Caller, *, id: UUID) -> FlowRunResponse:
    """One flow run."""
    return flow_run_answer(await _row(tx, id), tx.now)


@operation("count_flow_runs", access="read")
async def count_flow_runs(tx: Transaction, caller: Caller, *, body: FlowRunCriteria) -> int:
    """How many flow runs meet the criteria."""
    return await count_of(tx, flow_runs, body)


async def _page(tx: Transaction, form: Struct, sort: FlowRunSort, limit: int, offset: int) -> Sequence[Row]:
    order = statements.ORDERS[sort]
    return await rows_of_page(tx, flow_runs, form, order, limit, offset, statements.shown)


@operation("read_flow_runs", access="read")
async def read_flow_runs(tx: Transaction, caller: Caller, *, body: FlowRunQuery) -> list[FlowRunResponse]:
    """The flow runs that meet the criteria."""
    page = await _page(tx, body, body.sort, body.limit, body.offset)
    return [flow_run_answer(row, tx.now) for row in page]


@operation("paginate_flow_runs", access="read")
async def paginate_flow_runs(
    tx: Transaction, caller: Caller, *, body: FlowRunPageQuery
) -> Page[FlowRunResponse]:
    """One page of the flow runs that meet the criteria."""
    page = await _page(tx, body, body.sort, body.limit, offset_of(body.page, body.limit))
    found = [flow_run_answer(row, tx.now) for row in page]
    return page_of(found, await count_of(tx, flow_runs, body), body)


@operation("flow_run_history", access="read")
async def flow_run_history(
    tx: Transaction, caller: Caller, *, body: FlowRunHistoryQuery
) -> list[HistoryResponse]:
    """How many flow runs were in which state, by slices of their expected start times."""
    return await history_of(tx, flow_runs, body)


@operation("average_flow_run_lateness", access="read")
async def average_flow_run_lateness(
    tx: Transaction, caller: Caller, *, body: FlowRunCriteria
) -> float | None:
    """The mean lateness of the flow runs that meet the criteria, in seconds; None where none does."""
    return await mean_lateness_of(tx, flow_runs, body)


@operation("update_flow_run", access="write")
async def update_flow_run(tx: Transaction, caller: Caller, *, id: UUID, body: FlowRunUpdate) -> None:
    """Change a flow run; its job variables only while it is scheduled.

    Raises:
        NotFound: There is no such run.
        Fenced: The caller's lease on the run was taken over or given back.
        Conflict: Its job variables were to be changed after it had been claimed.
        JobVariablesInvalid: They would not make a job.
    """
    known = await runs.load(tx, id)
    if caller.lease is not None:
        check_fence(known.lease, caller.lease)
    columns: dict[str, Any] = {name: value for name, value in asdict(body).items() if value is not UNSET}
    if columns.get("name") is not None:
        check_name(columns["name"], "flow run name")
    if "job_variables" in columns:
        columns["job_variables"] = await _accept(tx, known, body.job_variables or {}, caller)
        columns["job_variables_origin"] = caller.origin
    columns = {name: value for name, value in columns.items() if value is not None or name != "name"}
    if body.empirical_policy is not UNSET:
        # What it remembers of its pauses is the server's to say.
        columns["empirical_policy"] = body.empirical_policy.remembering(known.run.pauses)
    columns["updated"] = tx.now
    if "job_variables" not in columns:
        await tx.execute(rows.update_by_id(flow_runs), {"row_id": id, **columns})
    elif not await tx.execute(statements.update_as_seen(), {"run_id": id, "seen": known.seen, **columns}):
        raise Conflict("The run was just claimed: its job variables can't be changed any more.")
    changed(tx, "flow_runs", id)


async def _accept(tx: Transaction, known: runs.KnownRun, job_variables: Any, caller: Caller) -> Any:
    """What the run says from now on, as it is stored."""
    state = known.run.state
    if state is None or state.type is not StateType.SCHEDULED:
        message = f"The run is {state.name if state else 'new'}: its job variables can't be changed any more."
        raise Conflict(message, hint="They can be changed while it is scheduled.")
    deployment = template = None
    if known.deployment_id is not None:
        row = await tx.fetch_one(deployment_statements.for_new_runs(), {"row_id": known.deployment_id})
        deployment = row["job_variables"] if row else None
    if known.work_pool_id is not None:
        template = await resolution.current_template(tx, known.work_pool_id)
    said = resolution.layers(deployment, job_variables, caller.origin)
    return resolution.accept(template, said, complete=True).job_variables


@operation("update_flow_run_labels", access="write")
async def update_flow_run_labels(tx: Transaction, caller: Caller, *, id: UUID, body: Labels) -> None:
    """Add labels to a flow run, or replace those of the same name."""
    labels = (await _row(tx, id))["labels"] | body
    await tx.execute(rows.update_by_id(flow_runs), {"row_id": id, "updated": tx.now, "labels": labels})
    changed(tx, "flow_runs", id)


@operation("delete_flow_run", access="write")
async def delete_flow_run(tx: Transaction, caller: Caller, *, id: UUID) -> None:
    """Delete a flow run with its task runs, states, logs and artifacts."""
    if not await tx.execute(statements.delete([id])):
        named.found(None, "flow run", id)
    await tx.execute(statements.delete_logs([id]))
    await artifacts.delete_of_flow_runs(tx, [id])
    changed(tx, "flow_runs", id)


@operation("bulk_delete_flow_runs", access="write")
async def bulk_delete_flow_runs(tx: Transaction, caller: Caller, *, body: FlowRunBulkDelete) -> BulkDeleted:
    """Delete the flow runs that meet the criteria."""
    found = await tx.fetch_all(rows.ids(flow_runs, filters.criteria(flow_runs, body), body.limit))
    ids = [row["id"] for row in found]
    if ids:
        await tx.execute(statements.delete(ids))
        await tx.execute(statements.delete_logs(ids))
        await artifacts.delete_of_flow_runs(tx, ids)
        changed(tx, "flow_runs", *ids)
    return BulkDeleted(deleted=ids)
