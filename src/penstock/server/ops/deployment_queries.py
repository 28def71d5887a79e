"""Deployments are read here. Whatever is asked, their schedules come in one statement for all of them."""

from collections.abc import Sequence
from uuid import UUID

from penstock.contract.deployments import (
    DeploymentCriteria,
    DeploymentPageQuery,
    DeploymentQuery,
    DeploymentResponse,
)
from penstock.contract.forms import Page
from penstock.contract.work_queues import WorkQueueResponse
from penstock.db.place_tables import deployments
from penstock.db.port import Row, Transaction
from penstock.db.statements import deployments as statements
from penstock.db.statements import filters, rows, work_pools
from penstock.server import named, schedules
from penstock.server.caller import Caller
from penstock.server.ops.registry import operation
from penstock.server.paging import offset_of, page_of
from penstock.server.views.deployments import deployment_answer
from penstock.server.views.work_pools import work_queue_answer


async def _answers(tx: Transaction, caller: Caller, found: Sequence[Row]) -> list[DeploymentResponse]:
    by_deployment = await schedules.of_deployments(tx, [row["id"] for row in found])
    shown = {id: [schedules.schedule_answer(row) for row in each] for id, each in by_deployment.items()}
    return [deployment_answer(row, shown[row["id"]], caller.limits, tx.now) for row in found]


@operation("read_deployment", access="read")
async def read_deployment(tx: Transaction, caller: Caller, *, id: UUID) -> DeploymentResponse:
    """One deployment, by its id."""
    row = named.found(await tx.fetch_one(statements.by_id(), {"row_id": id}), "deployment", id)
    return (await _answers(tx, caller, [row]))[0]


@operation("read_deployment_by_name", access="read")
async def read_deployment_by_name(
    tx: Transaction, caller: Caller, *, flow_name: str, deployment_name: str
) -> DeploymentResponse:
    """One deployment, by its flow's name and its own."""
    row = await named.deployment(tx, flow_name, deployment_name)
    return (await _answers(tx, caller, [row]))[0]


@operation("read_deployments", access="read")
async def read_deployments(
    tx: Transaction, caller: Caller, *, body: DeploymentQuery
) -> list[DeploymentResponse]:
    """The deployments that meet the criteria."""
    conditions = filters.criteria(deployments, body)
    page = statements.page(conditions, body.sort, body.limit, body.offset)
    return await _answers(tx, caller, await tx.fetch_all(page))


@operation("paginate_deployments", access="read")
async def paginate_deployments(
    tx: Transaction, caller: Caller, *, body: DeploymentPageQuery
) -> Page[DeploymentResponse]:
    """One page of the deployments that meet the criteria."""
    conditions = filters.criteria(deployments, body)
    page = statements.page(conditions, body.sort, body.limit, offset_of(body.page, body.limit))
    found = await _answers(tx, caller, await tx.fetch_all(page))
    return page_of(found, await tx.fetch_value(rows.count(deployments, conditions)), body)


@operation("count_deployments", access="read")
async def count_deployments(tx: Transaction, caller: Caller, *, body: DeploymentCriteria) -> int:
    """How many deployments meet the criteria."""
    return int(await tx.fetch_value(rows.count(deployments, filters.criteria(deployments, body))))


@operation("work_queue_check_for_deployment", access="read")
async def work_queue_check_for_deployment(
    tx: Transaction, caller: Caller, *, id: UUID
) -> list[WorkQueueResponse]:
    """The work queues that would hand out a deployment's runs."""
    row = named.found(await tx.fetch_one(statements.by_id(), {"row_id": id}), "deployment", id)
    if row["work_queue_id"] is None:
        return []
    queue = await tx.fetch_one(work_pools.queue_by_id(), {"row_id": row["work_queue_id"]})
    return [work_queue_answer(queue, caller.limits, tx.now)] if queue else []
