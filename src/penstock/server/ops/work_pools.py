"""Work pools: made, edited and deleted with care for the runs that wait in them."""

from typing import Any

from msgspec import UNSET

from penstock.contract.fields import MAX_PAGE
from penstock.contract.work_pools import (
    PoolSlotPageQuery,
    WorkPoolConcurrencyStatus,
    WorkPoolCreate,
    WorkPoolCriteria,
    WorkPoolQuery,
    WorkPoolResponse,
    WorkPoolUpdate,
    WorkQueueConcurrencyStatusDetail,
)
from penstock.db.place_tables import work_pools, work_queues
from penstock.db.port import Row, Transaction
from penstock.db.statements import filters, leases, rows, scheduling
from penstock.db.statements import work_pools as statements
from penstock.domain.base_job_templates import check_template, compile_template
from penstock.domain.default_templates import DEFAULT_TEMPLATES
from penstock.domain.errors import AlreadyExists, PermissionDenied
from penstock.domain.names import check_name
from penstock.server import named, new_pools, waiting_runs
from penstock.server.bus import POOL
from penstock.server.caller import Caller
from penstock.server.changes import changed
from penstock.server.emitting import emit
from penstock.server.event_sources import work_pools as event_sources
from penstock.server.ops.registry import operation
from penstock.server.paging import offset_of, pages_of
from penstock.server.views.work_pools import slot_answer, work_pool_answer


@operation("create_work_pool", access="write")
async def create_work_pool(tx: Transaction, caller: Caller, *, body: WorkPoolCreate) -> WorkPoolResponse:
    """Make a work pool, with its queue `default`.

    Raises:
        AlreadyExists: The name is taken.
        PermissionDenied: The name is reserved.
        BaseJobTemplateInvalid: The template makes no sense; it has all the reasons.
    """
    name = check_name(body.name, "work pool name")
    if name.lower().startswith("prefect"):
        raise PermissionDenied("Names of work pools that start with 'prefect' are reserved.")
    if await tx.fetch_one(statements.pool_by_name(), {"name": name}) is not None:
        message = f"There is a work pool {name!r} already."
        raise AlreadyExists(message, hint="Change it with: penstock work-pool update")
    template = body.base_job_template or DEFAULT_TEMPLATES.get(body.type, {})
    check_template(template)
    await new_pools.make(
        tx,
        caller,
        name=name,
        description=body.description,
        type=body.type,
        base_job_template=template,
        is_paused=body.is_paused,
        concurrency_limit=body.concurrency_limit,
        storage_configuration=body.storage_configuration,
    )
    return await read_work_pool(tx, caller, name=name)


@operation("read_work_pool", access="read")
async def read_work_pool(tx: Transaction, caller: Caller, *, name: str) -> WorkPoolResponse:
    """One work pool, and what is doubtful about its template."""
    pool = await named.work_pool(tx, name)
    answer = work_pool_answer(pool, caller.limits, tx.now)
    if warnings := compile_template(pool["base_job_template"]).warnings:
        answer.job_variable_warnings = list(warnings)
    return answer


@operation("read_work_pools", access="read")
async def read_work_pools(tx: Transaction, caller: Caller, *, body: WorkPoolQuery) -> list[WorkPoolResponse]:
    """The work pools that meet the criteria, by name."""
    page = statements.pools_page(filters.criteria(work_pools, body), body.limit, body.offset)
    return [work_pool_answer(row, caller.limits, tx.now) for row in await tx.fetch_all(page)]


@operation("count_work_pools", access="read")
async def count_work_pools(tx: Transaction, caller: Caller, *, body: WorkPoolCriteria) -> int:
    """How many work pools meet the criteria."""
    return int(await tx.fetch_value(rows.count(work_pools, filters.criteria(work_pools, body))))


