"""Flows."""

from uuid import UUID

from msgspec import UNSET

from penstock.contract.endpoint import Upserted
from penstock.contract.flows import (
    BulkDeleted,
    Flow,
    FlowBulkDelete,
    FlowCreate,
    FlowCriteria,
    FlowPageQuery,
    FlowQuery,
    FlowUpdate,
)
from penstock.contract.forms import Page
from penstock.db.place_tables import flows
from penstock.db.port import Row, Transaction
from penstock.db.statements import filters, rows
from penstock.db.statements import flows as statements
from penstock.domain.ids import new_id
from penstock.domain.names import check_name
from penstock.server import artifacts, named
from penstock.server.caller import Caller
from penstock.server.changes import ALL, changed
from penstock.server.emitting import emit
from penstock.server.event_sources import lifecycles
from penstock.server.ops.registry import operation
from penstock.server.paging import offset_of, page_of


def _answer(row: Row) -> Flow:
    return Flow(**row)


@operation("create_flow", access="write")
async def create_flow(tx: Transaction, caller: Caller, *, body: FlowCreate) -> Upserted[Flow]:
    """Register a flow; one that has the name already is answered as it is."""
    known = await tx.fetch_one(statements.by_name(), {"name": body.name})
    if known is not None:
        return Upserted(_answer(known), created=False)
    row: Row = {
        "id": new_id(tx.now),
        "created": tx.now,
        "updated": tx.now,
        "name": check_name(body.name, "flow name"),
        "tags": body.tags,
        "labels": body.labels or {},
    }
    created = await tx.execute(statements.register(), row) > 0
    if created:
        changed(tx, "flows", row["id"])
        await emit(tx, caller, lifecycles.of_flow(row, "created"))
    else:
        row = named.found(await tx.fetch_one(statements.by_name(), {"name": body.name}), "flow", body.name)
    return Upserted(_answer(row), created=created)


@operation("update_flow", access="write")
async def update_flow(tx: Transaction, caller: Caller, *, id: UUID, body: FlowUpdate) -> None:
    """Change a flow's tags."""
    row = await named.flow(tx, id)
    columns = {} if body.tags is UNSET else {"tags": body.tags}
    await tx.execute(rows.update_by_id(flows), {"row_id": id, "updated": tx.now, **columns})
    changed(tx, "flows", id)
    await emit(tx, caller, lifecycles.of_flow(row | columns, "updated"))


@operation("read_flow", access="read")
async def read_flow(tx: Transaction, caller: Caller, *, id: UUID) -> Flow:
    """One flow, by its id."""
    return _answer(await named.flow(tx, id))


@operation("read_flow_by_name", access="read")
async def read_flow_by_name(tx: Transaction, caller: Caller, *, name: str) -> Flow:
    """One flow, by its name."""
    return _answer(named.found(await tx.fetch_one(statements.by_name(), {"name": name}), "flow", name))


@operation("delete_flow", access="write")
async def delete_flow(tx: Transaction, caller: Caller, *, id: UUID) -> None:
    """Delete a flow with its deployments and runs."""
    row = await named.flow(tx, id)
    await artifacts.delete_of_flow(tx, id)
    await tx.execute(rows.delete_by_id(flows), {"row_id": id})
    await emit(tx, caller, lifecycles.of_flow(row, "deleted"))
    changed(tx, "flows", id)
    changed(tx, "deployments", ALL)
    changed(tx, "flow_runs", ALL)


@operation("bulk_delete_flows", access="write")
async def bulk_delete_flows(tx: Transaction, caller: Caller, *, body: FlowBulkDelete) -> BulkDeleted:
    """Delete the flows that meet the criteria."""
    found = await tx.fetch_all(rows.ids(flows, filters.matching(body.flows), body.limit))
    for row in found:
        await delete_flow(tx, caller, id=row["id"])
    return BulkDeleted(deleted=[row["id"] for row in found])


@operation("count_flows", access="read")
async def count_flows(tx: Transaction, caller: Caller, *, body: FlowCriteria) -> int:
    """How many flows meet the criteria."""
    return int(await tx.fetch_value(rows.count(flows, filters.criteria(flows, body))))


@operation("read_flows", access="read")
async def read_flows(tx: Transaction, caller: Caller, *, body: FlowQuery) -> list[Flow]:
    """The flows that meet the criteria."""
    page = statements.page(filters.criteria(flows, body), body.sort, body.limit, body.offset)
    return [_answer(row) for row in await tx.fetch_all(page)]


@operation("paginate_flows", access="read")
async def paginate_flows(tx: Transaction, caller: Caller, *, body: FlowPageQuery) -> Page[Flow]:
    """One page of the flows that meet the criteria."""
    conditions = filters.criteria(flows, body)
    page = statements.page(conditions, body.sort, body.limit, offset_of(body.page, body.limit))
    found = [_answer(row) for row in await tx.fetch_all(page)]
    return page_of(found, await tx.fetch_value(rows.count(flows, conditions)), body)
