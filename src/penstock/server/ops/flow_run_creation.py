"""Flow runs are made here: on their own by a process that is about to run one, or of a deployment.

What a deployment's run would be launched with is resolved before the run is made, so that nothing comes into
being that could not start.
"""

from typing import Any
from uuid import UUID

from penstock.contract.deployments import DeploymentFlowRunCreate
from penstock.contract.endpoint import Upserted
from penstock.contract.flow_runs import (
    FlowRunBulkCreateResponse,
    FlowRunCreate,
    FlowRunCreateResult,
    FlowRunResponse,
)
from penstock.db.port import Transaction
from penstock.db.statements import deployments as deployment_statements
from penstock.db.statements import flow_runs as statements
from penstock.db.statements import leases as lease_statements
from penstock.domain.errors import PenstockError
from penstock.domain.leases import Lease
from penstock.domain.problems import Problem
from penstock.domain.states import StateType
from penstock.server import named, new_runs, resolution, run_drafts
from penstock.server.caller import Caller
from penstock.server.new_runs import Destination, NewRun
from penstock.server.ops.registry import operation
from penstock.server.resolution import Accepted
from penstock.server.views.flow_runs import flow_run_answer
from penstock.server.views.leases import lease_grant, lease_of


@operation("create_flow_run", access="write")
async def create_flow_run(
    tx: Transaction, caller: Caller, *, body: FlowRunCreate
) -> Upserted[FlowRunResponse]:
    """Make a flow run of a flow, outside deployments."""
    await named.flow(tx, body.flow_id)
    below = await _below(tx, body.deployment_id)
    to, template_version = await _destination(tx, body.work_pool_name, body.work_queue_name)
    accepted = await _accept(tx, to, template_version, below, body.job_variables, caller)
    new = NewRun(
        flow_id=body.flow_id,
        state=run_drafts.first_state(body.state, StateType.PENDING, tx),
        name=run_drafts.run_name(body.name),
        flow_version=body.flow_version,
        deployment_id=body.deployment_id,
        to=to,
        parent_task_run_id=body.parent_task_run_id,
        parent_flow_run_id=body.parent_flow_run_id,
        parameters=body.parameters,
        context=body.context,
        empirical_policy=body.empirical_policy,
        tags=body.tags,
        labels=body.labels or {},
        idempotency_key=body.idempotency_key,
        job_variables=accepted.job_variables,
        infrastructure_document_id=body.infrastructure_document_id,
    )
    return await _make(tx, new, caller, accepted.warnings, body.lease_holder)


@operation("create_flow_run_from_deployment", access="write")
async def create_flow_run_from_deployment(
    tx: Transaction, caller: Caller, *, id: UUID, body: DeploymentFlowRunCreate
) -> Upserted[FlowRunResponse]:
    """Make a run of a deployment.

    Raises:
        NotFound: There is no such deployment, or its pool has no queue of the name.
        ParameterInvalid: The parameters don't fit the flow.
        JobVariablesInvalid: The job variables of pool, deployment and run don't make a job together.
    """
    draft = await run_drafts.draft(tx, caller, id, body)
    if draft.obstacles:
        raise draft.obstacles[0]
    return await _make(tx, draft.new, caller, draft.warnings)


@operation("bulk_create_flow_runs_from_deployment", access="write")
async def bulk_create_flow_runs_from_deployment(
    tx: Transaction, caller: Caller, *, id: UUID, body: list[DeploymentFlowRunCreate]
) -> FlowRunBulkCreateResponse:
    """Make several runs of a deployment; each is made, or refused, on its own."""
    named.found(await tx.fetch_one(deployment_statements.by_id(), {"row_id": id}), "deployment", id)
    return FlowRunBulkCreateResponse(results=[await _try(tx, caller, id, each) for each in body])


async def _try(
    tx: Transaction, caller: Caller, id: UUID, body: DeploymentFlowRunCreate
) -> FlowRunCreateResult:
    try:
        async with tx.savepoint():
            made = await create_flow_run_from_deployment(tx, caller, id=id, body=body)
    except PenstockError as error:
        return FlowRunCreateResult(status="FAILED", error=str(error))
    warnings = made.value.job_variable_warnings
    return FlowRunCreateResult(status="CREATED", flow_run_id=made.value.id, job_variable_warnings=warnings)


async def _make(
    tx: Transaction, new: NewRun, caller: Caller, warnings: tuple[Problem, ...], holder: str | None = None
) -> Upserted[FlowRunResponse]:
    made = await new_runs.make(tx, new, caller, holder=holder)
    if made is None:
        key = {"flow_id": new.flow_id, "key": new.idempotency_key}
        row = named.found(await tx.fetch_one(statements.by_idempotency_key(), key), "flow run", key["key"])
        known, lease = flow_run_answer(row, tx.now), await _lease_of(tx, row["id"])
        # The process that made the run asks again, as the first answer was lost: the lease is still its own.
        if holder is not None and lease is not None and lease.holder == holder:
            known.lease = lease_grant(lease, caller.terms)
        return Upserted(known, created=False)
    answer = flow_run_answer(made.row, tx.now)
    if holder is not None and made.lease is not None:
        answer.lease = lease_grant(made.lease, caller.terms)
    if warnings:
        answer.job_variable_warnings = list(warnings)
    return Upserted(answer, created=True)


async def _lease_of(tx: Transaction, run_id: UUID) -> Lease | None:
    row = await tx.fetch_one(lease_statements.of_run(), {"run_id": run_id})
    return None if row is None else lease_of(row)


async def _destination(
    tx: Transaction, pool_name: str | None, queue_name: str | None
) -> tuple[Destination | None, int]:
    if pool_name is None:
        return None, 0
    row = await named.destination(tx, pool_name, queue_name)
    return run_drafts.destination_of(row), row["template_version"]


async def _below(tx: Transaction, deployment_id: UUID | None) -> Any:
    """What the deployment that a run belongs to says about its job."""
    if deployment_id is None:
        return None
    row = await tx.fetch_one(deployment_statements.for_new_runs(), {"row_id": deployment_id})
    return named.found(row, "deployment", deployment_id)["job_variables"]


async def _accept(
    tx: Transaction,
    to: Destination | None,
    template_version: int,
    deployment: Any,
    run: Any,
    caller: Caller,
) -> Accepted:
    """What the run says, if it makes a job with what its pool and its deployment say."""
    template = None if to is None else await resolution.template_of(tx, to.work_pool_id, template_version)
    return resolution.accept(template, resolution.layers(deployment, run, caller.origin), complete=True)