@operation("update_work_pool", access="write")
async def update_work_pool(tx: Transaction, caller: Caller, *, name: str, body: WorkPoolUpdate) -> None:
    """Change a work pool. Runs that were claimed before keep what they got.

    Raises:
        NotFound: There is no such pool.
        BaseJobTemplateInvalid: The template makes no sense; it has all the reasons.
    """
    pool = await named.work_pool(tx, name)
    columns = _changes(body)
    if "base_job_template" in columns:
        # A version is one template's for ever, so two who edit at once must not both get the next one.
        await tx.fetch_value(leases.lock_pool(), {"row_id": pool["id"]})
        pool = await named.work_pool(tx, name)
    if (template := columns.get("base_job_template")) is not None:
        check_template(template)
        if template != pool["base_job_template"]:
            columns["template_version"] = pool["template_version"] + 1
    columns["updated"] = tx.now
    await tx.execute(rows.update_by_id(work_pools), {"row_id": pool["id"], **columns})
    changed(tx, "work_pools", pool["id"])
    await emit(tx, caller, *event_sources.pool_updated(pool, columns))
    tx.notify(POOL, str(pool["id"]))


_MAY_BE_NULL = frozenset({"description", "concurrency_limit"})


def _changes(body: WorkPoolUpdate) -> dict[str, Any]:
    given = {name: getattr(body, name) for name in body.__struct_fields__}
    return {
        name: value
        for name, value in given.items()
        if value is not UNSET and (value is not None or name in _MAY_BE_NULL)
    }


@operation("delete_work_pool", access="write")
async def delete_work_pool(tx: Transaction, caller: Caller, *, name: str) -> None:
    """Delete a work pool with its queues.

    Runs that wait in it are cancelled, since nobody would take them any more; runs under way go on.
    """
    pool = await named.work_pool(tx, name)
    await waiting_runs.cancel(
        tx, caller, waiting_runs.of_pool(pool["id"]), f"The work pool {name!r} was deleted."
    )
    queues = await tx.fetch_all(statements.queues_page([statements.is_in_pool(pool["id"])], MAX_PAGE, 0))
    await tx.execute(scheduling.forget_plans_in_pool(), {"pool_id": pool["id"]})
    await tx.execute(rows.delete_by_id(work_pools), {"row_id": pool["id"]})
    changed(tx, "work_pools", pool["id"])
    told = [event_sources.queue(queue, pool, "deleted") for queue in queues]
    await emit(tx, caller, *told, event_sources.pool(pool, "deleted"))
    tx.notify(POOL, str(pool["id"]))


@operation("read_work_pool_concurrency_status", access="read")
async def read_work_pool_concurrency_status(
    tx: Transaction, caller: Caller, *, name: str, body: PoolSlotPageQuery
) -> WorkPoolConcurrencyStatus:
    """What occupies a pool's slots, by queue."""
    pool = await named.work_pool(tx, name)
    of_pool = [statements.is_in_pool(pool["id"])]
    page = statements.queues_page(of_pool, body.limit, offset_of(body.page, body.limit))
    queues = await tx.fetch_all(page)
    slots = await tx.fetch_all(
        statements.slots_of_queues([queue["id"] for queue in queues], body.flow_run_limit)
    )
    count = int(await tx.fetch_value(rows.count(work_queues, of_pool)))
    return WorkPoolConcurrencyStatus(
        active_slots=pool["active_slots"],
        concurrency_limit=pool["concurrency_limit"],
        queues=[_queue_status(queue, slots, tx) for queue in queues],
        count=count,
        limit=body.limit,
        pages=pages_of(count, body.limit),
        page=body.page,
    )


def _queue_status(queue: Row, slots: list[Row], tx: Transaction) -> WorkQueueConcurrencyStatusDetail:
    return WorkQueueConcurrencyStatusDetail(
        queue_id=queue["id"],
        queue_name=queue["name"],
        active_slots=queue["active_slots"],
        concurrency_limit=queue["concurrency_limit"],
        flow_runs=[slot_answer(slot, tx.now) for slot in slots if slot["work_queue_id"] == queue["id"]],
        flow_run_count=queue["active_slots"],
    )
